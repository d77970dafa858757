"""What goes with what, whole: every signing key with every algorithm and form of message, every RSA key with every encryption
algorithm, and material of every key spec with every way to wrap it for import. What fits is checked by another library, what does
not gets AWS's error. The lists are the model's, so a new member fails here until it is told what it goes with."""

import concurrent.futures
import functools
import hashlib
import hmac
import itertools
import os

import pytest
from cryptography.hazmat.primitives import hashes, keywrap, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, mlkem, padding, rsa, utils

from nitro import needs_openssl
from test_kms_boto3 import refused
from test_kms_crypto import CURVES, MESSAGE, openssl, public, public_pem

CHANGED = b"attack at dusk"
HASHES = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}
RSA_SIGNING = [f"RSASSA_{scheme}_SHA_{bits}" for scheme in ("PKCS1_V1_5", "PSS") for bits in HASHES]
RSA = ["RSA_2048", "RSA_3072", "RSA_4096"]
FITS = {
    **{spec: RSA_SIGNING for spec in RSA},
    "ECC_NIST_P256": ["ECDSA_SHA_256"],
    "ECC_NIST_P384": ["ECDSA_SHA_384"],
    "ECC_NIST_P521": ["ECDSA_SHA_512"],
    "ECC_SECG_P256K1": ["ECDSA_SHA_256"],
    "ECC_NIST_EDWARDS25519": ["ED25519_SHA_512", "ED25519_PH_SHA_512"],
    **{f"ML_DSA_{size}": ["ML_DSA_SHAKE_256"] for size in (44, 65, 87)},
    "SM2": ["SM2DSA"],
}
FORMS = {
    **{name: ["RAW", "DIGEST"] for name in [*RSA_SIGNING, "ECDSA_SHA_256", "ECDSA_SHA_384", "ECDSA_SHA_512", "SM2DSA"]},
    "ED25519_SHA_512": ["RAW"],
    "ED25519_PH_SHA_512": ["DIGEST"],
    "ML_DSA_SHAKE_256": ["RAW", "EXTERNAL_MU"],
}


def enum(kms, name):
    return kms.meta.service_model.shape_for(name).enum


def region(server, spec):
    """A client of a Region that has keys of this spec."""
    return server.client("kms", region="cn-north-1" if spec == "SM2" else "us-east-1")


# Ed25519ph, which the other library lacks: the verification of RFC 8032 section 5.1.7, as slow as it is short.
P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P


def point(encoded):
    y = int.from_bytes(encoded, "little")
    odd, y = y >> 255, y & (1 << 255) - 1
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    assert (x * x - square) % P == 0
    return (x if x & 1 == odd else P - x), y


def add(one, other):
    (a, b), (c, d) = one, other
    both = D * a * b * c * d % P
    return (a * d + b * c) * pow(1 + both, -1, P) % P, (b * d + a * c) * pow(1 - both, -1, P) % P


def times(count, at):
    total = (0, 1)
    while count:
        total, at, count = add(total, at) if count & 1 else total, add(at, at), count >> 1
    return total


def verify_ed25519ph(key, message, signature):
    raw, r, s = key.public_bytes_raw(), signature[:32], int.from_bytes(signature[32:], "little")
    prefix = b"SigEd25519 no Ed25519 collisions\x01\x00"
    k = int.from_bytes(hashlib.sha512(prefix + r + raw + hashlib.sha512(message).digest()).digest(), "little") % L
    base = point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
    assert s < L and times(s, base) == add(point(r), times(k, point(raw)))


def bytes_of(form, algorithm):
    return 64 if form == "EXTERNAL_MU" else {"SM2DSA": 32}.get(algorithm) or int(algorithm[-3:]) // 8


