"""Services that use keys for their users: the volume store of examples/volumes, and the events that AWS documents of EC2 and S3."""

import base64
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from conftest import ROOT
from test_federation import admin
from test_iam_sts import golden, iam, name, policy, refused  # noqa: F401  (fixtures)

EC2 = "ec2.amazonaws.com"


@pytest.fixture(scope="module")
def store(server):
    """The example, running with a key of its own that may do nothing but act for users of ec2 and s3."""
    iam = server.client("iam")
    iam.create_user(UserName="volume-store")
    resource = [f"arn:aws:keytrail::{server.account()}:service/{s}.amazonaws.com" for s in ("ec2", "s3")]
    iam.put_user_policy(UserName="volume-store", PolicyName="p", PolicyDocument=policy(
        "Allow", ["keytrail:ForwardAccess", "keytrail:GetInfrastructureSession"], resource))
    made = iam.create_access_key(UserName="volume-store")["AccessKey"]
    env = {**os.environ, "KEYTRAIL": server.endpoint, "AWS_ACCESS_KEY_ID": made["AccessKeyId"],
           "AWS_SECRET_ACCESS_KEY": made["SecretAccessKey"], "AWS_EC2_METADATA_DISABLED": "true"}
    process = subprocess.Popen(
        [sys.executable, ROOT / "examples" / "volumes" / "volumes.py", "0"], stdout=subprocess.PIPE, text=True, env=env)
    try:
        line = process.stdout.readline()
        assert line.startswith("ready "), line
        yield line.split()[1], (made["AccessKeyId"], made["SecretAccessKey"])
    finally:
        process.terminate()
        process.wait(timeout=60)
        process.stdout.close()


class User:
    def __init__(self, server, store, credentials, region="us-east-1"):
        self.server, self.url, self.region = server, store[0], region
        self.credentials = Credentials(*credentials)
        self.key_id = credentials[0]

    def signed(self, service, body):
        request = AWSRequest("POST", self.url + "/", data=body, headers={"Content-Type": "application/json"})
        SigV4Auth(self.credentials, service, self.region).add_auth(request)
        return dict(request.headers)

    def ask(self, action, service="ec2", **members):
        body = json.dumps({"Action": action, **members}).encode()
        request = urllib.request.Request(self.url + "/", data=body, headers=self.signed(service, body), method="POST")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as e:
            raise Denied(json.loads(e.read())) from None

    def events(self, event_name, key):
        trail = self.server.client("cloudtrail", region=self.region)
        found = trail.lookup_events(LookupAttributes=[{"AttributeKey": "ResourceName", "AttributeValue": key}])["Events"]
        return [json.loads(e["CloudTrailEvent"]) for e in found if e["EventName"] == event_name]


class Denied(Exception):
    @property
    def code(self):
        return self.args[0]["Code"]


@pytest.fixture
def alice(server, iam, store, name):
    iam.create_user(UserName=name)
    made = iam.create_access_key(UserName=name)["AccessKey"]
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=policy("Allow", "kms:*"))
    user = User(server, store, (made["AccessKeyId"], made["SecretAccessKey"]))
    user.name = name
    return user


SIMILAR = ("eventSource", "eventName", "readOnly", "eventType")


def check_like(record, page, requests=()):
    """What the page has, with a present-day record's additions; `requests` are members the page leaves out."""
    for member in SIMILAR:
        if member in page:
            assert record[member] == page[member], member
    assert set(record["requestParameters"]) - set(requests) == set(page["requestParameters"])
    assert (record["responseElements"] is None) == (page["responseElements"] is None)
    assert [r["accountId"] == record["recipientAccountId"] for r in record["resources"]] == [True]
    assert len(page["resources"]) == 1


def test_ec2_createVolume_callByCall(server, alice):
    """EC2-example-one: the data key is made in Alice's name, for the volume."""
    made = alice.ask("CreateVolume")
    (record,) = alice.events("GenerateDataKeyWithoutPlaintext", made["KmsKeyId"])[:1]
    page = golden("EC2-example-one")["Records"][1]
    check_like(record, page)
    assert record["requestParameters"] == {
        "encryptionContext": {"aws:ebs:id": made["VolumeId"]}, "numberOfBytes": 64, "keyId": "alias/aws/ebs"}
    identity = record["userIdentity"]
    assert identity.pop("invokedBy") == EC2
    assert set(identity) == set(page["userIdentity"])
    assert (identity["type"], identity["userName"], identity["accessKeyId"]) == ("IAMUser", alice.name, alice.key_id)
    assert (record["sourceIPAddress"], record["userAgent"]) == (EC2, EC2) and "tlsDetails" not in record


