"""Every KMS operation through stock boto3: it works, it is denied, it is on record, and it fails with each error that its
model names and that can be provoked. The table in docs/kms.md is written from here:

    KEYTRAIL_RENEW_DOCS=1 python -m pytest conformance/test_kms_every_operation.py -k docs
"""

import base64
import json
import os
import pathlib
import uuid

import botocore.exceptions
import botocore.session
import pytest
from botocore import xform_name
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

DOCS = pathlib.Path(__file__).resolve().parent.parent / "docs" / "kms.md"
MODEL = botocore.session.get_session().get_service_model("kms")
MESSAGE = b"attack at dawn"
CALLS = {}

# Tested with the key stores themselves.
STORES = {
    "CreateCustomKeyStore", "ConnectCustomKeyStore", "DisconnectCustomKeyStore", "DescribeCustomKeyStores",
    "UpdateCustomKeyStore", "DeleteCustomKeyStore",
}
CHANGING = {
    "CreateKey", "CreateAlias", "UpdateAlias", "DeleteAlias", "EnableKey", "DisableKey", "ScheduleKeyDeletion",
    "CancelKeyDeletion", "PutKeyPolicy", "TagResource", "UntagResource", "UpdateKeyDescription", "CreateGrant",
    "RevokeGrant", "RetireGrant", "EnableKeyRotation", "DisableKeyRotation", "RotateKeyOnDemand", "ImportKeyMaterial",
    "DeleteImportedKeyMaterial", "ReplicateKey", "UpdatePrimaryRegion",
}
# Faults, which nearly every operation names: where all of them are shown, or why none can be.
FAULTS = {
    "KMSInternalException": "every operation answers it while the server is sealed, and has it on record "
    "(`test_custody.py`)",
    "DependencyTimeoutException": "nothing here waits for another service, but for GetKeyLastUsage (a search that is cut "
    "off, `server` `KeyUsesTest`) and key stores, whose failures are KMSInvalidStateException",
    "KeyUnavailableException": "key material is in the process that answers; that of a key store which fails is "
    "KMSInvalidStateException",
}


def operation(call):
    CALLS[call.__name__] = call
    return call


class World:
    """Makes what calls need. Every key is a fresh one, so that a test may disable it."""

    def __init__(self, server):
        self.server, self.account = server, server.account()
        self.kms = server.client("kms", parameter_validation=False)
        self.root = f"arn:aws:iam::{self.account}:root"

    def key(self, spec="SYMMETRIC_DEFAULT", usage="ENCRYPT_DECRYPT", **more):
        return self.kms.create_key(KeySpec=spec, KeyUsage=usage, **more)["KeyMetadata"]["Arn"]

    def signing(self):
        return self.key("ECC_NIST_P256", "SIGN_VERIFY")

    def alias(self, key):
        name = "alias/every-" + uuid.uuid4().hex
        self.kms.create_alias(AliasName=name, TargetKeyId=key)
        return name

    def grant(self):
        key = self.key()
        made = self.kms.create_grant(
            KeyId=key, GranteePrincipal=self.root, RetiringPrincipal=self.root, Operations=["Encrypt"]
        )
        return key, made

    def sealed(self, key):
        return self.kms.encrypt(KeyId=key, Plaintext=b"p")["CiphertextBlob"]

    def parameters(self, key):
        return self.kms.get_parameters_for_import(
            KeyId=key, WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec="RSA_2048"
        )

    def importing(self, key, material=bytes(32)):
        given = self.parameters(key)
        oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
        return dict(
            KeyId=key, ImportToken=given["ImportToken"], ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE",
            EncryptedKeyMaterial=serialization.load_der_public_key(given["PublicKey"]).encrypt(material, oaep),
        )

    def call(self, name, **arguments):
        return getattr(self.kms, xform_name(name))(**arguments)

    def policy(self, **more):
        return json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": self.account}, "Action": "kms:*", "Resource": "*", **more}]})


# A call that works, for each operation.


@operation
def CreateKey(w):
    return {}


@operation
def DescribeKey(w):
    return {"KeyId": w.key()}


@operation
def EnableKey(w):
    return {"KeyId": w.key()}


@operation
def DisableKey(w):
    return {"KeyId": w.key()}


@operation
def ScheduleKeyDeletion(w):
    return {"KeyId": w.key()}


