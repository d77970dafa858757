"""A user once hit this in X: every KMS issue of other servers that we know of, and every trap they fall into, as a test.

Each row names where it was met (project and issue number) or the trap, and what went wrong there. Issues about trails, S3
and the command line are in the suites of those; external key stores in theirs.
"""

import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import uuid

import botocore.exceptions
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

from conftest import CLIENTS

ROWS = {}


def met(*names):
    """Registers a test under each of the issues it stands for."""

    def register(test):
        for name in names:
            assert name not in ROWS
            ROWS[name] = test
        return test

    return register


class Bench:
    """A server's clients and short ways to make keys and to be refused."""

    def __init__(self, server):
        self.server, self.kms = server, server.client("kms")

    def key(self, **arguments):
        return self.kms.create_key(**arguments)["KeyMetadata"]["Arn"]

    def alias(self, key):
        name = "alias/met-" + uuid.uuid4().hex
        self.kms.create_alias(AliasName=name, TargetKeyId=key)
        return name

    def seal(self, key, **arguments):
        return self.kms.encrypt(KeyId=key, Plaintext=b"p", **arguments)["CiphertextBlob"]

    def stranger(self):
        account, credentials = self.server.new_account()
        return account, self.server.client("kms", credentials=credentials)

    @staticmethod
    def refused(call, **arguments):
        with pytest.raises(botocore.exceptions.ClientError) as caught:
            call(**arguments)
        return caught.value.response["Error"]["Code"]

    def allow(self, key, account, action):
        policy = json.loads(self.kms.get_key_policy(KeyId=key)["Policy"])
        policy["Statement"].append(
            {"Effect": "Allow", "Principal": {"AWS": account}, "Action": action, "Resource": "*"}
        )
        self.kms.put_key_policy(KeyId=key, Policy=json.dumps(policy))


# Issues


@met("localstack #206: KMS at all", "robotocore #200: stubs that return empty lists")
def lists_show_what_was_made(b):
    key = b.key(Tags=[{"TagKey": "a", "TagValue": "1"}])
    alias = b.alias(key)
    root = f"arn:aws:iam::{b.server.account()}:root"
    b.kms.create_grant(KeyId=key, GranteePrincipal=root, Operations=["Encrypt"], RetiringPrincipal=root)
    b.kms.rotate_key_on_demand(KeyId=key)
    keys = [k for page in b.kms.get_paginator("list_keys").paginate() for k in page["Keys"]]
    assert key in [k["KeyArn"] for k in keys]
    assert [a["AliasName"] for a in b.kms.list_aliases(KeyId=key)["Aliases"]] == [alias]
    assert len(b.kms.list_grants(KeyId=key)["Grants"]) == len(b.kms.list_key_rotations(KeyId=key)["Rotations"]) == 1
    assert b.kms.list_resource_tags(KeyId=key)["Tags"] and b.kms.list_key_policies(KeyId=key)["PolicyNames"]
    retirable = b.kms.get_paginator("list_retirable_grants") if b.kms.can_paginate("list_retirable_grants") else None
    grants = (
        [g for page in retirable.paginate(RetiringPrincipal=root) for g in page["Grants"]]
        if retirable
        else b.kms.list_retirable_grants(RetiringPrincipal=root, Limit=100)["Grants"]
    )
    assert key in [g["KeyId"] for g in grants]


@met("testcontainers-java #3294: GenerateDataKeyPair", "localstack #8421: ...WithoutPlaintext")
def data_key_pairs(b):
    key = b.key()
    pair = b.kms.generate_data_key_pair(KeyId=key, KeyPairSpec="ECC_NIST_P256")
    private = serialization.load_der_private_key(pair["PrivateKeyPlaintext"], None)
    hidden = b.kms.generate_data_key_pair_without_plaintext(KeyId=key, KeyPairSpec="ECC_NIST_P256")
    opened = b.kms.decrypt(CiphertextBlob=hidden["PrivateKeyCiphertextBlob"])["Plaintext"]
    for one, public in ((private, pair["PublicKey"]), (serialization.load_der_private_key(opened, None), hidden["PublicKey"])):
        der = one.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        assert der == public


@met("localstack #5702: import of key material")
def imported_material(b):
    key = b.key(Origin="EXTERNAL")
    imported_as(b.kms, key, bytes(32))
    assert b.kms.decrypt(CiphertextBlob=b.seal(key))["Plaintext"] == b"p"


