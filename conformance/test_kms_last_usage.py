"""GetKeyLastUsage: derived from the record, so its event id is that of the event in LookupEvents."""

import json

import botocore.exceptions
import pytest


def refused(call, **arguments):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"]


def last(kms, key):
    return kms.get_key_last_usage(KeyId=key)["KeyLastUsage"]


def test_lastUsage_ofEachCall_isItsEvent(kms, trail, key):
    shown = kms.get_key_last_usage(KeyId=key.rsplit("/", 1)[1])
    created = kms.describe_key(KeyId=key)["KeyMetadata"]["CreationDate"]
    assert shown["KeyId"] == key and shown["KeyLastUsage"] == {}
    assert shown["KeyCreationDate"] == shown["TrackingStartDate"] == created
    done = kms.encrypt(KeyId=key, Plaintext=b"x")
    use = last(kms, key)
    assert use["Operation"] == "Encrypt" and use["KmsRequestId"] == done["ResponseMetadata"]["RequestId"]
    (event,) = trail.lookup_events(
        LookupAttributes=[{"AttributeKey": "EventId", "AttributeValue": use["CloudTrailEventId"]}]
    )["Events"]
    record = json.loads(event["CloudTrailEvent"])
    assert record["eventName"] == "Encrypt" and record["requestID"] == use["KmsRequestId"]
    assert event["EventTime"].timestamp() == use["Timestamp"].timestamp()
    # What fails, describes or only tries is no use.
    for code, call, arguments in [
        ("DryRunOperationException", kms.encrypt, {"KeyId": key, "Plaintext": b"x", "DryRun": True}),
        ("InvalidCiphertextException", kms.decrypt,
         {"CiphertextBlob": done["CiphertextBlob"], "EncryptionContext": {"errorCode": "1"}}),
        ("InvalidKeyUsageException", kms.sign,
         {"KeyId": key, "Message": b"m", "SigningAlgorithm": "ECDSA_SHA_256"}),
    ]:
        assert refused(call, **arguments) == code
    kms.describe_key(KeyId=key)
    assert last(kms, key) == use
    # A context that looks like an error in the event is none.
    again = kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"errorCode": "AccessDenied"})
    assert last(kms, key)["KmsRequestId"] == again["ResponseMetadata"]["RequestId"]
    kms.generate_data_key_without_plaintext(KeyId=key, KeySpec="AES_256")
    assert last(kms, key)["Operation"] == "GenerateDataKeyWithoutPlaintext"


def test_lastUsage_reEncrypt_marksBothKeys_acrossAccountsEachWithItsOwnEvent(server, kms, key):
    other = kms.create_key()["KeyMetadata"]["Arn"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=other)
    assert last(kms, key)["Operation"] == last(kms, other)["Operation"] == "ReEncrypt"
    assert last(kms, key)["CloudTrailEventId"] == last(kms, other)["CloudTrailEventId"]
    account, credentials = server.new_account()
    there = server.client("kms", credentials=credentials)
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": [account, server.account()]}, "Action": "kms:*", "Resource": "*"}
        ],
    }
    foreign = there.create_key(Policy=json.dumps(policy))["KeyMetadata"]["Arn"]
    kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=foreign)
    mine, theirs = last(kms, key), last(there, foreign)
    assert mine["KmsRequestId"] == theirs["KmsRequestId"]
    assert mine["CloudTrailEventId"] != theirs["CloudTrailEventId"]
    events = server.client("cloudtrail", credentials=credentials).lookup_events(
        LookupAttributes=[{"AttributeKey": "EventId", "AttributeValue": theirs["CloudTrailEventId"]}]
    )["Events"]
    assert len(events) == 1
    assert refused(kms.get_key_last_usage, KeyId=foreign) == "AccessDeniedException"


def test_lastUsage_deepUnderOtherEvents_isFound(kms, key):
    kms.encrypt(KeyId=key, Plaintext=b"x")
    for _ in range(30):
        kms.describe_key(KeyId=key)
    assert last(kms, key)["Operation"] == "Encrypt"


def test_lastUsage_ofReplica_isItsOwn(server, kms):
    key = kms.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    kms.replicate_key(KeyId=key, ReplicaRegion="eu-west-1")
    kms.encrypt(KeyId=key, Plaintext=b"x")
    assert last(kms, key)["Operation"] == "Encrypt"
    assert last(server.client("kms", region="eu-west-1"), key) == {}


def test_lastUsage_badNames_asElsewhere(kms):
    assert refused(kms.get_key_last_usage, KeyId="alias/none") == "NotFoundException"
    assert refused(kms.get_key_last_usage, KeyId="0b0b0b0b-0000-4000-8000-000000000000") == "NotFoundException"


def test_trailingDays_guardsAgainstDisablingAKeyInUse(server, kms):
    account = server.account()
    key = kms.create_key(
        Policy=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "kms:*", "Resource": "*"},
                    {
                        "Effect": "Deny",
                        "Principal": "*",
                        "Action": ["kms:DisableKey", "kms:ScheduleKeyDeletion"],
                        "Resource": "*",
                        "Condition": {"NumericLessThan": {"kms:TrailingDaysWithoutKeyUsage": "30"}},
                    },
                ],
            }
        )
    )["KeyMetadata"]["KeyId"]
    kms.encrypt(KeyId=key, Plaintext=b"x")
    assert refused(kms.disable_key, KeyId=key) == "AccessDeniedException"
    assert refused(kms.schedule_key_deletion, KeyId=key) == "AccessDeniedException"
