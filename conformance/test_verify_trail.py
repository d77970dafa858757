"""`keytrail verify trail`: on a trail of this server, and on a day of hourly digests damaged in twelve ways, beside the
stock `aws cloudtrail validate-logs`. Run with -s to see the table."""

import base64
import datetime
import gzip
import hashlib
import http.server
import json
import os
import threading

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from conftest import CLIENTS, KEYTRAIL, run
from test_digests import settled, validated  # noqa: F401 (validated is a fixture)
from test_trail import foreign  # noqa: F401 (foreign is a fixture)

ACCOUNT, REGION, TRAIL, BUCKET = "111122223333", "us-east-1", "day", "day-logs"
ARN = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/{TRAIL}"
HOURS = 24


def iso(time):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


class Day:
    """A day of AWS-shaped log files and digests, signed anew; what both tools should accept."""

    def __init__(self):
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.public = self.key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.PKCS1
        )
        self.fingerprint = hashlib.md5(self.public).hexdigest()
        now = datetime.datetime.now(datetime.timezone.utc).replace(minute=0, second=0, microsecond=0)
        self.start = now - datetime.timedelta(hours=HOURS)
        self.objects, self.digests, self.logs = {}, [], []
        previous = None
        for hour in range(HOURS):
            previous = self.hour(self.start + datetime.timedelta(hours=hour), previous)

    def hour(self, start, previous):
        end, files = start + datetime.timedelta(hours=1), []
        for minute in (10, 40):
            at = start + datetime.timedelta(minutes=minute)
            unique = hashlib.sha256(iso(at).encode()).hexdigest()[:16]
            key = (
                f"AWSLogs/{ACCOUNT}/CloudTrail/{REGION}/{at:%Y/%m/%d}/"
                f"{ACCOUNT}_CloudTrail_{REGION}_{at:%Y%m%dT%H%MZ}_{unique}.json.gz"
            )
            body = json.dumps({"Records": [{"eventName": "Encrypt", "eventTime": iso(at)}]}).encode()
            self.put(key, gzip.compress(body))
            self.logs.append(key)
            files.append(
                {
                    "s3Bucket": BUCKET,
                    "s3Object": key,
                    "hashValue": hashlib.sha256(body).hexdigest(),
                    "hashAlgorithm": "SHA-256",
                    "newestEventTime": iso(at),
                    "oldestEventTime": iso(at),
                }
            )
        key = (
            f"AWSLogs/{ACCOUNT}/CloudTrail-Digest/{REGION}/{end:%Y/%m/%d}/"
            f"{ACCOUNT}_CloudTrail-Digest_{REGION}_{TRAIL}_{REGION}_{end:%Y%m%dT%H%M%SZ}.json.gz"
        )
        digest = {
            "awsAccountId": ACCOUNT,
            "digestStartTime": iso(start),
            "digestEndTime": iso(end),
            "digestS3Bucket": BUCKET,
            "digestS3Object": key,
            "digestPublicKeyFingerprint": self.fingerprint,
            "digestSignatureAlgorithm": "SHA256withRSA",
            "newestEventTime": files[-1]["newestEventTime"],
            "oldestEventTime": files[0]["oldestEventTime"],
            "previousDigestS3Bucket": BUCKET if previous else None,
            "previousDigestS3Object": previous and previous[0],
            "previousDigestHashValue": previous and previous[1],
            "previousDigestHashAlgorithm": "SHA-256" if previous else None,
            "previousDigestSignature": previous and previous[2],
            "logFiles": files,
        }
        body = json.dumps(digest).encode()
        digest_hash = hashlib.sha256(body).hexdigest()
        to_sign = "\n".join([iso(end), f"{BUCKET}/{key}", digest_hash, previous[2] if previous else "null"])
        signature = self.key.sign(to_sign.encode(), padding.PKCS1v15(), hashes.SHA256()).hex()
        self.put(key, gzip.compress(body), {"signature": signature, "signature-algorithm": "SHA256withRSA"})
        self.digests.append(key)
        return key, digest_hash, signature

    def put(self, key, body, metadata=None):
        self.objects[key] = (body, metadata or {})

    def answer(self, operation):
        if operation == "ListPublicKeys":
            month = datetime.timedelta(days=20).total_seconds()
            key = {
                "Value": base64.b64encode(self.public).decode(),
                "ValidityStartTime": self.start.timestamp() - month,
                "ValidityEndTime": self.start.timestamp() + month,
                "Fingerprint": self.fingerprint,
            }
            return {"PublicKeyList": [key]}
        trail = {"Name": TRAIL, "S3BucketName": BUCKET, "HomeRegion": REGION, "TrailARN": ARN}
        return {"trailList": [trail]}


