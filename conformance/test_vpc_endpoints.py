"""VPC endpoints: listeners that the operator declares to be some. Stock boto3 through them, AWS's records, policies and conditions."""

import gzip
import json
import re

import boto3
import botocore.config
import botocore.exceptions
import pytest

from conftest import Server, eventually, free_port
from test_golden_events import GOLDEN, MISSING, put
from test_trail import bucket_policy

# The ids of AWS's examples.
PLAIN, GUARDED, VPC = "vpce-1234abcdf5678c90a", "vpce-EXAMPLE08c1b6b9b7", "vpc-0a1b2c3d4e5f60718"
REGION = "us-east-1"


class Place:
    """A server with two endpoints of the operator's account, one of which lets only callers of that account pass."""

    def __init__(self, folder):
        self.server = Server(folder / "data").start()
        self.account = self.server.account()
        assert self.server.stop() == 0
        policy = folder / "endpoint.json"
        policy.write_text(json.dumps({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*",
            "Condition": {"StringEquals": {"aws:PrincipalAccount": self.account}}}]}))
        self.ports = {PLAIN: free_port(), GUARDED: free_port()}
        listed = ",".join(
            f"{id}=127.0.0.1:{port};{self.account};{VPC}" + (f";{policy}" if id == GUARDED else "")
            for id, port in self.ports.items())
        self.server.extra = ["--set", "trail.flush=1s", "--set", f"vpc.endpoints={listed}"]
        self.server.start()
        for id, port in self.ports.items():
            assert f"  {id} http://127.0.0.1:{port}" in self.server.lines
        self.stranger, self.strangers = self.server.new_account()
        self.key = self.server.client("kms").create_key()["KeyMetadata"]["KeyId"]
        self.follow()

    def through(self, id, service, credentials=None, token=None):
        key, secret = credentials or self.server.credentials
        return boto3.client(
            service, endpoint_url=f"http://127.0.0.1:{self.ports[id]}", region_name=REGION, aws_access_key_id=key,
            aws_secret_access_key=secret, aws_session_token=token,
            config=botocore.config.Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"}))

    def follow(self):
        """A trail of the network activity of KMS and S3."""
        self.s3, trail = self.server.client("s3"), self.server.client("cloudtrail")
        self.s3.create_bucket(Bucket="network")
        self.s3.put_bucket_policy(Bucket="network", Policy=bucket_policy("network", self.account))
        trail.create_trail(Name="network", S3BucketName="network")
        self.selectors = [
            {"Name": source, "FieldSelectors": [
                {"Field": "eventCategory", "Equals": ["NetworkActivity"]}, {"Field": "eventSource", "Equals": [source]}]}
            for source in ("kms.amazonaws.com", "s3.amazonaws.com")]
        trail.put_event_selectors(TrailName="network", AdvancedEventSelectors=self.selectors)
        trail.start_logging(Name="network")

    def network(self, request):
        """The network activity record of a call, from a log file in the folder that AWS has for them."""

        def find():
            for entry in self.s3.list_objects_v2(Bucket="network").get("Contents", []):
                if f"AWSLogs/{self.account}/CloudTrail-NetworkActivity/{REGION}/" in entry["Key"]:
                    assert re.search(rf"/{self.account}_CloudTrail-NetworkActivity_{REGION}_\d{{8}}T\d{{4}}Z_\w{{16}}\.json\.gz$", entry["Key"])
                    body = self.s3.get_object(Bucket="network", Key=entry["Key"])["Body"].read()
                    for record in json.loads(gzip.decompress(body))["Records"]:
                        assert record["eventCategory"] == "NetworkActivity"
                        if record["requestID"] == request:
                            return record
            return None

        return eventually(find)

    def history(self, name, request, credentials=None):
        trail = self.server.client("cloudtrail", credentials=credentials)
        found = trail.lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": name}])["Events"]
        return [r for e in found if (r := json.loads(e["CloudTrailEvent"])).get("requestID") == request]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    made = Place(tmp_path_factory.mktemp("vpc"))
    yield made
    assert made.server.stop() == 0


@pytest.fixture(scope="module")
def alice(place):
    iam = place.server.client("iam")
    iam.create_user(UserName="Alice")
    iam.put_user_policy(UserName="Alice", PolicyName="all", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}))
    made = iam.create_access_key(UserName="Alice")["AccessKey"]
    return made["AccessKeyId"], made["SecretAccessKey"]