@met("localstack #7736: HMAC keys")
def hmac_keys(b):
    key = b.key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    how = dict(KeyId=key, Message=b"m", MacAlgorithm="HMAC_SHA_256")
    assert b.kms.verify_mac(Mac=b.kms.generate_mac(**how)["Mac"], **how)["MacValid"] is True
    assert b.refused(b.kms.verify_mac, Mac=bytes(32), **how) == "KMSInvalidMacException"


@met("localstack #7311: asymmetric keys")
def asymmetric_encryption(b):
    key, algorithm = b.key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT"), "RSAES_OAEP_SHA_256"
    blob = b.seal(key, EncryptionAlgorithm=algorithm)
    assert b.kms.decrypt(KeyId=key, CiphertextBlob=blob, EncryptionAlgorithm=algorithm)["Plaintext"] == b"p"


@met("localstack #13886: Ed25519")
def ed25519(b):
    key = b.key(KeySpec="ECC_NIST_EDWARDS25519", KeyUsage="SIGN_VERIFY")
    signature = b.kms.sign(KeyId=key, Message=b"m", SigningAlgorithm="ED25519_SHA_512")["Signature"]
    serialization.load_der_public_key(b.kms.get_public_key(KeyId=key)["PublicKey"]).verify(signature, b"m")


@met("localstack PR #12342: rotation on demand")
def rotation_on_demand(b):
    key = b.key()
    old = b.seal(key)
    b.kms.rotate_key_on_demand(KeyId=key)
    assert b.kms.decrypt(CiphertextBlob=old)["Plaintext"] == b"p"
    assert "OnDemandRotationStartDate" not in b.kms.get_key_rotation_status(KeyId=key)


@met("localstack #7910: grant with the same name on another key was the first key's")
def grant_names_are_of_one_key(b):
    keys, name = [b.key(), b.key()], uuid.uuid4().hex
    how = dict(GranteePrincipal=f"arn:aws:iam::{b.server.account()}:root", Operations=["Encrypt"], Name=name)
    ids = [b.kms.create_grant(KeyId=key, **how)["GrantId"] for key in keys]
    assert ids[0] != ids[1] and b.kms.create_grant(KeyId=keys[0], **how)["GrantId"] == ids[0]
    for key, grant in zip(keys, ids):
        assert [g["GrantId"] for g in b.kms.list_grants(KeyId=key)["Grants"]] == [grant]


@met("localstack #8505: encryption context checked the wrong way round")
def context_must_match_both_ways(b):
    key = b.key()
    bound, free = b.seal(key, EncryptionContext={"a": "b"}), b.seal(key)
    assert b.refused(b.kms.decrypt, CiphertextBlob=bound) == "InvalidCiphertextException"
    assert b.refused(b.kms.decrypt, CiphertextBlob=free, EncryptionContext={"a": "b"}) == "InvalidCiphertextException"
    assert b.kms.decrypt(CiphertextBlob=bound, EncryptionContext={"a": "b"})["Plaintext"] == b"p"


@met("localstack #8083: plaintext size unchecked", "trap: 4096 and 4097 bytes of plaintext")
def plaintext_sizes(b):
    key = b.key()
    assert b.kms.encrypt(KeyId=key, Plaintext=bytes(4096))["CiphertextBlob"]
    assert b.refused(b.kms.encrypt, KeyId=key, Plaintext=bytes(4097)) == "ValidationException"


@met("localstack #12530: Decrypt with a KeyId answered 500", "floci #1647: alias by ARN", "trap: key ARN forms")
def decrypt_with_every_form_of_key_id(b):
    key = b.key()
    alias, blob = b.alias(key), b.seal(key)
    for name in (key, key.rsplit("/", 1)[1], alias, key.split(":key/")[0] + ":" + alias):
        assert b.kms.decrypt(KeyId=name, CiphertextBlob=blob)["KeyId"] == key
        assert b.kms.encrypt(KeyId=name, Plaintext=b"p")["KeyId"] == key
    account = b.server.account()
    for bad, code in (
        (key.replace(":key/", ":nokey/"), "InvalidArnException"),
        (key.replace(":kms:", ":s3:"), "InvalidArnException"),
        (key.replace("us-east-1", "eu-west-1"), "NotFoundException"),
        (f"arn:aws:kms:us-east-1:{account}:alias/none", "NotFoundException"),
        (key.upper(), "NotFoundException"),
    ):
        assert b.refused(b.kms.describe_key, KeyId=bad) == code, bad


@met("localstack #7494: CreateAlias twice without an error")
def alias_twice(b):
    key = b.key()
    alias = b.alias(key)
    for target in (key, b.key()):
        assert b.refused(b.kms.create_alias, AliasName=alias, TargetKeyId=target) == "AlreadyExistsException"


