"""Custody of the root key: every keeper, changes between them, the sealed server, and what a kill leaves in the middle."""

import base64
import contextlib
import http.client
import json
import os
import subprocess
import threading
import time
import urllib.error
import urllib.request

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import botocore.exceptions
import pytest

import test_key_stores_token as tokens
from conftest import KEYTRAIL, Server, eventually, run, servers

PASSPHRASE = "correct horse battery staple"


class Sealable(Server):
    """A server that may start sealed; its lines are read as they come."""

    def start_sealed(self):
        self.log = open(self.data.parent / f"{self.data.name}.log", "ab")
        self.process = subprocess.Popen(
            [KEYTRAIL, "serve", "--data", self.data, "--port", str(self.port), *self.extra],
            stdout=subprocess.PIPE,
            stderr=self.log,
            env=self.env,
            text=True,
        )
        self.await_line("sealed ")
        return self

    def await_line(self, start):
        while True:
            line = self.process.stdout.readline()
            assert line, f"server ended: {(self.data.parent / f'{self.data.name}.log').read_text()}"
            if line.startswith(start):
                return

    def custody(self, *words, signed=True, secret=None, check=True):
        env = {**os.environ, **(self.environment() if signed else {"AWS_ENDPOINT_URL": self.endpoint})}
        words = [str(w) for w in words]
        if secret is not None:
            file = self.data.parent / f"secret-{time.monotonic_ns()}"
            file.touch(mode=0o600)
            file.write_text(secret + "\n")
            words += ["--secret-file", str(file)]
        done = run([KEYTRAIL, "custody", *words], env)
        if check:
            assert done.returncode == 0, done.stderr
        return done

    def api(self, operation, signed=True, read=json.loads, **members):
        """The API behind the command, without starting a JVM for each call: status and answer."""
        body = json.dumps(members).encode()
        headers = {"X-Amz-Target": f"Keytrail.{operation}", "Content-Type": "application/x-amz-json-1.1"}
        request = botocore.awsrequest.AWSRequest("POST", self.endpoint + "/", headers, body)
        if signed:
            credentials = botocore.credentials.Credentials(*self.credentials)
            botocore.auth.SigV4Auth(credentials, "keytrail", "us-east-1").add_auth(request)
        try:
            sent = urllib.request.Request(request.url, body, dict(request.headers))
            with urllib.request.urlopen(sent) as answer:
                return answer.status, read(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def changed(self, operation, **members):
        code, answer = self.api(operation, **members)
        assert code == 200, answer
        return answer

    def refused(self, operation, signed=True, **members):
        code, answer = self.api(operation, signed=signed, **members)
        assert code == 400 and answer["__type"] == "ValidationException", (code, answer)
        return answer["message"]

    def unseal(self, piece):
        code, answer = self.api("Unseal", signed=False, Secret=blob64(piece))
        assert code == 200, answer
        return answer

    def status(self, signed=True):
        code, answer = self.api("DescribeCustody", signed=signed)
        assert code == 200, answer
        return answer


def blob64(text):
    return base64.b64encode(text.encode()).decode()


@pytest.fixture
def sealable(tmp_path):
    yield from servers(tmp_path, Sealable)


def private(path, text):
    path.touch(mode=0o600)
    path.write_text(text + "\n")
    return path


def events(server, name):
    """Events of this name in the ledger's files: custody's own are in the operator's ledger account, in nobody's history."""
    found = []
    for segment in sorted((server.data / "store" / "ledger").iterdir()):
        text = segment.read_bytes().decode("utf-8", "replace")
        at = text.find('{"eventVersion"')
        while at >= 0:
            event, end = json.JSONDecoder().raw_decode(text, at)
            found.append(event)
            at = text.find('{"eventVersion"', end)
    return [event for event in found if event["eventName"] == name]


def roundtrip(server, key, blob=None):
    kms = server.client("kms")
    if blob is None:
        return kms.encrypt(KeyId=key, Plaintext=b"canary")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"canary"


def test_shares_fromTheFirstStart_openTheSealedServerTogether(sealable, tmp_path):
    server = sealable()
    out = tmp_path / "shares"
    out.mkdir()
    done = run(
        [KEYTRAIL, "custody", "init", "--data", server.data, "--provider", "shares", "--threshold", "2", "--shares", "3"]
        + ["--out", out],
        os.environ,
    )
    assert done.returncode == 0, done.stderr
    files = sorted(out.iterdir())
    assert len(files) == 3 and all(oct(f.stat().st_mode)[-3:] == "600" for f in files)
    shares = [f.read_text().strip() for f in files]
    assert not (server.data / "root.key").exists()

    server.start_sealed()
    status = server.status(signed=False)
    assert status["Sealed"] and (status["Threshold"], status["Shares"], status["SharesGiven"]) == (2, 3, [])
    # Every service refuses in its own words, with 503, and retryably.
    dummy = ("AKIAIOSFODNN7EXAMPLE", "x" * 40)
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        server.client("kms", credentials=dummy).create_key()
    error = refused.value.response["Error"]
    assert error["Code"] == "KMSInternalException" and "The server is sealed" in error["Message"]
    # Each operation of KMS, before anything else of it is looked at.
    kms = server.client("kms", credentials=dummy, parameter_validation=False)
    operations = kms.meta.service_model.operation_names
    for name in operations:
        with pytest.raises(botocore.exceptions.ClientError) as refused:
            kms._make_api_call(name, {})
        assert refused.value.response["Error"]["Code"] == "KMSInternalException", name
        assert "KMSInternalException" in [s.name for s in kms.meta.service_model.operation_model(name).error_shapes]
    for service, call in [("sts", "get_caller_identity"), ("s3", "list_buckets"), ("cloudtrail", "describe_trails")]:
        with pytest.raises(botocore.exceptions.ClientError) as refused:
            getattr(server.client(service, credentials=dummy), call)()
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503

    wrong = shares[0][:-1] + ("0" if shares[0][-1] != "0" else "1")
    done = server.custody("unseal", signed=False, secret=wrong, check=False)
    assert done.returncode == 1 and "share 1 of set" in done.stderr and "checksum" in done.stderr
    assert server.unseal(shares[2])["SharesGiven"] == [3]
    # The same share again is not a second one.
    assert server.unseal(shares[2])["Sealed"]
    assert server.custody("unseal", signed=False, secret=shares[0]).stdout == "open\n"
    server.await_line("ready ")
    key = server.client("kms").create_key()["KeyMetadata"]["Arn"]
    blob = roundtrip(server, key)
    assert server.stop() == 0

    [opened] = events(server, "UnsealServer")
    assert opened["eventSource"] == "keytrail.amazonaws.com" and opened["eventType"] == "AwsServiceEvent"
    details = opened["serviceEventDetails"]
    assert details["shares"] == ["1", "3"] and details["threshold"] == 2
    assert details["sourceIPAddresses"] == ["127.0.0.1"] * 3
    given = events(server, "Unseal")
    assert [e.get("errorCode") for e in given] == ["ValidationException", None, None, None]
    assert [e["requestParameters"] for e in given][1:] == [
        {"provider": "shares", "given": 1, "needed": 2},
        {"provider": "shares", "given": 1, "needed": 2},
        {"provider": "shares", "given": 2, "needed": 2},
    ]
    for name in operations:
        assert events(server, name)[0]["errorCode"] == "KMSInternalException", name
    ledger = b"".join(f.read_bytes() for f in (server.data / "store" / "ledger").iterdir())
    for share in shares:
        assert share.split(":")[5].encode() not in ledger

    server.start_sealed()
    assert server.unseal(shares[1])["Sealed"] and not server.unseal(shares[2])["Sealed"]
    server.await_line("ready ")
    roundtrip(server, key, blob)


def test_eachKeeper_afterTheOther_opensAndTheOldOneDoesNot(sealable):
    server = sealable().start()
    key = server.client("kms").create_key()["KeyMetadata"]["Arn"]
    blob = roundtrip(server, key)

    # From the file to a passphrase. Nothing says the old key any more.
    server.custody("change", "--provider", "passphrase", secret=PASSPHRASE)
    assert server.status()["Provider"] == "passphrase"
    eventually(lambda: not (server.data / "root.key").exists())
    roundtrip(server, key, blob)
    assert server.stop() == 0
    server.start_sealed()
    said = server.refused("Unseal", signed=False, Secret=blob64("not this passphrase"))
    assert said == "the passphrase is wrong."
    assert server.custody("unseal", signed=False, secret=PASSPHRASE).stdout == "open\n"
    server.await_line("ready ")
    roundtrip(server, key, blob)

    # To shares: whoever asks must show the passphrase.
    two = {"Provider": "shares", "Threshold": 2, "Shares": 2}
    said = server.refused("ChangeCustody", **two, CurrentPassphrase=blob64("a wrong passphrase"))
    assert said == "the present passphrase is wrong."
    first = server.changed("ChangeCustody", **two, CurrentPassphrase=blob64(PASSPHRASE))["NewShares"]
    assert len(first) == 2

    # Other shares: the old ones are named as foreign.
    again = {"Provider": "shares", "Threshold": 2, "Shares": 3, "CurrentShares": blob64("\n".join(first))}
    second = eventually(lambda: server.api("ChangeCustody", **again)[1].get("NewShares"))
    assert len(second) == 3
    assert server.stop() == 0
    server.start_sealed()
    assert f"of set {first[0].split(':')[1]}, but" in server.refused("Unseal", signed=False, Secret=blob64(first[0]))
    assert server.unseal(second[1])["Sealed"] and not server.unseal(second[2])["Sealed"]
    server.await_line("ready ")
    roundtrip(server, key, blob)

    # Too few shares do not take custody away; enough do, back into a file.
    said = server.refused("ChangeCustody", Provider="file", CurrentShares=blob64(second[0]))
    assert said == "2 different shares are needed, and 1 were given."
    server.changed("ChangeCustody", Provider="file", CurrentShares=blob64("\n".join(second[:2])))
    eventually(lambda: (server.data / "root.key").exists() and not (server.data / "root.key.next").exists())
    assert oct((server.data / "root.key").stat().st_mode)[-3:] == "600"
    assert server.stop() == 0
    server.start()
    roundtrip(server, key, blob)
    history = server.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "ChangeCustody"}]
    )["Events"]
    outcomes = [json.loads(e["CloudTrailEvent"]) for e in reversed(history)]
    early = [e for e in outcomes if "coming into force" in e.get("errorMessage", "")]
    outcomes = [e for e in outcomes if e not in early]
    assert [(e["requestParameters"]["provider"], e.get("errorCode")) for e in outcomes] == [
        ("passphrase", None),
        ("shares", "ValidationException"),
        ("shares", None),
        ("shares", None),
        ("file", "ValidationException"),
        ("file", None),
    ]
    assert outcomes[-1]["responseElements"]["epoch"] == 4
    text = json.dumps(outcomes)
    assert PASSPHRASE not in text and second[0].split(":")[5] not in text


