"""Keys of every spec through stock boto3; what the service agrees, encapsulates and hands out is checked by another library."""

import base64
import hmac
import json
import pathlib
import subprocess
import tempfile

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from nitro import needs_openssl
from test_kms_boto3 import refused

MESSAGE = b"attack at dawn"
CURVES = {"ECC_NIST_P256": ec.SECP256R1(), "ECC_NIST_P384": ec.SECP384R1(), "ECC_NIST_P521": ec.SECP521R1(),
          "ECC_SECG_P256K1": ec.SECP256K1()}


@pytest.fixture(scope="module")
def made(server):
    """Keys by spec and usage, each made once: RSA takes its time."""
    kms, keys = server.client("kms"), {}

    def key(spec, usage):
        if (spec, usage) not in keys:
            keys[spec, usage] = kms.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]
        return keys[spec, usage]["Arn"]

    return key


def public(kms, key):
    return serialization.load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])


def event(server, request):
    found = server.client("cloudtrail").lookup_events(MaxResults=50)["Events"]
    (record,) = [r for e in found if (r := json.loads(e["CloudTrailEvent"])).get("requestID") == request]
    return record


def test_sign_isOnRecord_withoutMessageOrSignature(server, kms, made):
    key = made("ECC_NIST_P256", "SIGN_VERIFY")
    signed = kms.sign(KeyId=key, Message=MESSAGE, MessageType="RAW", SigningAlgorithm="ECDSA_SHA_256")
    record = event(server, signed["ResponseMetadata"]["RequestId"])
    assert record["requestParameters"] == {"keyId": key, "messageType": "RAW", "signingAlgorithm": "ECDSA_SHA_256"}
    assert record["responseElements"] is None and record["readOnly"] is True
    assert [r["ARN"] for r in record["resources"]] == [key]


@pytest.mark.parametrize("bits", ["224", "256", "384", "512"])
def test_mac(kms, made, bits):
    key, algorithm = made(f"HMAC_{bits}", "GENERATE_VERIFY_MAC"), f"HMAC_SHA_{bits}"
    answer = kms.generate_mac(KeyId=key, Message=MESSAGE, MacAlgorithm=algorithm)
    assert len(answer["Mac"]) == int(bits) // 8 and answer["KeyId"] == key and answer["MacAlgorithm"] == algorithm
    how = dict(KeyId=key, Message=MESSAGE, MacAlgorithm=algorithm)
    assert kms.verify_mac(Mac=answer["Mac"], **how)["MacValid"] is True
    assert hmac.compare_digest(answer["Mac"], kms.generate_mac(**how)["Mac"])
    assert refused(kms.verify_mac, Mac=answer["Mac"][:-1], **how)[0] == "KMSInvalidMacException"
    assert refused(kms.get_public_key, KeyId=key)[0] == "UnsupportedOperationException"


def test_reEncrypt_symmetricToPublicAndBack(kms, made, key):
    other, algorithm = made("RSA_2048", "ENCRYPT_DECRYPT"), "RSAES_OAEP_SHA_256"
    blob = kms.encrypt(KeyId=key, Plaintext=b"p", EncryptionContext={"s": "1"})["CiphertextBlob"]
    there = kms.re_encrypt(
        CiphertextBlob=blob, SourceEncryptionContext={"s": "1"}, DestinationKeyId=other,
        DestinationEncryptionAlgorithm=algorithm)
    assert there["DestinationEncryptionAlgorithm"] == algorithm and "DestinationKeyMaterialId" not in there
    back = kms.re_encrypt(
        CiphertextBlob=there["CiphertextBlob"], SourceKeyId=other, SourceEncryptionAlgorithm=algorithm,
        DestinationKeyId=key)
    assert kms.decrypt(CiphertextBlob=back["CiphertextBlob"])["Plaintext"] == b"p"


@pytest.mark.parametrize("spec", ["ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521"])
def test_deriveSharedSecret_withAKeyOfOursAndOneOutside(kms, spec):
    ours, theirs = (kms.create_key(KeySpec=spec, KeyUsage="KEY_AGREEMENT")["KeyMetadata"] for _ in range(2))
    assert ours["KeyAgreementAlgorithms"] == ["ECDH"]
    spki = {k["Arn"]: kms.get_public_key(KeyId=k["Arn"])["PublicKey"] for k in (ours, theirs)}

    def derive(key, peer):
        answer = kms.derive_shared_secret(KeyId=key, KeyAgreementAlgorithm="ECDH", PublicKey=peer)
        assert answer["KeyId"] == key and answer["KeyOrigin"] == "AWS_KMS"
        return answer["SharedSecret"]

    assert derive(ours["Arn"], spki[theirs["Arn"]]) == derive(theirs["Arn"], spki[ours["Arn"]])
    outside = ec.generate_private_key(CURVES[spec])
    der = outside.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert derive(ours["Arn"], der) == outside.exchange(
        ec.ECDH(), serialization.load_der_public_key(spki[ours["Arn"]]))
    code, message, _ = refused(
        kms.derive_shared_secret, KeyId=ours["Arn"], KeyAgreementAlgorithm="ECDH", PublicKey=der[:-1])
    assert (code, message) == ("ValidationException", "")


