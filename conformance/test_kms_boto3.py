"""KMS through stock boto3: what works, and what is refused with AWS's error."""

import json

import boto3
import botocore.exceptions
import pytest

from conftest import REQUEST_ID


def refused(call, **arguments):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**arguments)
    answer = caught.value.response
    assert REQUEST_ID.fullmatch(answer["ResponseMetadata"]["RequestId"])
    return answer["Error"]["Code"], answer["Error"].get("Message", ""), answer["ResponseMetadata"]["HTTPStatusCode"]


def test_createKey_metadata_isComplete(server, kms):
    account = server.account()
    made = kms.create_key(Description="d", Tags=[{"TagKey": "a", "TagValue": "b"}])["KeyMetadata"]
    assert made["Arn"] == f"arn:aws:kms:us-east-1:{account}:key/{made['KeyId']}"
    assert made["AWSAccountId"] == account
    assert made["Enabled"] is True and made["KeyState"] == "Enabled"
    assert made["KeyUsage"] == "ENCRYPT_DECRYPT" and made["Origin"] == "AWS_KMS" and made["KeyManager"] == "CUSTOMER"
    assert made["KeySpec"] == made["CustomerMasterKeySpec"] == "SYMMETRIC_DEFAULT"
    assert made["EncryptionAlgorithms"] == ["SYMMETRIC_DEFAULT"] and made["MultiRegion"] is False
    assert len(made["CurrentKeyMaterialId"]) == 64
    assert kms.describe_key(KeyId=made["KeyId"])["KeyMetadata"] == made
    assert kms.list_resource_tags(KeyId=made["KeyId"])["Tags"] == [{"TagKey": "a", "TagValue": "b"}]


def test_encryptDecrypt_namesAndContext(server, kms, key):
    key_id = key.rsplit("/", 1)[1]
    kms.create_alias(AliasName="alias/names-" + key_id, TargetKeyId=key)
    alias = "alias/names-" + key_id
    alias_arn = key.split(":key/")[0] + ":" + alias
    context = {"a": "bc", "Ünï": "çødé ✓", "empty": ""}
    for name in (key_id, key, alias, alias_arn):
        sealed = kms.encrypt(KeyId=name, Plaintext=b"hello", EncryptionContext=context)
        assert sealed["KeyId"] == key and sealed["EncryptionAlgorithm"] == "SYMMETRIC_DEFAULT"
        opened = kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"], EncryptionContext=context)
        assert opened["Plaintext"] == b"hello" and opened["KeyId"] == key
        assert opened["KeyMaterialId"] == kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"]
    for wrong in ({}, {"a": "b"}, {"ab": "c"}, {**context, "x": "y"}, {"A": "bc", "Ünï": "çødé ✓", "empty": ""}):
        code, message, status = refused(
            kms.decrypt, CiphertextBlob=sealed["CiphertextBlob"], EncryptionContext=wrong
        )
        assert (code, status) == ("InvalidCiphertextException", 400)


def test_encrypt_sizes(kms, key):
    blob = kms.encrypt(KeyId=key, Plaintext=b"x" * 4096)["CiphertextBlob"]
    assert len(blob) <= 6144
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x" * 4096
    code, message, _ = refused(kms.encrypt, KeyId=key, Plaintext=b"x" * 4097)
    assert code == "ValidationException"
    assert message == (
        "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: "
        "Member must have length less than or equal to 4096"
    )
    code, message, _ = refused(kms.encrypt, KeyId=key, Plaintext=b"")
    assert code == "ValidationException" and "greater than or equal to 1" in message


def test_decrypt_damaged_isRefused(kms, key):
    blob = kms.encrypt(KeyId=key, Plaintext=b"hello")["CiphertextBlob"]
    for damaged in (blob + b"x", blob[:-1], blob[:10], b"nonsense", bytes([blob[-1] ^ 1]).join([blob[:-1], b""])):
        code, message, status = refused(kms.decrypt, CiphertextBlob=damaged)
        assert code in ("InvalidCiphertextException", "AccessDeniedException"), (code, message)
    flipped = bytearray(blob)
    flipped[len(blob) - 1] ^= 1
    assert refused(kms.decrypt, CiphertextBlob=bytes(flipped))[0] == "InvalidCiphertextException"
    other = kms.create_key()["KeyMetadata"]["Arn"]
    code, message, _ = refused(kms.decrypt, CiphertextBlob=blob, KeyId=other)
    assert code == "IncorrectKeyException"
    assert message == "The key ID in the request does not identify a CMK that can perform this operation."