def test_rotatedRootKey_rewrapsEverything_andTheOldOneIsRetired(sealable):
    server = sealable(extra=["--clock"]).start()
    kms = server.client("kms")
    keys = [kms.create_key(KeySpec=s, KeyUsage=u)["KeyMetadata"]["Arn"] for s, u in
            [("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"), ("ECC_NIST_P256", "SIGN_VERIFY"), ("HMAC_256", "GENERATE_VERIFY_MAC")]]
    blob = roundtrip(server, keys[0])
    mac = kms.generate_mac(KeyId=keys[2], Message=b"m", MacAlgorithm="HMAC_SHA_256")["Mac"]
    old = (server.data / "root.key").read_bytes()
    assert json.loads(server.custody("rotate").stdout)["RootKeyGeneration"] == 2
    eventually(lambda: server.status().get("Rewrapped"))
    roundtrip(server, keys[0], blob)
    # The file has another key; nothing but the newest generation is left once no session can need the old one.
    assert (server.data / "root.key").read_bytes() != old
    assert "not over yet" in server.refused("RotateRootKey")
    done = run([KEYTRAIL, "clock", "--advance", "38h"], {**os.environ, **server.environment()})
    assert done.returncode == 0, done.stderr
    eventually(lambda: "RotatedAt" not in server.status())
    assert server.status()["Epoch"] == 2
    roundtrip(server, keys[0], blob)
    kms.sign(KeyId=keys[1], Message=b"m", SigningAlgorithm="ECDSA_SHA_256")
    assert server.stop() == 0
    server.start()
    kms = server.client("kms")
    roundtrip(server, keys[0], blob)
    assert kms.generate_mac(KeyId=keys[2], Message=b"m", MacAlgorithm="HMAC_SHA_256")["Mac"] == mac
    assert server.changed("RotateRootKey")["RootKeyGeneration"] == 3
    assert server.stop() == 0
    assert events(server, "RewrapSecrets")[0]["serviceEventDetails"]["rows"] >= 4
    assert [e["serviceEventDetails"]["rootKeyGeneration"] for e in events(server, "RetireRootKey")] == [2]