@pytest.mark.parametrize("spec, size", [("ML_KEM_512", 768), ("ML_KEM_768", 1088), ("ML_KEM_1024", 1568)])
def test_encapsulate_roundTripAndEvent(server, kms, made, spec, size):
    key = made(spec, "ENCAPSULATE_DECAPSULATE")
    made_here = kms.encapsulate(KeyId=key, EncapsulationAlgorithm="ML_KEM")
    blob = made_here["SharedSecretCiphertextBlob"]
    assert len(blob) == size and len(made_here["SharedSecret"]) == 32
    how = dict(KeyId=key, EncapsulationAlgorithm="ML_KEM")
    assert kms.decapsulate(SharedSecretCiphertextBlob=blob, **how)["SharedSecret"] == made_here["SharedSecret"]
    altered = blob[:-1] + bytes([blob[-1] ^ 1])
    assert kms.decapsulate(SharedSecretCiphertextBlob=altered, **how)["SharedSecret"] != made_here["SharedSecret"]
    assert refused(kms.decapsulate, SharedSecretCiphertextBlob=blob[:-1], **how)[0] == "InvalidCiphertextException"
    if spec != "ML_KEM_512":  # which the other library does not have
        secret, sent = public(kms, key).encapsulate()
        assert kms.decapsulate(SharedSecretCiphertextBlob=sent, **how)["SharedSecret"] == secret
    record = event(server, made_here["ResponseMetadata"]["RequestId"])
    assert record["requestParameters"] == {"keyId": key, "encapsulationAlgorithm": "ML_KEM"}


PAIRS = ["RSA_2048", "RSA_3072", "ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521", "ECC_SECG_P256K1",
         "ECC_NIST_EDWARDS25519", "ML_KEM_512", "ML_KEM_768", "ML_KEM_1024"]


@pytest.mark.parametrize("spec", PAIRS)
def test_dataKeyPair(kms, key, spec):
    context = {"Project": "Alpha"}
    pair = kms.generate_data_key_pair(KeyId=key, KeyPairSpec=spec, EncryptionContext=context)
    assert pair["KeyId"] == key and pair["KeyPairSpec"] == spec and len(pair["KeyMaterialId"]) == 64
    opened = kms.decrypt(CiphertextBlob=pair["PrivateKeyCiphertextBlob"], EncryptionContext=context)
    assert opened["Plaintext"] == pair["PrivateKeyPlaintext"]
    assert refused(kms.decrypt, CiphertextBlob=pair["PrivateKeyCiphertextBlob"])[0] == "InvalidCiphertextException"
    if spec != "ML_KEM_512":
        private = serialization.load_der_private_key(pair["PrivateKeyPlaintext"], None)
        der = private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        assert der == pair["PublicKey"]
    hidden = kms.generate_data_key_pair_without_plaintext(KeyId=key, KeyPairSpec=spec)
    assert "PrivateKeyPlaintext" not in hidden and hidden["PublicKey"] != pair["PublicKey"]
    assert kms.decrypt(CiphertextBlob=hidden["PrivateKeyCiphertextBlob"])["Plaintext"]


def test_checks_comeInTheOrderOfAws(kms, made):
    signing = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    code, message, _ = refused(kms.encrypt, KeyId=signing, Plaintext=b"x", DryRun=True)
    assert (code, message) == (
        "InvalidKeyUsageException", f"{signing} key usage is SIGN_VERIFY which is not valid for Encrypt.")
    how = dict(KeyId=signing, Message=MESSAGE)
    code, message, _ = refused(kms.sign, SigningAlgorithm="ECDSA_SHA_384", DryRun=True, **how)
    assert (code, message) == (
        "InvalidKeyUsageException", "Algorithm ECDSA_SHA_384 is incompatible with key spec ECC_NIST_P256.")
    assert refused(kms.sign, SigningAlgorithm="ECDSA_SHA_256", DryRun=True, **how)[0] == "DryRunOperationException"
    kms.disable_key(KeyId=signing)
    code, message, _ = refused(kms.generate_mac, KeyId=signing, Message=b"m", MacAlgorithm="HMAC_SHA_256")
    assert (code, message) == ("DisabledException", f"{signing} is disabled.")
    assert refused(kms.get_public_key, KeyId=signing)[0] == "DisabledException"


def test_createKey_usage(kms):
    code, message, _ = refused(kms.create_key, KeySpec="ECC_NIST_P256")
    assert (code, message) == (
        "ValidationException",
        "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.")
    code, message, _ = refused(kms.create_key, KeySpec="RSA_2048", KeyUsage="KEY_AGREEMENT")
    assert (code, message) == (
        "ValidationException", "KeyUsage KEY_AGREEMENT is not compatible with KeySpec RSA_2048")
    assert refused(kms.create_key, KeySpec="SM2", KeyUsage="SIGN_VERIFY")[0] == "UnsupportedOperationException"
    old = kms.create_key(CustomerMasterKeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]
    assert old["KeySpec"] == old["CustomerMasterKeySpec"] == "ECC_NIST_P256"
    assert old["SigningAlgorithms"] == ["ECDSA_SHA_256"] and "EncryptionAlgorithms" not in old
    assert "CurrentKeyMaterialId" not in old


