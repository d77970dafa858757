"""Every record that AWS documents: which test produces it, or why none does. And those of CloudTrail's own calls.

`golden/` holds all records of the public KMS, CloudTrail and IAM guides. EXAMPLES says of each what becomes of it; a file
that is not in the table, or a test that does not mention its file, fails `test_everyExample_isAccountedFor`.
"""

import gzip
import json
import re

import boto3
import botocore.config
import botocore.exceptions
import pytest

from conftest import ROOT, eventually
from test_encrypted_trail import key_policy, log_files
from test_golden_events import GOLDEN, MISSING, UUID, put
from test_sign_in import GOOD, federation, session_json, signed_in
from test_trail import bucket_policy

# Where a record is produced by a real call through the pipeline and compared member by member.
GOLDEN_EVENTS, FORWARDED, STS = "test_golden_events.py", "test_forwarded_access.py", "test_iam_sts.py"
STORES, TOKENS, FEDERATION, HERE = "test_key_stores.py", "test_key_stores_token.py", "test_federation.py", "test_documented_examples.py"
SIGN_IN, ATTESTED = "test_sign_in.py", "test_recipient.py"
# The same by real operations and the real recorder, but without the wire; and what the recorder alone makes of its facts.
KMS_UNIT, RECORDER = "kms/src/test/java/dev/keytrail/kms/EventsTest.java", "audit/src/test/java/dev/keytrail/audit/RecorderGoldenTest.java"


class No(str):
    """Why a record cannot be produced."""


OTHER_SERVICE = No("a record of a service that Keytrail does not have")
ENDPOINTS = "test_vpc_endpoints.py"

EXAMPLES = {
    **dict.fromkeys([
        "CancelKeyDeletion", "CreateAlias", "CreateKey", "Decrypt", "Decrypt-failure", "DeleteAlias", "DescribeKey", "DisableKey",
        "EnableKey", "Encapsulate", "Encrypt", "GenerateDataKey", "GenerateDataKey-by-alias", "GenerateDataKeyPair",
        "GenerateDataKeyPairWithoutPlaintext", "GenerateDataKeyWithoutPlaintext", "GenerateRandom", "GetKeyLastUsage",
        "GetKeyPolicy", "ListAliases", "PutKeyPolicy", "ReEncrypt", "ScheduleKeyDeletion",
        "ScheduleKeyDeletion-multi-region", "TagResource", "UntagResource",
    ], GOLDEN_EVENTS),
    **dict.fromkeys(["Decrypt-for-s3", "GenerateDataKey-for-s3", "EC2-example-one", "EC2-example-two"], FORWARDED),
    **dict.fromkeys([
        "CreateCustomKeyStore", "ConnectCustomKeyStore", "DeleteCustomKeyStore", "CreateKey-cloudhsm", "Decrypt-cloudhsm",
        "ScheduleKeyDeletion-cloudhsm", "DeleteKey-cloudhsm-failure"], TOKENS),
    **dict.fromkeys(["CreateKey-xks", "Decrypt-xks", "Decrypt-xks-failure", "DescribeCustomKeyStores"], STORES),
    **dict.fromkeys([
        "CreateUser", "CreateRole", "AssumeRole-regional", "AssumeRole-cross-account-caller-copy",
        "AssumeRole-cross-account-target-copy"], STS),
    **dict.fromkeys(["AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"], FEDERATION),
    **dict.fromkeys([
        "StartLogging", "UpdateTrail-failure", "GenerateDataKey-by-cloudtrail-configure", "GenerateDataKey-by-cloudtrail-log-file",
        "Decrypt-cloudtrail-log-file-console"], HERE),
    **dict.fromkeys([
        "CreateGrant", "CreateGrant-service-principal", "DeleteExpiredKeyMaterial", "DeleteImportedKeyMaterial", "DeleteKey",
        "DeleteKey-cloudhsm", "EnableKeyRotation", "GenerateDataKeyWithoutPlaintext-failure", "GetParametersForImport",
        "ImportKeyMaterial", "ListGrants", "RotateKey", "RotateKey-on-demand", "RotateKeyOnDemand",
    ], KMS_UNIT),
    # By services and under circumstances that are not here: what the recorder makes of the facts is compared.
    **dict.fromkeys(["Decrypt-by-service", "Encrypt-by-service", "Decrypt-post-quantum-tls"], RECORDER),
    **dict.fromkeys([
        "Decrypt-nitro-enclave", "Decrypt-nitro-tpm", "GenerateDataKey-nitro-enclave", "GenerateDataKey-nitro-tpm",
        "GenerateDataKeyPair-nitro-enclave", "GenerateDataKeyPair-nitro-tpm", "GenerateRandom-nitro-enclave",
        "GenerateRandom-nitro-tpm"], ATTESTED),
    **dict.fromkeys(["GenerateDataKey-vpc-endpoint", "ListKeys-network-activity", "ListKeys-network-activity-denied"], ENDPOINTS),
    **dict.fromkeys([
        "CheckMfa-multiple", "CheckMfa-single", "ConsoleLogin-federated", "ConsoleLogin-root", "ConsoleLogin-root-failure",
        "ConsoleLogin-root-mfa", "ConsoleLogin-unknown-user-failure", "ConsoleLogin-user", "ConsoleLogin-user-failure",
        "ConsoleLogin-user-mfa", "GetSigninToken-federated", "ChangePassword-root", "EnableMFADevice-root"], SIGN_IN),
    "EC2-StartInstances": OTHER_SERVICE,
    "StartEventDataStoreIngestion": No("event data stores are refused; the refusal's record is compared in its request part here"),
    **dict.fromkeys(["Insight-start", "Insight-pair"], No("of a service that is not here; insights of our own have their tests")),
    **dict.fromkeys(["Aggregated-api-activity", "Aggregated-resource-access"], No("aggregated events are not done")),
}