def test_reEncrypt_betweenKeysAndContexts(kms, key):
    other = kms.create_key()["KeyMetadata"]["Arn"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"p", EncryptionContext={"s": "1"})["CiphertextBlob"]
    again = kms.re_encrypt(
        CiphertextBlob=blob,
        SourceEncryptionContext={"s": "1"},
        DestinationKeyId=other,
        DestinationEncryptionContext={"d": "2"},
    )
    assert again["SourceKeyId"] == key and again["KeyId"] == other
    assert kms.decrypt(CiphertextBlob=again["CiphertextBlob"], EncryptionContext={"d": "2"})["Plaintext"] == b"p"
    code, _, _ = refused(
        kms.re_encrypt, CiphertextBlob=blob, SourceEncryptionContext={"s": "2"}, DestinationKeyId=other
    )
    assert code == "InvalidCiphertextException"


@pytest.mark.parametrize("want, size", [({"KeySpec": "AES_256"}, 32), ({"KeySpec": "AES_128"}, 16), ({"NumberOfBytes": 64}, 64), ({"NumberOfBytes": 1024}, 1024)])
def test_generateDataKey_sizes(kms, key, want, size):
    made = kms.generate_data_key(KeyId=key, EncryptionContext={"c": "d"}, **want)
    assert len(made["Plaintext"]) == size and made["KeyId"] == key
    opened = kms.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext={"c": "d"})
    assert opened["Plaintext"] == made["Plaintext"]
    hidden = kms.generate_data_key_without_plaintext(KeyId=key, **want)
    assert "Plaintext" not in hidden and len(kms.decrypt(CiphertextBlob=hidden["CiphertextBlob"])["Plaintext"]) == size


def test_generateDataKey_needsExactlyOneSize(kms, key):
    assert refused(kms.generate_data_key, KeyId=key)[0] == "ValidationException"
    assert refused(kms.generate_data_key, KeyId=key, KeySpec="AES_256", NumberOfBytes=32)[0] == "ValidationException"


def test_generateRandom(kms):
    assert len(kms.generate_random(NumberOfBytes=33)["Plaintext"]) == 33
    code, message, _ = refused(kms.generate_random, NumberOfBytes=1025)
    assert message == (
        "1 validation error detected: Value '1025' at 'numberOfBytes' failed to satisfy constraint: "
        "Member must have value less than or equal to 1024"
    )
    assert refused(kms.generate_random)[:2] == ("ValidationException", "NumberOfBytes is required.")


def test_disabledKey_isRefused_andEnabledAgain(kms, key):
    blob = kms.encrypt(KeyId=key, Plaintext=b"p")["CiphertextBlob"]
    kms.disable_key(KeyId=key)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Disabled"
    for call in (
        lambda: kms.encrypt(KeyId=key, Plaintext=b"p"),
        lambda: kms.decrypt(CiphertextBlob=blob),
        lambda: kms.generate_data_key(KeyId=key, KeySpec="AES_256"),
    ):
        code, message, status = refused(call)
        assert (code, message, status) == ("DisabledException", f"{key} is disabled.", 400)
    kms.enable_key(KeyId=key)
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"p"


def test_scheduleAndCancelDeletion(kms, key):
    planned = kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert planned["KeyId"] == key and planned["KeyState"] == "PendingDeletion" and planned["PendingWindowInDays"] == 7
    code, message, _ = refused(kms.encrypt, KeyId=key, Plaintext=b"p")
    assert (code, message) == ("KMSInvalidStateException", f"{key} is pending deletion.")
    assert refused(kms.schedule_key_deletion, KeyId=key)[0] == "KMSInvalidStateException"
    assert kms.cancel_key_deletion(KeyId=key)["KeyId"] == key
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Disabled"
    assert refused(kms.cancel_key_deletion, KeyId=key)[0] == "KMSInvalidStateException"
    assert refused(kms.schedule_key_deletion, KeyId=key, PendingWindowInDays=6)[0] == "ValidationException"