@pytest.mark.parametrize("moment", range(3))
def test_killedInTheMiddle_oneCustodyOpens(sealable, tmp_path, moment):
    """kill -9 at growing delays around the change: what opens afterwards is what the row says, old or new."""
    server = sealable().start()
    key = server.client("kms").create_key()["KeyMetadata"]["Arn"]
    blob = roundtrip(server, key)
    what = ("RotateRootKey", {}) if moment % 2 else ("ChangeCustody", {"Provider": "file"})

    def ask():
        with contextlib.suppress(OSError, http.client.HTTPException):
            server.api(what[0], **what[1])

    asking = threading.Thread(target=ask)
    asking.start()
    eventually(lambda: (server.data / "root.key.next").exists() or not asking.is_alive(), pause=0.0005)
    time.sleep(0.004 * moment)
    server.kill()
    asking.join()
    server.start()
    roundtrip(server, key, blob)
    assert not (server.data / "root.key.next").exists()
    assert server.stop() == 0


def test_startWithoutPeople_readsTheSecretFile(sealable, tmp_path):
    server = sealable().start()
    server.changed("ChangeCustody", Provider="passphrase", Secret=blob64(PASSPHRASE))
    assert server.stop() == 0
    secret = private(tmp_path / "secret", PASSPHRASE)
    server.extra = ["--set", f"custody.secret-file={secret}"]
    server.start()
    assert server.status()["Provider"] == "passphrase"
    assert server.stop() == 0
    secret.chmod(0o644)
    server.start_sealed()
    assert "chmod 600" in (tmp_path / "data.log").read_text()


