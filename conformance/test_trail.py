"""Trails: log files in the embedded bucket and in a foreign S3 endpoint, each event in exactly one."""

import gzip
import json
import os
import re
import subprocess
import time

import boto3
import botocore.exceptions
import pytest

from conftest import CLIENTS, TOOLS, eventually, free_port, run

NAME = re.compile(
    r"AWSLogs/(?P<account>\d{12})/CloudTrail/(?P<region>[a-z0-9-]+)/(?P<day>\d{4}/\d{2}/\d{2})/"
    r"(?P=account)_CloudTrail_(?P=region)_(?P<stamp>\d{8}T\d{4}Z)_[A-Za-z0-9]{16}\.json\.gz"
)


def bucket_policy(bucket, account, trail_arn=None):
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "AWSCloudTrailAclCheck20150319",
                    "Effect": "Allow",
                    "Principal": {"Service": "cloudtrail.amazonaws.com"},
                    "Action": "s3:GetBucketAcl",
                    "Resource": f"arn:aws:s3:::{bucket}",
                },
                {
                    "Sid": "AWSCloudTrailWrite20150319",
                    "Effect": "Allow",
                    "Principal": {"Service": "cloudtrail.amazonaws.com"},
                    "Action": "s3:PutObject",
                    "Resource": f"arn:aws:s3:::{bucket}/AWSLogs/{account}/*",
                    "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}},
                },
            ],
        }
    )


def records(s3, bucket, prefix=""):
    """All records delivered so far, with the checks that hold for every file."""
    found = []
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for entry in page.get("Contents", []):
            match = NAME.fullmatch(entry["Key"])
            assert match, entry["Key"]
            assert match["stamp"][:8] == match["day"].replace("/", "")
            body = s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read()
            file = json.loads(gzip.decompress(body))
            assert list(file) == ["Records"] and file["Records"]
            for record in file["Records"]:
                assert record["recipientAccountId"] == match["account"] and record["awsRegion"] == match["region"]
                assert "requestParameters" in record and "responseElements" in record
            found += file["Records"]
    ids = [record["eventID"] for record in found]
    assert len(ids) == len(set(ids)), "an event in two files"
    return found


