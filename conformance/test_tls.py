"""TLS on the listener: stock clients with a CA bundle, versions, what events tell, client certificates, a renewed certificate."""

import json
import os
import shutil
import socket
import ssl
import subprocess

import boto3
import botocore.config
import botocore.exceptions
import pytest


from conftest import KEYTRAIL, Server, eventually, run
from test_golden_events import CALLS, GOLDEN, World, compare



def openssl(*words, folder):
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True, timeout=60)


class Authority:
    """A certificate authority in a folder, and what it signs."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key",
                "-out", "ca.pem", "-days", "2", "-subj", "/CN=test authority", folder=folder)
        self.bundle = folder / "ca.pem"

    def sign(self, name, subject="localhost", kind=("ec", "-pkeyopt", "ec_paramgen_curve:P-256")):
        (self.folder / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        openssl("req", "-newkey", *kind, "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr",
                "-subj", f"/CN={subject}", folder=self.folder)
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                "-out", f"{name}.pem", "-days", "2", "-extfile", "names", folder=self.folder)
        (self.folder / f"{name}.key").chmod(0o600)
        return self.folder / f"{name}.pem", self.folder / f"{name}.key"


class Secure(Server):
    def __init__(self, data, authority, certificate, key, extra=(), **options):
        super().__init__(data, extra=["--tls-cert", str(certificate), "--tls-key", str(key), *extra], **options)
        self.bundle = authority.bundle

    @property
    def endpoint(self):
        return f"https://localhost:{self.port}".replace("localhost", "127.0.0.1")

    def client(self, service, client_certificate=None, region="us-east-1", **config):
        key, secret = self.credentials
        return boto3.client(
            service, endpoint_url=f"https://localhost:{self.port}", region_name=region, aws_access_key_id=key,
            aws_secret_access_key=secret, verify=str(self.bundle), config=botocore.config.Config(
                retries={"max_attempts": 1}, client_cert=client_certificate, **config))

    def handshake(self, version=None, context=None):
        context = context or ssl.create_default_context(cafile=str(self.bundle))
        if version:
            context.minimum_version = context.maximum_version = version
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as plain:
            with context.wrap_socket(plain, server_hostname="localhost") as secure:
                secure.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                assert secure.recv(10).startswith(b"HTTP/1.1")
                return secure.version(), secure.cipher()[0], secure.getpeercert()["serialNumber"]


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("tls") / "ca")


@pytest.fixture(scope="module")
def secure(authority, tmp_path_factory):
    server = Secure(tmp_path_factory.mktemp("secure") / "data", authority, *authority.sign("server"))
    server.start()
    yield server
    assert server.stop() == 0


def test_boto3_withACaBundle_works_andEventsTellOfTls(secure):
    kms = secure.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
    found = secure.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "Decrypt"}])["Events"]
    assert json.loads(found[0]["CloudTrailEvent"])["tlsDetails"] == {
        "tlsVersion": "TLSv1.3",
        "cipherSuite": "TLS_AES_256_GCM_SHA384",
        "clientProvidedHostHeader": f"localhost:{secure.port}",
    }


OVER_TLS = [name for name in sorted(CALLS) if "tlsDetails" in (GOLDEN / f"{name}.json").read_text()]


@pytest.mark.parametrize("name", OVER_TLS)
def test_documentedRecords_overTls_haveTheDocumentedDetails(secure, name):
    """The pages' records with tlsDetails, by the same calls over TLS: the member stands where, and is as, the page has it."""
    world = World(secure)
    try:
        request = CALLS[name](world)["ResponseMetadata"]["RequestId"]
    except botocore.exceptions.ClientError as refused:
        request = refused.response["ResponseMetadata"]["RequestId"]
    record = world.event(name.split("-")[0], request)
    page, told = json.loads((GOLDEN / f"{name}.json").read_text()), record["tlsDetails"]
    # The JDK does not tell the group of the key exchange.
    assert list(told) == [member for member in page["tlsDetails"] if member != "keyExchange"]
    assert told["tlsVersion"] == "TLSv1.3" and told["cipherSuite"].startswith("TLS_AES_")
    assert told["clientProvidedHostHeader"] == f"localhost:{secure.port}"
    assert list(record).index("tlsDetails") > list(record).index("eventCategory")
    compare(record, name)


def test_secureTransport_isTrue(secure):
    """A policy that lets nothing in but by TLS lets this in; on plain HTTP it would not."""
    kms = secure.client("kms")
    account = secure.client("sts").get_caller_identity()["Account"]
    policy = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Deny", "Principal": "*", "Action": "kms:Encrypt", "Resource": "*",
         "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}
    key = kms.create_key(Policy=json.dumps(policy))["KeyMetadata"]["KeyId"]
    assert kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]