def test_otherKms_wrapsAndIsAskedAtEachStart(sealable, fresh):
    other = fresh("other").start()
    arn = other.client("kms").create_key()["KeyMetadata"]["Arn"]
    key_id, secret = other.credentials
    place = {
        "KEYTRAIL_CUSTODY_KMS_ENDPOINT": other.endpoint,
        "KEYTRAIL_CUSTODY_KMS_ACCESS_KEY_ID": key_id,
        "KEYTRAIL_CUSTODY_KMS_SECRET_ACCESS_KEY": secret,
    }
    server = sealable(env=place).start()
    key = server.client("kms").create_key()["KeyMetadata"]["Arn"]
    blob = roundtrip(server, key)
    server.changed("ChangeCustody", Provider="kms", KeyId=arn)
    assert server.status()["KeyArn"] == arn
    eventually(lambda: not (server.data / "root.key").exists())
    assert server.stop() == 0
    server.start()
    roundtrip(server, key, blob)
    asked = other.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "Decrypt"}]
    )["Events"]
    assert list(json.loads(asked[0]["CloudTrailEvent"])["requestParameters"]["encryptionContext"]) == ["keytrail:custody"]
    assert server.stop() == 0
    # While the other KMS will not, the server is sealed; it opens by itself when it will.
    other.client("kms").disable_key(KeyId=arn)
    server.start_sealed()
    assert server.status(signed=False)["Provider"] == "kms"
    other.client("kms").enable_key(KeyId=arn)
    server.await_line("ready ")
    roundtrip(server, key, blob)


@pytest.mark.skipif(
    not (tokens.LIBRARY and tokens.UTILITY),
    reason="SKIPPED, NOT TESTED: softhsm2 is not installed (apt-get install softhsm2)")
def test_token_wrapsWithAKeyThatNeverLeavesIt(sealable, tmp_path):
    hsm = tokens.Hsm(tmp_path / "softhsm")
    pin = private(tmp_path / "pin", tokens.PIN)
    settings = ["--set", f"custody.token={tokens.LIBRARY};kms token"]
    server = sealable(extra=settings, env=hsm.env).start()
    key = server.client("kms").create_key()["KeyMetadata"]["Arn"]
    blob = roundtrip(server, key)
    assert "the token refuses the PIN" in server.refused("ChangeCustody", Provider="token", Secret=blob64("not the PIN"))
    server.changed("ChangeCustody", Provider="token", Secret=blob64(tokens.PIN))
    eventually(lambda: not (server.data / "root.key").exists())
    assert server.stop() == 0
    server.start_sealed()
    assert not server.unseal(tokens.PIN)["Sealed"]
    server.await_line("ready ")
    roundtrip(server, key, blob)
    assert server.stop() == 0
    server.extra += ["--set", f"custody.secret-file={pin}"]
    server.start()
    roundtrip(server, key, blob)


def test_whoMayNot_changesNothing_andIsOnRecord(server):
    account, credentials = server.new_account()
    env = {**os.environ, **server.environment(AWS_ACCESS_KEY_ID=credentials[0], AWS_SECRET_ACCESS_KEY=credentials[1])}
    for words in (["change", "--provider", "file"], ["rotate"], ["status"]):
        done = run([KEYTRAIL, "custody", *words], env)
        assert done.returncode == 1 and "AccessDeniedException" in done.stderr
    names = server.client("cloudtrail", credentials=credentials).lookup_events(
        LookupAttributes=[{"AttributeKey": "EventSource", "AttributeValue": "keytrail.amazonaws.com"}]
    )["Events"]
    assert {json.loads(e["CloudTrailEvent"])["errorCode"] for e in names} == {"AccessDenied"}
