"""Grants, rotation, imported material and multi-Region keys through stock boto3."""

import datetime
import json
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


def test_import_severalMaterials_theKeyExpiresWithTheFirstThatItNeeds(kms):
    key = kms.create_key(Origin="EXTERNAL")["KeyMetadata"]["KeyId"]
    now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    days = lambda count: now + datetime.timedelta(days=count)

    def imported(material, valid_to=None, **more):
        given = parameters(kms, key)
        how = {"ValidTo": valid_to} if valid_to else {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}
        return kms.import_key_material(
            KeyId=key, ImportToken=given["ImportToken"], EncryptedKeyMaterial=wrapped(given, material), **how, **more
        )["KeyMaterialId"]

    def shown():
        found = kms.describe_key(KeyId=key)["KeyMetadata"]
        return found["ExpirationModel"], found.get("ValidTo"), found["CurrentKeyMaterialId"]

    first = imported(b"1" * 32)
    second = imported(b"2" * 32, days(5), ImportType="NEW_KEY_MATERIAL", KeyMaterialDescription="the second")
    assert shown() == ("KEY_MATERIAL_DOES_NOT_EXPIRE", None, first), "what waits is not needed yet"
    assert refused(imported, material=b"3" * 32, ImportType="NEW_KEY_MATERIAL") == "KMSInvalidStateException"
    kms.rotate_key_on_demand(KeyId=key)
    assert shown() == ("KEY_MATERIAL_EXPIRES", days(5), second)
    assert imported(b"1" * 32, days(3)) == first
    assert shown() == ("KEY_MATERIAL_EXPIRES", days(3), second)
    assert imported(b"2" * 32, KeyMaterialId=second) == second
    assert imported(b"1" * 32) == first
    assert shown() == ("KEY_MATERIAL_DOES_NOT_EXPIRE", None, second)
    old, new = kms.list_key_rotations(KeyId=key, IncludeKeyMaterial="ALL_KEY_MATERIAL")["Rotations"]
    assert (old["KeyMaterialState"], new["KeyMaterialState"]) == ("NON_CURRENT", "CURRENT")
    assert new["RotationType"] == "ON_DEMAND" and "RotationDate" in new and "RotationType" not in old


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