@met("moto #4600: policies were stored, not enforced", "terraform-provider-aws #49247: a change took effect later")
def policy_binds_at_once(b):
    key, account = b.key(), b.server.account()
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "kms:*", "Resource": "*"},
            {"Effect": "Deny", "Principal": "*", "Action": ["kms:Encrypt", "kms:ListGrants"], "Resource": "*"},
        ],
    }
    for _ in range(5):
        b.kms.put_key_policy(KeyId=key, Policy=json.dumps(policy))
        assert b.refused(b.kms.encrypt, KeyId=key, Plaintext=b"p") == "AccessDeniedException"
        assert b.refused(b.kms.list_grants, KeyId=key) == "AccessDeniedException"
        b.kms.put_key_policy(KeyId=key, Policy=json.dumps({**policy, "Statement": policy["Statement"][:1]}))
        b.kms.encrypt(KeyId=key, Plaintext=b"p")


@met("aws-encryption-provider #141: callers match the words of a denial", "aws-lambda-env-vars #7: the cause is hidden")
def denials_have_aws_words(b):
    key = b.key()
    account, stranger = b.stranger()
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        stranger.encrypt(KeyId=key, Plaintext=b"p")
    error = caught.value.response["Error"]
    assert error["Code"] == "AccessDeniedException"
    assert f"arn:aws:iam::{account}:root is not authorized to perform: kms:Encrypt on" in error["Message"]


@met("floci #1050, #1073: Ansible died without ListGrants", "floci PR #2639: fields of grants were missing")
def grants_are_listed_whole(b):
    key, root = b.key(), f"arn:aws:iam::{b.server.account()}:root"
    assert b.kms.list_grants(KeyId=key)["Grants"] == []
    made = b.kms.create_grant(
        KeyId=key, GranteePrincipal=root, RetiringPrincipal=root, Operations=["Decrypt", "DescribeKey"],
        Constraints={"EncryptionContextEquals": {"a": "b"}},
    )
    (grant,) = b.kms.list_grants(KeyId=key)["Grants"]
    when = grant.pop("CreationDate")
    assert when and grant == {
        "KeyId": key, "GrantId": made["GrantId"], "Name": "", "GranteePrincipal": root, "RetiringPrincipal": root,
        "IssuingAccount": root, "Operations": ["Decrypt", "DescribeKey"],
        "Constraints": {"EncryptionContextEquals": {"a": "b"}},
    }


@met("floci PR #1251: DisableKey")
def disabled_keys_do_nothing(b):
    key = b.key()
    blob = b.seal(key)
    b.kms.disable_key(KeyId=key)
    b.kms.disable_key(KeyId=key)
    assert b.refused(b.kms.decrypt, CiphertextBlob=blob) == "DisabledException"
    assert b.kms.describe_key(KeyId=key)["KeyMetadata"]["Enabled"] is False
    b.kms.enable_key(KeyId=key)
    assert b.kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"p"


@met("floci #1041: rotations on demand without a cap")
def rotation_cap(b):
    key = b.key()
    for _ in range(25):
        b.kms.rotate_key_on_demand(KeyId=key)
    assert b.refused(b.kms.rotate_key_on_demand, KeyId=key) == "LimitExceededException"
    pages = b.kms.get_paginator("list_key_rotations").paginate(KeyId=key, PaginationConfig={"PageSize": 10})
    assert len([r for page in pages for r in page["Rotations"]]) == 25


@met("floci #816: the same ciphertext each time")
def ciphertexts_are_fresh(b):
    key = b.key()
    assert len({b.seal(key) for _ in range(20)}) == 20


@met("floci #3025: ML-DSA keys", "aws-cdk #35990: post-quantum key specs")
def ml_dsa(b):
    key = b.key(KeySpec="ML_DSA_44", KeyUsage="SIGN_VERIFY")
    public = b.kms.get_public_key(KeyId=key)["PublicKey"]
    signed = b.kms.sign(KeyId=key, Message=b"m", SigningAlgorithm="ML_DSA_SHAKE_256")["Signature"]
    assert (len(public), len(signed)) == (1334, 2420)
    serialization.load_der_public_key(public).verify(signed, b"m")


@met("ministack #1314: a changed description wedged Crossplane")
def description_changes_are_seen(b):
    key = b.key(Description="one")
    for text in ("two", "", "three ✓"):
        b.kms.update_key_description(KeyId=key, Description=text)
        assert b.kms.describe_key(KeyId=key)["KeyMetadata"]["Description"] == text