def test_embeddedBucket_wholeLife(server, kms, trail, key):
    s3, account, bucket = server.client("s3"), server.account(), "whole-life-logs"
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        trail.create_trail(Name="whole-life", S3BucketName=bucket)
    assert caught.value.response["Error"]["Code"] == "S3BucketDoesNotExistException"
    s3.create_bucket(Bucket=bucket)
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        trail.create_trail(Name="whole-life", S3BucketName=bucket)
    assert caught.value.response["Error"]["Code"] == "InsufficientS3BucketPolicyException"
    s3.put_bucket_policy(Bucket=bucket, Policy=bucket_policy(bucket, account))
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={
        "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]})
    made = trail.create_trail(Name="whole-life", S3BucketName=bucket)
    arn = f"arn:aws:cloudtrail:us-east-1:{account}:trail/whole-life"
    assert made["TrailARN"] == arn and made["S3BucketName"] == bucket
    assert made["IsMultiRegionTrail"] is False and made["LogFileValidationEnabled"] is False
    assert trail.get_trail_status(Name="whole-life")["IsLogging"] is False
    kms.describe_key(KeyId=key)  # before logging: in history, never in a file
    trail.start_logging(Name="whole-life")
    request = kms.encrypt(KeyId=key, Plaintext=b"p")["ResponseMetadata"]["RequestId"]
    delivered = eventually(lambda: [r for r in records(s3, bucket) if r.get("requestID") == request])
    assert delivered[0]["eventName"] == "Encrypt"
    file = s3.list_objects_v2(Bucket=bucket)["Contents"][0]["Key"]
    assert s3.head_object(Bucket=bucket, Key=file)["ServerSideEncryption"] == "AES256"
    # The status follows the file.
    status = eventually(lambda: (s := trail.get_trail_status(Name=arn)).get("LatestDeliveryTime") and s)
    assert status["IsLogging"] is True and "LatestDeliveryError" not in status
    assert [t["Name"] for t in trail.describe_trails(trailNameList=["whole-life"])["trailList"]] == ["whole-life"]
    assert trail.get_trail(Name=arn)["Trail"]["HomeRegion"] == "us-east-1"
    trail.stop_logging(Name="whole-life")
    late = kms.encrypt(KeyId=key, Plaintext=b"p")["ResponseMetadata"]["RequestId"]
    trail.start_logging(Name="whole-life")
    after = kms.encrypt(KeyId=key, Plaintext=b"p")["ResponseMetadata"]["RequestId"]
    eventually(lambda: [r for r in records(s3, bucket) if r.get("requestID") == after])
    names = [(r["eventName"], r.get("requestID")) for r in records(s3, bucket)]
    assert (("Encrypt", late)) not in names, "a gap stays a gap"
    assert "StopLogging" in [n for n, _ in names]
    trail.delete_trail(Name="whole-life")
    assert trail.describe_trails(trailNameList=["whole-life"])["trailList"] == []
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        trail.get_trail_status(Name="whole-life")
    error = caught.value.response["Error"]
    assert error["Code"] == "TrailNotFoundException"
    assert error["Message"] == f"Unknown trail: {arn} for the user: {account}"


def test_trails_areListed_taggedAndSelective(server, trail, kms, key):
    """What several emulators lack, by boto3 as it comes."""
    s3, account, bucket = server.client("s3"), server.account(), "selective-logs"
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=bucket_policy(bucket, account))
    tags = [{"Key": "team", "Value": "red"}, {"Key": "cost", "Value": "1"}]
    arn = trail.create_trail(Name="selective", S3BucketName=bucket, TagsList=tags)["TrailARN"]
    pages = trail.get_paginator("list_trails").paginate()
    assert {"TrailARN": arn, "Name": "selective", "HomeRegion": "us-east-1"} in [t for page in pages for t in page["Trails"]]
    trail.add_tags(ResourceId=arn, TagsList=[{"Key": "team", "Value": "blue"}])
    (listed,) = trail.list_tags(ResourceIdList=[arn])["ResourceTagList"]
    assert listed["ResourceId"] == arn and {t["Key"]: t["Value"] for t in listed["TagsList"]} == {"team": "blue", "cost": "1"}
    trail.remove_tags(ResourceId=arn, TagsList=[{"Key": "cost", "Value": "1"}])
    assert trail.list_tags(ResourceIdList=[arn])["ResourceTagList"][0]["TagsList"] == [{"Key": "team", "Value": "blue"}]
    writes = {"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True, "DataResources": [],
              "ExcludeManagementEventSources": []}
    put = trail.put_event_selectors(TrailName="selective", EventSelectors=[writes])
    assert put["TrailARN"] == arn and put["EventSelectors"] == [writes]
    assert trail.get_event_selectors(TrailName=arn)["EventSelectors"] == [writes]
    assert trail.get_trail(Name="selective")["Trail"]["HasCustomEventSelectors"] is True
    trail.start_logging(Name="selective")
    kms.encrypt(KeyId=key, Plaintext=b"p")  # a read
    written = kms.tag_resource(KeyId=key, Tags=[{"TagKey": "a", "TagValue": "b"}])["ResponseMetadata"]["RequestId"]
    eventually(lambda: [r for r in records(s3, bucket) if r.get("requestID") == written])
    assert all(r["readOnly"] is False for r in records(s3, bucket))
    trail.delete_trail(Name="selective")


def test_embeddedBucket_byAwsCli(server, tmp_path):
    environment = server.environment()
    aws = CLIENTS / "aws"
    (tmp_path / "a.txt").write_text("hello")
    for command in (
        ["s3", "mb", "s3://cli-bucket"],
        ["s3", "cp", tmp_path / "a.txt", "s3://cli-bucket/folder/a.txt"],
        ["s3", "cp", "s3://cli-bucket/folder/a.txt", tmp_path / "b.txt"],
        ["s3", "ls", "s3://cli-bucket/folder/"],
        ["s3", "rm", "s3://cli-bucket/folder/a.txt"],
        ["s3", "rb", "s3://cli-bucket"],
    ):
        done = run([aws, *command], environment)
        assert done.returncode == 0, (command, done.stderr)
    assert (tmp_path / "b.txt").read_text() == "hello"


