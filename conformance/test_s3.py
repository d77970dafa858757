"""The embedded S3 endpoint through stock boto3 and `aws s3`: large files, copies, versions, Object Lock, KMS keys."""

import base64
import datetime
import hashlib
import http.client
import json
import os
import urllib.error
import urllib.request
import zlib

import boto3.s3.transfer
import botocore.config
import botocore.exceptions
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from conftest import CLIENTS, eventually, run
from test_iam_sts import iam, name, person, policy  # noqa: F401  (fixtures)
from test_trail import bucket_policy

MIB = 1 << 20


@pytest.fixture
def s3(server):
    return server.client("s3")


@pytest.fixture
def bucket(s3, name):  # noqa: F811
    s3.create_bucket(Bucket=name)
    return name


def code(call, **arguments):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"]


def test_awsS3_copiesSyncsMovesAndRemoves_largeFiles(server, s3, bucket, tmp_path):
    (tmp_path / "tree" / "deep").mkdir(parents=True)
    big = os.urandom(19 * MIB + 5)
    (tmp_path / "tree" / "big").write_bytes(big)
    for i in range(5):
        (tmp_path / "tree" / "deep" / f"small {i} é").write_bytes(b"x" * i)

    # A listing tells whole seconds: a file made in the second of its upload would count as newer, here as at AWS.
    for file in (tmp_path / "tree").rglob("*"):
        os.utime(file, (1_700_000_000, 1_700_000_000))

    def aws(*arguments, cli=CLIENTS / "aws"):
        # Debian's version 2.9 does not know AWS_ENDPOINT_URL.
        done = run([cli, "--endpoint-url", server.endpoint, "s3", *arguments], env=server.environment(), cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        return done.stdout

    aws("sync", "tree", f"s3://{bucket}/t", "--quiet")
    head = s3.head_object(Bucket=bucket, Key="t/big")
    assert head["ContentLength"] == len(big) and head["ETag"].endswith('-3"')
    assert aws("sync", "tree", f"s3://{bucket}/t") == ""
    aws("cp", f"s3://{bucket}/t/big", f"s3://{bucket}/copied", "--quiet")
    aws("mv", f"s3://{bucket}/copied", f"s3://{bucket}/moved", "--quiet")
    clis = [CLIENTS / "aws"] + (["/usr/bin/aws"] if os.access("/usr/bin/aws", os.X_OK) else [])
    for cli in clis:
        aws("cp", f"s3://{bucket}/moved", "back", "--quiet", cli=cli)
        assert (tmp_path / "back").read_bytes() == big
        aws("cp", "back", f"s3://{bucket}/again", "--quiet", cli=cli)
    assert "copied" not in aws("ls", f"s3://{bucket}/")
    aws("sync", f"s3://{bucket}/t", "tree2", "--quiet")
    assert (tmp_path / "tree2" / "deep" / "small 3 é").read_bytes() == b"xxx"
    aws("rm", f"s3://{bucket}", "--recursive", "--quiet")
    assert aws("ls", f"s3://{bucket}", "--recursive") == ""
    aws("rb", f"s3://{bucket}")


def test_emptyUploadThatExpectsToContinue_endsItsConnection(server, bucket):
    """botocore misreads what comes after such an answer on the same connection, and waits a minute for more."""
    for body, ends in ((b"", True), (b"x", False)):
        request = AWSRequest("PUT", f"{server.endpoint}/{bucket}/k", data=body, headers={"Expect": "100-continue"})
        S3SigV4Auth(Credentials(*server.credentials), "s3", "us-east-1").add_auth(request)
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        try:
            connection.request("PUT", f"/{bucket}/k", body=body, headers=dict(request.headers.items()) | {"Content-Length": str(len(body))})
            answer = connection.getresponse()
            assert answer.status == 200 and answer.read() == b""
            assert (answer.headers["Connection"] == "close") == ends
        finally:
            connection.close()


@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "SHA1", "SHA256", "CRC64NVME"])
def test_checksums_inHeadersAndTrailers(s3, bucket, algorithm):
    import importlib.util

    if algorithm in ("CRC32C", "CRC64NVME") and not importlib.util.find_spec("awscrt"):
        pytest.skip("botocore computes it with awscrt only; StockClientTest and MultipartTest have it")
    for body in (b"hello", b""):
        put = s3.put_object(Bucket=bucket, Key="k", Body=body, ChecksumAlgorithm=algorithm)
        got = s3.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
        assert got["Body"].read() == body and got[f"Checksum{algorithm}"] == put[f"Checksum{algorithm}"]
    wrong = base64.b64encode(hashlib.sha256(b"other").digest()).decode()
    assert code(s3.put_object, Bucket=bucket, Key="k", Body=b"x", ChecksumSHA256=wrong) == "BadDigest"


