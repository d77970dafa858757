"""An OpenID Connect provider and a SAML provider for tests: key pairs, JWKS, tokens, metadata, signed responses."""

import base64
import datetime
import hashlib
import json
import os
import time
import uuid
import xml.etree.ElementTree as ET

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509.oid import NameOID


XENC = "http://www.w3.org/2001/04/xmlenc#"


def b64u(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(n):
    return b64u(n.to_bytes((n.bit_length() + 7) // 8, "big"))


class Oidc:
    """Issues tokens; `issuer` is without https://."""

    def __init__(self, issuer):
        self.issuer = issuer
        self.rsa = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.ec = ec.generate_private_key(ec.SECP256R1())

    def jwks(self):
        r, e = self.rsa.public_key().public_numbers(), self.ec.public_key().public_numbers()
        return json.dumps({"keys": [
            {"kty": "RSA", "kid": "r", "use": "sig", "alg": "RS256", "n": number(r.n), "e": number(r.e)},
            {"kty": "EC", "kid": "e", "crv": "P-256", "x": b64u(e.x.to_bytes(32, "big")), "y": b64u(e.y.to_bytes(32, "big"))},
            {"kty": "oct", "kid": "o", "k": b64u(b"shared")},
        ]})

    def claims(self, **changes):
        now = int(time.time())
        claims = {"iss": f"https://{self.issuer}", "sub": "user-1234", "aud": "app", "iat": now, "exp": now + 300}
        claims.update(changes)
        return {k: v for k, v in claims.items() if v is not None}

    def token(self, claims=None, alg="RS256", kid=None, header=None, signer=None):
        head = {"alg": alg, "typ": "JWT", "kid": kid or ("r" if alg.startswith("R") else "e"), **(header or {})}
        head = {k: v for k, v in head.items() if v is not None}
        claims = self.claims() if claims is None else claims
        text = b64u(json.dumps(head).encode()) + "." + b64u(json.dumps(claims).encode())
        if alg == "RS256":
            signature = (signer or self.rsa).sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
        elif alg == "ES256":
            r, s = decode_dss_signature((signer or self.ec).sign(text.encode(), ec.ECDSA(hashes.SHA256())))
            signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        elif alg == "HS256":
            import hmac
            signature = hmac.new(b"shared", text.encode(), hashlib.sha256).digest()
        else:
            signature = b""
        return text + "." + b64u(signature)


def certificate(key, name, names=(), days=30):
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = x509.CertificateBuilder().subject_name(who).issuer_name(who).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
    builder = builder.not_valid_after(now + datetime.timedelta(days=days))
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(n) for n in names]), critical=False)
    return builder.sign(key, hashes.SHA256())


SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol"
DS = "http://www.w3.org/2000/09/xmldsig#"
ATTRIBUTES = "https://aws.amazon.com/SAML/Attributes/"


def stamp(seconds):
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


