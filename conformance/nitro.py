"""Makes attestation documents as Nitro Enclaves and NitroTPM do, with a root of our own, for test_recipient.py."""

import datetime
import shutil
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa, utils


needs_openssl = pytest.mark.skipif(
    not shutil.which("openssl"), reason="SKIPPED, NOT TESTED: openssl is not installed (apt-get install openssl)")


def cbor(value):
    """RFC 8949, what documents need of it."""
    def head(major, number):
        for size, low in ((1, 24), (2, 25), (4, 26), (8, 27)):
            if number < 24:
                return bytes([major << 5 | number])
            if number < 1 << 8 * size:
                return bytes([major << 5 | low]) + number.to_bytes(size, "big")

    if value is None:
        return b"\xf6"
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(cbor(v) for v in value)
    return head(5, len(value)) + b"".join(cbor(k) + cbor(v) for k, v in value.items())


def der(certificate):
    return certificate.public_bytes(serialization.Encoding.DER)


class Authority:
    """A root, an authority under it, and who signs documents."""

    def __init__(self, name="aws.nitro-enclaves", leaf_hours=(-1, 2), leaf_curve=ec.SECP384R1()):
        now = datetime.datetime.now(datetime.timezone.utc)
        day = datetime.timedelta(days=1)
        hour = datetime.timedelta(hours=1)
        self.root_key = ec.generate_private_key(ec.SECP384R1())
        self.root = self.certificate(name, self.root_key, name, self.root_key, now - day, now + 30 * day, ca=True)
        middle_key = ec.generate_private_key(ec.SECP384R1())
        self.middle = self.certificate("zone", middle_key, name, self.root_key, now - day, now + day, ca=True)
        self.leaf_key = ec.generate_private_key(leaf_curve)
        self.leaf = self.certificate(
            "module", self.leaf_key, "zone", middle_key, now + leaf_hours[0] * hour, now + leaf_hours[1] * hour, ca=False)

    @staticmethod
    def certificate(name, key, issuer, issuer_key, begin, end, ca):
        def named(text):
            return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])

        return (
            x509.CertificateBuilder()
            .subject_name(named(name))
            .issuer_name(named(issuer))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(end)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(
                x509.KeyUsage(not ca, False, False, False, False, ca, ca, False, False), critical=True)
            .sign(issuer_key, hashes.SHA384())
        )

    def pem(self):
        return self.root.public_bytes(serialization.Encoding.PEM)


REGISTERS = {i: bytes([i + 1]) * 48 for i in range(16)}
TPM_REGISTERS = {i: bytes([i + 1]) * 48 for i in range(24)}


class Platform:
    """An enclave, or an instance with a NitroTPM, with its RSA key."""

    def __init__(self, authority, bits=2048):
        self.authority = authority
        self.key = rsa.generate_private_key(65537, bits)
        self.public = self.key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)

    def members(self, tpm=False, **changed):
        now = datetime.datetime.now(datetime.timezone.utc)
        made = {
            "module_id": "i-123456789abcde123-enc123456789abcde12",
            "digest": "SHA384",
            "timestamp": int(now.timestamp() * 1000),
            ("nitrotpm_pcrs" if tpm else "pcrs"): dict(TPM_REGISTERS if tpm else REGISTERS),
            "certificate": der(self.authority.leaf),
            "cabundle": [der(self.authority.root), der(self.authority.middle)],
            "public_key": self.public,
            "user_data": None,
            "nonce": None,
        }
        made.update(changed)
        return {name: value for name, value in made.items() if value is not ...}

    def document(self, tpm=False, header=None, key=None, tag=False, **changed):
        header = cbor({1: -35}) if header is None else header
        payload = cbor(self.members(tpm, **changed))
        signed = cbor(["Signature1", header, b"", payload])
        r, s = utils.decode_dss_signature((key or self.authority.leaf_key).sign(signed, ec.ECDSA(hashes.SHA384())))
        signature = r.to_bytes(48, "big") + s.to_bytes(48, "big")
        return (b"\xd2" if tag else b"") + cbor([header, {}, payload, signature])

    def recipient(self, **changed):
        return {"KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256", "AttestationDocument": self.document(**changed)}

    def open(self, envelope, folder):
        """Opened by OpenSSL, which knows nothing of us."""
        (folder / "key.pem").write_bytes(self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        done = subprocess.run(
            ["openssl", "cms", "-decrypt", "-inform", "DER", "-inkey", folder / "key.pem", "-binary"],
            input=envelope, capture_output=True, check=True)
        return done.stdout