@met("kumo #630: clients waited ten minutes for a default GetKeyPolicy")
def default_policy_is_there(b):
    key = b.key()
    for name in ({}, {"PolicyName": "default"}):
        answer = b.kms.get_key_policy(KeyId=key, **name)
        assert json.loads(answer["Policy"])["Id"] == "key-default-1" and answer["PolicyName"] == "default"
    assert b.refused(b.kms.get_key_policy, KeyId=key, PolicyName="other") == "NotFoundException"


@met("fakecloud #1831: RotationPeriodInDays")
def rotation_period(b):
    key = b.key()
    assert b.kms.get_key_rotation_status(KeyId=key).get("RotationPeriodInDays") is None
    b.kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=180)
    assert b.kms.get_key_rotation_status(KeyId=key)["RotationPeriodInDays"] == 180
    for days in (89, 2561):
        unchecked = b.server.client("kms", parameter_validation=False)
        assert b.refused(unchecked.enable_key_rotation, KeyId=key, RotationPeriodInDays=days) == "ValidationException"


@met("floci #586, #562: Terraform could not read asymmetric keys, whose rotation it asks for")
def rotation_status_of_what_does_not_rotate(b):
    for spec, usage in (("ECC_NIST_P256", "SIGN_VERIFY"), ("HMAC_256", "GENERATE_VERIFY_MAC")):
        key = b.key(KeySpec=spec, KeyUsage=usage)
        status = b.kms.get_key_rotation_status(KeyId=key)
        assert status["KeyRotationEnabled"] is False and status.keys() <= {"KeyId", "KeyRotationEnabled", "ResponseMetadata"}
        for call in (b.kms.enable_key_rotation, b.kms.rotate_key_on_demand, b.kms.list_key_rotations):
            assert b.refused(call, KeyId=key) == "UnsupportedOperationException"


@met("terraform-provider-aws #27422: a made key was not found at once")
def made_keys_are_found_at_once(b):
    for _ in range(10):
        key = b.key()
        assert b.kms.describe_key(KeyId=key)["KeyMetadata"]["Arn"] == key
        b.alias(key)


# Traps


@met("trap: context bound ambiguously, {a: bc} opens as {ab: c}")
def contexts_are_unambiguous(b):
    key = b.key()
    for sealed, other in (
        ({"a": "bc"}, {"ab": "c"}),
        ({"a": "b", "c": "d"}, {"a": "bcd"}),
        ({"a": "", "b": "c"}, {"a": "bc"}),
        ({"a": "b,c:d"}, {"a": "b", "c": "d"}),
        ({"A": "b"}, {"a": "b"}),
    ):
        blob = b.seal(key, EncryptionContext=sealed)
        assert b.refused(b.kms.decrypt, CiphertextBlob=blob, EncryptionContext=other) == "InvalidCiphertextException"
        assert b.kms.decrypt(CiphertextBlob=blob, EncryptionContext=sealed)["Plaintext"] == b"p"


@met("trap: empty context against none")
def empty_context_is_none(b):
    key = b.key()
    assert b.kms.decrypt(CiphertextBlob=b.seal(key, EncryptionContext={}))["Plaintext"] == b"p"
    assert b.kms.decrypt(CiphertextBlob=b.seal(key), EncryptionContext={})["Plaintext"] == b"p"


@met("trap: alias of another Region")
def aliases_are_of_one_region(b):
    key = b.key()
    alias, west = b.alias(key), b.server.client("kms", region="us-west-2")
    assert b.refused(west.encrypt, KeyId=alias, Plaintext=b"p") == "NotFoundException"
    arn = key.split(":key/")[0] + ":" + alias
    assert b.refused(west.encrypt, KeyId=arn, Plaintext=b"p") == "NotFoundException"
    other = west.create_key()["KeyMetadata"]["Arn"]
    west.create_alias(AliasName=alias, TargetKeyId=other)
    assert west.encrypt(KeyId=alias, Plaintext=b"p")["KeyId"] == other


@met("trap: ciphertext of another account")
def ciphertext_of_another_account(b):
    key = b.key()
    account, stranger = b.stranger()
    blob = b.seal(key)
    for arguments in ({}, {"KeyId": key}, {"KeyId": key.rsplit("/", 1)[1]}):
        assert b.refused(stranger.decrypt, CiphertextBlob=blob, **arguments) == "AccessDeniedException"
    own = stranger.create_key()["KeyMetadata"]["Arn"]
    assert b.refused(stranger.decrypt, CiphertextBlob=blob, KeyId=own) == "IncorrectKeyException"
    b.allow(key, account, "kms:Decrypt")
    assert stranger.decrypt(CiphertextBlob=blob)["KeyId"] == key
    assert b.refused(stranger.encrypt, KeyId=key, Plaintext=b"p") == "AccessDeniedException"