class Saml:
    """Signs assertions. XML is written so that its canonical form needs no more than the standard library's."""

    def __init__(self, entity="https://idp.example.com/saml"):
        self.entity = entity
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.certificate = certificate(self.key, "idp")

    def metadata(self):
        der = base64.b64encode(self.certificate.public_bytes(serialization.Encoding.DER)).decode()
        return (
            f'<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{self.entity}">'
            '<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">'
            f'<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="{DS}"><ds:X509Data><ds:X509Certificate>{der}'
            "</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
            '<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"'
            ' Location="https://idp.example.com/sso"/></md:IDPSSODescriptor></md:EntityDescriptor>'
        )

    def attribute(self, name, *values):
        inner = "".join(f"<saml:AttributeValue>{v}</saml:AttributeValue>" for v in values)
        return f'<saml:Attribute Name="{name}">{inner}</saml:Attribute>'

    def assertion(self, role, provider, subject="sam", issued=0, ends=300, audience="urn:amazon:webservices",
                  recipient="https://signin.aws.amazon.com/saml", issuer=None, session="sam-session", more="", name_id=None):
        self.id = "_" + uuid.uuid4().hex
        name = "" if session is None else self.attribute(ATTRIBUTES + "RoleSessionName", session)
        return (
            f'<saml:Assertion xmlns:saml="{SAML}" ID="{self.id}" IssueInstant="{stamp(issued)}" Version="2.0">'
            f"<saml:Issuer>{issuer or self.entity}</saml:Issuer>"
            '<saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">'
            f"{name_id or subject}</saml:NameID>"
            '<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">'
            f'<saml:SubjectConfirmationData NotOnOrAfter="{stamp(ends)}" Recipient="{recipient}"/>'
            "</saml:SubjectConfirmation></saml:Subject>"
            f'<saml:Conditions NotBefore="{stamp(-60)}" NotOnOrAfter="{stamp(ends)}"><saml:AudienceRestriction>'
            f"<saml:Audience>{audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions>"
            "<saml:AttributeStatement>"
            + self.attribute(ATTRIBUTES + "Role", f"{role},{provider}") + name + more
            + "</saml:AttributeStatement></saml:Assertion>"
        )

    def signature(self, element, reference, key=None, method="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"):
        digest = base64.b64encode(hashlib.sha256(ET.canonicalize(element).encode()).digest()).decode()
        c14n = "http://www.w3.org/2001/10/xml-exc-c14n#"
        info = (
            f'<ds:SignedInfo xmlns:ds="{DS}"><ds:CanonicalizationMethod Algorithm="{c14n}"/>'
            f'<ds:SignatureMethod Algorithm="{method}"/><ds:Reference URI="#{reference}"><ds:Transforms>'
            f'<ds:Transform Algorithm="{DS}enveloped-signature"/><ds:Transform Algorithm="{c14n}"/></ds:Transforms>'
            '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>'
            f"<ds:DigestValue>{digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>"
        )
        value = (key or self.key).sign(ET.canonicalize(info).encode(), padding.PKCS1v15(), hashes.SHA256())
        return (
            f'<ds:Signature xmlns:ds="{DS}">{info}<ds:SignatureValue>{base64.b64encode(value).decode()}'
            "</ds:SignatureValue></ds:Signature>"
        )

    def signed(self, assertion, key=None):
        at = assertion.index("</saml:Issuer>") + len("</saml:Issuer>")
        return assertion[:at] + self.signature(assertion, self.id, key) + assertion[at:]

    def response(self, *inside, status="urn:oasis:names:tc:SAML:2.0:status:Success", prolog="", before=""):
        return (
            f'{prolog}<samlp:Response xmlns:samlp="{SAMLP}" ID="_r{uuid.uuid4().hex}" Version="2.0"'
            f' IssueInstant="{stamp(0)}">{before}<samlp:Status><samlp:StatusCode Value="{status}"/></samlp:Status>'
            + "".join(inside) + "</samlp:Response>"
        )


def encrypted(assertion, key, method="http://www.w3.org/2001/04/xmlenc#aes256-cbc", digest=hashes.SHA1, named=None):
    """An EncryptedAssertion for the public half of `key`, as identity providers make them."""
    content, plain = os.urandom(32 if "256" in method else 16), assertion.encode()
    if method.endswith("-gcm"):
        nonce = os.urandom(12)
        sealed = nonce + AESGCM(content).encrypt(nonce, plain, None)
    else:
        pad = 16 - len(plain) % 16
        iv = os.urandom(16)
        cipher = Cipher(algorithms.AES(content), modes.CBC(iv)).encryptor()
        sealed = iv + cipher.update(plain + os.urandom(pad - 1) + bytes([pad])) + cipher.finalize()
    wrapped = key.public_key().encrypt(content, padding.OAEP(padding.MGF1(hashes.SHA1()), digest(), None))
    digests = {hashes.SHA1: DS + "sha1", hashes.SHA256: XENC + "sha256"}
    data, wrap = (base64.b64encode(v).decode() for v in (sealed, wrapped))
    return (
        f'<saml:EncryptedAssertion xmlns:saml="{SAML}"><xenc:EncryptedData xmlns:xenc="{XENC}" Type="{XENC}Element">'
        f'<xenc:EncryptionMethod Algorithm="{named or method}"/><ds:KeyInfo xmlns:ds="{DS}"><xenc:EncryptedKey>'
        f'<xenc:EncryptionMethod Algorithm="{XENC}rsa-oaep-mgf1p"><ds:DigestMethod Algorithm="{digests[digest]}"/>'
        f"</xenc:EncryptionMethod><xenc:CipherData><xenc:CipherValue>{wrap}</xenc:CipherValue></xenc:CipherData>"
        f"</xenc:EncryptedKey></ds:KeyInfo><xenc:CipherData><xenc:CipherValue>{data}</xenc:CipherValue></xenc:CipherData>"
        "</xenc:EncryptedData></saml:EncryptedAssertion>"
    )


def encoded(xml):
    return base64.b64encode(xml.encode()).decode()