@pytest.mark.parametrize("kind", ["COMPOSITE", "FULL_OBJECT"])
def test_multipart_everyStep(s3, bucket, kind):
    parts = [os.urandom(5 * MIB), os.urandom(7)]
    at = {"Bucket": bucket, "Key": "dir/k é"}
    made = s3.create_multipart_upload(
        **at, ContentType="text/x", Metadata={"a": "1"}, Tagging="t=1", ChecksumAlgorithm="CRC32", ChecksumType=kind)
    at["UploadId"] = made["UploadId"]
    assert [u["UploadId"] for u in s3.list_multipart_uploads(Bucket=bucket)["Uploads"]] == [made["UploadId"]]
    done = []
    for number, part in enumerate(parts, 1):
        answer = s3.upload_part(**at, PartNumber=number, Body=part, ChecksumAlgorithm="CRC32")
        assert answer["ETag"] == f'"{hashlib.md5(part).hexdigest()}"'
        done.append({"PartNumber": number, "ETag": answer["ETag"], "ChecksumCRC32": answer["ChecksumCRC32"]})
    listed = s3.list_parts(**at)["Parts"]
    assert [(p["PartNumber"], p["Size"], p["ChecksumCRC32"]) for p in listed] == [
        (d["PartNumber"], len(p), d["ChecksumCRC32"]) for d, p in zip(done, parts)]
    answer = s3.complete_multipart_upload(**at, MultipartUpload={"Parts": done})
    md5s = b"".join(hashlib.md5(p).digest() for p in parts)
    assert answer["ETag"] == f'"{hashlib.md5(md5s).hexdigest()}-2"' and answer["ChecksumType"] == kind
    whole = b"".join(parts)
    if kind == "FULL_OBJECT":
        assert answer["ChecksumCRC32"] == base64.b64encode(zlib.crc32(whole).to_bytes(4, "big")).decode()
    else:
        assert answer["ChecksumCRC32"].endswith("-2")
    got = s3.get_object(Bucket=bucket, Key="dir/k é")
    assert got["Body"].read() == whole and got["ContentType"] == "text/x" and got["TagCount"] == 1
    assert s3.head_object(Bucket=bucket, Key="dir/k é", PartNumber=2)["ContentLength"] == 7
    assert code(s3.upload_part, **at, PartNumber=3, Body=b"x") == "NoSuchUpload"
    other = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    s3.abort_multipart_upload(Bucket=bucket, Key="k", UploadId=other)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)


