"""Recipient: answers for an attested platform alone, through boto3, with documents under a root of our own (nitro.py)."""

import json

import botocore.exceptions
import pytest
from botocore import xform_name
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

import nitro
from conftest import Server
from test_golden_events import compare

REGION = "us-west-2"


@pytest.fixture(scope="module")
def authority():
    return nitro.Authority()


@pytest.fixture(scope="module")
def enclave(authority):
    return nitro.Platform(authority)


@pytest.fixture(scope="module")
def site(tmp_path_factory, authority):
    folder = tmp_path_factory.mktemp("nitro")
    (folder / "root.pem").write_bytes(authority.pem())
    running = Server(folder / "data", extra=["--set", f"attestation.root={folder / 'root.pem'}"]).start()
    yield running
    assert running.stop() == 0


@pytest.fixture(scope="module")
def kms(site):
    return site.client("kms", region=REGION)


@pytest.fixture(scope="module")
def key(kms):
    return kms.create_key()["KeyMetadata"]["Arn"]


def last(site, name):
    found = site.client("cloudtrail", region=REGION).lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": name}], MaxResults=1)["Events"]
    return json.loads(found[0]["CloudTrailEvent"])


def shown(tpm=False):
    if tpm:
        return {"attestationDocumentModuleId": "i-123456789abcde123-enc123456789abcde12"} | {
            f"attestationDocumentNitroTPMPCR{i}": nitro.TPM_REGISTERS[i].hex() for i in (4, 7, 8, 9, 16, 23)}
    return {
        "attestationDocumentModuleId": "i-123456789abcde123-enc123456789abcde12",
        "attestationDocumentEnclaveImageDigest": nitro.REGISTERS[0].hex(),
    } | {f"attestationDocumentEnclavePCR{i}": nitro.REGISTERS[i].hex() for i in (1, 2, 3, 4, 8)}


def as_page(record, tpm):
    """The record with the page's placeholders for what was measured."""
    text = json.dumps(record).replace("enc123456789abcde12", "tpm0000000000000000") if tpm else json.dumps(record)
    for index, value in (nitro.TPM_REGISTERS if tpm else nitro.REGISTERS).items():
        text = text.replace(value.hex(), f"<AttestationDocument.PCR{index}>")
    return json.loads(text)


EXAMPLES = {
    "Decrypt": lambda kms, key: dict(
        KeyId=key, CiphertextBlob=kms.encrypt(KeyId=key, Plaintext=b"p")["CiphertextBlob"]),
    "GenerateDataKey": lambda kms, key: dict(KeyId=key.rsplit("/", 1)[1], NumberOfBytes=32),
    "GenerateDataKeyPair": lambda kms, key: dict(
        KeyId=key.rsplit("/", 1)[1], KeyPairSpec="RSA_3072", EncryptionContext={"Project": "Alpha"}),
    "GenerateRandom": lambda kms, key: dict(NumberOfBytes=32),
}


@pytest.mark.parametrize("tpm", [False, True])
@pytest.mark.parametrize("name", EXAMPLES)
def test_events_asDocumented(site, kms, key, enclave, name, tpm):
    call = getattr(kms, xform_name(name))
    call(**EXAMPLES[name](kms, key), Recipient=enclave.recipient(tpm=tpm))
    compare(as_page(last(site, name), tpm), f"{name}-nitro-{'tpm' if tpm else 'enclave'}")


def code(call, **arguments):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"]


@nitro.needs_openssl
def test_decrypt_is_for_the_enclave_alone(site, kms, key, enclave, tmp_path):
    sealed = kms.encrypt(KeyId=key, Plaintext=b"for the enclave")["CiphertextBlob"]
    answer = kms.decrypt(CiphertextBlob=sealed, Recipient=enclave.recipient())
    assert "Plaintext" not in answer and "KeyMaterialId" not in answer and answer["KeyId"] == key
    assert enclave.open(answer["CiphertextForRecipient"], tmp_path) == b"for the enclave"
    event = last(site, "Decrypt")
    assert event["additionalEventData"] == {"recipient": shown()}
    # AWS's example, in its fields.
    assert event["requestParameters"] == {"encryptionAlgorithm": "SYMMETRIC_DEFAULT"}
    assert event["responseElements"] is None and event["readOnly"] is True