@operation
def CancelKeyDeletion(w):
    key = w.key()
    w.kms.schedule_key_deletion(KeyId=key)
    return {"KeyId": key}


@operation
def UpdateKeyDescription(w):
    return {"KeyId": w.key(), "Description": "another"}


@operation
def ListKeys(w):
    return {}


@operation
def GetKeyLastUsage(w):
    return {"KeyId": w.key()}


@operation
def CreateAlias(w):
    return {"AliasName": "alias/every-" + uuid.uuid4().hex, "TargetKeyId": w.key()}


@operation
def UpdateAlias(w):
    return {"AliasName": w.alias(w.key()), "TargetKeyId": w.key()}


@operation
def DeleteAlias(w):
    return {"AliasName": w.alias(w.key())}


@operation
def ListAliases(w):
    return {"KeyId": w.key()}


@operation
def GetKeyPolicy(w):
    return {"KeyId": w.key()}


@operation
def PutKeyPolicy(w):
    return {"KeyId": w.key(), "Policy": w.policy()}


@operation
def ListKeyPolicies(w):
    return {"KeyId": w.key()}


@operation
def TagResource(w):
    return {"KeyId": w.key(), "Tags": [{"TagKey": "a", "TagValue": "b"}]}


@operation
def UntagResource(w):
    return {"KeyId": w.key(), "TagKeys": ["a"]}


@operation
def ListResourceTags(w):
    return {"KeyId": w.key()}


@operation
def CreateGrant(w):
    return {"KeyId": w.key(), "GranteePrincipal": w.root, "Operations": ["Encrypt"]}


@operation
def ListGrants(w):
    return {"KeyId": w.grant()[0]}


@operation
def ListRetirableGrants(w):
    return {"RetiringPrincipal": w.root}


@operation
def RetireGrant(w):
    key, made = w.grant()
    return {"KeyId": key, "GrantId": made["GrantId"]}


@operation
def RevokeGrant(w):
    key, made = w.grant()
    return {"KeyId": key, "GrantId": made["GrantId"]}


@operation
def EnableKeyRotation(w):
    return {"KeyId": w.key()}


@operation
def DisableKeyRotation(w):
    return {"KeyId": w.key()}


@operation
def GetKeyRotationStatus(w):
    return {"KeyId": w.key()}


@operation
def RotateKeyOnDemand(w):
    return {"KeyId": w.key()}


@operation
def ListKeyRotations(w):
    return {"KeyId": w.key()}


@operation
def GetParametersForImport(w):
    return {"KeyId": w.key(Origin="EXTERNAL"), "WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"}


@operation
def ImportKeyMaterial(w):
    return w.importing(w.key(Origin="EXTERNAL"))


@operation
def DeleteImportedKeyMaterial(w):
    key = w.key(Origin="EXTERNAL")
    w.kms.import_key_material(**w.importing(key))
    return {"KeyId": key}


@operation
def ReplicateKey(w):
    return {"KeyId": w.key(MultiRegion=True), "ReplicaRegion": "eu-west-1"}


@operation
def UpdatePrimaryRegion(w):
    key = w.key(MultiRegion=True)
    w.kms.replicate_key(KeyId=key, ReplicaRegion="eu-west-1")
    return {"KeyId": key, "PrimaryRegion": "eu-west-1"}


@operation
def Encrypt(w):
    return {"KeyId": w.key(), "Plaintext": b"p"}


@operation
def Decrypt(w):
    key = w.key()
    return {"KeyId": key, "CiphertextBlob": w.sealed(key)}


@operation
def ReEncrypt(w):
    return {"CiphertextBlob": w.sealed(w.key()), "DestinationKeyId": w.key()}


@operation
def GenerateDataKey(w):
    return {"KeyId": w.key(), "KeySpec": "AES_256"}


@operation
def GenerateDataKeyWithoutPlaintext(w):
    return {"KeyId": w.key(), "NumberOfBytes": 16}


@operation
def GenerateDataKeyPair(w):
    return {"KeyId": w.key(), "KeyPairSpec": "ECC_NIST_P256"}


@operation
def GenerateDataKeyPairWithoutPlaintext(w):
    return {"KeyId": w.key(), "KeyPairSpec": "ECC_NIST_P256"}


@operation
def GenerateRandom(w):
    return {"NumberOfBytes": 8}


