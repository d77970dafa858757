"""Log file validation: the stock validator passes on an intact trail and finds what was altered."""

import datetime
import gzip
import json
import time

import pytest

from conftest import CLIENTS, eventually, run
from test_trail import bucket_policy

INTERVAL = 2


def digests(s3, bucket, region):
    """The Region's digests, oldest first, each as (key, content, metadata)."""
    found = []
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for entry in page.get("Contents", []):
            if f"/CloudTrail-Digest/{region}/" in entry["Key"]:
                answer = s3.get_object(Bucket=bucket, Key=entry["Key"])
                content = json.loads(gzip.decompress(answer["Body"].read()))
                found.append((entry["Key"], content, answer["Metadata"]))
    return sorted(found, key=lambda digest: digest[0])


def linked(chain):
    """Each digest names the one before it. Late ones, of a slow machine too, are a chain of their own between two ordinary ones."""
    late = lambda key: key.endswith("_backfill.json.gz")  # noqa: E731
    for (_, older, _), (_, newer, _) in zip(chain, chain[1:]):
        assert newer["digestStartTime"] == older["digestEndTime"]
    for (key, _, metadata), (name, newer, _) in zip(chain, chain[1:]):
        if late(name):
            assert newer["previousDigestS3Object"] == (key if late(key) else None)
            assert newer["previousDigestSignature"] == (metadata["signature"] if late(key) else None)
    ordinary = [digest for digest in chain if not late(digest[0])]
    assert ordinary[0][1]["previousDigestSignature"] is None
    for (key, _, metadata), (_, newer, _) in zip(ordinary, ordinary[1:]):
        assert newer["previousDigestS3Object"] == key
        assert newer["previousDigestSignature"] == metadata["signature"]


def log_files(s3, bucket, region):
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return {e["Key"] for page in pages for e in page.get("Contents", []) if f"/CloudTrail/{region}/" in e["Key"]}


def settled(s3, bucket, regions):
    """All digests of a trail that was stopped, by Region: the end of logging is delivered, each file is named, no more come."""
    seen, since = None, time.monotonic()

    def rests():
        nonlocal seen, since
        now = {region: digests(s3, bucket, region) for region in regions}
        if now != seen:
            seen, since = now, time.monotonic()
        if time.monotonic() - since < 2 * INTERVAL + 1:
            return None
        files = {region: log_files(s3, bucket, region) for region in regions}
        named = {region: {f["s3Object"] for _, d, _ in now[region] for f in d["logFiles"]} for region in regions}
        return files == named and any(
            b'"StopLogging"' in gzip.decompress(s3.get_object(Bucket=bucket, Key=key)["Body"].read()) for key in files[regions[0]])

    eventually(rests, pause=0.5)
    return seen


def validate(server, arn, region="us-east-1", s3=None):
    start = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=1)
    environment = server.environment(
        AWS_ENDPOINT_URL_S3=s3 or server.endpoint, AWS_REGION=region, AWS_DEFAULT_REGION=region
    )
    command = [CLIENTS / "aws", "cloudtrail", "validate-logs", "--region", region, "--trail-arn", arn]
    return run([*command, "--start-time", start.strftime("%Y-%m-%dT%H:%M:%SZ"), "--verbose"], environment)


@pytest.fixture
def validated(fresh):
    """A server and a multi-Region trail with several digests in two Regions."""
    server = fresh(extra=["--set", "trail.flush=1s", "--set", f"trail.digest={INTERVAL}s"]).start()
    s3, trail, bucket = server.client("s3"), server.client("cloudtrail"), "validated-logs"
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=bucket_policy(bucket, server.account()))
    made = trail.create_trail(
        Name="validated", S3BucketName=bucket, IsMultiRegionTrail=True, EnableLogFileValidation=True
    )
    assert made["LogFileValidationEnabled"] is True
    trail.start_logging(Name="validated")
    regions = ("us-east-1", "eu-west-1")

    def several():
        for region in regions:
            server.client("kms", region=region).generate_random(NumberOfBytes=1)
        time.sleep(0.5)
        return all(sum(bool(d["logFiles"]) for _, d, _ in digests(s3, bucket, r)) >= 3 for r in regions)

    eventually(several)
    yield server, s3, bucket, made["TrailARN"]
    assert server.stop() == 0


def test_intactTrail_passes_alteredFile_fails(validated):
    server, s3, bucket, arn = validated
    trail = server.client("cloudtrail")
    assert trail.get_trail_status(Name=arn)["LatestDigestDeliveryTime"]
    for region in ("us-east-1", "eu-west-1"):
        done = validate(server, arn, region)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "digest files valid" in done.stdout and "log files valid" in done.stdout, done.stdout
        assert "INVALID" not in done.stdout + done.stderr
        keys = server.client("cloudtrail", region=region).list_public_keys()["PublicKeyList"]
        fingerprints = {key["Fingerprint"] for key in keys}
        assert {d["digestPublicKeyFingerprint"] for _, d, _ in digests(s3, bucket, region)} == fingerprints
    chain = digests(s3, bucket, "us-east-1")
    linked(chain)
    victim = next(d["logFiles"][0] for _, d, _ in chain if d["logFiles"])
    body = gzip.decompress(s3.get_object(Bucket=bucket, Key=victim["s3Object"])["Body"].read())
    forged = gzip.compress(body.replace(b'"AwsApiCall"', b'"AwsApiCal1"', 1))
    s3.put_object(Bucket=bucket, Key=victim["s3Object"], Body=forged)
    done = validate(server, arn)
    assert done.returncode == 1
    finding = f"s3://{bucket}/{victim['s3Object']}\tINVALID: hash value doesn't match"
    assert finding in done.stderr, done.stdout + done.stderr


def test_killedServer_keepsOneChain_finalDigestAfterStop(validated):
    server, s3, bucket, arn = validated
    for pause in (0.2, 0.9, 1.6):
        time.sleep(pause)
        server.kill()
        server.start()
        server.client("kms").generate_random(NumberOfBytes=1)
    server.client("cloudtrail").stop_logging(Name=arn)
    chain = settled(s3, bucket, ["us-east-1"])["us-east-1"]
    linked(chain)
    named = [file["s3Object"] for _, d, _ in chain for file in d["logFiles"]]
    assert len(named) == len(set(named)) and set(named) == log_files(s3, bucket, "us-east-1")
    done = validate(server, arn)
    assert done.returncode == 0, done.stdout + done.stderr
    # The next stretch is a chain of its own, which says what came before; the stock validator takes no offence.
    server.client("cloudtrail").start_logging(Name=arn)
    key, first, _ = eventually(lambda: digests(s3, bucket, "us-east-1")[len(chain):])[0]
    assert first["previousDigestS3Object"] is None and first["precedingDigestS3Object"] == chain[-1][0]
    assert first["precedingDigestSignature"] == chain[-1][2]["signature"]
    done = validate(server, arn)
    assert done.returncode == 0 and "INVALID" not in done.stdout + done.stderr, done.stdout + done.stderr
    assert key in done.stdout