@nitro.needs_openssl
def test_decrypt_for_a_nitro_tpm(site, kms, key, enclave, tmp_path):
    sealed = kms.encrypt(KeyId=key, Plaintext=b"for the instance")["CiphertextBlob"]
    answer = kms.decrypt(CiphertextBlob=sealed, KeyId=key, Recipient=enclave.recipient(tpm=True, tag=True))
    assert enclave.open(answer["CiphertextForRecipient"], tmp_path) == b"for the instance"
    assert last(site, "Decrypt")["additionalEventData"] == {"recipient": shown(tpm=True)}


@nitro.needs_openssl
def test_data_keys_pairs_and_random(site, kms, key, enclave, tmp_path):
    answer = kms.generate_data_key(KeyId=key, KeySpec="AES_256", Recipient=enclave.recipient())
    assert "Plaintext" not in answer and "KeyMaterialId" not in answer
    data_key = enclave.open(answer["CiphertextForRecipient"], tmp_path)
    assert data_key == kms.decrypt(CiphertextBlob=answer["CiphertextBlob"])["Plaintext"] and len(data_key) == 32
    assert last(site, "GenerateDataKey")["additionalEventData"] == {"recipient": shown()}

    answer = kms.generate_data_key_pair(KeyId=key, KeyPairSpec="ECC_NIST_P256", Recipient=enclave.recipient())
    assert "PrivateKeyPlaintext" not in answer
    private = enclave.open(answer["CiphertextForRecipient"], tmp_path)
    assert private == kms.decrypt(CiphertextBlob=answer["PrivateKeyCiphertextBlob"])["Plaintext"]
    public = serialization.load_der_private_key(private, None).public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert public == answer["PublicKey"]

    answer = kms.generate_random(NumberOfBytes=100, Recipient=enclave.recipient())
    assert "Plaintext" not in answer and len(enclave.open(answer["CiphertextForRecipient"], tmp_path)) == 100
    assert last(site, "GenerateRandom")["additionalEventData"] == {"recipient": shown()}


@nitro.needs_openssl
def test_shared_secret(site, kms, enclave, tmp_path):
    agreeing = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="KEY_AGREEMENT")["KeyMetadata"]["Arn"]
    mine = ec.generate_private_key(ec.SECP256R1())
    answer = kms.derive_shared_secret(
        KeyId=agreeing, KeyAgreementAlgorithm="ECDH", Recipient=enclave.recipient(),
        PublicKey=mine.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo))
    theirs = serialization.load_der_public_key(kms.get_public_key(KeyId=agreeing)["PublicKey"])
    assert "SharedSecret" not in answer
    assert enclave.open(answer["CiphertextForRecipient"], tmp_path) == mine.exchange(ec.ECDH(), theirs)


@pytest.mark.parametrize("name,register,tpm", [
    ("kms:RecipientAttestation:ImageSha384", 0, False),
    ("kms:RecipientAttestation:PCR0", 0, False),
    ("kms:RecipientAttestation:PCR8", 8, False),
    ("kms:RecipientAttestation:NitroTPMPCR7", 7, True),
])
def test_policies_ask_for_measurements(site, kms, enclave, name, register, tpm):
    measured = nitro.REGISTERS[register].hex()
    account = site.account()
    policy = json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Deny", "Principal": "*", "Action": ["kms:Decrypt", "kms:GenerateDataKey*"], "Resource": "*",
         "Condition": {"StringNotEqualsIgnoreCase": {name: measured}}},
    ]})
    guarded = kms.create_key(Policy=policy)["KeyMetadata"]["Arn"]
    call = dict(KeyId=guarded, KeySpec="AES_128")
    assert code(kms.generate_data_key, **call) == "AccessDeniedException"
    other = {"nitrotpm_pcrs" if tpm else "pcrs": {register: b"\xaa" * 48}}
    assert code(kms.generate_data_key, **call, Recipient=enclave.recipient(tpm=tpm, **other)) == "AccessDeniedException"
    assert last(site, "GenerateDataKey")["errorCode"] == "AccessDenied"
    # The same register of the other kind of platform is another measurement.
    assert code(kms.generate_data_key, **call, Recipient=enclave.recipient(tpm=not tpm)) == "AccessDeniedException"
    assert "CiphertextForRecipient" in kms.generate_data_key(**call, Recipient=enclave.recipient(tpm=tpm))