def test_ec2_attachVolume_callByCall(server, alice):
    """EC2-example-two: a grant in Alice's name to the instance's infrastructure, which then decrypts by it."""
    key = server.client("kms").create_key()["KeyMetadata"]["Arn"]
    volume = alice.ask("CreateVolume", KeyId=key)["VolumeId"]
    alice.ask("AttachVolume", VolumeId=volume, InstanceId="i-81e2f56c")
    pages = {r["eventName"]: r for r in golden("EC2-example-two")["Records"]}

    (grant,) = alice.events("CreateGrant", key)
    check_like(grant, pages["CreateGrant"], requests=["operations"])
    assert grant["requestParameters"]["constraints"] == {"encryptionContextSubset": {"aws:ebs:id": volume}}
    infrastructure = f"arn:aws:sts::{server.account()}:assumed-role/aws:ec2-infrastructure/i-81e2f56c"
    assert grant["requestParameters"]["granteePrincipal"] == infrastructure
    assert grant["userIdentity"]["userName"] == alice.name and grant["userIdentity"]["invokedBy"] == EC2
    assert set(grant["responseElements"]) == {"grantId", "keyId"}

    (made,) = alice.events("GenerateDataKeyWithoutPlaintext", key)
    check_like(made, pages["GenerateDataKeyWithoutPlaintext"])

    (opened,) = alice.events("Decrypt", key)
    page = pages["Decrypt"]
    check_like(opened, page, requests=["encryptionAlgorithm"])
    assert opened["requestParameters"]["encryptionContext"] == {"aws:ebs:id": volume}
    identity = opened["userIdentity"]
    account = server.account()
    expected = json.loads(json.dumps(page["userIdentity"]).replace("111122223333", account))
    expected["sessionContext"]["attributes"]["creationDate"] = identity["sessionContext"]["attributes"]["creationDate"]
    assert identity == expected

    alice.ask("WriteVolume", VolumeId=volume, Content=base64.b64encode(b"attack at dawn").decode())
    assert base64.b64decode(alice.ask("ReadVolume", VolumeId=volume)["Content"]) == b"attack at dawn"
    alice.ask("DetachVolume", VolumeId=volume)
    (revoked,) = alice.events("RevokeGrant", key)
    assert revoked["userIdentity"]["invokedBy"] == EC2
    with pytest.raises(Denied) as denied:
        alice.ask("ReadVolume", VolumeId=volume)
    assert denied.value.code == "IncorrectState"


def test_s3_objects_callByCall(server, alice):
    """The S3-style pair: a role session's own identity, invoked by the service."""
    key = server.client("kms").create_key()["KeyMetadata"]["Arn"]
    trust = json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": server.account()}, "Action": "sts:AssumeRole"}]})
    iam = server.client("iam")
    role = iam.create_role(RoleName=alice.name, AssumeRolePolicyDocument=trust)["Role"]
    iam.put_role_policy(RoleName=alice.name, PolicyName="p", PolicyDocument=policy("Allow", "kms:*"))
    session = server.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="example-user")["Credentials"]
    alice.credentials = Credentials(session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"])
    alice.ask("PutObject", "s3", Bucket="example_bucket", Key="example_object", KeyId=key,
              Content=base64.b64encode(b"hello").decode())
    got = alice.ask("GetObject", "s3", Bucket="example_bucket", Key="example_object")
    assert base64.b64decode(got["Content"]) == b"hello"
    for event_name, file in (("GenerateDataKey", "GenerateDataKey-for-s3"), ("Decrypt", "Decrypt-for-s3")):
        (record,) = alice.events(event_name, key)
        page = golden(file)
        check_like(record, page, requests=["encryptionAlgorithm"])
        assert record["requestParameters"]["encryptionContext"] == page["requestParameters"]["encryptionContext"]
        identity, expected = record["userIdentity"], page["userIdentity"]
        assert set(identity) == set(expected) and identity["type"] == expected["type"]
        assert identity["sessionContext"].keys() == expected["sessionContext"].keys()
        assert identity["sessionContext"]["sessionIssuer"]["principalId"] == role["RoleId"]
        assert identity["accessKeyId"] == session["AccessKeyId"] and identity["invokedBy"] == "s3.amazonaws.com"
        assert (record["sourceIPAddress"], record["userAgent"]) == ("s3.amazonaws.com", "s3.amazonaws.com")


def key_policy(account, statement):
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "kms:*", "Resource": "*",
         **statement}]})