def formed(content, form, algorithm, outside):
    """The message as it goes into a call."""
    if form == "RAW":
        return content
    if form == "EXTERNAL_MU":
        named = hashlib.shake_256(outside.public_bytes_raw()).digest(64)
        return hashlib.shake_256(named + b"\0\0" + content).digest(64)
    # SM2 signs e = SM3(Z | message): here that is any 32 bytes.
    return hashlib.new("sha256" if algorithm == "SM2DSA" else "sha" + algorithm[-3:], content).digest()


def verify_outside(outside, algorithm, digest, signature):
    chosen = HASHES[algorithm[-3:]]
    if isinstance(outside, rsa.RSAPublicKey):
        pad = padding.PSS(padding.MGF1(chosen), chosen.digest_size) if "PSS" in algorithm else padding.PKCS1v15()
        outside.verify(signature, digest, pad, utils.Prehashed(chosen))
    else:
        outside.verify(signature, digest, ec.ECDSA(utils.Prehashed(chosen)))


def check_outside(kms, key, outside, algorithm, form, message, signature):
    if algorithm == "SM2DSA":
        if form == "RAW":
            openssl("dgst", "-sm3", "-verify", "key", "-sigopt", "distid:1234567812345678", "-signature", "signature", "message",
                    key=public_pem(kms, key), signature=signature, message=message)
    elif algorithm == "ED25519_PH_SHA_512":
        verify_ed25519ph(outside, message, signature)
    elif form == "EXTERNAL_MU":
        outside.verify_mu(signature, message)
    elif isinstance(outside, (rsa.RSAPublicKey, ec.EllipticCurvePublicKey)):
        digest = message if form == "DIGEST" else formed(message, "DIGEST", algorithm, outside)
        verify_outside(outside, algorithm, digest, signature)
    else:
        outside.verify(signature, message)


