"""Grants, rotation, imported material and multi-Region keys through stock boto3."""

import datetime
import uuid

import boto3
import botocore.exceptions
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding


def refused(call, **arguments):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"]


def wrapped(parameters, material):
    public = serialization.load_der_public_key(parameters["PublicKey"])
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    return public.encrypt(material, oaep)


def parameters(kms, key):
    return kms.get_parameters_for_import(
        KeyId=key, WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec="RSA_2048"
    )


def test_grant_listed_retiredAndRevoked(server, kms, key):
    grantee = f"arn:aws:iam::{server.account()}:root"
    name = uuid.uuid4().hex
    arguments = dict(
        KeyId=key,
        GranteePrincipal=grantee,
        RetiringPrincipal=grantee,
        Operations=["Encrypt", "Decrypt"],
        Constraints={"EncryptionContextSubset": {"a": "b"}},
        Name=name,
    )
    made = kms.create_grant(**arguments)
    again = kms.create_grant(**arguments)
    assert again["GrantId"] == made["GrantId"] and again["GrantToken"] != made["GrantToken"]
    (entry,) = kms.list_grants(KeyId=key)["Grants"]
    assert entry["KeyId"] == key and entry["Name"] == name and entry["Operations"] == ["Encrypt", "Decrypt"]
    assert entry["Constraints"] == {"EncryptionContextSubset": {"a": "b"}}
    assert entry["GrantId"] in [
        grant["GrantId"] for grant in kms.list_retirable_grants(RetiringPrincipal=grantee)["Grants"]
    ]
    sealed = kms.encrypt(KeyId=key, Plaintext=b"x", GrantTokens=[made["GrantToken"]])
    assert kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"])["Plaintext"] == b"x"
    assert refused(kms.encrypt, KeyId=key, Plaintext=b"x", GrantTokens=["made-up"]) == "InvalidGrantTokenException"
    assert refused(kms.revoke_grant, KeyId=key, GrantId=made["GrantId"], DryRun=True) == "DryRunOperationException"
    kms.retire_grant(GrantToken=made["GrantToken"])
    assert kms.list_grants(KeyId=key)["Grants"] == []
    assert refused(kms.revoke_grant, KeyId=key, GrantId=made["GrantId"]) == "NotFoundException"


def test_rotation_onDemand_keepsOldCiphertexts(kms, key):
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=120)
    status = kms.get_key_rotation_status(KeyId=key)
    assert status["KeyRotationEnabled"] is True and status["RotationPeriodInDays"] == 120
    sealed = kms.encrypt(KeyId=key, Plaintext=b"old")["CiphertextBlob"]
    before = kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"]
    assert kms.rotate_key_on_demand(KeyId=key)["KeyId"] == key
    after = kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"]
    assert after != before
    opened = kms.decrypt(CiphertextBlob=sealed)
    assert opened["Plaintext"] == b"old" and opened["KeyMaterialId"] == before
    (rotation,) = kms.list_key_rotations(KeyId=key)["Rotations"]
    assert rotation["RotationType"] == "ON_DEMAND" and rotation["KeyMaterialId"] == after
    assert kms.get_key_rotation_status(KeyId=key)["NextRotationDate"] == status["NextRotationDate"]
    kms.disable_key_rotation(KeyId=key)
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is False


def test_import_delete_andImportAgain(kms):
    key = kms.create_key(Origin="EXTERNAL")["KeyMetadata"]
    assert key["KeyState"] == "PendingImport" and key["Enabled"] is False
    arn, material = key["Arn"], bytes(range(32))
    given = parameters(kms, arn)
    token, blob = given["ImportToken"], wrapped(given, material)
    code = refused(kms.import_key_material, KeyId=arn, ImportToken=token, EncryptedKeyMaterial=blob)
    assert code == "ValidationException"
    valid_to = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)
    done = kms.import_key_material(KeyId=arn, ImportToken=token, EncryptedKeyMaterial=blob, ValidTo=valid_to)
    shown = kms.describe_key(KeyId=arn)["KeyMetadata"]
    assert shown["KeyState"] == "Enabled" and shown["ExpirationModel"] == "KEY_MATERIAL_EXPIRES"
    assert shown["CurrentKeyMaterialId"] == done["KeyMaterialId"]
    sealed = kms.encrypt(KeyId=arn, Plaintext=b"x")["CiphertextBlob"]
    assert kms.delete_imported_key_material(KeyId=arn)["KeyMaterialId"] == done["KeyMaterialId"]
    assert refused(kms.decrypt, CiphertextBlob=sealed) == "KMSInvalidStateException"
    code = refused(
        kms.import_key_material,
        KeyId=arn,
        ImportToken=token,
        EncryptedKeyMaterial=wrapped(given, bytes(32)),
        ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE",
    )
    assert code == "IncorrectKeyMaterialException"
    kms.import_key_material(
        KeyId=arn, ImportToken=token, EncryptedKeyMaterial=blob, ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE"
    )
    assert kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"x"


def test_multiRegion_replicaOpensWhatItsPrimarySealed(server, kms):
    key = kms.create_key(MultiRegion=True)["KeyMetadata"]
    assert key["KeyId"].startswith("mrk-")
    replica = kms.replicate_key(KeyId=key["KeyId"], ReplicaRegion="eu-west-1")["ReplicaKeyMetadata"]
    assert replica["KeyState"] == "Creating" and replica["MultiRegionConfiguration"]["MultiRegionKeyType"] == "REPLICA"
    there = server.client("kms", region="eu-west-1")
    sealed = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"both")["CiphertextBlob"]
    assert there.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"both"
    kms.update_primary_region(KeyId=key["KeyId"], PrimaryRegion="eu-west-1")
    shown = there.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["MultiRegionConfiguration"]
    assert shown["MultiRegionKeyType"] == "PRIMARY" and shown["ReplicaKeys"][0]["Region"] == "us-east-1"
    assert refused(kms.replicate_key, KeyId=key["KeyId"], ReplicaRegion="eu-west-2") == "UnsupportedOperationException"