def openssl(*arguments, **files):
    """OpenSSL's answer; each file given is its content, named by its place in the arguments."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            pathlib.Path(folder, name).write_bytes(content)
        done = subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True)
        assert done.returncode == 0, done.stderr
        return done.stdout


@needs_openssl
def test_sm2_inChina_againstOpenSsl(server, kms):
    """SM2 is offered in China's Regions alone, ML-KEM is not; what they make and take is OpenSSL's."""
    china = server.client("kms", region="cn-north-1")
    signing = china.create_key(KeySpec="SM2", KeyUsage="SIGN_VERIFY")["KeyMetadata"]
    assert signing["SigningAlgorithms"] == ["SM2DSA"] and ":cn-north-1:" in signing["Arn"]
    how = {"KeyId": signing["Arn"], "Message": MESSAGE, "SigningAlgorithm": "SM2DSA"}
    signature = china.sign(**how)["Signature"]
    assert china.verify(**how, Signature=signature)["SignatureValid"]
    pem = public_pem(china, signing["Arn"])
    openssl("dgst", "-sm3", "-verify", "key", "-sigopt", "distid:1234567812345678", "-signature", "signature", "message",
            key=pem, signature=signature, message=MESSAGE)
    assert refused(china.verify, **{**how, "Message": b"attack at dusk"}, Signature=signature)[0] == "KMSInvalidSignatureException"
    digest = {**how, "Message": bytes(32), "MessageType": "DIGEST"}
    assert china.verify(**digest, Signature=china.sign(**digest)["Signature"])["SignatureValid"]

    sealing = china.create_key(KeySpec="SM2", KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]["Arn"]
    sealed = china.encrypt(KeyId=sealing, Plaintext=b"p", EncryptionAlgorithm="SM2PKE")["CiphertextBlob"]
    outside = openssl("pkeyutl", "-encrypt", "-pubin", "-inkey", "key", "-in", "plain", key=public_pem(china, sealing), plain=b"p")
    for blob in (sealed, outside):
        answer = china.decrypt(KeyId=sealing, CiphertextBlob=blob, EncryptionAlgorithm="SM2PKE")
        assert answer["Plaintext"] == b"p"

    one, other = (china.create_key(KeySpec="SM2", KeyUsage="KEY_AGREEMENT")["KeyMetadata"]["Arn"] for _ in range(2))
    secrets = {
        china.derive_shared_secret(
            KeyId=mine, KeyAgreementAlgorithm="ECDH", PublicKey=china.get_public_key(KeyId=theirs)["PublicKey"]
        )["SharedSecret"]
        for mine, theirs in ((one, other), (other, one))
    }
    assert len(secrets) == 1

    symmetric = china.create_key()["KeyMetadata"]["Arn"]
    pair = china.generate_data_key_pair(KeyId=symmetric, KeyPairSpec="SM2")
    derived = openssl("pkey", "-inform", "DER", "-in", "key", "-pubout", "-outform", "DER", key=pair["PrivateKeyPlaintext"])
    assert derived == pair["PublicKey"]
    assert refused(china.create_key, KeySpec="ML_KEM_768", KeyUsage="ENCAPSULATE_DECAPSULATE")[0] == "UnsupportedOperationException"
    found = server.client("cloudtrail", region="cn-north-1").lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "Sign"}])["Events"]
    assert json.loads(found[0]["CloudTrailEvent"])["requestParameters"]["signingAlgorithm"] == "SM2DSA"


def public_pem(kms, key):
    body = base64.encodebytes(kms.get_public_key(KeyId=key)["PublicKey"])
    return b"-----BEGIN PUBLIC KEY-----\n" + body + b"-----END PUBLIC KEY-----\n"


def test_recipient_isRefused(kms, key):
    document = {"KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256", "AttestationDocument": b"made up"}
    agreeing = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="KEY_AGREEMENT")["KeyMetadata"]["Arn"]
    peer = kms.get_public_key(KeyId=agreeing)["PublicKey"]
    for call, arguments in (
        (kms.generate_data_key_pair, {"KeyId": key, "KeyPairSpec": "ECC_NIST_P256"}),
        (kms.derive_shared_secret, {"KeyId": agreeing, "KeyAgreementAlgorithm": "ECDH", "PublicKey": peer}),
        (kms.generate_data_key, {"KeyId": key, "KeySpec": "AES_256"}),
        (kms.generate_random, {"NumberOfBytes": 8}),
        (kms.decrypt, {"CiphertextBlob": kms.encrypt(KeyId=key, Plaintext=b"p")["CiphertextBlob"]}),
    ):
        assert refused(call, Recipient=document, **arguments)[0] == "ValidationException"