def test_versions_twelveAndThirteenAlone_withForwardSecrecy(secure):
    assert secure.handshake(ssl.TLSVersion.TLSv1_3)[0] == "TLSv1.3"
    version, suite, _ = secure.handshake(ssl.TLSVersion.TLSv1_2)
    assert version == "TLSv1.2" and suite.startswith("ECDHE-") and ("GCM" in suite or "CHACHA20" in suite)
    old = ssl.create_default_context(cafile=str(secure.bundle))
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, ConnectionError)):
        secure.handshake(context=old)
    weak = ssl.create_default_context(cafile=str(secure.bundle))
    weak.set_ciphers("AES256-SHA256:AES128-SHA:ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0")
    weak.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises((ssl.SSLError, ConnectionError)):
        secure.handshake(context=weak)


def test_plainHttp_onATlsPort_isNoAnswer(secure):
    with socket.create_connection(("127.0.0.1", secure.port), timeout=20) as plain:
        plain.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        assert not plain.recv(100).startswith(b"HTTP")


def test_ownCommands_trustTheBundle(secure):
    env = {**os.environ, **secure.environment(AWS_CA_BUNDLE=str(secure.bundle))}
    done = run([KEYTRAIL, "custody", "status"], env)
    assert done.returncode == 0 and json.loads(done.stdout)["Provider"] == "file", done.stderr
    # What is read of the log by GET, too.
    eventually((secure.data / "chain" / "verifier-key").exists)
    done = run([KEYTRAIL, "verify", secure.endpoint, "--key", secure.data / "chain" / "verifier-key"], env)
    assert done.returncode == 0 and "read over HTTP" in done.stdout, done
    done = run([KEYTRAIL, "custody", "status"], {**env, "AWS_CA_BUNDLE": ""})
    assert done.returncode == 1 and "certif" in done.stderr


def test_renewedCertificate_isTakenWithoutARestart(authority, fresh, tmp_path):
    certificate, key = (tmp_path / "server.pem", tmp_path / "server.key")
    for given, name in zip(authority.sign("first"), (certificate, key)):
        shutil.copy2(given, name)
    server = Secure(tmp_path / "data", authority, certificate, key).start()
    try:
        before = server.handshake()[2]
        # What cannot be read changes nothing.
        certificate.write_text("not a certificate")
        assert server.handshake()[2] == before
        for given, name in zip(authority.sign("second"), (certificate, key)):
            shutil.copy2(given, name)
        eventually(lambda: server.handshake()[2] != before)
    finally:
        assert server.stop() == 0


@pytest.mark.parametrize("required", [True, False])
def test_clientCertificates_areAskedFor(authority, tmp_path, required):
    certificate, key = authority.sign("client", "a client")
    server = Secure(
        tmp_path / "data", authority, *authority.sign("rsa", kind=("rsa:2048",)),
        extra=["--set", f"tls.clients={authority.bundle}", "--set", f"tls.clients.required={str(required).lower()}"]).start()
    try:
        assert server.client("kms", (str(certificate), str(key))).list_keys()["Keys"] == []
        if required:
            with pytest.raises((botocore.exceptions.SSLError, botocore.exceptions.ConnectionClosedError,
                                botocore.exceptions.EndpointConnectionError)):
                server.client("kms").list_keys()
        else:
            assert server.client("kms").list_keys()["Keys"] == []
        strange = Authority(tmp_path / "strange")
        foreign = strange.sign("foreign")
        with pytest.raises((botocore.exceptions.SSLError, botocore.exceptions.ConnectionClosedError,
                            botocore.exceptions.EndpointConnectionError)):
            server.client("kms", (str(foreign[0]), str(foreign[1]))).list_keys()
    finally:
        assert server.stop() == 0


def test_settingsThatMakeNoSense_stopTheStart(authority, tmp_path):
    certificate, key = authority.sign("loose")
    loose = shutil.copy2(key, tmp_path / "loose.key")
    loose.chmod(0o644)
    certificate.chmod(0o600)
    for words, told in [
        (["--tls-cert", certificate, "--tls-key", loose], "chmod 600"),
        (["--tls-cert", certificate], "go together"),
        (["--host", "0.0.0.0"], "is not loopback"),
        (["--tls-cert", certificate, "--tls-key", certificate], "PKCS#8"),
        (["--set", f"tls.clients={certificate}"], "needs tls.cert"),
    ]:
        done = run([KEYTRAIL, "serve", "--data", tmp_path / "data", "--port", "0", *words], os.environ)
        assert done.returncode == 1 and told in done.stderr, (words, done.stderr)