def test_aliases_lifeCycle(server, kms, key):
    other = kms.create_key()["KeyMetadata"]["Arn"]
    name = "alias/life-" + key[-12:]
    kms.create_alias(AliasName=name, TargetKeyId=key)
    assert refused(kms.create_alias, AliasName=name, TargetKeyId=key)[0] == "AlreadyExistsException"
    (entry,) = kms.list_aliases(KeyId=key)["Aliases"]
    assert entry["AliasName"] == name and entry["TargetKeyId"] == key.rsplit("/", 1)[1]
    kms.update_alias(AliasName=name, TargetKeyId=other)
    assert kms.describe_key(KeyId=name)["KeyMetadata"]["Arn"] == other
    assert kms.list_aliases(KeyId=key)["Aliases"] == []
    kms.delete_alias(AliasName=name)
    code, message, _ = refused(kms.delete_alias, AliasName=name)
    assert code == "NotFoundException"
    assert message == f"Alias arn:aws:kms:us-east-1:{server.account()}:{name} is not found."
    assert refused(kms.create_alias, AliasName="noprefix", TargetKeyId=key)[0] == "ValidationException"
    assert refused(kms.create_alias, AliasName="alias/aws/mine", TargetKeyId=key)[0] == "NotAuthorizedException"


def test_aliasOfAnotherRegion_isAnotherAlias(server, kms, key):
    name = "alias/region-" + key[-12:]
    kms.create_alias(AliasName=name, TargetKeyId=key)
    west = server.client("kms", region="us-west-2")
    assert refused(west.describe_key, KeyId=name)[0] == "NotFoundException"
    code, message, _ = refused(west.describe_key, KeyId=key)
    assert code == "NotFoundException" and message == "Invalid arn us-east-1"


def test_listKeys_pages(server, kms):
    made = {kms.create_key()["KeyMetadata"]["Arn"] for _ in range(5)}
    seen, marker = [], {}
    while True:
        page = kms.list_keys(Limit=2, **marker)
        seen += [k["KeyArn"] for k in page["Keys"]]
        assert len(page["Keys"]) <= 2
        if not page["Truncated"]:
            assert "NextMarker" not in page
            break
        marker = {"Marker": page["NextMarker"]}
    assert made <= set(seen) and len(seen) == len(set(seen))
    assert refused(kms.list_keys, Marker="bogus")[0] == "InvalidMarkerException"


def test_tags(kms, key):
    kms.tag_resource(KeyId=key, Tags=[{"TagKey": "k", "TagValue": "1"}, {"TagKey": "l", "TagValue": ""}])
    kms.tag_resource(KeyId=key, Tags=[{"TagKey": "k", "TagValue": "2"}])
    kms.untag_resource(KeyId=key, TagKeys=["l", "absent"])
    assert kms.list_resource_tags(KeyId=key)["Tags"] == [{"TagKey": "k", "TagValue": "2"}]
    assert refused(kms.tag_resource, KeyId=key, Tags=[{"TagKey": "aws:x", "TagValue": "1"}])[0] == "TagException"
    twice = [{"TagKey": "k", "TagValue": "1"}, {"TagKey": "k", "TagValue": "2"}]
    assert refused(kms.tag_resource, KeyId=key, Tags=twice)[:2] == ("TagException", "Duplicate tag keys")
    many = [{"TagKey": f"k{i}", "TagValue": ""} for i in range(51)]
    assert refused(kms.tag_resource, KeyId=key, Tags=many)[:2] == ("TagException", "Too many tags")


def test_keyPolicy_isEnforced(server, kms, key):
    account = server.account()
    default = json.loads(kms.get_key_policy(KeyId=key)["Policy"])
    assert default["Statement"][0]["Principal"] == {"AWS": f"arn:aws:iam::{account}:root"}
    assert kms.list_key_policies(KeyId=key)["PolicyNames"] == ["default"]
    kms.encrypt(KeyId=key, Plaintext=b"p", EncryptionContext={"team": "red"})
    default["Statement"].append(
        {
            "Sid": "NoBlue",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "kms:Encrypt",
            "Resource": "*",
            "Condition": {"StringEquals": {"kms:EncryptionContext:team": "blue"}},
        }
    )
    kms.put_key_policy(KeyId=key, Policy=json.dumps(default))
    kms.encrypt(KeyId=key, Plaintext=b"p", EncryptionContext={"team": "red"})
    code, message, status = refused(kms.encrypt, KeyId=key, Plaintext=b"p", EncryptionContext={"team": "blue"})
    me = f"arn:aws:iam::{account}:user/admin"
    assert (code, status) == ("AccessDeniedException", 400)
    assert message == (
        f"User: {me} is not authorized to perform: kms:Encrypt on resource: {key}"
        " with an explicit deny in a resource-based policy"
    )
    lockout = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": account}, "Action": "kms:Encrypt", "Resource": "*"}]}
    code, message, _ = refused(kms.put_key_policy, KeyId=key, Policy=json.dumps(lockout))
    assert code == "MalformedPolicyDocumentException"
    assert message == "The new key policy will not allow you to update the key policy in the future."
    assert refused(kms.put_key_policy, KeyId=key, Policy="not json")[0] == "MalformedPolicyDocumentException"