def test_sseKms_needsTheKeysLeave_andIsOnItsRecord(server, s3, bucket, iam, person):  # noqa: F811
    kms, (user, _, credentials) = server.client("kms"), person
    key = kms.create_key()["KeyMetadata"]["Arn"]
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=policy("Allow", "s3:*"))
    theirs = server.client("s3", credentials=credentials)
    body = os.urandom(300_000)
    sse = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    assert code(theirs.put_object, Bucket=bucket, Key="k", Body=body, **sse) == "AccessDenied"
    put = s3.put_object(Bucket=bucket, Key="k", Body=body, **sse)
    assert put["SSEKMSKeyId"] == key and put["ServerSideEncryption"] == "aws:kms"
    assert put["ETag"] != f'"{hashlib.md5(body).hexdigest()}"'
    assert s3.get_object(Bucket=bucket, Key="k", Range="bytes=65530-65545")["Body"].read() == body[65530:65546]
    assert code(theirs.get_object, Bucket=bucket, Key="k") == "AccessDenied"
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["s3:*"], "Resource": "*"},
        {"Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": key,
         "Condition": {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}}]}))
    assert theirs.get_object(Bucket=bucket, Key="k")["Body"].read() == body
    assert code(server.client("kms", credentials=credentials).generate_data_key, KeyId=key, KeySpec="AES_256") == "AccessDeniedException"
    config = boto3.s3.transfer.TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB)
    big = os.urandom(11 * MIB)
    theirs.put_object(Bucket=bucket, Key="small", Body=b"x", **sse)
    import io

    theirs.upload_fileobj(io.BytesIO(big), bucket, "big", ExtraArgs=sse, Config=config)
    target = io.BytesIO()
    theirs.download_fileobj(bucket, "big", target, Config=config)
    assert target.getvalue() == big
    theirs.copy({"Bucket": bucket, "Key": "big"}, bucket, "plain", Config=config)
    assert "SSEKMSKeyId" not in theirs.head_object(Bucket=bucket, Key="plain")
    events = server.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "ResourceName", "AttributeValue": key}])["Events"]
    records = [json.loads(e["CloudTrailEvent"]) for e in events]
    used = [r for r in records if r["eventName"] == "GenerateDataKey" and r["userIdentity"].get("userName") == user and "errorCode" not in r]
    assert used[0]["userIdentity"]["invokedBy"] == used[0]["sourceIPAddress"] == "s3.amazonaws.com"
    assert used[0]["requestParameters"]["encryptionContext"] == {"aws:s3:arn": f"arn:aws:s3:::{bucket}/big"}
    files = [p for p in (server.data / "objects").rglob("*") if p.is_file()]
    content = {p.stat().st_size: p for p in files}
    assert content and not any(body[:64] in p.read_bytes() for p in files)
    kms.disable_key(KeyId=key)
    assert code(s3.get_object, Bucket=bucket, Key="k") == "AccessDenied"
    assert code(s3.put_object, Bucket=bucket, Key="k", Body=b"x", **sse) == "KMS.DisabledException"
    assert code(s3.put_object, Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId="x") == "KMS.NotFoundException"


def test_versions_throughBoto3(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"0")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    ids = [s3.put_object(Bucket=bucket, Key="k", Body=b"%d" % i)["VersionId"] for i in (1, 2)]
    marker = s3.delete_object(Bucket=bucket, Key="k")
    assert marker["DeleteMarker"] is True
    assert code(s3.get_object, Bucket=bucket, Key="k") == "NoSuchKey"
    page = s3.list_object_versions(Bucket=bucket)
    assert [v["VersionId"] for v in page["Versions"]] == [ids[1], ids[0], "null"]
    assert [(m["VersionId"], m["IsLatest"]) for m in page["DeleteMarkers"]] == [(marker["VersionId"], True)]
    assert s3.get_object(Bucket=bucket, Key="k", VersionId="null")["Body"].read() == b"0"
    s3.copy_object(Bucket=bucket, Key="c", CopySource={"Bucket": bucket, "Key": "k", "VersionId": ids[0]})
    assert s3.get_object(Bucket=bucket, Key="c")["Body"].read() == b"1"
    s3.delete_object(Bucket=bucket, Key="k", VersionId=marker["VersionId"])
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"2"
    everything = s3.list_object_versions(Bucket=bucket)["Versions"]
    gone = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": v["Key"], "VersionId": v["VersionId"]} for v in everything]})
    assert len(gone["Deleted"]) == 4 and "Errors" not in gone
    s3.delete_bucket(Bucket=bucket)


