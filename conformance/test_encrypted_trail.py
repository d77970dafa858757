"""Encrypted log files: KmsKeyId on trails, what the key's record shows, and who can read the files."""

import gzip
import json
import time

import botocore.exceptions
import pytest

from conftest import eventually
from test_digests import digests, validate
from test_sns import refused
from test_trail import bucket_policy, foreign, records  # noqa: F401 (foreign is a fixture)


def key_policy(account):
    """As AWS documents it for CloudTrail."""
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "Enable IAM User Permissions",
                    "Effect": "Allow",
                    "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
                    "Action": "kms:*",
                    "Resource": "*",
                },
                {
                    "Sid": "Allow CloudTrail to encrypt logs",
                    "Effect": "Allow",
                    "Principal": {"Service": "cloudtrail.amazonaws.com"},
                    "Action": "kms:GenerateDataKey*",
                    "Resource": "*",
                    "Condition": {
                        "StringEquals": {"aws:SourceArn": f"arn:aws:cloudtrail:us-east-1:{account}:trail/sealed"},
                        "StringLike": {
                            "kms:EncryptionContext:aws:cloudtrail:arn": f"arn:aws:cloudtrail:*:{account}:trail/*"
                        },
                    },
                },
            ],
        }
    )


def bucket(server, name):
    s3 = server.client("s3")
    s3.create_bucket(Bucket=name)
    s3.put_bucket_policy(Bucket=name, Policy=bucket_policy(name, server.account()))
    return s3


def events(server, name):
    found = server.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": name}]
    )["Events"]
    return [json.loads(e["CloudTrailEvent"]) for e in found]


def log_files(s3, name):
    listed = s3.list_objects_v2(Bucket=name).get("Contents", [])
    return [entry for entry in listed if "/CloudTrail/" in entry["Key"]]


def test_encryptedTrail_wholeLife(fresh):
    server = fresh(extra=["--set", "trail.flush=1s", "--set", "trail.digest=2s"]).start()
    kms, trail, account, name = server.client("kms"), server.client("cloudtrail"), server.account(), "sealed-logs"
    s3 = bucket(server, name)
    key = kms.create_key()["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName="alias/logs", TargetKeyId=key)
    make = dict(Name="sealed", S3BucketName=name, EnableLogFileValidation=True)
    refused("InvalidKmsKeyIdException", trail.create_trail, KmsKeyId="no key", **make)
    refused("KmsKeyNotFoundException", trail.create_trail, KmsKeyId="alias/none", **make)
    refused("InsufficientEncryptionPolicyException", trail.create_trail, KmsKeyId="alias/logs", **make)
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=key_policy(account))
    refused(
        "InsufficientEncryptionPolicyException", trail.create_trail, KmsKeyId="alias/logs", **{**make, "Name": "other"}
    )
    kms.disable_key(KeyId=key)
    refused("KmsException", trail.create_trail, KmsKeyId=key, **make)
    kms.enable_key(KeyId=key)
    assert trail.create_trail(KmsKeyId="alias/logs", **make)["KmsKeyId"] == key
    assert trail.get_trail(Name="sealed")["Trail"]["KmsKeyId"] == key
    arn = f"arn:aws:cloudtrail:us-east-1:{account}:trail/sealed"
    test = next(e for e in events(server, "GenerateDataKey") if "errorCode" not in e)
    assert test["userIdentity"] == {"type": "AWSService", "invokedBy": "cloudtrail.amazonaws.com"}
    assert test["sourceIPAddress"] == test["userAgent"] == "cloudtrail.amazonaws.com"
    assert test["requestParameters"]["encryptionContext"]["aws:cloudtrail:arn"] == arn
    assert test["requestParameters"]["encryptionContext"]["aws:s3:arn"].startswith(f"arn:aws:s3:::{name}/AWSLogs/")
    assert test["requestParameters"]["keySpec"] == "AES_256" and test["sharedEventID"]
    assert test["resources"] == [{"accountId": account, "type": "AWS::KMS::Key", "ARN": key}]
    assert "tlsDetails" not in test and test["recipientAccountId"] == account
    trail.start_logging(Name="sealed")
    file = eventually(lambda: log_files(s3, name))[0]["Key"]
    head = s3.head_object(Bucket=name, Key=file)
    assert head["ServerSideEncryption"] == "aws:kms" and head["SSEKMSKeyId"] == key
    got = s3.get_object(Bucket=name, Key=file)
    body = got["Body"].read()
    assert got["SSEKMSKeyId"] == key and len(body) == head["ContentLength"]
    assert json.loads(gzip.decompress(body))["Records"]
    assert s3.get_object(Bucket=name, Key=file, Range="bytes=2-5")["Body"].read() == body[2:6]
    used = next(e for e in events(server, "GenerateDataKey") if e["requestParameters"]["encryptionContext"]["aws:s3:arn"].endswith(file))
    assert used["requestParameters"]["keyId"] == key
    read = events(server, "Decrypt")[0]
    assert read["userIdentity"]["type"] == "IAMUser" and read["userIdentity"]["invokedBy"] == "s3.amazonaws.com"
    assert read["sourceIPAddress"] == "s3.amazonaws.com" and "tlsDetails" not in read
    assert read["requestParameters"]["encryptionContext"]["aws:s3:arn"].endswith(file)
    assert not any(body[:64] in path.read_bytes() for path in (server.data / "objects").rglob("*") if path.is_file())
    eventually(lambda: len([d for _, d, _ in digests(s3, name, "us-east-1") if d["logFiles"]]) >= 2)
    digest = digests(s3, name, "us-east-1")[0][0]
    assert s3.head_object(Bucket=name, Key=digest)["ServerSideEncryption"] == "aws:kms"
    done = validate(server, arn)
    assert done.returncode == 0, done.stdout + done.stderr
    disabled_and_back(server, kms, trail, key, s3, name)
    assert trail.update_trail(Name="sealed", KmsKeyId="").get("KmsKeyId") is None
    last = kms.generate_random(NumberOfBytes=1)["ResponseMetadata"]["RequestId"]
    holding = eventually(lambda: [e["Key"] for e in log_files(s3, name) if last in requests(s3, name, e["Key"])])
    assert "SSEKMSKeyId" not in s3.head_object(Bucket=name, Key=holding[0])
    assert server.stop() == 0