@pytest.fixture
def day(foreign):  # noqa: F811
    """The day in a moto bucket, and an endpoint that answers for its CloudTrail."""
    s3, settings = foreign
    one = Day()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            body = json.dumps(one.answer(self.headers["X-Amz-Target"].rsplit(".", 1)[1])).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    endpoint = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=endpoint.serve_forever, daemon=True).start()
    s3.create_bucket(Bucket=BUCKET)
    one.s3 = s3
    one.environment = {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test-secret",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL_S3": settings["KEYTRAIL_S3_ENDPOINT"],
        "AWS_ENDPOINT_URL_CLOUDTRAIL": f"http://127.0.0.1:{endpoint.server_port}",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
    }
    yield one
    endpoint.shutdown()
    endpoint.server_close()


def environment(day):
    return {**os.environ, **day.environment}


def altered(body):
    return gzip.compress(gzip.decompress(body).replace(b"Encrypt", b"Decrypt"))


def covered_logs(day, chosen):
    return [day.logs[2 * i + n] for i in chosen for n in (0, 1)]


# name -> what is done to the objects
DAMAGES = {
    "none": lambda d, o: None,
    "log file altered": lambda d, o: o.update({d.logs[9]: (altered(o[d.logs[9]][0]), {})}),
    "log file deleted": lambda d, o: o.pop(d.logs[9]),
    "bytes behind a log file's gzip end": lambda d, o: o.update(
        {d.logs[9]: (o[d.logs[9]][0] + gzip.compress(b'{"Records":[]}'), {})}
    ),
    "forged log file planted": lambda d, o: o.update(
        {d.logs[9].replace(d.logs[9][-24:-8], "F" * 16): (gzip.compress(b'{"Records":[]}'), {})}
    ),
    "one digest deleted": lambda d, o: o.pop(d.digests[6]),
    "two adjacent digests deleted": lambda d, o: [o.pop(k) for k in d.digests[6:8]],
    "twelve adjacent digests deleted": lambda d, o: [o.pop(k) for k in d.digests[6:18]],
    "those twelve and their log files": lambda d, o: [
        o.pop(k) for k in d.digests[6:18] + covered_logs(d, range(6, 18))
    ],
    "newest six hours deleted": lambda d, o: [o.pop(k) for k in d.digests[18:] + covered_logs(d, range(18, 24))],
    "everything deleted": lambda d, o: o.clear(),
    "digest altered": lambda d, o: o.update({d.digests[6]: (altered_digest(o[d.digests[6]][0]), o[d.digests[6]][1])}),
    "digest moved to another hour": lambda d, o: o.update({d.digests[7]: o[d.digests[6]]}),
}

# what `keytrail verify trail` must say: kind -> how often
EXPECTED = {
    "none": {},
    "log file altered": {"LOG_ALTERED": 1},
    "log file deleted": {"LOG_MISSING": 1},
    "bytes behind a log file's gzip end": {"LOG_ALTERED": 1},
    "forged log file planted": {"LOG_PLANTED": 1},
    "one digest deleted": {"DIGEST_MISSING": 1},
    "two adjacent digests deleted": {"DIGEST_MISSING": 1, "DIGEST_GAP": 1},
    "twelve adjacent digests deleted": {"DIGEST_MISSING": 1, "DIGEST_GAP": 11},
    "those twelve and their log files": {"DIGEST_MISSING": 1, "DIGEST_GAP": 11},
    "newest six hours deleted": {"DIGESTS_END_EARLY": 1},
    "everything deleted": {"NO_DIGESTS": 1},
    "digest altered": {"DIGEST_ALTERED": 1},
    "digest moved to another hour": {"DIGEST_MOVED": 1},
}