def plain(record):
    """Ids, accounts, Regions, times, addresses and agents as words."""
    text = json.dumps(record)
    for pattern, word in (
        (r"\b(?:(?:AIDA|AROA|AKIA|ASIA)[A-Z0-9]{12,}|EX_PRINCIPAL_ID|EXAMPLE_KEY_ID|EXAMPLE_ID)\b", "ID"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME"),
        (r"\b[0-9a-f]{64}\b", "MATERIAL"),
        (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9A-Za-z]{12,}\b", "UUID"),
        (r"\b\d{12}\b", "ACCOUNT"),
        (r"\b(?:192\.0\.2\.0|172\.01\.01\.001|127\.0\.0\.1)\b", "ADDRESS"),
        (r"\b(?:us|eu)-(?:east|west)-\d\b", "REGION"),
        (r'"(?:Boto3|aws-cli)/[^"]*"', '"AGENT"'),
    ):
        text = re.sub(pattern, word, text)
    return json.loads(text)


def compare(record, name, exceptions):
    assert record["eventVersion"] == "1.11"
    page, got = plain(json.loads((GOLDEN / f"{name}.json").read_text())), plain(record)
    for path, value in {"eventVersion": "1.11", **exceptions}.items():
        put(page, path, value)
    assert got == page
    assert list(got["userIdentity"]) == sorted(got["userIdentity"], key=[
        "type", "principalId", "arn", "accountId", "accessKeyId", "userName", "sessionContext"].index)


def request_of(call, **arguments):
    return call(**arguments)["ResponseMetadata"]["RequestId"]


def refused(call, **arguments):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**arguments)
    return caught.value.response


def test_management_asDocumented(place, alice):
    request = request_of(place.through(PLAIN, "kms", alice).generate_data_key, KeyId=place.key, NumberOfBytes=128)
    (record,) = place.history("GenerateDataKey", request)
    assert record["vpcEndpointAccountId"] == place.account
    compare(record, "GenerateDataKey-vpc-endpoint", {  # what records have had since 2018
        "managementEvent": True, "eventCategory": "Management", "vpcEndpointAccountId": "ACCOUNT",
        "additionalEventData": {"keyMaterialId": "MATERIAL"}})


def test_networkActivity_asDocumented(place):
    iam, sts = place.server.client("iam"), place.server.client("sts")
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    iam.create_role(RoleName="Admin", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": place.account}, "Action": "sts:AssumeRole"}]}))
    iam.put_role_policy(RoleName="Admin", PolicyName="all", PolicyDocument=json.dumps(everything))
    made = sts.assume_role(RoleArn=f"arn:aws:iam::{place.account}:role/Admin", RoleSessionName="role-name")["Credentials"]
    kms = place.through(GUARDED, "kms", (made["AccessKeyId"], made["SecretAccessKey"]), made["SessionToken"])
    request = request_of(kms.list_keys)
    compare(place.network(request), "ListKeys-network-activity", {})
    (record,) = place.history("ListKeys", request)
    assert record["vpcEndpointId"] == GUARDED and record["eventType"] == "AwsApiCall"


def test_deniedByTheEndpointsPolicy_asDocumented(place):
    kms = place.through(GUARDED, "kms", place.strangers)
    response = refused(kms.list_keys)
    request = response["ResponseMetadata"]["RequestId"]
    assert response["Error"]["Code"] == "AccessDeniedException"
    assert response["Error"]["Message"].endswith("because no VPC endpoint policy allows the kms:ListKeys action")
    record = place.network(request)
    assert record["userIdentity"]["accountId"] == place.stranger and record["recipientAccountId"] == place.account
    # The caller here is a root user, whose id is the account's number.
    compare(record, "ListKeys-network-activity-denied", {"userIdentity.principalId": "ACCOUNT"})
    for credentials in (None, place.strangers):
        assert place.history("ListKeys", request, credentials) == []
    assert place.server.client("kms", credentials=place.strangers).list_keys()["Keys"] == []


def test_deniedAnyway_isOnRecordAsEverywhere(place):
    iam = place.server.client("iam")
    iam.create_user(UserName="nobody-much")
    made = iam.create_access_key(UserName="nobody-much")["AccessKey"]
    kms = place.through(GUARDED, "kms", (made["AccessKeyId"], made["SecretAccessKey"]))
    request = refused(kms.list_keys)["ResponseMetadata"]["RequestId"]
    (record,) = place.history("ListKeys", request)
    assert record["errorCode"] == "AccessDenied" and record["vpcEndpointId"] == GUARDED
    assert "errorCode" not in place.network(request)


def test_callsThatNeedNoPermission_andObjects_areBoundToo(place):
    response = refused(place.through(GUARDED, "sts", place.strangers).get_caller_identity)
    assert response["Error"]["Code"] == "AccessDenied"
    assert response["Error"]["Message"].endswith("because no VPC endpoint policy allows the sts:GetCallerIdentity action")
    assert place.through(GUARDED, "sts").get_caller_identity()["Account"] == place.account
    place.server.client("s3", credentials=place.strangers).create_bucket(Bucket="a-strangers")
    s3 = place.through(GUARDED, "s3", place.strangers)
    response = refused(s3.put_object, Bucket="a-strangers", Key="k", Body=b"x" * 100_000)
    assert response["Error"]["Code"] == "AccessDenied"
    record = place.network(response["ResponseMetadata"]["RequestId"])
    assert (record["eventName"], record["errorCode"]) == ("PutObject", "VpceAccessDenied")
    place.through(PLAIN, "s3", place.strangers).put_object(Bucket="a-strangers", Key="k", Body=b"x")


# key -> the value that a call through the endpoint has; aws:SourceIp is for those that come from outside a VPC
THROUGH = {"aws:SourceVpce": PLAIN, "aws:SourceVpc": VPC, "aws:VpcSourceIp": "127.0.0.1", "aws:VpceAccount": None, "aws:SourceIp": MISSING}


@pytest.mark.parametrize("key", THROUGH)
def test_conditionKey_isPresentThroughAnEndpointAlone(place, key):
    iam, name = place.server.client("iam"), "keyed-" + key.split(":")[1]
    iam.create_user(UserName=name)
    made = iam.create_access_key(UserName=name)["AccessKey"]
    credentials = (made["AccessKeyId"], made["SecretAccessKey"])
    value = place.account if THROUGH[key] is None else THROUGH[key]
    operator = "IpAddress" if key == "aws:VpcSourceIp" else "StringEquals"
    condition = {"IpAddress": {key: "127.0.0.0/8"}} if value is MISSING else {operator: {key: value}}
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "kms:DescribeKey", "Resource": "*", "Condition": condition}]}))
    through, direct = place.through(PLAIN, "kms", credentials), place.server.client("kms", credentials=credentials)
    allowed, denied = (direct, through) if value is MISSING else (through, direct)
    allowed.describe_key(KeyId=place.key)
    assert refused(denied.describe_key, KeyId=place.key)["Error"]["Code"] == "AccessDeniedException"