@met("trap: grants evaluated only by token")
def grants_work_without_tokens(b):
    key, other = b.key(), b.key()
    account, stranger = b.stranger()
    blob = b.seal(key, EncryptionContext={"a": "b"})
    how = dict(CiphertextBlob=blob, EncryptionContext={"a": "b"})
    grantee = f"arn:aws:iam::{account}:root"
    elsewhere = b.kms.create_grant(KeyId=other, GranteePrincipal=grantee, Operations=["Decrypt"])["GrantToken"]
    assert b.refused(stranger.decrypt, GrantTokens=[elsewhere], **how) == "AccessDeniedException"
    made = b.kms.create_grant(
        KeyId=key, GranteePrincipal=grantee, Operations=["Decrypt"], Constraints={"EncryptionContextSubset": {"a": "b"}}
    )
    assert stranger.decrypt(**how)["Plaintext"] == b"p"
    assert b.refused(stranger.encrypt, KeyId=key, Plaintext=b"p", GrantTokens=[made["GrantToken"]]) == "AccessDeniedException"
    assert b.refused(stranger.decrypt, CiphertextBlob=b.seal(key), GrantTokens=[made["GrantToken"]]) == "AccessDeniedException"
    b.kms.revoke_grant(KeyId=key, GrantId=made["GrantId"])
    assert b.refused(stranger.decrypt, GrantTokens=[made["GrantToken"]], **how) in (
        "AccessDeniedException", "InvalidGrantTokenException")


@met("trap: KeyId missing on asymmetric Decrypt")
def asymmetric_decrypt_needs_the_key(b):
    key, algorithm = b.key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT"), "RSAES_OAEP_SHA_1"
    blob = b.seal(key, EncryptionAlgorithm=algorithm)
    assert b.refused(b.kms.decrypt, CiphertextBlob=blob, EncryptionAlgorithm=algorithm) == "ValidationException"
    assert b.refused(b.kms.decrypt, CiphertextBlob=blob) == "InvalidCiphertextException"
    assert b.refused(b.kms.encrypt, KeyId=key, Plaintext=b"p") == "InvalidKeyUsageException"


@met("trap: MessageType DIGEST with a wrong length")
def digests_have_their_length(b):
    for spec, algorithm, right in (("ECC_NIST_P256", "ECDSA_SHA_256", 32), ("ECC_NIST_P384", "ECDSA_SHA_384", 48),
                                   ("RSA_2048", "RSASSA_PSS_SHA_512", 64)):
        key = b.key(KeySpec=spec, KeyUsage="SIGN_VERIFY")
        how = dict(KeyId=key, MessageType="DIGEST", SigningAlgorithm=algorithm)
        for length in (1, right - 1, right + 1, 4096):
            assert b.refused(b.kms.sign, Message=bytes(length), **how) == "ValidationException"
        digest = hashlib.new("sha" + algorithm[-3:], b"m").digest()
        signature = b.kms.sign(Message=digest, **how)["Signature"]
        assert b.kms.verify(KeyId=key, Message=b"m", SigningAlgorithm=algorithm, Signature=signature)["SignatureValid"]
        assert b.refused(b.kms.verify, Message=digest[:-1], Signature=signature, **how) == "ValidationException"


@met("trap: a policy that locks out")
def lockout(b):
    key, account = b.key(), b.server.account()
    useless = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "kms:Describe*", "Resource": "*"}]}
    text = json.dumps(useless)
    assert b.refused(b.kms.put_key_policy, KeyId=key, Policy=text) == "MalformedPolicyDocumentException"
    assert b.refused(b.kms.create_key, Policy=text) == "MalformedPolicyDocumentException"
    b.kms.put_key_policy(KeyId=key, Policy=text, BypassPolicyLockoutSafetyCheck=True)
    assert b.refused(b.kms.encrypt, KeyId=key, Plaintext=b"p") == "AccessDeniedException"
    assert b.kms.describe_key(KeyId=key)["KeyMetadata"]["Arn"] == key


