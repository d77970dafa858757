"""AWS managed keys (alias/aws/...), resource quotas and request quotas, through stock boto3."""

import json

import botocore.exceptions
import pytest
from answers import assert_shown
from test_kms_every_operation import shown_in


def error(call, **arguments):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**arguments)
    answer = caught.value.response
    return answer["Error"]["Code"], answer["Error"]["Message"], answer["ResponseMetadata"]["HTTPStatusCode"]


def refused(call, **arguments):
    return error(call, **arguments)[0]


def test_managedKey_describedFirst_isMadeOnce_andListed(server):
    kms, region = server.client("kms", region="eu-central-1"), "eu-central-1"
    account = server.account()
    answer = kms.describe_key(KeyId="alias/aws/secretsmanager")
    made = answer["KeyMetadata"]
    assert made["KeyManager"] == "AWS" and made["KeyState"] == "Enabled" and made["Origin"] == "AWS_KMS"
    assert made["KeySpec"] == "SYMMETRIC_DEFAULT" and made["MultiRegion"] is False
    by_arn = kms.describe_key(KeyId=f"arn:aws:kms:{region}:{account}:alias/aws/secretsmanager")["KeyMetadata"]
    assert by_arn == made
    entries = {a["AliasName"]: a for a in kms.list_aliases()["Aliases"]}
    assert entries["alias/aws/secretsmanager"]["TargetKeyId"] == made["KeyId"]
    assert made["KeyId"] in [k["KeyId"] for k in kms.list_keys()["Keys"]]
    status = kms.get_key_rotation_status(KeyId=made["KeyId"])
    assert status["KeyRotationEnabled"] is True and status["RotationPeriodInDays"] == 365
    assert (status["NextRotationDate"] - made["CreationDate"]).days == 365
    statements = json.loads(kms.get_key_policy(KeyId=made["KeyId"])["Policy"])["Statement"]
    assert statements[0]["Condition"]["StringEquals"] == {
        "kms:CallerAccount": account,
        "kms:ViaService": f"secretsmanager.{region}.amazonaws.com",
    }
    # On record: the call, and the key's creation beside it.
    trail = server.client("cloudtrail", region=region)
    request = answer["ResponseMetadata"]["RequestId"]
    events = [
        record
        for e in trail.lookup_events(
            LookupAttributes=[{"AttributeKey": "ResourceName", "AttributeValue": made["Arn"]}]
        )["Events"]
        if (record := json.loads(e["CloudTrailEvent"]))["requestID"] == request
    ]
    assert sorted(e["eventName"] for e in events) == ["CreateKey", "DescribeKey"]
    (creation,) = [e for e in events if e["eventName"] == "CreateKey"]
    assert creation["userIdentity"]["invokedBy"] == "kms.amazonaws.com"
    assert creation["responseElements"]["keyMetadata"]["keyManager"] == "AWS"


def test_managedKey_usersCannotUseOrChangeIt(server, kms):
    made = kms.describe_key(KeyId="alias/aws/ebs")["KeyMetadata"]
    key, account = made["KeyId"], server.account()
    denied = [
        (kms.disable_key, {}),
        (kms.enable_key, {}),
        (kms.schedule_key_deletion, {}),
        (kms.cancel_key_deletion, {}),
        (kms.put_key_policy, {"Policy": "{}"}),
        (kms.tag_resource, {"Tags": [{"TagKey": "a", "TagValue": "b"}]}),
        (kms.untag_resource, {"TagKeys": ["a"]}),
        (kms.update_key_description, {"Description": "mine"}),
        (kms.enable_key_rotation, {}),
        (kms.disable_key_rotation, {}),
        (kms.rotate_key_on_demand, {}),
        (kms.create_grant, {"GranteePrincipal": f"arn:aws:iam::{account}:root", "Operations": ["Decrypt"]}),
        (kms.encrypt, {"Plaintext": b"x"}),
        (kms.generate_data_key, {"KeySpec": "AES_256"}),
        (kms.replicate_key, {"ReplicaRegion": "eu-west-1"}),
    ]
    for call, arguments in denied:
        assert refused(call, KeyId=key, **arguments) == "AccessDeniedException", call.__name__
    assert refused(kms.create_alias, AliasName="alias/mine", TargetKeyId=key) == "AccessDeniedException"
    assert refused(kms.delete_alias, AliasName="alias/aws/ebs") == "NotAuthorizedException"
    assert refused(kms.update_alias, AliasName="alias/aws/ebs", TargetKeyId=key) == "NotAuthorizedException"
    assert (
        refused(
            kms.get_parameters_for_import,
            KeyId=key, WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec="RSA_2048",
        )
        == "UnsupportedOperationException"
    )
    assert kms.list_resource_tags(KeyId=key)["Tags"] == [] and kms.list_grants(KeyId=key)["Grants"] == []
    assert kms.describe_key(KeyId=key)["KeyMetadata"] == made