def test_everyExample_isAccountedFor():
    files = {p.stem for p in GOLDEN.glob("*.json") if '"eventVersion"' in p.read_text()}
    assert len(files) >= 100
    assert files == EXAMPLES.keys()
    for name, where in EXAMPLES.items():
        if isinstance(where, No):
            assert len(where) > 20
        else:
            text = ((ROOT / where) if "/" in where else (ROOT / "conformance" / where)).read_text()
            # The attested ones are named by their operation and a suffix.
            named = name.partition("-nitro-")[0] if where == ATTESTED else name
            assert f'"{named}"' in text, (name, where)


REGION = "eu-west-2"

# (file, member) -> what a record made here has instead.
EXCEPTIONS = {
    # The page's reader works in the console's own S3 pages, and those inside AWS.
    ("Decrypt-cloudtrail-log-file-console", "userIdentity.invokedBy"): "s3.amazonaws.com",
    ("Decrypt-cloudtrail-log-file-console", "sourceIPAddress"): "s3.amazonaws.com",
    ("Decrypt-cloudtrail-log-file-console", "userAgent"): "s3.amazonaws.com",
    # A role session's ARN ends in the session's name; the page has it cut off.
    ("Decrypt-cloudtrail-log-file-console", "userIdentity.arn"): "arn:aws:sts::ACCOUNT:assumed-role/Admin/SESSION",
    # Decrypts of today name the material.
    ("Decrypt-cloudtrail-log-file-console", "additionalEventData"): {"keyMaterialId": "MATERIAL"},
    ("GenerateDataKey-by-cloudtrail-configure", "additionalEventData"): {"keyMaterialId": "MATERIAL"},
    ("GenerateDataKey-by-cloudtrail-log-file", "additionalEventData"): {"keyMaterialId": "MATERIAL"},
}
# Plain HTTP has no tlsDetails: see test_tls.py.
ASIDE = ("tlsDetails", "eventVersion")