@met("trap: Marker of another listing")
def markers_are_of_one_listing(b):
    keys = [b.key(), b.key()]
    for key in keys:
        b.alias(key)
        b.alias(key)
    of_keys = b.kms.list_keys(Limit=1)["NextMarker"]
    of_aliases = b.kms.list_aliases(KeyId=keys[0], Limit=1)["NextMarker"]
    assert b.refused(b.kms.list_aliases, Marker=of_keys) == "InvalidMarkerException"
    assert b.refused(b.kms.list_keys, Marker=of_aliases) == "InvalidMarkerException"
    assert b.refused(b.kms.list_aliases, KeyId=keys[1], Marker=of_aliases) == "InvalidMarkerException"
    west = b.server.client("kms", region="us-west-2")
    assert b.refused(west.list_keys, Marker=of_keys) == "InvalidMarkerException"


@met("trap: tags that begin with aws:")
def reserved_tags(b):
    for name in ("aws:x", "AWS:x", "Aws:createdBy"):
        tags = [{"TagKey": name, "TagValue": "1"}]
        assert b.refused(b.kms.create_key, Tags=tags) == "TagException"
        assert b.refused(b.kms.tag_resource, KeyId=b.key(), Tags=tags) == "TagException"


@met("trap: UpdateAlias between kinds of keys")
def aliases_stay_with_their_kind(b):
    kinds = [
        b.key(),
        b.key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC"),
        b.key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY"),
        b.key(KeySpec="ECC_NIST_P256", KeyUsage="KEY_AGREEMENT"),
    ]
    for key in kinds:
        alias = b.alias(key)
        for other in kinds:
            if other != key:
                assert b.refused(b.kms.update_alias, AliasName=alias, TargetKeyId=other) == "ValidationException"
    alias = b.alias(kinds[2])
    b.kms.update_alias(AliasName=alias, TargetKeyId=b.key(KeySpec="ECC_SECG_P256K1", KeyUsage="SIGN_VERIFY"))


@met("trap: disabled key and wrong usage at once")
def state_comes_before_usage(b):
    key = b.key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    assert b.refused(b.kms.encrypt, KeyId=key, Plaintext=b"p") == "InvalidKeyUsageException"
    b.kms.disable_key(KeyId=key)
    assert b.refused(b.kms.encrypt, KeyId=key, Plaintext=b"p") == "DisabledException"
    assert b.refused(b.kms.rotate_key_on_demand, KeyId=key) == "DisabledException"
    b.kms.schedule_key_deletion(KeyId=key)
    assert b.refused(b.kms.encrypt, KeyId=key, Plaintext=b"p") == "KMSInvalidStateException"


@met("trap: unknown enum values")
def enums_are_checked(b):
    key = b.key()
    for call, arguments, member in (
        (b.kms.create_key, {"KeySpec": "AES_512"}, "keySpec"),
        (b.kms.create_key, {"KeyUsage": "ALL"}, "keyUsage"),
        (b.kms.create_key, {"Origin": "MARS"}, "origin"),
        (b.kms.encrypt, {"KeyId": key, "Plaintext": b"p", "EncryptionAlgorithm": "ROT13"}, "encryptionAlgorithm"),
        (b.kms.generate_data_key, {"KeyId": key, "KeySpec": "aes_256"}, "keySpec"),
        (b.kms.sign, {"KeyId": key, "Message": b"m", "SigningAlgorithm": "NONE"}, "signingAlgorithm"),
        (b.kms.create_grant, {"KeyId": key, "GranteePrincipal": "arn:aws:iam::111122223333:root", "Operations": ["Fly"]},
         "operations"),
    ):
        with pytest.raises(botocore.exceptions.ClientError) as caught:
            call(**arguments)
        error = caught.value.response["Error"]
        assert error["Code"] == "ValidationException" and member in error["Message"], (member, error)
        assert "Member must satisfy enum value set" in error["Message"]


@met("trap: a made-up attestation document answered with the plaintext")
def recipients_are_verified_or_refused(b):
    key = b.key()
    document = {"KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256", "AttestationDocument": b"made up"}
    for call, arguments in (
        (b.kms.decrypt, {"CiphertextBlob": b.seal(key)}),
        (b.kms.generate_data_key, {"KeyId": key, "KeySpec": "AES_256"}),
        (b.kms.generate_random, {"NumberOfBytes": 8}),
    ):
        assert b.refused(call, Recipient=document, **arguments) == "ValidationException"


@pytest.mark.parametrize("name", ROWS)
def test_metElsewhere(server, name):
    ROWS[name](Bench(server))


def test_localstack_6753_and_4441_keysOutliveARestart(fresh):
    server = fresh().start()
    kms = server.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName="alias/kept", TargetKeyId=key)
    blob = kms.encrypt(KeyId="alias/kept", Plaintext=b"p")["CiphertextBlob"]
    assert server.stop() == 0
    server.start()
    assert server.client("kms").decrypt(CiphertextBlob=blob)["Plaintext"] == b"p"
    server.kill()
    server.start()
    assert server.client("kms").describe_key(KeyId="alias/kept")["KeyMetadata"]["Arn"] == key