def test_objectLock_holdsTrailsToo(fresh):
    """Log files in a bucket with compliance mode: nobody deletes them, not even the root user, until their date."""
    server = fresh(extra=["--set", "trail.flush=1s", "--clock"]).start()
    s3, trail, account = server.client("s3"), server.client("cloudtrail"), server.account()
    _, root = server.new_account()
    s3.create_bucket(Bucket="vault", ObjectLockEnabledForBucket=True)
    s3.put_object_lock_configuration(Bucket="vault", ObjectLockConfiguration={
        "ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 30}}})
    s3.put_bucket_policy(Bucket="vault", Policy=bucket_policy("vault", account))
    trail.create_trail(Name="locked", S3BucketName="vault")
    trail.start_logging(Name="locked")
    (version, *_) = eventually(lambda: s3.list_object_versions(Bucket="vault").get("Versions"))
    at = {"Bucket": "vault", "Key": version["Key"], "VersionId": version["VersionId"]}
    head = s3.head_object(**at)
    assert head["ObjectLockMode"] == "COMPLIANCE"
    assert head["ObjectLockRetainUntilDate"] - head["LastModified"] >= datetime.timedelta(days=30) - datetime.timedelta(seconds=2)
    assert code(s3.delete_object, **at) == code(s3.delete_object, BypassGovernanceRetention=True, **at) == "AccessDenied"
    assert code(s3.put_object_retention, Retention={
        "Mode": "GOVERNANCE", "RetainUntilDate": datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)}, **at) == "AccessDenied"
    s3.delete_object(Bucket="vault", Key=version["Key"])  # hides it, takes nothing away
    assert s3.get_object(**at)["Body"].read()[:2] == b"\x1f\x8b"
    trail.stop_logging(Name="locked")
    assert code(s3.delete_bucket, Bucket="vault") == "BucketNotEmpty"
    from conftest import KEYTRAIL

    assert run([KEYTRAIL, "clock", "--advance", "31d", "--endpoint", server.endpoint], env={**os.environ, **server.environment()}).returncode == 0
    s3.delete_object(**at)
    assert code(s3.head_object, **at) == "404"
    assert server.stop() == 0


def test_governance_legalHold_andTags(s3, name):  # noqa: F811
    s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    until = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(days=1)
    at = {"Bucket": name, "Key": "k"}
    at["VersionId"] = s3.put_object(
        Bucket=name, Key="k", Body=b"x", ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=until, Tagging="a=b")["VersionId"]
    assert s3.get_object_retention(**at)["Retention"] == {"Mode": "GOVERNANCE", "RetainUntilDate": until}
    assert code(s3.delete_object, **at) == "AccessDenied"
    s3.put_object_legal_hold(**at, LegalHold={"Status": "ON"})
    assert code(s3.delete_object, BypassGovernanceRetention=True, **at) == "AccessDenied"
    s3.put_object_legal_hold(**at, LegalHold={"Status": "OFF"})
    assert s3.get_object_legal_hold(**at)["LegalHold"] == {"Status": "OFF"}
    assert s3.get_object_tagging(**at)["TagSet"] == [{"Key": "a", "Value": "b"}]
    s3.delete_object(BypassGovernanceRetention=True, **at)
    s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": [{"Key": "t", "Value": "1"}]})
    assert s3.get_bucket_tagging(Bucket=name)["TagSet"] == [{"Key": "t", "Value": "1"}]
    s3.delete_bucket(Bucket=name)


def test_presigned_getAndPut(server, s3, bucket):
    signer = server.client("s3", signature_version="s3v4")

    def ask(url, method="GET", body=None):
        with urllib.request.urlopen(urllib.request.Request(url, body, method=method), timeout=10) as answer:
            return answer.status, answer.read()

    put = signer.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "p q"})
    assert ask(put, "PUT", b"sent")[0] == 200
    got = signer.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "p q"})
    assert ask(got) == (200, b"sent")
    with pytest.raises(urllib.error.HTTPError) as caught:
        ask(got.replace("p%20q", "other"))
    assert caught.value.code == 403 and b"SignatureDoesNotMatch" in caught.value.read()