def requests(s3, name, key):
    body = s3.get_object(Bucket=name, Key=key)["Body"].read()
    return [record.get("requestID") for record in json.loads(gzip.decompress(body))["Records"]]


def disabled_and_back(server, kms, trail, key, s3, name):
    """A key that refuses holds delivery up and loses nothing."""
    kms.disable_key(KeyId=key)
    lost = kms.generate_random(NumberOfBytes=1)["ResponseMetadata"]["RequestId"]
    eventually(
        lambda: trail.get_trail_status(Name="sealed").get("LatestDeliveryError") == "KMS.DisabledException"
    )
    file = log_files(s3, name)[0]["Key"]
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        s3.get_object(Bucket=name, Key=file)
    assert caught.value.response["Error"]["Code"] == "AccessDenied"
    kms.enable_key(KeyId=key)
    eventually(lambda: "LatestDeliveryError" not in trail.get_trail_status(Name="sealed"))
    eventually(lambda: any(lost in requests(s3, name, e["Key"]) for e in log_files(s3, name)))


def test_foreignBucket_isToldOfTheKey(fresh, foreign, request):  # noqa: F811
    s3, settings = foreign
    s3.create_bucket(Bucket="told-logs")
    server = fresh(extra=["--set", "trail.flush=1s"], env=settings).start()
    kms, trail = server.client("kms"), server.client("cloudtrail")
    key = kms.create_key(Policy=key_policy(server.account()))["KeyMetadata"]["Arn"]
    trail.create_trail(Name="sealed", S3BucketName="told-logs", KmsKeyId=key)
    trail.start_logging(Name="sealed")
    file = eventually(lambda: s3.list_objects_v2(Bucket="told-logs").get("Contents"))[0]["Key"]
    head = s3.head_object(Bucket="told-logs", Key=file)
    # versitygw takes the headers and forgets them.
    if "versitygw" not in request.node.name:
        assert head["ServerSideEncryption"] == "aws:kms" and head["SSEKMSKeyId"] == key
    used = [e["requestParameters"]["encryptionContext"]["aws:s3:arn"] for e in events(server, "GenerateDataKey")]
    assert f"arn:aws:s3:::told-logs/{file}" in used
    assert server.stop() == 0