def test_otherAccount_seesNothing_untilAllowed(server, kms, key):
    foreign, credentials = server.new_account()
    stranger = server.client("kms", credentials=credentials)
    code, message, _ = refused(stranger.encrypt, KeyId=key, Plaintext=b"p")
    assert code == "AccessDeniedException"
    assert message == (
        f"User: arn:aws:iam::{foreign}:root is not authorized to perform: kms:Encrypt on this resource because the "
        "resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy "
        "explicitly denies access"
    )
    absent = key[:-4] + "0000"
    assert refused(stranger.describe_key, KeyId=absent)[0] == "AccessDeniedException"
    blob = kms.encrypt(KeyId=key, Plaintext=b"p")["CiphertextBlob"]
    assert refused(stranger.decrypt, CiphertextBlob=blob)[:2] == (
        "AccessDeniedException",
        "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you "
        "are not allowed to access.",
    )
    policy = json.loads(kms.get_key_policy(KeyId=key)["Policy"])
    policy["Statement"].append(
        {"Effect": "Allow", "Principal": {"AWS": foreign}, "Action": ["kms:Encrypt", "kms:Decrypt"], "Resource": "*"}
    )
    kms.put_key_policy(KeyId=key, Policy=json.dumps(policy))
    assert stranger.decrypt(CiphertextBlob=blob)["Plaintext"] == b"p"
    assert stranger.encrypt(KeyId=key, Plaintext=b"p")["KeyId"] == key
    assert refused(stranger.disable_key, KeyId=key)[0] in ("AccessDeniedException", "NotFoundException")


def test_names_ofAllSorts(server, kms):
    account = server.account()
    uuid = "12345678-1234-1234-1234-123456789012"
    arn = f"arn:aws:kms:us-east-1:{account}:key/{uuid}"
    rows = [
        ("fake-key-id", "NotFoundException", "Invalid keyId 'fake-key-id'"),
        (uuid, "NotFoundException", f"Key '{arn}' does not exist"),
        (arn, "NotFoundException", f"Key '{arn}' does not exist"),
        ("alias/none", "NotFoundException", f"Alias arn:aws:kms:us-east-1:{account}:alias/none is not found."),
    ]
    for name, code, message in rows:
        assert refused(kms.describe_key, KeyId=name)[:2] == (code, message)


def test_dryRun(kms, key):
    code, message, _ = refused(kms.encrypt, KeyId=key, Plaintext=b"p", DryRun=True)
    assert (code, message) == ("DryRunOperationException", "The request would have succeeded, but the DryRun option is set.")
    kms.disable_key(KeyId=key)
    assert refused(kms.encrypt, KeyId=key, Plaintext=b"p", DryRun=True)[0] == "DisabledException"


def test_updateKeyDescription(kms, key):
    kms.update_key_description(KeyId=key, Description="another ✓")
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["Description"] == "another ✓"


def test_customKeyStores_thereAreNone(kms):
    code, message, status = refused(kms.create_key, Origin="AWS_CLOUDHSM", CustomKeyStoreId="cks-1234567890abcdef0")
    assert (code, status) == ("CustomKeyStoreNotFoundException", 400) and "cks-1234567890abcdef0" in message
    assert kms.describe_custom_key_stores()["CustomKeyStores"] == []


def test_allCallsFromManyThreads_answerTheirOwnQuestion(server, kms, key):
    from concurrent.futures import ThreadPoolExecutor

    client = server.client("kms", max_pool_connections=64)

    def one(i):
        text = f"message {i}".encode()
        blob = client.encrypt(KeyId=key, Plaintext=text, EncryptionContext={"i": str(i)})["CiphertextBlob"]
        return client.decrypt(CiphertextBlob=blob, EncryptionContext={"i": str(i)})["Plaintext"] == text

    with ThreadPoolExecutor(64) as pool:
        assert all(pool.map(one, range(320)))