def plain(value):
    """Ids, names, accounts, Regions, times and dates as words."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    if not isinstance(value, str):
        return value
    if re.search(r":log-file:|AWSLogs/", value):
        return "LOG_FILE"
    value = re.sub(r"^[0-9a-f]{64}$", "MATERIAL", value)
    value = re.sub(r"arn:aws:kms:[a-z0-9-]+:\d{12}:key/[0-9a-z-]+", "KEY_ARN", value)
    value = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME", value)
    value = re.sub(r"\b\d{12}\b", "ACCOUNT", value)
    value = re.sub(r"(us|eu)-(east|west)-\d", "REGION", value)
    value = re.sub(r"(user/|^)(Mary_Major|Terry|admin)$", r"\1USER", value)
    value = re.sub(r"REGION::trail", "REGION:ACCOUNT:trail", value)
    value = re.sub(r"trail/(management-events|insights-trail|sealed)$", "trail/TRAIL", value)
    value = re.sub(r"(EXAMPLE_ID|EXAMPLE[0-9A-Z]+|(AIDA|AROA|ASIA)[A-Z0-9]+)(:\w+)?$", "ID", value)
    value = re.sub(rf"^({UUID}|[0-9a-f-]{{20,}}[0-9A-Za-z]*)$", "UUID", value)
    value = re.sub(r"^[0-9a-f-]+-EXAMPLE[0-9a-f]+$", "UUID", value)
    value = re.sub(r"^(Boto3/|aws-cli/).*", "AGENT", value)
    value = re.sub(r"^(192\.0\.2\.0|127\.0\.0\.1)$", "ADDRESS", value)
    return value


def compare(record, name):
    page = plain(json.loads((GOLDEN / f"{name}.json").read_text()))
    for (file, path), value in EXCEPTIONS.items():
        if file == name:
            put(page, path, value)
    if name == "Decrypt-cloudtrail-log-file-console":
        record["userIdentity"]["arn"] = record["userIdentity"]["arn"].replace("/console", "/SESSION")
    got = plain(record)
    assert got["eventVersion"] == "1.11"
    for one in (page, got):
        for member in ASIDE:
            one.pop(member, None)
    assert got == page


@pytest.fixture
def session(server):
    """A client maker for who has signed in, as the pages' callers have."""
    iam, name = server.client("iam"), "Mary_Major"
    iam.create_user(UserName=name)
    iam.create_login_profile(UserName=name, Password=GOOD)
    iam.put_user_policy(UserName=name, PolicyName="all", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"}]}))
    made = signed_in(server, account=server.account(), username=name, password=GOOD)

    def client(service, region=REGION):
        return boto3.client(
            service, endpoint_url=server.endpoint, region_name=region, aws_access_key_id=made["AccessKeyId"],
            aws_secret_access_key=made["SecretAccessKey"], aws_session_token=made["SessionToken"],
            config=botocore.config.Config(retries={"max_attempts": 1}))

    yield client
    iam.delete_login_profile(UserName=name)
    iam.delete_user_policy(UserName=name, PolicyName="all")
    iam.delete_user(UserName=name)


def events(server, name, region=REGION):
    found = server.client("cloudtrail", region=region).lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": name}])["Events"]
    return [json.loads(e["CloudTrailEvent"]) for e in found]


def by_request(server, name, answer):
    request = answer["ResponseMetadata"]["RequestId"]
    return next(r for r in events(server, name) if r.get("requestID") == request)


def test_cloudTrailsOwnCalls_asDocumented(server, session):
    s3, trail = server.client("s3"), session("cloudtrail")
    s3.create_bucket(Bucket="documented-logs")
    s3.put_bucket_policy(Bucket="documented-logs", Policy=bucket_policy("documented-logs", server.account()))
    trail.create_trail(Name="myTrail", S3BucketName="documented-logs")
    compare(by_request(server, "StartLogging", trail.start_logging(Name="myTrail")), "StartLogging")
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        trail.update_trail(Name="myTrail2", IsMultiRegionTrail=True)
    compare(by_request(server, "UpdateTrail", caught.value.response), "UpdateTrail-failure")
    trail.delete_trail(Name="myTrail")
    store = f"arn:aws:cloudtrail:{REGION}:{server.account()}:eventdatastore/2a8f2138-0caa-46c8-a194-0123456789ab"
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        trail.start_event_data_store_ingestion(EventDataStore=store)
    record = by_request(server, "StartEventDataStoreIngestion", caught.value.response)
    page = json.loads((GOLDEN / "StartEventDataStoreIngestion.json").read_text())
    assert record["errorCode"] == "UnsupportedOperationException" and record["responseElements"] is None
    for member in ("eventSource", "eventName", "readOnly", "eventType", "managementEvent", "eventCategory"):
        assert record[member] == page[member]


def test_encryptedLogFiles_leaveTheDocumentedRecords(server):
    """What CloudTrail asks of a key when a trail is set up and for each file, and what reading a file asks."""
    iam, s3, account = server.client("iam"), server.client("s3"), server.account()
    kms, trail = server.client("kms"), server.client("cloudtrail")
    name = "documented-sealed"
    s3.create_bucket(Bucket=name)
    s3.put_bucket_policy(Bucket=name, Policy=bucket_policy(name, account))
    key = kms.create_key(Policy=key_policy(account))["KeyMetadata"]["Arn"]
    trail.create_trail(Name="sealed", S3BucketName=name, KmsKeyId=key)
    trail.start_logging(Name="sealed")
    file = eventually(lambda: log_files(s3, name))[0]["Key"]
    of_key = [e for e in events(server, "GenerateDataKey", "us-east-1") if key in [r["ARN"] for r in e.get("resources", [])]]
    compare(of_key[-1], "GenerateDataKey-by-cloudtrail-configure")
    (used,) = [e for e in of_key if e["requestParameters"]["encryptionContext"]["aws:s3:arn"].endswith(file)]
    compare(used, "GenerateDataKey-by-cloudtrail-log-file")
    role = iam.create_role(RoleName="Admin", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"}]}))["Role"]["Arn"]
    iam.put_role_policy(RoleName="Admin", PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["s3:*", "kms:*"], "Resource": "*"}]}))
    assumed = server.client("sts").assume_role(RoleArn=role, RoleSessionName="console")["Credentials"]
    token = federation(server, Action="getSigninToken", Session=session_json(assumed))[1]["SigninToken"]
    made = federation(server, Action="login", Issuer="https://broker.example", Destination="https://console.example/",
                      SigninToken=token)[1]["Credentials"]
    reader = boto3.client(
        "s3", endpoint_url=server.endpoint, region_name="us-east-1", aws_access_key_id=made["AccessKeyId"],
        aws_secret_access_key=made["SecretAccessKey"], aws_session_token=made["SessionToken"])
    assert gzip.decompress(reader.get_object(Bucket=name, Key=file)["Body"].read())
    compare(events(server, "Decrypt", "us-east-1")[0], "Decrypt-cloudtrail-log-file-console")
    trail.delete_trail(Name="sealed")
    iam.delete_role_policy(RoleName="Admin", PolicyName="p")
    iam.delete_role(RoleName="Admin")
