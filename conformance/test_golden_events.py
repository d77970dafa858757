"""Events of real calls against the records that AWS documents, member by member, after normalising ids and times.

Each row: the file in golden/, the call that should give such a record, and the members in which the page is known to
differ from a present-day record (see EXCEPTIONS; the reasons are AWS's own contradictions, kept where they can be read).
"""

import json
import pathlib
import re

import botocore.exceptions
import pytest

GOLDEN = pathlib.Path(__file__).parent / "golden"
MISSING = object()

CONTEXT = {"Department": "Engineering", "Project": "Alpha"}


class World:
    """A key, an alias and a ciphertext for the calls to use."""

    def __init__(self, server):
        self.kms = server.client("kms", region="us-west-2")
        self.trail = server.client("cloudtrail", region="us-west-2")
        self.key = self.kms.create_key()["KeyMetadata"]["Arn"]
        self.id = self.key.rsplit("/", 1)[1]
        self.other = self.kms.create_key()["KeyMetadata"]["Arn"]

    def alias(self, name):
        try:
            self.kms.delete_alias(AliasName=name)
        except botocore.exceptions.ClientError:
            pass
        self.kms.create_alias(AliasName=name, TargetKeyId=self.id)

    def encapsulating(self):
        return self.kms.create_key(KeySpec="ML_KEM_768", KeyUsage="ENCAPSULATE_DECAPSULATE")["KeyMetadata"]["KeyId"]

    def replicated(self):
        key = self.kms.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
        self.kms.replicate_key(KeyId=key, ReplicaRegion="eu-west-1")
        return key

    def sealed(self, context):
        return self.kms.encrypt(KeyId=self.key, Plaintext=b"p", EncryptionContext=context)["CiphertextBlob"]

    def event(self, name, request):
        found = self.trail.lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": name}])
        (record,) = [
            r for e in found["Events"] if (r := json.loads(e["CloudTrailEvent"])).get("requestID") == request
        ]
        return record


POLICY = json.loads((GOLDEN / "PutKeyPolicy.json").read_text())["requestParameters"]["policy"]