def test_conditions_metadataAndListings(s3, bucket):
    at = {"Bucket": bucket, "Key": "a/b c+é"}
    tag = s3.put_object(**at, Body=b"0123456789", Metadata={"colour": "blue"}, IfNoneMatch="*")["ETag"]
    assert code(s3.put_object, **at, Body=b"x", IfNoneMatch="*") == "PreconditionFailed"
    assert code(s3.put_object, **at, Body=b"x", IfMatch='"other"') == "PreconditionFailed"
    assert s3.put_object(**at, Body=b"0123456789", IfMatch=tag, Metadata={"colour": "blue"})["ETag"] == tag
    assert code(s3.get_object, **at, IfNoneMatch=tag) == "304"
    assert s3.get_object(**at, Range="bytes=-3")["Body"].read() == b"789"
    assert s3.head_object(**at)["Metadata"] == {"colour": "blue"}
    for key in ("a/1", "a/2", "c"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    page = s3.list_objects_v2(Bucket=bucket, Delimiter="/", MaxKeys=1)
    assert [p["Prefix"] for p in page["CommonPrefixes"]] == ["a/"] and page["IsTruncated"]
    rest = s3.list_objects_v2(Bucket=bucket, Delimiter="/", ContinuationToken=page["NextContinuationToken"])
    assert [o["Key"] for o in rest["Contents"]] == ["c"]
    assert [o["Key"] for o in s3.list_objects(Bucket=bucket, Prefix="a/", EncodingType="url")["Contents"]] == ["a/1", "a/2", "a/b%20c%2B%C3%A9"]


def test_sseS3_nothingOfTheContentIsOnDisk(server, s3, bucket):
    mark = b"a marked line of a sealed object "
    body = mark * 5000
    made = s3.put_object(Bucket=bucket, Key="sealed", Body=body, ServerSideEncryption="AES256")
    assert made["ServerSideEncryption"] == "AES256" and made["ETag"] == f'"{hashlib.md5(body).hexdigest()}"'
    upload = s3.create_multipart_upload(Bucket=bucket, Key="parts", ServerSideEncryption="AES256")["UploadId"]
    part = s3.upload_part(Bucket=bucket, Key="parts", UploadId=upload, PartNumber=1, Body=body)
    s3.complete_multipart_upload(Bucket=bucket, Key="parts", UploadId=upload, MultipartUpload={
        "Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/sealed", ServerSideEncryption="AES256")
    for file in server.data.rglob("*"):
        assert not file.is_file() or mark not in file.read_bytes(), file
    for key in ("sealed", "parts", "copy"):
        got = s3.get_object(Bucket=bucket, Key=key)
        assert got["ServerSideEncryption"] == "AES256" and "SSEKMSKeyId" not in got and got["Body"].read() == body
        assert s3.get_object(Bucket=bucket, Key=key, Range="bytes=65530-65545")["Body"].read() == body[65530:65546]
    # What does not ask for it, in a bucket that does not either, lies there as it is, and says so.
    assert "ServerSideEncryption" not in s3.put_object(Bucket=bucket, Key="plain", Body=mark)
    assert any(mark in file.read_bytes() for file in (server.data / "objects").rglob("*") if file.is_file())


def encrypting(algorithm, **more):
    return {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": algorithm, **more.pop("by", {})}, **more}]}


def test_defaultEncryption_isForWhatDoesNotSay(server, s3, bucket, iam, person):  # noqa: F811
    kms, (user, _, credentials) = server.client("kms"), person
    key = kms.create_key()["KeyMetadata"]["Arn"]
    put = lambda configuration: s3.put_bucket_encryption(  # noqa: E731
        Bucket=bucket, ServerSideEncryptionConfiguration=configuration)
    shown = lambda: s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]  # noqa: E731
    assert code(s3.get_bucket_encryption, Bucket=bucket) == "ServerSideEncryptionConfigurationNotFoundError"
    s3.put_object(Bucket=bucket, Key="before", Body=b"x")
    # The root key.
    assert put(encrypting("AES256"))["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert shown() == encrypting("AES256", BucketKeyEnabled=False)
    mark = b"a marked line of an object that does not ask " * 9
    assert s3.put_object(Bucket=bucket, Key="own", Body=mark)["ServerSideEncryption"] == "AES256"
    assert not any(mark in f.read_bytes() for f in (server.data / "objects").rglob("*") if f.is_file())
    assert s3.get_object(Bucket=bucket, Key="own")["Body"].read() == mark
    # A KMS key, in the name of whoever puts.
    by_key = encrypting("aws:kms", by={"KMSMasterKeyID": key})
    put(by_key)
    assert shown() == encrypting("aws:kms", by={"KMSMasterKeyID": key}, BucketKeyEnabled=False)
    made = s3.put_object(Bucket=bucket, Key="k", Body=mark)
    assert (made["ServerSideEncryption"], made["SSEKMSKeyId"]) == ("aws:kms", key)
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/own")
    upload = s3.create_multipart_upload(Bucket=bucket, Key="parts")
    assert upload["SSEKMSKeyId"] == key
    part = s3.upload_part(Bucket=bucket, Key="parts", UploadId=upload["UploadId"], PartNumber=1, Body=mark)
    s3.complete_multipart_upload(Bucket=bucket, Key="parts", UploadId=upload["UploadId"], MultipartUpload={
        "Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})
    for name in ("k", "copy", "parts"):
        got = s3.get_object(Bucket=bucket, Key=name)
        assert got["SSEKMSKeyId"] == key and got["Body"].read() == mark
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=policy("Allow", "s3:PutObject"))
    theirs = server.client("s3", credentials=credentials)
    assert code(theirs.put_object, Bucket=bucket, Key="t", Body=b"x") == "AccessDenied"
    assert theirs.put_object(Bucket=bucket, Key="t", Body=b"x", ServerSideEncryption="AES256")["ServerSideEncryption"] == "AES256"
    for call in (theirs.get_bucket_encryption, theirs.delete_bucket_encryption):
        assert code(call, Bucket=bucket) == "AccessDenied"
    # No key named: the one that AWS manages for S3. A key that is not there shows when it is wanted.
    put(encrypting("aws:kms"))
    managed = s3.put_object(Bucket=bucket, Key="managed", Body=b"x")["SSEKMSKeyId"]
    assert kms.describe_key(KeyId=managed)["KeyMetadata"]["KeyManager"] == "AWS"
    put(encrypting("aws:kms", by={"KMSMasterKeyID": "alias/absent"}))
    assert code(s3.put_object, Bucket=bucket, Key="k", Body=b"x") == "KMS.NotFoundException"
    for wrong, error in (
        (encrypting("AES256", by={"KMSMasterKeyID": key}), "InvalidArgument"), (encrypting("aws:kms", BucketKeyEnabled=True), "NotImplemented"),
        (encrypting("aws:kms:dsse"), "NotImplemented"), (encrypting("rot13"), "MalformedXML"), ({"Rules": []}, "MalformedXML"),
        ({"Rules": [{}]}, "MalformedXML")):
        assert code(s3.put_bucket_encryption, Bucket=bucket, ServerSideEncryptionConfiguration=wrong) == error, wrong
    # Without it, what is encrypted stays so.
    s3.delete_bucket_encryption(Bucket=bucket)
    assert code(s3.get_bucket_encryption, Bucket=bucket) == "ServerSideEncryptionConfigurationNotFoundError"
    assert "ServerSideEncryption" not in s3.put_object(Bucket=bucket, Key="after", Body=b"x")
    assert "ServerSideEncryption" not in s3.head_object(Bucket=bucket, Key="before")
    assert s3.head_object(Bucket=bucket, Key="k")["SSEKMSKeyId"] == key
    found = server.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "ResourceName", "AttributeValue": bucket}])["Events"]
    records = [json.loads(e["CloudTrailEvent"]) for e in found]
    assert {"PutBucketEncryption", "GetBucketEncryption", "DeleteBucketEncryption"} <= {r["eventName"] for r in records}
    (record,) = [r for r in records if r["eventName"] == "PutBucketEncryption" and "errorCode" not in r
                 and key in json.dumps(r["requestParameters"])]
    assert record["requestParameters"]["ServerSideEncryptionConfiguration"]["Rule"]["ApplyServerSideEncryptionByDefault"] == {
        "SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    assert record["requestParameters"]["encryption"] == "" and record["readOnly"] is False


@pytest.mark.parametrize("call, arguments", [
    ("get_bucket_replication", {}), ("get_bucket_cors", {}), ("get_bucket_lifecycle_configuration", {}), ("get_bucket_website", {}),
    ("put_object", {"Key": "k", "Body": b"", "StorageClass": "GLACIER"}),
    ("put_object", {"Key": "k", "Body": b"", "SSECustomerAlgorithm": "AES256", "SSECustomerKey": b"k" * 32}),
    ("get_object_attributes", {"Key": "k", "ObjectAttributes": ["ETag"]}),
])
def test_whatIsNotThere_saysSo(s3, bucket, call, arguments):
    assert code(getattr(s3, call), Bucket=bucket, **arguments) == "NotImplemented"