def test_unsupportedTrailParameters_areRefused(server, trail):
    s3 = server.client("s3")
    s3.create_bucket(Bucket="unsupported-logs")
    s3.put_bucket_policy(Bucket="unsupported-logs", Policy=bucket_policy("unsupported-logs", server.account()))
    for extra in ({"IsOrganizationTrail": True},):
        with pytest.raises(botocore.exceptions.ClientError):
            trail.create_trail(Name="unsupported", S3BucketName="unsupported-logs", **extra)
    assert trail.describe_trails(trailNameList=["unsupported"])["trailList"] == []


def moto_server(port, folder):
    """Counterpart of the test command: lenient about signatures, atomic puts."""
    return [TOOLS / "moto_server", "-H", "127.0.0.1", "-p", str(port)], {}


def versitygw(port, folder):
    """Counterpart of the long suite: real signatures, atomic puts, on a directory (docs/testing.md tells how to get it)."""
    folder.mkdir()
    command = [os.environ["KEYTRAIL_VERSITYGW"], "--port", f"127.0.0.1:{port}", "--access", "test", "--secret", "test-secret",
               "--region", "us-east-1", "posix", folder]
    return command, {}


FOREIGN = [moto_server] + ([versitygw] if "KEYTRAIL_VERSITYGW" in os.environ else [])


@pytest.fixture(params=FOREIGN, ids=lambda f: f.__name__)
def foreign(request, tmp_path):
    """A foreign S3 endpoint: its port, a client, and how Keytrail is told of it."""
    port = free_port()
    command, more = request.param(port, tmp_path / "foreign")
    process = subprocess.Popen(
        [str(part) for part in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, **more}
    )
    secret = "test-secret"
    s3 = boto3.client(
        "s3",
        endpoint_url=f"http://127.0.0.1:{port}",
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key=secret,
    )

    def up():
        try:
            s3.list_buckets()
            return True
        except botocore.exceptions.BotoCoreError:
            return False

    eventually(up)
    yield s3, {
        "KEYTRAIL_S3_ENDPOINT": f"http://127.0.0.1:{port}",
        "KEYTRAIL_S3_ACCESS_KEY_ID": "test",
        "KEYTRAIL_S3_SECRET_ACCESS_KEY": secret,
    }
    process.terminate()
    process.wait()


def test_foreignEndpoint_exactlyOnce_overKillAndRestart(fresh, foreign):
    s3, settings = foreign
    s3.create_bucket(Bucket="foreign-logs")
    server = fresh(extra=["--set", "trail.flush=1s"], env=settings).start()
    trail, kms = server.client("cloudtrail"), server.client("kms")
    trail.create_trail(Name="foreign", S3BucketName="foreign-logs")
    trail.start_logging(Name="foreign")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    wanted = set()
    for round_ in range(4):
        for _ in range(25):
            wanted.add(kms.encrypt(KeyId=key, Plaintext=b"p")["ResponseMetadata"]["RequestId"])
        time.sleep(0.35 * round_)  # lands the kill in different moments of a delivery
        server.kill()
        server.start()
        kms = server.client("kms")
    got = eventually(
        lambda: (r := [x.get("requestID") for x in records(s3, "foreign-logs")]) and wanted <= set(r) and r
    )
    assert len(got) == len(set(got))
    assert server.stop() == 0


def test_foreignEndpoint_down_losesNothing(fresh, foreign):
    s3, settings = foreign
    s3.create_bucket(Bucket="patient-logs")
    dead = free_port()
    server = fresh(extra=["--set", "trail.flush=1s"], env=settings).start()
    trail, kms = server.client("cloudtrail"), server.client("kms")
    trail.create_trail(Name="patient", S3BucketName="patient-logs")
    trail.start_logging(Name="patient")
    server.stop()
    server.env["KEYTRAIL_S3_ENDPOINT"] = f"http://127.0.0.1:{dead}"
    server.start()
    trail, kms = server.client("cloudtrail"), server.client("kms")
    request = kms.generate_random(NumberOfBytes=1)["ResponseMetadata"]["RequestId"]
    assert eventually(lambda: trail.get_trail_status(Name="patient").get("LatestDeliveryError"))
    server.stop()
    server.env.update(settings)
    server.start()
    trail = server.client("cloudtrail")
    eventually(lambda: request in [r.get("requestID") for r in records(s3, "patient-logs")])
    eventually(lambda: "LatestDeliveryError" not in trail.get_trail_status(Name="patient"))