def test_managedKey_unknownOrUnmade_isNotFound(kms):
    assert refused(kms.describe_key, KeyId="alias/aws/nonesuch") == "NotFoundException"
    assert refused(kms.encrypt, KeyId="alias/aws/glue", Plaintext=b"x") == "NotFoundException"


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    from conftest import Server

    settings = {
        "kms.quota.keys": "3",
        "kms.quota.aliases-of-key": "2",
        "kms.quota.grants-of-key": "2",
        "kms.request-quotas": "symmetric=0.01,DescribeKey=2,pair.RSA_2048=0.01",
    }
    extra = [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]
    one = Server(tmp_path_factory.mktemp("small") / "data", extra=extra).start()
    yield one
    assert one.stop() == 0


def test_resourceQuotas_beyondThem_limitExceeded(small):
    kms = small.client("kms", region="eu-west-1")
    keys = [kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(3)]
    code, _, status = error(kms.create_key)
    assert (code, status) == ("LimitExceededException", 400)
    kms.describe_key(KeyId="alias/aws/s3")  # does not count
    primary = small.client("kms", region="eu-west-2").create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    elsewhere = small.client("kms", region="eu-west-2")
    assert refused(elsewhere.replicate_key, KeyId=primary, ReplicaRegion="eu-west-1") == "LimitExceededException"
    for name in ("alias/one", "alias/two"):
        kms.create_alias(AliasName=name, TargetKeyId=keys[0])
    assert refused(kms.create_alias, AliasName="alias/three", TargetKeyId=keys[0]) == "LimitExceededException"
    root = f"arn:aws:iam::{small.account()}:root"
    for operation in ("Encrypt", "Decrypt"):
        kms.create_grant(KeyId=keys[0], GranteePrincipal=root, Operations=[operation])
    assert (
        refused(kms.create_grant, KeyId=keys[0], GranteePrincipal=root, Operations=["DescribeKey"])
        == "LimitExceededException"
    )


def test_requestQuotas_beyondThem_throttledAsByAws_andOnRecord(small):
    kms = small.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    for _ in range(2):  # one in a hundred seconds
        with pytest.raises(botocore.exceptions.ClientError) as caught:
            kms.generate_mac(KeyId=key, Message=b"m", MacAlgorithm="HMAC_SHA_256")
    e = caught.value
    assert e.response["Error"]["Code"] == "ThrottlingException"
    assert e.response["Error"]["Message"] == (
        "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls."
    )
    assert e.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    request = e.response["ResponseMetadata"]["RequestId"]
    events = small.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "GenerateMac"}]
    )["Events"]
    (record,) = [r for e in events if (r := json.loads(e["CloudTrailEvent"]))["requestID"] == request]
    assert record["errorCode"] == "ThrottlingException"
    # Another Region has an allowance of its own; what is not listed has none.
    assert small.client("kms", region="us-west-2").generate_random(NumberOfBytes=8)["Plaintext"]
    for _ in range(20):
        kms.list_keys()


def test_requestQuotas_slow_oneInItsTime(small):
    kms = small.client("kms", region="us-west-1")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.generate_data_key_pair(KeyId=key, KeyPairSpec="RSA_2048")
    assert refused(kms.generate_data_key_pair, KeyId=key, KeyPairSpec="RSA_2048") == "ThrottlingException"
    kms.generate_data_key_pair(KeyId=key, KeyPairSpec="ECC_NIST_P256")


def test_badSettings_stopTheStart(fresh):
    for setting in ("kms.request-quotas=nonesuch=1", "kms.quota.keys=0"):
        with pytest.raises(RuntimeError):
            fresh("bad", extra=["--set", setting]).start()


def test_everyErrorOfOurs_wasAnswered_andIsOnRecord(request):
    assert_shown(request, shown_in(__file__))