@operation
def Sign(w):
    return {"KeyId": w.signing(), "Message": MESSAGE, "SigningAlgorithm": "ECDSA_SHA_256"}


@operation
def Verify(w):
    how = Sign(w)
    return {**how, "Signature": w.kms.sign(**how)["Signature"]}


@operation
def GenerateMac(w):
    return {"KeyId": w.key("HMAC_256", "GENERATE_VERIFY_MAC"), "Message": MESSAGE, "MacAlgorithm": "HMAC_SHA_256"}


@operation
def VerifyMac(w):
    how = GenerateMac(w)
    return {**how, "Mac": w.kms.generate_mac(**how)["Mac"]}


@operation
def DeriveSharedSecret(w):
    key = w.key("ECC_NIST_P256", "KEY_AGREEMENT")
    return {"KeyId": key, "KeyAgreementAlgorithm": "ECDH", "PublicKey": w.kms.get_public_key(KeyId=key)["PublicKey"]}


@operation
def Encapsulate(w):
    return {"KeyId": w.key("ML_KEM_512", "ENCAPSULATE_DECAPSULATE"), "EncapsulationAlgorithm": "ML_KEM"}


@operation
def Decapsulate(w):
    how = Encapsulate(w)
    return {**how, "SharedSecretCiphertextBlob": w.kms.encapsulate(**how)["SharedSecretCiphertextBlob"]}


@operation
def GetPublicKey(w):
    return {"KeyId": w.signing()}


# Errors. Each rule gives, for an operation, arguments that bring the error about, or None where it does not apply.


def modelled(name):
    return [shape.name for shape in MODEL.operation_model(name).error_shapes]


def members(name):
    shape = MODEL.operation_model(name).input_shape
    return shape.members if shape else {}


def key_member(name):
    return next((m for m in ("KeyId", "TargetKeyId", "DestinationKeyId") if m in members(name)), None)


def with_key(w, name, key):
    return {**CALLS[name](w), key_member(name): key}


def after(w, name, change):
    arguments = CALLS[name](w)
    change(KeyId=arguments[key_member(name)])
    return arguments


ABSENT = "0b0b0b0b-0000-4000-8000-000000000000"
USES_MATERIAL = {
    "Encrypt", "Decrypt", "ReEncrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext", "Sign", "Verify", "GenerateMac", "VerifyMac", "DeriveSharedSecret",
    "Encapsulate", "Decapsulate",
}
ANY_STATE = {
    "GetKeyPolicy", "PutKeyPolicy", "ListKeyPolicies", "ListGrants", "RetireGrant", "RevokeGrant", "DeleteAlias",
    "GetKeyRotationStatus", "ListKeyRotations", "DeleteImportedKeyMaterial", "ListResourceTags", "CancelKeyDeletion",
}


def rules(name):
    """Error code -> how to bring it about; what holds for whole families first, then what is particular."""
    found, given = {}, members(name)
    if key_member(name) and name != "RetireGrant":
        absent = lambda w: {**CALLS[name](w), key_member(name): f"arn:aws:kms:us-east-1:{w.account}:key/{ABSENT}"}
        found["NotFoundException"] = absent
        found["InvalidArnException"] = lambda w: with_key(w, name, f"arn:aws:kms:us-east-1:{w.account}:nokey/{ABSENT}")
        found["DisabledException"] = lambda w: after(w, name, w.kms.disable_key)
        if name not in ANY_STATE:
            found["KMSInvalidStateException"] = lambda w: after(w, name, w.kms.schedule_key_deletion)
    if name in USES_MATERIAL:
        def other_usage(w):
            other = w.signing() if name != "Sign" and name != "Verify" else w.key("ECC_NIST_P256", "KEY_AGREEMENT")
            return with_key(w, name, other)

        found["InvalidKeyUsageException"] = other_usage
    if "DryRun" in given:
        found["DryRunOperationException"] = lambda w: {**CALLS[name](w), "DryRun": True}
    if "GrantTokens" in given:
        found["InvalidGrantTokenException"] = lambda w: {**CALLS[name](w), "GrantTokens": ["bogus"]}
    if "Marker" in given:
        found["InvalidMarkerException"] = lambda w: {**CALLS[name](w), "Marker": "bogus"}
    if "GrantId" in given:
        found["InvalidGrantIdException"] = lambda w: {**CALLS[name](w), "GrantId": "bogus"}
    if "Policy" in given:
        found["MalformedPolicyDocumentException"] = lambda w: {**CALLS[name](w), "Policy": "no document"}
        found["LimitExceededException"] = lambda w: {**CALLS[name](w), "Policy": w.policy(Sid="s" * 32768)}
    if "Tags" in given:
        found["TagException"] = lambda w: {**CALLS[name](w), "Tags": [{"TagKey": "aws:x", "TagValue": ""}]}
    found.update(PARTICULAR.get(name, {}))
    return {code: how for code, how in found.items() if code in modelled(name) and how}