# file -> the call
CALLS = {
    "CancelKeyDeletion": lambda w: (
        w.kms.schedule_key_deletion(KeyId=w.id), w.kms.cancel_key_deletion(KeyId=w.id))[1],
    "CreateAlias": lambda w: (
        w.alias("alias/ExampleAlias"), w.kms.delete_alias(AliasName="alias/ExampleAlias"),
        w.kms.create_alias(AliasName="alias/ExampleAlias", TargetKeyId=w.id))[2],
    "CreateKey": lambda w: w.kms.create_key(),
    "Decrypt": lambda w: w.kms.decrypt(KeyId=w.key, CiphertextBlob=w.sealed(CONTEXT), EncryptionContext=CONTEXT),
    "Decrypt-failure": lambda w: w.kms.decrypt(
        KeyId=w.other, CiphertextBlob=w.sealed(CONTEXT), EncryptionContext=CONTEXT),
    "DeleteAlias": lambda w: (w.alias("alias/my_alias"), w.kms.delete_alias(AliasName="alias/my_alias"))[1],
    "DescribeKey": lambda w: w.kms.describe_key(KeyId=w.id),
    "DisableKey": lambda w: w.kms.disable_key(KeyId=w.id),
    "EnableKey": lambda w: w.kms.enable_key(KeyId=w.id),
    "Encapsulate": lambda w: w.kms.encapsulate(KeyId=w.encapsulating(), EncapsulationAlgorithm="ML_KEM"),
    "Encrypt": lambda w: w.kms.encrypt(KeyId=w.key, Plaintext=b"p", EncryptionContext={"Department": "Engineering"}),
    "GenerateDataKey": lambda w: w.kms.generate_data_key(KeyId=w.id, KeySpec="AES_256", EncryptionContext=CONTEXT),
    "GenerateDataKey-by-alias": lambda w: (
        w.alias("alias/project-key"), w.kms.generate_data_key(KeyId="alias/project-key", KeySpec="AES_256"))[1],
    "GenerateDataKeyPair": lambda w: w.kms.generate_data_key_pair(
        KeyId=w.id, KeyPairSpec="RSA_3072", EncryptionContext={"Project": "Alpha"}),
    "GenerateDataKeyPairWithoutPlaintext": lambda w: w.kms.generate_data_key_pair_without_plaintext(
        KeyId=w.id, KeyPairSpec="RSA_4096", EncryptionContext={"Index": "5"}),
    "GenerateDataKeyWithoutPlaintext": lambda w: w.kms.generate_data_key_without_plaintext(
        KeyId=w.id, KeySpec="AES_256", EncryptionContext={"Project": "Alpha"}),
    "GenerateRandom": lambda w: w.kms.generate_random(NumberOfBytes=32),
    "GetKeyLastUsage": lambda w: w.kms.get_key_last_usage(KeyId=w.id),
    "GetKeyPolicy": lambda w: w.kms.get_key_policy(KeyId=w.id, PolicyName="default"),
    "PutKeyPolicy": lambda w: w.kms.put_key_policy(
        KeyId=w.id, PolicyName="default", Policy=POLICY.replace("111122223333", w.key.split(":")[4])),
    "ReEncrypt": lambda w: w.kms.re_encrypt(
        CiphertextBlob=w.sealed(CONTEXT), SourceEncryptionContext=CONTEXT,
        DestinationKeyId=w.other.rsplit("/", 1)[1], DestinationEncryptionContext={"Level": "3A"}),
    "ScheduleKeyDeletion": lambda w: w.kms.schedule_key_deletion(KeyId=w.id, PendingWindowInDays=20),
    "ScheduleKeyDeletion-multi-region": lambda w: w.kms.schedule_key_deletion(KeyId=w.replicated(), PendingWindowInDays=30),
    "TagResource": lambda w: w.kms.tag_resource(KeyId=w.key, Tags=[{"TagKey": "Department", "TagValue": "IT"}]),
    "UntagResource": lambda w: w.kms.untag_resource(KeyId=w.key, TagKeys=["Dept"]),
}

# (file, member path) -> what a present-day record has there instead, and why the page does not.
EXCEPTIONS = {
    # The page's key is an EXTERNAL one; newer CreateKey records fill tags and multiRegion, and the key has material.
    ("CreateKey", "requestParameters.origin"): "AWS_KMS",
    ("CreateKey", "requestParameters.tags"): [],
    ("CreateKey", "requestParameters.multiRegion"): False,
    ("CreateKey", "responseElements.keyMetadata.origin"): "AWS_KMS",
    ("CreateKey", "responseElements.keyMetadata.enabled"): True,
    ("CreateKey", "responseElements.keyMetadata.keyState"): "Enabled",
    # Three of four examples, and the naming rule, have a lower-case first letter.
    ("CreateKey", "responseElements.keyMetadata.AWSAccountId"): MISSING,
    ("CreateKey", "responseElements.keyMetadata.aWSAccountId"): "ACCOUNT",
    # The newer list of operations that show the key ARN names TagResource.
    ("TagResource", "responseElements"): {"keyId": "KEY_ARN"},
    # The oldest example lacks the window that the API has answered since 2020, and has a slip in its date.
    ("ScheduleKeyDeletion", "responseElements.pendingWindowInDays"): 20,
    ("ScheduleKeyDeletion", "responseElements.deletionDate"): "DATE",
    # Recorded samples have no resources member when there is no resource.
    ("GenerateRandom", "resources"): MISSING,
    # Present-day records of symmetric keys name the material.
    ("GenerateDataKey-by-alias", "additionalEventData"): {"keyMaterialId": "MATERIAL"},
    ("GenerateRandom-nitro-enclave", "resources"): MISSING,
    ("GenerateRandom-nitro-tpm", "resources"): MISSING,
}

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