ONES_OWN = "00000000-0000-4000-8000-0000000000aa"


def test_localstack_1871_8910_and_moto_9929_keysOfOnesOwnIds(fresh, server):
    """Keys that every run of a test has under the same id with the same material: by LocalStack's tag, where that is allowed."""
    tags = [{"TagKey": "_custom_id_", "TagValue": ONES_OWN}]
    kms = server.client("kms")
    made = kms.create_key(Tags=tags)["KeyMetadata"]["KeyId"]
    assert made != ONES_OWN and kms.list_resource_tags(KeyId=made)["Tags"] == tags, "elsewhere a tag is a tag"

    blobs = []
    for folder in ("one", "two"):
        own = fresh(folder, extra=["--set", "kms.custom-ids=true"]).start()
        assert any("KEY IDS BY TAG" in line for line in own.lines)
        kms, b = own.client("kms"), Bench(own)
        key = kms.create_key(Tags=tags, Origin="EXTERNAL")["KeyMetadata"]
        assert key["KeyId"] == ONES_OWN and key["Arn"].endswith(":key/" + ONES_OWN)
        assert b.refused(kms.create_key, Tags=tags) == "AlreadyExistsException"
        for bad in ("my-key", ONES_OWN.upper(), "mrk-" + "0" * 32):
            assert b.refused(kms.create_key, Tags=[{**tags[0], "TagValue": bad}]) == "ValidationException"
        related = kms.create_key(MultiRegion=True, Tags=[{**tags[0], "TagValue": "mrk-" + "a" * 32}])["KeyMetadata"]
        assert related["KeyId"] == "mrk-" + "a" * 32
        assert kms.create_key()["KeyMetadata"]["KeyId"] not in (ONES_OWN, related["KeyId"])
        imported_as(kms, ONES_OWN, bytes(range(32)))
        kms.create_alias(AliasName="alias/known", TargetKeyId=ONES_OWN)
        assert b.refused(own.client("kms", region="eu-west-1").describe_key, KeyId=ONES_OWN) == "NotFoundException"
        blobs.append(kms.encrypt(KeyId="alias/known", Plaintext=b"p")["CiphertextBlob"])
    # Another server of the same account's number would open it: the account is part of what is bound.
    assert b.refused(kms.decrypt, CiphertextBlob=blobs[0]) in ("AccessDeniedException", "InvalidCiphertextException")
    assert kms.decrypt(CiphertextBlob=blobs[1])["Plaintext"] == b"p"


@pytest.mark.skipif(not (shutil.which("openssl") and shutil.which("perl")),
                    reason="SKIPPED, NOT TESTED: openssl or perl is not installed (apt-get install openssl perl)")