def test_conditions_viaServiceAndGrantIsForAWSResource(server, alice):
    admin_kms, account = server.client("kms"), server.account()
    key = admin_kms.create_key(BypassPolicyLockoutSafetyCheck=True, Policy=json.dumps({
        "Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": account}, "Action": ["kms:Put*", "kms:Describe*"], "Resource": "*"},
            {"Effect": "Allow", "Principal": {"AWS": account}, "Action": ["kms:GenerateDataKey*", "kms:Decrypt"],
             "Resource": "*", "Condition": {"StringEquals": {"kms:ViaService": "ec2.us-east-1.amazonaws.com"},
                                            "Bool": {"aws:ViaAWSService": "true"}}},
            {"Effect": "Allow", "Principal": {"AWS": account}, "Action": ["kms:CreateGrant", "kms:RevokeGrant"],
             "Resource": "*", "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}}}]}))["KeyMetadata"]["Arn"]
    own = server.client("kms", credentials=(alice.credentials.access_key, alice.credentials.secret_key))
    assert refused(own.generate_data_key, KeyId=key, KeySpec="AES_256")[0] == "AccessDeniedException"
    assert refused(own.create_grant, KeyId=key, Operations=["Decrypt"], GranteePrincipal=f"arn:aws:iam::{account}:root")[0] == (
        "AccessDeniedException")
    volume = alice.ask("CreateVolume", KeyId=key)["VolumeId"]
    alice.ask("AttachVolume", VolumeId=volume, InstanceId="i-1234")
    alice.ask("DetachVolume", VolumeId=volume)
    # By another service the same user may not.
    with pytest.raises(Denied) as denied:
        alice.ask("PutObject", "s3", Bucket="b", Key="k", KeyId=key, Content="")
    assert denied.value.code == "AccessDeniedException"


def test_forwarding_givesNoMoreThanTheUserHas(server, iam, alice, store):
    iam.put_user_policy(UserName=alice.name, PolicyName="p", PolicyDocument=policy("Allow", "kms:DescribeKey"))
    key = server.client("kms").create_key()["KeyMetadata"]["Arn"]
    with pytest.raises(Denied) as denied:
        alice.ask("CreateVolume", KeyId=key)
    assert denied.value.code == "AccessDeniedException"
    stranger = User(server, store, (alice.key_id, "wrong" * 8))
    with pytest.raises(Denied) as denied:
        stranger.ask("CreateVolume")
    assert denied.value.code == "AuthFailure"


def forward(server, store, user, body=b"{}", service=EC2, signed="ec2", **changes):
    headers = user.signed(signed, body)
    headers.update(changes.pop("headers", {}))
    members = {"Service": service, "Method": "POST", "Path": "/", "Query": "", "Body": base64.b64encode(body).decode(),
               "Headers": "\n".join(f"{k}: {v}" for k, v in {**headers, "Host": user.url.split("//")[1]}.items()), **changes}
    return admin(server, "ForwardAccess", members)


def test_forwardAccess_onlyForTheServiceThatTheUserSignedFor(server, alice, store):
    status, session = forward(server, store, alice)
    assert status == 200 and session["Arn"].endswith(":user/" + alice.name)
    for changes in ({"service": "rds.amazonaws.com"}, {"signed": "kms"}, {"Body": base64.b64encode(b"{ }").decode()},
                    {"Path": "/other"}, {"Method": "GET"}, {"headers": {"X-Amz-Date": "20200101T000000Z"}}):
        status, answer = forward(server, store, alice, **changes)
        assert (status, answer["__type"]) == (400, "ValidationException"), changes
    # The session is the user's, through the service, and ends with the user's key; it cannot be passed on.
    kms = boto3.client(
        "kms", endpoint_url=server.endpoint, region_name="us-east-1", aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"], aws_session_token=session["SessionToken"])
    kms.list_keys()
    # Nothing that would give the service access of its own.
    for service in ("sts", "iam"):
        client = boto3.client(
            service, endpoint_url=server.endpoint, region_name="us-east-1", aws_access_key_id=session["AccessKeyId"],
            aws_secret_access_key=session["SecretAccessKey"], aws_session_token=session["SessionToken"])
        call = client.get_session_token if service == "sts" else client.list_users
        assert refused(call)[0] == "SignatureDoesNotMatch"
    again = User(server, store, ("", ""))
    again.credentials = Credentials(session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"])
    status, answer = forward(server, store, again)
    assert (status, answer["__type"]) == (400, "ValidationException")
    server.client("iam").update_access_key(UserName=alice.name, AccessKeyId=alice.key_id, Status="Inactive")
    assert refused(kms.list_keys)[0] == "UnrecognizedClientException"


def test_forwardAccess_isForOperatorsServicesAlone(server, alice, store):
    account, root = server.new_account()
    import test_federation

    class Other:
        endpoint, credentials = server.endpoint, root

    status, answer = test_federation.admin(Other, "ForwardAccess", {"Service": EC2})
    assert (status, answer["__type"]) == (400, "AccessDeniedException")
    status, answer = test_federation.admin(Other, "GetInfrastructureSession", {
        "Service": EC2, "AccountId": server.account(), "ResourceId": "i-1"})
    assert (status, answer["__type"]) == (400, "AccessDeniedException")

    class Store:
        endpoint, credentials = server.endpoint, store[1]

    status, answer = test_federation.admin(Store, "GetInfrastructureSession", {
        "Service": "rds.amazonaws.com", "AccountId": account, "ResourceId": "i-1"})
    assert (status, answer["__type"]) == (400, "AccessDeniedException")
    status, session = test_federation.admin(Store, "GetInfrastructureSession", {
        "Service": EC2, "AccountId": account, "ResourceId": "i-81e2f56c"})
    assert status == 200
    kms = boto3.client(
        "kms", endpoint_url=server.endpoint, region_name="us-east-1", aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"], aws_session_token=session["SessionToken"])
    assert refused(kms.list_keys)[0] == "AccessDeniedException"