def normal(value):
    """Replaces ids, accounts, Regions and dates by words."""
    if isinstance(value, dict):
        return {k: normal(v) for k, v in value.items()}
    if isinstance(value, list):
        return [normal(v) for v in value]
    if not isinstance(value, str):
        return value
    value = re.sub(rf"arn:aws:kms:[a-z0-9-]+:\d{{12}}:key/(?:{UUID}|mrk-[0-9a-f]{{32}})", "KEY_ARN", value)
    value = re.sub(r"arn:aws:kms:[a-z0-9-]+:\d{12}:alias/", "ALIAS_ARN/", value)
    value = re.sub(r"\d{12}", "ACCOUNT", value) if "arn:aws:iam" in value or re.fullmatch(r"\d{12}", value) else value
    value = re.sub(rf"^(?:{UUID}|mrk-[0-9a-f]{{32}})$", "UUID", value)
    value = re.sub(r"^[0-9a-f]{64}$", "MATERIAL", value)
    value = re.sub(r"^[A-Z][a-z]{2} \d{1,2}, \d{4}, \d{1,2}:\d\d:\d\d [AP]M$", "DATE", value)
    return value


def put(record, path, value):
    *parents, last = path.split(".")
    for parent in parents:
        record = record[parent]
    if value is MISSING:
        record.pop(last, None)
    else:
        record[last] = value


def present_day(name):
    """The golden record as a present-day one: what newer versions always have, and the exceptions above."""
    golden = normal(json.loads((GOLDEN / f"{name}.json").read_text()))
    golden.update(managementEvent=True, eventCategory="Management", eventVersion="1.11")
    for resource in golden.get("resources", []):
        resource.setdefault("type", "AWS::KMS::Key")
    for (file, path), value in EXCEPTIONS.items():
        if file == name:
            put(golden, path, value)
    return golden


def compare(record, name):
    golden, got = present_day(name), normal(record)
    assert record["eventTime"].endswith("Z") and record["sourceIPAddress"] == "127.0.0.1"
    assert "Boto3" in record["userAgent"] and record["awsRegion"] == "us-west-2"
    identity = got["userIdentity"]
    # Some pages show a console session, which a call signed with a long-term key does not have.
    assert list(identity) == [m for m in golden["userIdentity"] if m != "sessionContext"], "same members, same order"
    assert identity["type"] == "IAMUser" and identity["userName"] == "admin"
    # Plain HTTP has no tlsDetails; these members were checked above or differ by nature.
    for one in (golden, got):
        for member in ("tlsDetails", "eventTime", "sourceIPAddress", "userAgent", "awsRegion", "userIdentity", "eventID", "requestID"):
            one.pop(member, None)
    assert got == golden
    assert (record.keys() & {"requestParameters", "responseElements"}) == {"requestParameters", "responseElements"}


@pytest.mark.parametrize("name", sorted(CALLS))
def test_event_asDocumented(server, name):
    world = World(server)
    if name == "EnableKey":
        world.kms.disable_key(KeyId=world.id)
    try:
        request = CALLS[name](world)["ResponseMetadata"]["RequestId"]
    except botocore.exceptions.ClientError as e:
        request = e.response["ResponseMetadata"]["RequestId"]
    compare(world.event(name.split("-")[0], request), name)


def test_listAliases(server):
    world = World(server)
    for i in range(6):
        world.alias(f"alias/page-{i}")
    marker = world.kms.list_aliases(Limit=5)["NextMarker"]
    request = world.kms.list_aliases(Limit=5, Marker=marker)["ResponseMetadata"]["RequestId"]
    record = world.event("ListAliases", request)
    assert record["requestParameters"] == {"limit": 5, "marker": marker}
    assert record["responseElements"] is None and "resources" not in record and record["readOnly"] is True