def altered_digest(body):
    return gzip.compress(gzip.decompress(body).replace(b'"hashValue": "', b'"hashValue": "0', 1))


def lay(day, objects):
    there = {e["Key"] for p in day.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET) for e in p.get("Contents", [])}
    for key in there - set(objects):
        day.s3.delete_object(Bucket=BUCKET, Key=key)
    for key, (body, metadata) in objects.items():
        if key not in there or day.laid.get(key) != (body, metadata):
            day.s3.put_object(Bucket=BUCKET, Key=key, Body=body, Metadata=metadata)
    day.laid = dict(objects)


def kinds(output):
    counts = {}
    for line in output.splitlines():
        word = line.split(" ", 1)[0]
        if word.isupper() and "_" in word:
            counts[word] = counts.get(word, 0) + 1
    return counts


def test_twelveDamages_besideTheStockValidator(day):
    stock, ours, day.laid = {}, {}, {}
    start = iso(day.start - datetime.timedelta(hours=1))
    for name, damage in DAMAGES.items():
        objects = dict(day.objects)
        damage(day, objects)
        lay(day, objects)
        command = [CLIENTS / "aws", "cloudtrail", "validate-logs", "--trail-arn", ARN, "--start-time", start]
        stock[name] = run(command, environment(day)).returncode
        done = run([KEYTRAIL, "verify", "trail", f"s3://{BUCKET}"], environment(day))
        ours[name] = (done.returncode, kinds(done.stdout))
        assert done.returncode in (0, 3), done.stdout + done.stderr
    print(f"\n{'damage':38} {'validate-logs':>13}  verify trail")
    for name in DAMAGES:
        said = ", ".join(f"{kind} {count}" for kind, count in sorted(ours[name][1].items()))
        print(f"{name:38} {'exit ' + str(stock[name]):>13}  exit {ours[name][0]} {said}")
    assert stock["none"] == 0 and ours["none"] == (0, {})
    for name, expected in EXPECTED.items():
        code, said = ours[name]
        assert code == (3 if expected else 0), name
        for kind, count in expected.items():
            assert said.get(kind) == count, (name, said)
    # What the stock tool misses, so that the table in the documents stays true.
    assert {n for n in DAMAGES if n != "none" and stock[n] == 0} == {
        "forged log file planted",
        "newest six hours deleted",
        "everything deleted",
    }


def test_trailOfThisServer_isSound_alsoOffline(validated, tmp_path):  # noqa: F811
    server, s3, bucket, arn = validated
    server.client("cloudtrail").stop_logging(Name=arn)
    settled(s3, bucket, ["us-east-1", "eu-west-1"])
    verify = [KEYTRAIL, "verify", "trail"]
    done = run([*verify, f"s3://{bucket}", "--trail", arn, "--save", tmp_path / "copy"], server.environment())
    assert done.returncode == 0, done.stdout + done.stderr
    assert "as signed: " in done.stdout and "; 0 findings" in done.stdout
    offline = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    done = run([*verify, tmp_path / "copy"], offline)
    assert done.returncode == 0, done.stdout + done.stderr
    # Whoever knows that the trail is on takes no StopLogging for an end.
    done = run([*verify, tmp_path / "copy", "--trail", arn, "--logging", "--until", "2099-01-01T00:00:00Z"], offline)
    assert done.returncode == 3 and done.stdout.count("DIGESTS_END_EARLY") == 2, done.stdout + done.stderr
    victim = next((tmp_path / "copy").rglob("*_CloudTrail_*.json.gz"))
    victim.unlink()
    done = run([*verify, tmp_path / "copy"], offline)
    assert done.returncode == 3 and f"LOG_MISSING AWSLogs/" in done.stdout, done.stdout + done.stderr
    assert run([*verify, tmp_path / "nowhere"], offline).returncode == 1
    assert run(verify, offline).returncode == 2