def test_localKms_seedFile_theExampleMakesItsKeys(fresh):
    own = fresh(extra=["--set", "kms.custom-ids=true"]).start()
    environment = own.environment()
    environment["PATH"] = f"{CLIENTS}:{environment['PATH']}"
    folder = HERE.parent.parent / "examples" / "seed"
    for says in ("made", "is there"):
        done = subprocess.run([folder / "seed", folder / "keys.txt"], env=environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert done.stdout.split("\n")[:2] == [f"00000000-0000-4000-8000-00000000000{i} {says}" for i in (1, 2)]
    kms = own.client("kms")
    assert kms.describe_key(KeyId="alias/orders")["KeyMetadata"]["KeyId"] == "00000000-0000-4000-8000-000000000001"
    assert kms.decrypt(CiphertextBlob=kms.encrypt(KeyId="alias/invoices", Plaintext=b"p")["CiphertextBlob"])["Plaintext"] == b"p"
    # The material is the file's: the same comes again, another does not.
    key = "00000000-0000-4000-8000-000000000001"
    imported_as(kms, key, bytes(range(32)))
    assert Bench.refused(imported_as, kms=kms, key=key, material=bytes(32)) == "IncorrectKeyMaterialException"


def imported_as(kms, key, material):
    given = kms.get_parameters_for_import(
        KeyId=key, WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec="RSA_2048")
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    kms.import_key_material(
        KeyId=key, ImportToken=given["ImportToken"], ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE",
        EncryptedKeyMaterial=serialization.load_der_public_key(given["PublicKey"]).encrypt(material, oaep))


HERE = pathlib.Path(__file__).resolve()
DOCS = HERE.parent.parent / "docs" / "kms.md"
RESTART = "conformance/test_kms_regressions.py::test_localstack_6753_and_4441_keysOutliveARestart"
OWN_IDS = "conformance/test_kms_regressions.py::test_localstack_1871_8910_and_moto_9929_keysOfOnesOwnIds"

# Shown by a suite that has the topic.
ELSEWHERE = {
    "localstack #6753, #4441: keys outlive a restart": RESTART,
    "localstack #1871, #8910, moto #9929: keys with ids of one's own, the same in every run": OWN_IDS,
    "local-kms: keys from a seed file":
        "conformance/test_kms_regressions.py::test_localKms_seedFile_theExampleMakesItsKeys",
    "localstack #7177, #7782, #8422: S3 takes a missing or disabled key":
        "conformance/test_s3.py::test_sseKms_needsTheKeysLeave_andIsOnItsRecord",
    "localstack #9346: events of KMS calls, with their parameters":
        "conformance/test_golden_events.py::test_event_asDocumented",
    "localstack #2120, ministack #486, moto: LookupEvents":
        "conformance/test_history.py::test_everyCall_isFoundRightAfterItsAnswer",
    "localstack #2689: LookupEvents with blank names": "conformance/test_history.py::test_eightAttributes",
    "localstack #5867, floci #1264, moto: trails that write nothing":
        "conformance/test_trail.py::test_embeddedBucket_wholeLife",
    "moto #4780: PutEventSelectors; gopherstack #1768, floci: ListTrails, GetTrail, tags of trails":
        "conformance/test_trail.py::test_trails_areListed_taggedAndSelective",
    "moto, floci: ListPublicKeys, digests": "conformance/test_digests.py::test_intactTrail_passes_alteredFile_fails",
    "aws-cli #7054, #10324 and what else its validator does not see":
        "conformance/test_verify_trail.py::test_twelveDamages_besideTheStockValidator",
    "localstack: ListKeyRotations, UpdatePrimaryRegion, key stores, GetKeyLastUsage, DryRun":
        "conformance/test_kms_every_operation.py::test_success_isOnRecord",
    "localstack: imported material that expires":
        "conformance/test_virtual_clock.py::test_aYear_rotatesDeletesAndExpires_eachOnceOnRecord",
    "moto: data key pairs, import, DeriveSharedSecret, UpdatePrimaryRegion, key stores, GetKeyLastUsage":
        "conformance/test_kms_every_operation.py::test_success_isOnRecord",
    "floci: import, data key pairs, ReplicateKey, UpdatePrimaryRegion, DeriveSharedSecret, ListKeyRotations, key stores":
        "conformance/test_kms_every_operation.py::test_success_isOnRecord",
    "local-kms #65: external key stores": "conformance/test_key_stores.py::test_store_wholeLife",
    "local-kms: grants, HMAC, multi-Region keys": "conformance/test_kms_every_operation.py::test_success_isOnRecord",
    "aws-dynamodb-encryption-java #40: rotation cannot be tested, it takes a year":
        "conformance/test_virtual_clock.py::test_aYear_rotatesDeletesAndExpires_eachOnceOnRecord",
    "aws-dynamodb-encryption-java #6, aws-sdk #362: throttling cannot be tried out":
        "conformance/test_kms_managed_and_quotas.py::test_requestQuotas_beyondThem_throttledAsByAws_andOnRecord",
    "trap: every state of a key": "kms/src/test/java/dev/keytrail/kms/StatesTest.java::everyOperation_everyState",
}


@pytest.mark.parametrize("what", ELSEWHERE)
def test_whatIsShownElsewhere_isThere(what):
    file, test = ELSEWHERE[what].split("::")
    assert test in (HERE.parent.parent / file).read_text(), ELSEWHERE[what]


def table():
    lines = ["| met in another server | test |", "|---|---|"]
    lines += [f"| {what} | `{test.__name__}` in `test_kms_regressions.py` |" for what, test in ROWS.items()]
    lines += [f"| {what} | `{where.split('::')[1]}` in `{where.split('::')[0].split('/')[-1]}` |" for what, where in ELSEWHERE.items()]
    return "\n".join(lines) + "\n"


def test_docs_tableIsWhatTheTestsSay():
    text = DOCS.read_text()
    begin, end = "<!-- wishes -->\n", "<!-- end of wishes -->\n"
    head, tail = text.index(begin) + len(begin), text.index(end)
    if os.environ.get("KEYTRAIL_RENEW_DOCS"):
        DOCS.write_text(text[:head] + table() + text[tail:])
    else:
        assert text[head:tail] == table()