def rotated_to_the_limit(w):
    key = w.key()
    for _ in range(25):
        w.kms.rotate_key_on_demand(KeyId=key)
    return {"KeyId": key}


def fifty_aliases(w):
    key = w.key()
    for _ in range(50):
        w.alias(key)
    return key


def replicated(w):
    key = w.key(MultiRegion=True)
    w.kms.replicate_key(KeyId=key, ReplicaRegion="eu-west-1")
    return key


def altered(blob):
    return blob[:-1] + bytes([blob[-1] ^ 1])


def imported_otherwise(w):
    key = w.key(Origin="EXTERNAL")
    w.kms.import_key_material(**w.importing(key))
    return {**w.importing(key, bytes(range(32))), "ImportType": "EXISTING_KEY_MATERIAL"}


PARTICULAR = {
    "CreateKey": {
        "UnsupportedOperationException": lambda w: {"KeySpec": "SM2", "KeyUsage": "SIGN_VERIFY"},
    },
    "CreateAlias": {
        "AlreadyExistsException": lambda w: {"AliasName": w.alias(key := w.key()), "TargetKeyId": key},
        "InvalidAliasNameException": lambda w: {**CreateAlias(w), "AliasName": "alias/"},
        "LimitExceededException": lambda w: {**CreateAlias(w), "TargetKeyId": fifty_aliases(w)},
    },
    "UpdateAlias": {
        "NotFoundException": lambda w: {**UpdateAlias(w), "AliasName": "alias/none-" + uuid.uuid4().hex},
        "LimitExceededException": lambda w: {**UpdateAlias(w), "TargetKeyId": fifty_aliases(w)},
    },
    "DeleteAlias": {"NotFoundException": lambda w: {"AliasName": "alias/none-" + uuid.uuid4().hex}},
    "CancelKeyDeletion": {"KMSInvalidStateException": lambda w: {"KeyId": w.key()}},
    "PutKeyPolicy": {"UnsupportedOperationException": None},
    "GetKeyPolicy": {"NotFoundException": lambda w: {"KeyId": w.key(), "PolicyName": "other"}},
    "RetireGrant": {
        "NotFoundException": lambda w: {"KeyId": w.key(), "GrantId": "0" * 64},
        "InvalidGrantTokenException": lambda w: {"GrantToken": "bogus"},
        "InvalidArnException": lambda w: {**RetireGrant(w), "KeyId": f"arn:aws:kms:us-east-1:{w.account}:nokey/{ABSENT}"},
    },
    "CreateGrant": {
        "InvalidArnException": lambda w: {**CreateGrant(w), "GranteePrincipal": "arn:aws:iam::nobody"},
    },
    "ListRetirableGrants": {
        "InvalidArnException": lambda w: {"RetiringPrincipal": "arn:aws:iam::nobody"},
    },
    "EnableKeyRotation": {"UnsupportedOperationException": lambda w: {"KeyId": w.signing()}},
    "DisableKeyRotation": {"UnsupportedOperationException": lambda w: {"KeyId": w.signing()}},
    "GetKeyRotationStatus": {"UnsupportedOperationException": lambda w: {"KeyId": w.key(Origin="EXTERNAL")}},
    "RotateKeyOnDemand": {
        "UnsupportedOperationException": lambda w: {"KeyId": w.signing()},
        "LimitExceededException": rotated_to_the_limit,
    },
    "ListKeyRotations": {"UnsupportedOperationException": lambda w: {"KeyId": w.signing()}},
    "GetParametersForImport": {"UnsupportedOperationException": lambda w: {**GetParametersForImport(w), "KeyId": w.key()}},
    "ImportKeyMaterial": {
        "UnsupportedOperationException": lambda w: {**ImportKeyMaterial(w), "KeyId": w.key()},
        "InvalidImportTokenException": lambda w: {**ImportKeyMaterial(w), "KeyId": w.key(Origin="EXTERNAL")},
        "InvalidCiphertextException": lambda w: {**ImportKeyMaterial(w), "EncryptedKeyMaterial": bytes(256)},
        "IncorrectKeyMaterialException": imported_otherwise,
    },
    "DeleteImportedKeyMaterial": {
        "UnsupportedOperationException": lambda w: {"KeyId": w.key()},
    },
    "ReplicateKey": {
        "AlreadyExistsException": lambda w: {"KeyId": replicated(w), "ReplicaRegion": "eu-west-1"},
        "UnsupportedOperationException": lambda w: {"KeyId": w.key(), "ReplicaRegion": "eu-west-1"},
    },
    "UpdatePrimaryRegion": {
        "UnsupportedOperationException": lambda w: {"KeyId": w.key(), "PrimaryRegion": "eu-west-1"},
    },
    "Decrypt": {
        "InvalidCiphertextException": lambda w: {**(how := Decrypt(w)), "CiphertextBlob": altered(how["CiphertextBlob"])},
        "IncorrectKeyException": lambda w: {**Decrypt(w), "KeyId": w.key()},
        "InvalidKeyUsageException": lambda w: {
            **Decrypt(w), "KeyId": w.signing(), "EncryptionAlgorithm": "RSAES_OAEP_SHA_256"},
    },
    "ReEncrypt": {
        "InvalidCiphertextException": lambda w: {**(how := ReEncrypt(w)), "CiphertextBlob": altered(how["CiphertextBlob"])},
        "IncorrectKeyException": lambda w: {**ReEncrypt(w), "SourceKeyId": w.key()},
    },
    "GenerateDataKeyPair": {
        "UnsupportedOperationException": lambda w: {**GenerateDataKeyPair(w), "KeyPairSpec": "SM2"},
    },
    "GenerateDataKeyPairWithoutPlaintext": {
        "UnsupportedOperationException": lambda w: {**GenerateDataKeyPair(w), "KeyPairSpec": "SM2"},
    },
    "GenerateRandom": {
        "CustomKeyStoreNotFoundException": lambda w: {"NumberOfBytes": 8, "CustomKeyStoreId": "cks-0"},
    },
    "Verify": {"KMSInvalidSignatureException": lambda w: {**Verify(w), "Message": b"attack at dusk"}},
    "VerifyMac": {"KMSInvalidMacException": lambda w: {**VerifyMac(w), "Message": b"attack at dusk"}},
    "Decapsulate": {
        "InvalidCiphertextException": lambda w: {**(how := Decapsulate(w)),
                                                 "SharedSecretCiphertextBlob": how["SharedSecretCiphertextBlob"][:-1]},
    },
    "GetPublicKey": {
        "UnsupportedOperationException": lambda w: {"KeyId": w.key()},
    },
}
# Shown elsewhere: the file says the error's name, which a test here looks for.
STORES_FILE, TOKEN_FILE = "conformance/test_key_stores.py", "conformance/test_key_stores_token.py"
QUOTAS_FILE = "conformance/test_kms_managed_and_quotas.py"
STATES_FILE = "kms/src/test/java/dev/keytrail/kms/SpecialStatesTest.java"
ELSEWHERE = {
    ("CreateKey", "LimitExceededException"): QUOTAS_FILE,
    ("CreateGrant", "LimitExceededException"): QUOTAS_FILE,
    ("ReplicateKey", "LimitExceededException"): QUOTAS_FILE,
    ("ImportKeyMaterial", "ExpiredImportTokenException"): "conformance/test_virtual_clock.py",
    ("RotateKeyOnDemand", "ConflictException"): "conformance/test_virtual_clock.py",
    ("DeleteImportedKeyMaterial", "KMSInvalidStateException"): STATES_FILE,
    ("CreateKey", "CustomKeyStoreNotFoundException"): STORES_FILE,
    ("CreateKey", "CustomKeyStoreInvalidStateException"): STORES_FILE,
    ("CreateKey", "XksKeyAlreadyInUseException"): STORES_FILE,
    ("CreateKey", "XksKeyInvalidConfigurationException"): STORES_FILE,
    ("CreateKey", "XksKeyNotFoundException"): STORES_FILE,
    ("GenerateRandom", "UnsupportedOperationException"): STORES_FILE,
    ("GenerateRandom", "CustomKeyStoreInvalidStateException"): TOKEN_FILE,
    ("ConnectCustomKeyStore", "CustomKeyStoreInvalidStateException"): STORES_FILE,
    ("ConnectCustomKeyStore", "CustomKeyStoreNotFoundException"): STORES_FILE,
    ("CreateCustomKeyStore", "CloudHsmClusterInUseException"): TOKEN_FILE,
    ("CreateCustomKeyStore", "CloudHsmClusterNotFoundException"): TOKEN_FILE,
    ("CreateCustomKeyStore", "IncorrectTrustAnchorException"): TOKEN_FILE,
    ("CreateCustomKeyStore", "CustomKeyStoreNameInUseException"): STORES_FILE,
    ("CreateCustomKeyStore", "LimitExceededException"): STORES_FILE,
    ("CreateCustomKeyStore", "XksProxyUriInUseException"): STORES_FILE,
    ("CreateCustomKeyStore", "XksProxyUriUnreachableException"): STORES_FILE,
    ("CreateCustomKeyStore", "XksProxyIncorrectAuthenticationCredentialException"): STORES_FILE,
    ("CreateCustomKeyStore", "XksProxyInvalidResponseException"): STORES_FILE,
    ("CreateCustomKeyStore", "XksProxyInvalidConfigurationException"): STORES_FILE,
    ("CreateCustomKeyStore", "XksProxyVpcEndpointServiceNotFoundException"): STORES_FILE,
    ("DeleteCustomKeyStore", "CustomKeyStoreHasCMKsException"): STORES_FILE,
    ("DeleteCustomKeyStore", "CustomKeyStoreInvalidStateException"): STORES_FILE,
    ("DeleteCustomKeyStore", "CustomKeyStoreNotFoundException"): STORES_FILE,
    ("DescribeCustomKeyStores", "CustomKeyStoreNotFoundException"): STORES_FILE,
    ("DescribeCustomKeyStores", "InvalidMarkerException"): STORES_FILE,
    ("DisconnectCustomKeyStore", "CustomKeyStoreInvalidStateException"): STORES_FILE,
    ("DisconnectCustomKeyStore", "CustomKeyStoreNotFoundException"): STORES_FILE,
    ("UpdateCustomKeyStore", "CustomKeyStoreNotFoundException"): STORES_FILE,
    ("UpdateCustomKeyStore", "CustomKeyStoreNameInUseException"): STORES_FILE,
    ("UpdateCustomKeyStore", "CustomKeyStoreInvalidStateException"): TOKEN_FILE,
    ("UpdateCustomKeyStore", "CloudHsmClusterNotRelatedException"): TOKEN_FILE,
    ("UpdateCustomKeyStore", "XksProxyUriInUseException"): STORES_FILE,
    ("UpdateCustomKeyStore", "XksProxyUriUnreachableException"): STORES_FILE,
    ("UpdateCustomKeyStore", "XksProxyIncorrectAuthenticationCredentialException"): STORES_FILE,
    ("UpdateCustomKeyStore", "XksProxyInvalidResponseException"): STORES_FILE,
    ("UpdateCustomKeyStore", "XksProxyInvalidConfigurationException"): STORES_FILE,
    ("UpdateCustomKeyStore", "XksProxyVpcEndpointServiceNotFoundException"): STORES_FILE,
}
ANY = "no key state stands against it (state table of the developer guide)"
TOKEN = "a token is one machine with one login: it has no further HSMs, and whether it serves is found when connecting"
VPC = "VPC endpoint services are none of what is here (endpoints are): every one is one that is not found"
# Named by the model, and no state of this service brings it about.
NEVER = {
    ("CreateKey", "InvalidArnException"): "its input has no ARN",
    ("CreateKey", "CloudHsmClusterInvalidConfigurationException"): TOKEN,
    ("ConnectCustomKeyStore", "CloudHsmClusterInvalidConfigurationException"): TOKEN,
    ("ConnectCustomKeyStore", "CloudHsmClusterNotActiveException"): TOKEN,
    ("CreateCustomKeyStore", "CloudHsmClusterInvalidConfigurationException"): TOKEN,
    ("CreateCustomKeyStore", "CloudHsmClusterNotActiveException"): TOKEN,
    ("UpdateCustomKeyStore", "CloudHsmClusterInvalidConfigurationException"): TOKEN,
    ("UpdateCustomKeyStore", "CloudHsmClusterNotActiveException"): TOKEN,
    ("UpdateCustomKeyStore", "CloudHsmClusterNotFoundException"): "another cluster than the store's is not related to it",
    ("CreateCustomKeyStore", "XksProxyUriEndpointInUseException"): VPC,
    ("UpdateCustomKeyStore", "XksProxyUriEndpointInUseException"): VPC,
    ("CreateCustomKeyStore", "XksProxyVpcEndpointServiceInUseException"): VPC,
    ("UpdateCustomKeyStore", "XksProxyVpcEndpointServiceInUseException"): VPC,
    ("CreateCustomKeyStore", "XksProxyVpcEndpointServiceInvalidConfigurationException"): VPC,
    ("UpdateCustomKeyStore", "XksProxyVpcEndpointServiceInvalidConfigurationException"): VPC,
    ("DeleteAlias", "KMSInvalidStateException"): ANY,
    ("GetKeyPolicy", "KMSInvalidStateException"): ANY,
    ("GetKeyRotationStatus", "KMSInvalidStateException"): ANY,
    ("ListGrants", "KMSInvalidStateException"): ANY,
    ("ListKeyPolicies", "KMSInvalidStateException"): ANY,
    ("ListKeyRotations", "KMSInvalidStateException"): ANY,
    ("PutKeyPolicy", "KMSInvalidStateException"): ANY,
    ("RetireGrant", "KMSInvalidStateException"): ANY,
    ("RevokeGrant", "KMSInvalidStateException"): ANY,
    ("EnableKey", "LimitExceededException"): "disabled keys count against the quota like enabled ones",
    ("GetPublicKey", "InvalidKeyUsageException"): "every usage of a key pair has a public key",
    ("ListRetirableGrants", "NotFoundException"): "a principal without grants has an empty list",
    ("PutKeyPolicy", "UnsupportedOperationException"): "its causes are ValidationException and AccessDeniedException here",
    ("TagResource", "LimitExceededException"): "too many tags are TagException",
    ("UntagResource", "TagException"): "whatever is no tag of the key is no error",
}