def test_keyAndBucketPolicies_canAskForAnEndpoint(place):
    kms, s3 = place.server.client("kms"), place.server.client("s3")
    root = {"AWS": f"arn:aws:iam::{place.account}:root"}
    elsewhere = {"StringNotEquals": {"aws:SourceVpce": PLAIN}}
    key = kms.create_key(Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Deny", "Principal": "*", "Action": "kms:Encrypt", "Resource": "*", "Condition": elsewhere}]}))["KeyMetadata"]["KeyId"]
    place.through(PLAIN, "kms").encrypt(KeyId=key, Plaintext=b"p")
    for client in (kms, place.through(GUARDED, "kms")):
        assert refused(client.encrypt, KeyId=key, Plaintext=b"p")["Error"]["Code"] == "AccessDeniedException"
    s3.create_bucket(Bucket="inside-alone")
    s3.put_object(Bucket="inside-alone", Key="k", Body=b"x")
    s3.put_bucket_policy(Bucket="inside-alone", Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::inside-alone/*", "Condition": elsewhere}]}))
    assert place.through(PLAIN, "s3").get_object(Bucket="inside-alone", Key="k")["Body"].read() == b"x"
    for client in (s3, place.through(GUARDED, "s3")):
        assert refused(client.get_object, Bucket="inside-alone", Key="k")["Error"]["Code"] == "AccessDenied"


def test_selectors_areTakenAndShown(place):
    trail = place.server.client("cloudtrail")
    shown = trail.get_event_selectors(TrailName="network")["AdvancedEventSelectors"]
    assert [[(f["Field"], f["Equals"]) for f in s["FieldSelectors"]] for s in shown] == [
        [(f["Field"], f["Equals"]) for f in s["FieldSelectors"]] for s in place.selectors]


def test_withoutEndpoints_nothingIsSaidOfThem(server):
    kms, trail = server.client("kms"), server.client("cloudtrail")
    request = request_of(kms.list_keys)
    found = trail.lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "ListKeys"}])["Events"]
    (record,) = [r for e in found if (r := json.loads(e["CloudTrailEvent"]))["requestID"] == request]
    assert not record.keys() & {"vpcEndpointId", "vpcEndpointAccountId"}