def imports(kms, key, material, **more):
    given = parameters(kms, key)
    return kms.import_key_material(
        KeyId=key, ImportToken=given["ImportToken"], EncryptedKeyMaterial=wrapped(given, material),
        ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE", **more)["KeyMaterialId"]


def test_multiRegion_importedMaterial_isBroughtToEveryRegion(server, kms):
    """In the order of the guide: new material to the primary, the same to each replica, then the primary rotates to it."""
    there = server.client("kms", region="eu-west-1")
    key = kms.create_key(MultiRegion=True, Origin="EXTERNAL")["KeyMetadata"]["KeyId"]
    materials = [bytes([i]) * 32 for i in range(5)]
    assert refused(kms.replicate_key, KeyId=key, ReplicaRegion="eu-west-1") == "KMSInvalidStateException"
    first = imports(kms, key, materials[0])
    assert kms.replicate_key(KeyId=key, ReplicaRegion="eu-west-1")["ReplicaKeyMetadata"]["KeyState"] == "Creating"

    def state(client):
        return client.describe_key(KeyId=key)["KeyMetadata"]["KeyState"]

    def listed(client):
        entries = client.list_key_rotations(KeyId=key, IncludeKeyMaterial="ALL_KEY_MATERIAL")["Rotations"]
        return [(e["KeyMaterialId"], e["KeyMaterialState"], e["ImportState"]) for e in entries]

    sealed = kms.encrypt(KeyId=key, Plaintext=b"p")["CiphertextBlob"]
    assert state(there) == "PendingImport" and refused(there.decrypt, CiphertextBlob=sealed) == "KMSInvalidStateException"
    for bad, why in (
        (dict(material=materials[1]), "IncorrectKeyMaterialException"),
        (dict(material=materials[1], ImportType="NEW_KEY_MATERIAL"), "UnsupportedOperationException"),
    ):
        assert refused(imports, kms=there, key=key, **bad) == why
    assert imports(there, key, materials[0]) == first and state(there) == "Enabled"
    assert there.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"p"

    second = imports(kms, key, materials[1], ImportType="NEW_KEY_MATERIAL")
    waiting = "PENDING_MULTI_REGION_IMPORT_AND_ROTATION"
    assert listed(kms) == [(first, "CURRENT", "IMPORTED"), (second, waiting, "IMPORTED")]
    assert listed(there) == [(first, "CURRENT", "IMPORTED"), (second, waiting, "PENDING_IMPORT")]
    assert refused(kms.rotate_key_on_demand, KeyId=key) == "KMSInvalidStateException"
    imports(there, key, materials[1], ImportType="EXISTING_KEY_MATERIAL")
    for client in (kms, there):
        assert listed(client) == [(first, "CURRENT", "IMPORTED"), (second, "PENDING_ROTATION", "IMPORTED")]
        assert state(client) == "Enabled"

    # A replica's is its own to delete; what waits in the primary goes everywhere.
    there.delete_imported_key_material(KeyId=key, KeyMaterialId=second)
    assert listed(kms)[1][2] == "IMPORTED" and listed(there)[1][2] == "PENDING_IMPORT" and state(there) == "Enabled"
    imports(there, key, materials[1])
    kms.delete_imported_key_material(KeyId=key, KeyMaterialId=second)
    for client in (kms, there):
        assert listed(client)[1][::2] == (second, "PENDING_IMPORT") and state(client) == "Enabled"
    third = imports(kms, key, materials[2], ImportType="NEW_KEY_MATERIAL")
    assert [m[0] for m in listed(kms)] == [m[0] for m in listed(there)] == [first, third]
    imports(there, key, materials[2])
    assert refused(there.rotate_key_on_demand, KeyId=key) == "UnsupportedOperationException"
    kms.rotate_key_on_demand(KeyId=key)
    for one, other in ((kms, there), (there, kms)):
        assert listed(one) == [(first, "NON_CURRENT", "IMPORTED"), (third, "CURRENT", "IMPORTED")]
        blob = one.encrypt(KeyId=key, Plaintext=b"q")["CiphertextBlob"]
        assert other.decrypt(CiphertextBlob=blob)["KeyMaterialId"] == third
        assert other.decrypt(CiphertextBlob=sealed)["KeyMaterialId"] == first

    # A replica that has lost what becomes current is without its material until it is imported again.
    fourth = imports(kms, key, materials[3], ImportType="NEW_KEY_MATERIAL")
    imports(there, key, materials[3])
    there.delete_imported_key_material(KeyId=key, KeyMaterialId=fourth)
    kms.rotate_key_on_demand(KeyId=key)
    assert (state(kms), state(there)) == ("Enabled", "PendingImport")
    assert refused(there.encrypt, KeyId=key, Plaintext=b"p") == "KMSInvalidStateException"
    assert imports(there, key, materials[3]) == fourth and state(there) == "Enabled"
    blob = there.encrypt(KeyId=key, Plaintext=b"p")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob)["KeyMaterialId"] == fourth

    events = synchronised(server, key)
    # The replica's making, three new materials, one deleted, two rotations.
    assert len(events) == 7, [e["eventTime"] for e in events]


def synchronised(server, key):
    pages = server.client("cloudtrail", region="eu-west-1").get_paginator("lookup_events").paginate(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "SynchronizeMultiRegionKey"}])
    found = [json.loads(e["CloudTrailEvent"]) for page in pages for e in page["Events"]]
    return [e for e in found if e["resources"][0]["ARN"].endswith(key)]


def test_multiRegion_rotationPlan_changesReachReplicas_eachOnRecord(server, kms):
    key = kms.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    kms.enable_key_rotation(KeyId=key)
    kms.replicate_key(KeyId=key, ReplicaRegion="eu-west-1")
    there = server.client("kms", region="eu-west-1")
    assert there.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is True
    counts = [len(synchronised(server, key))]
    for change, period in (
        (lambda: kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=100), 100),
        (lambda: kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=100), 100),
        (lambda: kms.disable_key_rotation(KeyId=key), None),
        (lambda: kms.disable_key_rotation(KeyId=key), None),
    ):
        change()
        assert there.get_key_rotation_status(KeyId=key).get("RotationPeriodInDays") == period
        counts.append(len(synchronised(server, key)))
    assert counts == [1, 2, 2, 3, 3], "what changes nothing has nothing to synchronise"