ERRORS = sorted((name, code) for name in CALLS for code in rules(name))


@pytest.fixture(scope="module")
def world(server):
    return World(server)


@pytest.fixture(scope="module")
def nobody(server):
    """A user of the account without a single policy."""
    iam = server.client("iam")
    name = "nobody-" + uuid.uuid4().hex[:8]
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    client = server.client("kms", credentials=(key["AccessKeyId"], key["SecretAccessKey"]), parameter_validation=False)
    return name, client


def record(server, name, request):
    found = server.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": name}], MaxResults=50
    )["Events"]
    (event,) = [
        r for e in found
        if (r := json.loads(e["CloudTrailEvent"])).get("requestID") == request
        and r["userIdentity"].get("invokedBy") is None
    ]
    return event


def failing(call):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call()
    return caught.value.response


def test_everyOperationOfTheModel_isHere():
    assert CALLS.keys() | STORES == set(MODEL.operation_names)


@pytest.mark.parametrize("name", CALLS)
def test_success_isOnRecord(server, world, name):
    arguments = CALLS[name](world)
    answer = world.call(name, **arguments)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    event = record(server, name, answer["ResponseMetadata"]["RequestId"])
    assert event["eventSource"] == "kms.amazonaws.com" and event["eventType"] == "AwsApiCall"
    assert event["readOnly"] is (name not in CHANGING) and "errorCode" not in event
    assert event["managementEvent"] is True and event["recipientAccountId"] == world.account
    if key_member(name):
        keys = [r["ARN"] for r in event["resources"]]
        assert arguments[key_member(name)] in keys or name == "ListAliases", keys
    for form in (MESSAGE.decode(), base64.b64encode(MESSAGE).decode(), MESSAGE.hex()):
        assert form not in json.dumps(event)