def test_what_is_not_genuine_is_refused(site, kms, authority, enclave):
    stranger = nitro.Platform(nitro.Authority())
    expired = nitro.Authority(leaf_hours=(-3, -1))
    expired.root, expired.middle = authority.root, expired.middle
    whole = enclave.document()
    now = enclave.members()["timestamp"]
    bad = {
        "another root": stranger.document(),
        "another root, ours in the bundle": stranger.document(
            cabundle=[nitro.der(authority.root), nitro.der(stranger.authority.middle)]),
        "another's signature": enclave.document(key=stranger.authority.leaf_key),
        "a certificate of the bundle as signer": enclave.document(
            key=authority.root_key, certificate=nitro.der(authority.root)),
        "signature changed": whole[:-1] + bytes([whole[-1] ^ 1]),
        "content changed": whole.replace(nitro.REGISTERS[3], b"\x77" * 48),
        "cut": whole[:-1],
        "more": whole + b"\x00",
        "no bundle": enclave.document(cabundle=[]),
        "a gap in the chain": enclave.document(cabundle=[nitro.der(authority.root)]),
        "no public key": enclave.document(public_key=None),
        "public key missing": enclave.document(public_key=...),
        "public key of an elliptic curve": enclave.document(
            public_key=authority.leaf_key.public_key().public_bytes(
                serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)),
        "public key too small": nitro.Platform(authority, bits=1024).document(),
        "of tomorrow": enclave.document(timestamp=now + 86_400_000),
        "another digest": enclave.document(digest="SHA256"),
        "no name": enclave.document(module_id=""),
        "a register of a wrong length": enclave.document(pcrs={0: b"\x01" * 47}),
        "a register beyond": enclave.document(pcrs={32: b"\x01" * 48}),
        "no registers": enclave.document(pcrs={}),
        "nonce too long": enclave.document(nonce=b"n" * 513),
        "another algorithm in the header": enclave.document(header=nitro.cbor({1: -7})),
        "no algorithm": enclave.document(header=nitro.cbor({})),
        "not CBOR": b"attest",
        "empty map": nitro.cbor({}),
    }
    for name, document in bad.items():
        recipient = {"KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256", "AttestationDocument": document}
        assert code(kms.generate_random, NumberOfBytes=8, Recipient=recipient) == "ValidationException", name
        event = last(site, "GenerateRandom")
        assert event["errorCode"] == "ValidationException" and "additionalEventData" not in event, name
    old = nitro.Platform(expired)
    assert code(kms.generate_random, NumberOfBytes=8, Recipient=old.recipient()) == "ValidationException"
    assert code(kms.generate_random, NumberOfBytes=8, Recipient={}) == "ValidationException"


def test_certificate_expired(tmp_path):
    authority = nitro.Authority(leaf_hours=(-3, -1))
    (tmp_path / "root.pem").write_bytes(authority.pem())
    server = Server(tmp_path / "data", extra=["--set", f"attestation.root={tmp_path / 'root.pem'}"]).start()
    try:
        recipient = nitro.Platform(authority).recipient()
        kms = server.client("kms", region=REGION)
        assert code(kms.generate_random, NumberOfBytes=8, Recipient=recipient) == "ValidationException"
    finally:
        assert server.stop() == 0


def test_without_a_root_nothing_is_answered(server, enclave):
    kms = server.client("kms", region=REGION)
    assert code(kms.generate_random, NumberOfBytes=8, Recipient=enclave.recipient()) == "ValidationException"