@pytest.mark.parametrize("spec", [pytest.param(spec, marks=needs_openssl) if spec == "SM2" else spec for spec in FITS])
def test_sign_everyAlgorithmAndForm(server, spec):
    kms = region(server, spec)
    key = kms.create_key(KeySpec=spec, KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    assert kms.get_public_key(KeyId=key)["SigningAlgorithms"] == FITS[spec]
    outside = None if spec == "SM2" else public(kms, key)
    assert sorted(FORMS) == sorted(enum(kms, "SigningAlgorithmSpec"))
    for algorithm, form in itertools.product(FORMS, enum(kms, "MessageType")):
        message = formed(MESSAGE, form, algorithm, outside) if algorithm in FITS[spec] and form in FORMS[algorithm] else bytes(64)
        how = dict(KeyId=key, Message=message, MessageType=form, SigningAlgorithm=algorithm)
        if algorithm not in FITS[spec]:
            for call, more in ((kms.sign, {}), (kms.verify, {"Signature": b"s"})):
                assert refused(call, **how, **more)[:2] == (
                    "InvalidKeyUsageException", f"Algorithm {algorithm} is incompatible with key spec {spec}.")
            continue
        if form not in FORMS[algorithm]:
            for call, more in ((kms.sign, {}), (kms.verify, {"Signature": b"s"})):
                assert refused(call, **how, **more)[0] == "ValidationException", (algorithm, form)
            continue
        made = kms.sign(**how)
        signature = made["Signature"]
        assert (made["KeyId"], made["SigningAlgorithm"]) == (key, algorithm)
        check_outside(kms, key, outside, algorithm, form, message, signature)
        # One signature, whichever form the message has; but SM2's digest is not of the message alone.
        for again in FORMS[algorithm] if algorithm != "SM2DSA" else [form]:
            same = {**how, "Message": formed(MESSAGE, again, algorithm, outside), "MessageType": again}
            assert kms.verify(**same, Signature=signature)["SignatureValid"] is True
        other = {**how, "Message": formed(CHANGED, form, algorithm, outside)}
        bad = signature[:-1] + bytes([signature[-1] ^ 1])
        for changed in ({**other, "Signature": signature}, {**how, "Signature": bad}, {**how, "Signature": signature[:-1]}):
            assert refused(kms.verify, **changed)[:2] == ("KMSInvalidSignatureException", "")
        if form != "RAW":
            for wrong in (message[:-1], message + b"\0"):
                for call, more in ((kms.sign, {}), (kms.verify, {"Signature": signature})):
                    assert refused(call, **{**how, "Message": wrong, **more})[:2] == (
                        "ValidationException", f"Digest is invalid length for algorithm {algorithm}.")
            assert len(message) == bytes_of(form, algorithm)


MAXIMA = {"RSA_2048": (214, 190), "RSA_3072": (342, 318), "RSA_4096": (470, 446)}


def oaep(algorithm):
    chosen = hashes.SHA1() if algorithm.endswith("SHA_1") else hashes.SHA256()
    return padding.OAEP(padding.MGF1(chosen), chosen, None)


@pytest.mark.parametrize("spec", RSA)
def test_encrypt_everyAlgorithm_hereAndOutside(kms, spec):
    key = kms.create_key(KeySpec=spec, KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]["Arn"]
    fits = dict(zip(("RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"), MAXIMA[spec]))
    assert kms.get_public_key(KeyId=key)["EncryptionAlgorithms"] == list(fits)
    outside = public(kms, key)
    for algorithm in enum(kms, "EncryptionAlgorithmSpec"):
        how = dict(KeyId=key, EncryptionAlgorithm=algorithm)
        if algorithm not in fits:
            wrong = "InvalidKeyUsageException", f"Algorithm {algorithm} is incompatible with key spec {spec}."
            assert refused(kms.encrypt, **how, Plaintext=b"x")[:2] == wrong
            # Symmetric ciphertext tells of its key, and is looked at first.
            symmetric = algorithm == "SYMMETRIC_DEFAULT"
            assert refused(kms.decrypt, **how, CiphertextBlob=bytes(256))[:2] == (
                ("InvalidCiphertextException", "") if symmetric else wrong)
            continue
        most, text = fits[algorithm], b"from afar"
        sealed = kms.encrypt(**how, Plaintext=b"x" * most)
        assert (sealed["EncryptionAlgorithm"], sealed["KeyId"]) == (algorithm, key)
        assert kms.encrypt(**how, Plaintext=b"x" * most)["CiphertextBlob"] != sealed["CiphertextBlob"]
        afar = outside.encrypt(text, oaep(algorithm))
        for blob, plaintext in ((sealed["CiphertextBlob"], b"x" * most), (afar, text)):
            opened = kms.decrypt(**how, CiphertextBlob=blob)
            assert opened["Plaintext"] == plaintext and opened["EncryptionAlgorithm"] == algorithm
            assert "KeyMaterialId" not in opened
        (other,) = set(fits) - {algorithm}
        for wrong in (outside.encrypt(text, oaep(other)), afar[:-1], afar[:-1] + bytes([afar[-1] ^ 1])):
            assert refused(kms.decrypt, **how, CiphertextBlob=wrong)[0] == "InvalidCiphertextException"
        assert refused(kms.encrypt, **how, Plaintext=b"x" * (most + 1))[:2] == (
            "ValidationException",
            f"Algorithm {algorithm} and key spec {spec} cannot encrypt data larger than {most} bytes.")
        assert refused(kms.decrypt, CiphertextBlob=afar, EncryptionAlgorithm=algorithm)[0] == "ValidationException"
        assert refused(
            kms.encrypt, **how, Plaintext=b"x", EncryptionContext={"a": "b"})[0] == "ValidationException"


PLAIN = ("RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256")
HYBRID = ("RSA_AES_KEY_WRAP_SHA_1", "RSA_AES_KEY_WRAP_SHA_256")
LATTICES = {"ML_DSA_44": mldsa.MLDSA44PrivateKey, "ML_DSA_65": mldsa.MLDSA65PrivateKey, "ML_DSA_87": mldsa.MLDSA87PrivateKey,
            "ML_KEM_768": mlkem.MLKEM768PrivateKey, "ML_KEM_1024": mlkem.MLKEM1024PrivateKey}
USAGES = {
    "SYMMETRIC_DEFAULT": ["ENCRYPT_DECRYPT"],
    **{f"HMAC_{bits}": ["GENERATE_VERIFY_MAC"] for bits in (224, 256, 384, 512)},
    **{spec: ["SIGN_VERIFY", "ENCRYPT_DECRYPT"] for spec in RSA},
    **{spec: ["SIGN_VERIFY", "KEY_AGREEMENT"] for spec in ("ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521")},
    "ECC_SECG_P256K1": ["SIGN_VERIFY"],
    "ECC_NIST_EDWARDS25519": ["SIGN_VERIFY"],
    **{f"ML_DSA_{size}": ["SIGN_VERIFY"] for size in (44, 65, 87)},
    **{f"ML_KEM_{size}": ["ENCAPSULATE_DECAPSULATE"] for size in (512, 768, 1024)},
}


def wraps(spec, algorithm, wrapping):
    """AWS: the WrappingAlgorithm of GetParametersForImport's reference, and a recorded refusal for SYMMETRIC_DEFAULT."""
    if algorithm in PLAIN and wrapping in RSA:
        return spec not in RSA and (spec, wrapping) != ("ECC_NIST_P521", "RSA_2048")
    return algorithm in HYBRID and wrapping in RSA and spec.startswith(("RSA_", "ECC_"))


def tried(spec, algorithm, wrapping):
    """Making an RSA pair of 4096 bits takes near a second, so some of the pairs that differ in nothing else are left out."""
    if wrapping == "RSA_2048" or (spec, wrapping) == ("ECC_NIST_P521", "RSA_3072") or os.environ.get("KEYTRAIL_WHOLE_MATRIX"):
        return True
    some = USAGES if wrapping == "RSA_3072" else ("SYMMETRIC_DEFAULT", "HMAC_512", "RSA_4096", "ECC_NIST_P521", "ML_DSA_87")
    return algorithm.endswith("SHA_256") and spec in some


def pkcs8(private):
    return private.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


@functools.cache
def private_key(spec):
    """A key that others made, once for the run."""
    if spec in RSA:
        return rsa.generate_private_key(65537, int(spec[-4:]))
    if spec in CURVES:
        return ec.generate_private_key(CURVES[spec])
    return ed25519.Ed25519PrivateKey.generate() if spec == "ECC_NIST_EDWARDS25519" else LATTICES[spec].generate()


def material(kms, spec, ours):
    """What is imported, and what then shows that the key is that: the bytes, the private key, or its public one in DER."""
    if spec.startswith("HMAC") or spec == "SYMMETRIC_DEFAULT":
        content = os.urandom(32 if spec == "SYMMETRIC_DEFAULT" else int(spec[-3:]) // 8)
        return content, content
    if spec == "ML_KEM_512":  # which the other library does not have
        pair = kms.generate_data_key_pair(KeyId=ours, KeyPairSpec=spec)
        return pair["PrivateKeyPlaintext"], pair["PublicKey"]
    return pkcs8(private_key(spec)), private_key(spec)


def wrap(parameters, algorithm, content):
    outside = serialization.load_der_public_key(parameters["PublicKey"])
    if algorithm in PLAIN:
        return outside.encrypt(content, oaep(algorithm))
    between = os.urandom(32)
    return outside.encrypt(between, oaep(algorithm)) + keywrap.aes_key_wrap_with_padding(between, content)


def use(kms, key, spec, usage, known):
    """The key does what only that material can do."""
    if spec.startswith("HMAC"):
        algorithm = "HMAC_SHA_" + spec[-3:]
        mac = kms.generate_mac(KeyId=key, Message=MESSAGE, MacAlgorithm=algorithm)["Mac"]
        assert mac == hmac.digest(known, MESSAGE, "sha" + spec[-3:])
        return
    if spec == "ML_KEM_512":
        assert kms.get_public_key(KeyId=key)["PublicKey"] == known
        made = kms.encapsulate(KeyId=key, EncapsulationAlgorithm="ML_KEM")
        assert made["SharedSecret"] == kms.decapsulate(
            KeyId=key, EncapsulationAlgorithm="ML_KEM", SharedSecretCiphertextBlob=made["SharedSecretCiphertextBlob"]
        )["SharedSecret"]
        return
    outside = known.public_key()
    spki = outside.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert kms.get_public_key(KeyId=key)["PublicKey"] == spki
    if usage == "SIGN_VERIFY":
        algorithm = FITS[spec][0]
        signature = kms.sign(KeyId=key, Message=MESSAGE, SigningAlgorithm=algorithm)["Signature"]
        check_outside(kms, key, outside, algorithm, "RAW", MESSAGE, signature)
    elif usage == "ENCRYPT_DECRYPT":
        blob = outside.encrypt(MESSAGE, oaep("RSAES_OAEP_SHA_256"))
        assert kms.decrypt(KeyId=key, CiphertextBlob=blob, EncryptionAlgorithm="RSAES_OAEP_SHA_256")["Plaintext"] == MESSAGE
    elif usage == "KEY_AGREEMENT":
        peer = ec.generate_private_key(CURVES[spec])
        sent = peer.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        agreed = kms.derive_shared_secret(KeyId=key, KeyAgreementAlgorithm="ECDH", PublicKey=sent)
        assert agreed["SharedSecret"] == peer.exchange(ec.ECDH(), outside) and agreed["KeyOrigin"] == "EXTERNAL"
    else:
        secret, blob = outside.encapsulate()
        assert secret == kms.decapsulate(
            KeyId=key, EncapsulationAlgorithm="ML_KEM", SharedSecretCiphertextBlob=blob)["SharedSecret"]


def external(kms, spec, usage):
    made = kms.create_key(Origin="EXTERNAL", KeySpec=spec, KeyUsage=usage)["KeyMetadata"]
    assert made["KeyState"] == "PendingImport"
    return made["Arn"]


def imports(kms, key, parameters, blob):
    return kms.import_key_material(
        KeyId=key, ImportToken=parameters["ImportToken"], EncryptedKeyMaterial=blob,
        ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE")


def state(kms, key):
    return kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"]


@pytest.mark.parametrize("spec", USAGES)
def test_import_everyWrapping(kms, key, spec):
    assert sorted([*USAGES, "SM2"]) == sorted(enum(kms, "KeySpec"))
    usage, *others = USAGES[spec]
    mine = external(kms, spec, usage)
    pairs = list(itertools.product(enum(kms, "AlgorithmSpec"), enum(kms, "WrappingKeySpec")))
    for algorithm, wrapping in pairs:
        if not wraps(spec, algorithm, wrapping):
            code, message, _ = refused(
                kms.get_parameters_for_import, KeyId=mine, WrappingAlgorithm=algorithm, WrappingKeySpec=wrapping)
            if algorithm == "RSAES_PKCS1_V1_5" or wrapping == "SM2":
                assert code == "UnsupportedOperationException"
            else:
                assert (code, message) == (
                    "ValidationException",
                    f"Wrapping algorithm {algorithm} and wrapping key spec {wrapping} cannot be used to import a {spec} key.")

    def parameters(of, algorithm, wrapping):
        given = kms.get_parameters_for_import(KeyId=of, WrappingAlgorithm=algorithm, WrappingKeySpec=wrapping)
        assert given["KeyId"] == of
        assert serialization.load_der_public_key(given["PublicKey"]).key_size == int(wrapping[-4:])
        return given

    chosen = [pair for pair in pairs if wraps(spec, *pair) and tried(spec, *pair)]
    with concurrent.futures.ThreadPoolExecutor(2) as threads:
        given = list(threads.map(lambda pair: parameters(mine, *pair), chosen))
    content, known = material(kms, spec, key)
    sealed = None
    for (algorithm, wrapping), ready in zip(chosen, given):
        blob = wrap(ready, algorithm, content)
        assert refused(imports, kms=kms, key=mine, parameters=ready, blob=blob[:-1])[0] == "InvalidCiphertextException"
        assert refused(
            imports, kms=kms, key=mine, parameters=ready, blob=wrap(ready, algorithm, content[:-1])
        )[0] == "IncorrectKeyMaterialException"
        assert state(kms, mine) == "PendingImport"
        answer = imports(kms, mine, ready, blob)
        assert answer["KeyId"] == mine and ("KeyMaterialId" in answer) == (spec == "SYMMETRIC_DEFAULT")
        assert state(kms, mine) == "Enabled"
        if spec == "SYMMETRIC_DEFAULT":
            # Nobody else reads its ciphertexts: the same material opens those of before, and no other is taken.
            sealed = sealed or kms.encrypt(KeyId=mine, Plaintext=MESSAGE)["CiphertextBlob"]
            assert kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == MESSAGE
        else:
            use(kms, mine, spec, usage, known)
        kms.delete_imported_key_material(KeyId=mine)
        assert state(kms, mine) == "PendingImport"
    foreign = material(kms, spec, key)[0] if spec not in RSA else pkcs8(rsa.generate_private_key(65537, 2048))
    if foreign != content:
        assert refused(
            imports, kms=kms, key=mine, parameters=given[0], blob=wrap(given[0], chosen[0][0], foreign)
        )[0] == "IncorrectKeyMaterialException"
    for other in others:
        theirs = external(kms, spec, other)
        ready = parameters(theirs, HYBRID[1], "RSA_2048")
        imports(kms, theirs, ready, wrap(ready, HYBRID[1], content))
        use(kms, theirs, spec, other, known)


@needs_openssl
def test_import_inChina_bySm2(server):
    """There SM2 wraps what RSA and AES together wrap elsewhere."""
    china = region(server, "SM2")
    der = openssl("genpkey", "-algorithm", "SM2", "-outform", "DER")
    private = {"SM2": openssl("pkcs8", "-topk8", "-nocrypt", "-inform", "DER", "-outform", "DER", "-in", "key", key=der),
               "RSA_2048": pkcs8(private_key("RSA_2048"))}
    for spec, content in private.items():
        mine = external(china, spec, "SIGN_VERIFY")
        for algorithm in HYBRID:
            assert refused(
                china.get_parameters_for_import, KeyId=mine, WrappingAlgorithm=algorithm, WrappingKeySpec="RSA_2048"
            )[1] == f"Wrapping algorithm {algorithm} and wrapping key spec RSA_2048 cannot be used to import a {spec} key."
        given = china.get_parameters_for_import(KeyId=mine, WrappingAlgorithm="SM2PKE", WrappingKeySpec="SM2")
        blob = openssl("pkeyutl", "-encrypt", "-pubin", "-keyform", "DER", "-inkey", "key", "-in", "plain",
                       key=given["PublicKey"], plain=content)
        imports(china, mine, given, blob)
        assert state(china, mine) == "Enabled"
        if spec == "RSA_2048":
            use(china, mine, spec, "SIGN_VERIFY", private_key(spec))
            continue
        derived = openssl("pkey", "-inform", "DER", "-in", "key", "-pubout", "-outform", "DER", key=content)
        assert china.get_public_key(KeyId=mine)["PublicKey"] == derived
        signature = china.sign(KeyId=mine, Message=MESSAGE, SigningAlgorithm="SM2DSA")["Signature"]
        check_outside(china, mine, None, "SM2DSA", "RAW", MESSAGE, signature)