@pytest.mark.parametrize("name", CALLS)
def test_denied_isOnRecord(server, world, nobody, name):
    user, client = nobody
    arguments = CALLS[name](world)
    answer = failing(lambda: getattr(client, xform_name(name))(**arguments))
    assert answer["Error"]["Code"] == "AccessDeniedException" and answer["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert f"user/{user} is not authorized to perform: kms:" in answer["Error"]["Message"] or name in ("Decrypt", "ReEncrypt")
    event = record(server, name, answer["ResponseMetadata"]["RequestId"])
    assert event["errorCode"] == "AccessDenied" and event["userIdentity"]["userName"] == user
    assert event["responseElements"] is None


@pytest.mark.parametrize("name, code", ERRORS)
def test_error(server, world, name, code):
    arguments = rules(name)[code](world)
    answer = failing(lambda: world.call(name, **arguments))
    assert answer["Error"]["Code"] == code, answer["Error"]
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert record(server, name, answer["ResponseMetadata"]["RequestId"])["errorCode"] == code


@pytest.mark.parametrize("name", [n for n in CALLS if members(n) and MODEL.operation_model(n).input_shape.required_members])
def test_missingMembers_areNamed(world, name):
    answer = failing(lambda: world.call(name))
    assert answer["Error"]["Code"] == "ValidationException"
    for member in MODEL.operation_model(name).input_shape.required_members:
        assert f"'{member[0].lower() + member[1:]}'" in answer["Error"]["Message"]


def shown(name):
    return [code for n, code in ERRORS if n == name]


def test_everyModelledError_isShownOrToldWhyNot():
    """The model's list against ours: nothing missing, nothing said twice, nothing that the model does not name."""
    for name in MODEL.operation_names:
        lists = [
            shown(name) if name in CALLS else [],
            [code for n, code in ELSEWHERE if n == name and code not in shown_or_none(name)],
            [code for n, code in NEVER if n == name],
        ]
        said = [code for part in lists for code in part]
        assert len(said) == len(set(said)), (name, said)
        named = set(modelled(name)) - FAULTS.keys()
        assert set(said) == named, (name, "missing", named - set(said), "not modelled", set(said) - named)


def shown_or_none(name):
    return shown(name) if name in CALLS else []


def shown_in(file):
    """What the test file of this path has to bring about: pairs of operation and error code."""
    return [pair for pair, where in ELSEWHERE.items() if file.endswith(where)]


@pytest.mark.parametrize("file", sorted(set(ELSEWHERE.values())))
def test_whatIsShownElsewhere_isThere(file):
    text = (DOCS.parent.parent / file).read_text()
    if file.endswith(".py"):
        assert "shown_in(__file__)" in text  # which looks at what was answered
    for name, code in shown_in(file):
        assert code in text or file.endswith(".py"), (name, code)


def table():
    lines = [
        "| operation | works, denied, on record | errors shown | shown elsewhere | cannot happen here |",
        "|---|---|---|---|---|",
    ]
    short = lambda codes: ", ".join(code.removesuffix("Exception") for code in codes) or "-"
    reasons = list(dict.fromkeys(NEVER.values()))
    for name in sorted(MODEL.operation_names):
        mine = shown_or_none(name)
        works = "yes" if name in CALLS else "yes, in `test_key_stores.py`"
        elsewhere = [code for (n, code) in ELSEWHERE if n == name and code not in mine]
        never = [f"{code.removesuffix('Exception')} ({reasons.index(why) + 1})" for (n, code), why in NEVER.items() if n == name]
        lines.append(f"| {name} | {works} | {short(mine)} | {short(elsewhere)} | {', '.join(never) or '-'} |")
    lines += ["", "Why an error that the model names cannot happen here:", ""]
    lines += [f"{number}. {why}" for number, why in enumerate(reasons, 1)]
    lines += ["", "Faults, which nearly every operation names:", ""]
    lines += [f"- {code.removesuffix('Exception')}: {how}" for code, how in FAULTS.items()]
    return "\n".join(lines) + "\n"


def test_docs_tableIsWhatTheTestsSay():
    text = DOCS.read_text()
    begin, end = "<!-- operations -->\n", "<!-- end -->\n"
    head, tail = text.index(begin) + len(begin), text.index(end)
    if os.environ.get("KEYTRAIL_RENEW_DOCS"):
        DOCS.write_text(text[:head] + table() + text[tail:])
    else:
        assert text[head:tail] == table()
