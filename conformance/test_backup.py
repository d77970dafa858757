"""Backup of a running server, restore and drill: what comes back is what was there, and nothing else opens or is overwritten."""

import base64
import json
import os
import shutil
import socket
import threading

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest

from conftest import KEYTRAIL, Server, eventually, run
from test_custody import PASSPHRASE, Sealable, blob64, events, private
from test_virtual_clock import advance

SPECS = [
    ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"),
    ("HMAC_384", "GENERATE_VERIFY_MAC"),
    ("RSA_2048", "ENCRYPT_DECRYPT"),
    ("RSA_2048", "SIGN_VERIFY"),
    ("ECC_NIST_P384", "KEY_AGREEMENT"),
    ("ECC_SECG_P256K1", "SIGN_VERIFY"),
    ("ML_DSA_44", "SIGN_VERIFY"),
    ("ECC_NIST_EDWARDS25519", "SIGN_VERIFY"),
]


class Site:
    """A server with keys of many kinds, two generations of one, an object, and a backup with a passphrase taken under load."""

    def __init__(self, folder):
        self.folder = folder
        self.server = Server(folder / "data").start()
        kms = self.server.client("kms")
        self.keys = [kms.create_key(KeySpec=s, KeyUsage=u)["KeyMetadata"]["Arn"] for s, u in SPECS]
        self.old = kms.encrypt(KeyId=self.keys[0], Plaintext=b"first")["CiphertextBlob"]
        kms.rotate_key_on_demand(KeyId=self.keys[0])
        self.new = kms.encrypt(KeyId=self.keys[0], Plaintext=b"second")["CiphertextBlob"]
        self.mac = kms.generate_mac(KeyId=self.keys[1], Message=b"m", MacAlgorithm="HMAC_SHA_384")["Mac"]
        s3 = self.server.client("s3", s3={"addressing_style": "path"})
        s3.create_bucket(Bucket="kept")
        self.content = os.urandom(3 << 20)
        s3.put_object(Bucket="kept", Key="large", Body=self.content)
        self.passphrase = private(folder / "passphrase", "a passphrase for backups")
        self.file = folder / "one.backup"
        stop = threading.Event()

        def load():
            while not stop.is_set():
                kms.encrypt(KeyId=self.keys[0], Plaintext=b"load")

        loading = threading.Thread(target=load)
        loading.start()
        try:
            self.taken = self.command("backup", self.file, "--passphrase", "--secret-file", self.passphrase)
        finally:
            stop.set()
            loading.join()
        assert self.taken.returncode == 0, self.taken.stderr
        kms.create_key(Description="after the backup")
        self.root_key = private(folder / "root.key", (folder / "data" / "root.key").read_text().strip())

    def command(self, *words, **env):
        return run([KEYTRAIL, *words], {**os.environ, **self.server.environment(), **env})


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    made = Site(tmp_path_factory.mktemp("backup"))
    yield made
    assert made.server.stop() == 0


def test_restored_hasKeysObjectsAndHistory_asOfTheBackup(site, tmp_path):
    data = tmp_path / "back"
    done = site.command("restore", site.file, "--data", data, "--key-file", site.root_key)
    assert done.returncode == 0, done.stderr
    shutil.copy(site.folder / "data" / "admin.credentials", data)
    server = Server(data).start()
    try:
        kms = server.client("kms")
        assert kms.decrypt(CiphertextBlob=site.old)["Plaintext"] == b"first"
        assert kms.decrypt(CiphertextBlob=site.new)["Plaintext"] == b"second"
        assert kms.generate_mac(KeyId=site.keys[1], Message=b"m", MacAlgorithm="HMAC_SHA_384")["Mac"] == site.mac
        assert {k["KeyArn"] for k in kms.list_keys()["Keys"]} == set(site.keys)
        s3 = server.client("s3", s3={"addressing_style": "path"})
        assert s3.get_object(Bucket="kept", Key="large")["Body"].read() == site.content
        # The call that made the backup is in it; what came later is not.
        trail = server.client("cloudtrail")
        [asked] = trail.lookup_events(
            LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "CreateBackup"}])["Events"]
        asked = json.loads(asked["CloudTrailEvent"])
        assert asked["requestParameters"] == {"passphrase": True} and asked["userIdentity"]["userName"] == "admin"
        assert events(server, "CompleteBackup") == []
    finally:
        assert server.stop() == 0
    [complete] = events(site.server, "CompleteBackup")
    assert complete["serviceEventDetails"]["bytes"] > len(site.content)
    # A directory with something in it is left alone.
    before = sorted(p.name for p in data.iterdir())
    done = site.command("restore", site.file, "--data", data, "--key-file", site.root_key)
    assert done.returncode == 1 and "overwrites nothing" in done.stderr
    assert sorted(p.name for p in data.iterdir()) == before


def test_drill_withThePassphraseAlone_opensACanaryOfEveryGeneration(site, tmp_path):
    done = site.command(
        "drill", site.file, "--passphrase", "--secret-file", site.passphrase, "--scratch", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    # Two generations of the symmetric key, the MAC key, and the RSA key for encryption; six pairs in all.
    assert f"keys       {len(SPECS)}, of them 0 in key stores outside" in done.stdout
    assert "canaries   4 opened, 0 newer generations tried afresh, 6 key pairs fit" in done.stdout
    assert "passed     in " in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_damagedCutLengthenedOrForeign_isRefused_andLeavesNothing(site, tmp_path):
    whole = site.file.read_bytes()
    spoilt = tmp_path / "spoilt"
    other = Server(tmp_path / "other").start()
    assert other.stop() == 0
    for name, content, key in [
        ("a byte in the middle", whole[:-500_000] + bytes([whole[-500_000] ^ 1]) + whole[-499_999:], site.root_key),
        ("a byte of the header", whole[:40] + bytes([whole[40] ^ 1]) + whole[41:], site.root_key),
        ("cut", whole[:-1000], site.root_key),
        ("cut at a chunk", whole[: len(whole) - (len(whole) % ((1 << 20) + 16))], site.root_key),
        ("longer", whole + b"x" * 100, site.root_key),
        ("no backup", os.urandom(5000), site.root_key),
        ("foreign", whole, tmp_path / "other" / "root.key"),
    ]:
        spoilt.write_bytes(content)
        done = site.command("restore", spoilt, "--data", tmp_path / "back", "--key-file", key)
        assert done.returncode == 1, (name, done.stdout, done.stderr)
        assert "keytrail: " in done.stderr and "at dev.keytrail" not in done.stderr, (name, done.stderr)
        assert not (tmp_path / "back").exists(), name
    assert sorted(p.name for p in tmp_path.iterdir()) == ["other", "other.log", "spoilt"]
    done = site.command(
        "drill", site.file, "--passphrase", "--secret-file", private(tmp_path / "wrong", "another passphrase"))
    assert done.returncode == 1 and "the passphrase is wrong" in done.stderr


def test_backup_showsNothing(site):
    """Neither keys nor plaintexts nor events can be read off the file."""
    whole = site.file.read_bytes()
    for shown in (b"eventVersion", b"keytrail canary", site.content[1000:1100], base64.b64encode(site.content[:30])):
        assert shown not in whole
    assert bytes.fromhex(site.root_key.read_text().split(":")[1]) not in whole


def test_whoMayNot_getsNothing(site, tmp_path):
    account, credentials = site.server.new_account()
    done = site.command(
        "backup", tmp_path / "x", AWS_ACCESS_KEY_ID=credentials[0], AWS_SECRET_ACCESS_KEY=credentials[1])
    assert done.returncode == 1 and "AccessDeniedException" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_secondBackupAtATime_isRefusedInWords(site, tmp_path):
    """A client that takes its backup slowly holds the place, and gives it back when it goes."""
    s3 = site.server.client("s3", s3={"addressing_style": "path"})
    s3.put_object(Bucket="kept", Key="more", Body=bytes(16 << 20))  # more than the sockets hold
    credentials = botocore.credentials.Credentials(*site.server.credentials)
    headers = {"X-Amz-Target": "Keytrail.CreateBackup", "Content-Type": "application/x-amz-json-1.1"}
    request = botocore.awsrequest.AWSRequest("POST", site.server.endpoint + "/", headers, b"{}")
    botocore.auth.SigV4Auth(credentials, "keytrail", "us-east-1").add_auth(request)
    with socket.create_connection(("127.0.0.1", site.server.port)) as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.sendall("\r\n".join([
            "POST / HTTP/1.1", f"Host: 127.0.0.1:{site.server.port}", "Content-Length: 2",
            *(f"{name}: {value}" for name, value in request.headers.items() if name != "Content-Length"), "", "{}"]).encode())
        assert slow.recv(15) == b"HTTP/1.1 200 OK"
        done = site.command("backup", tmp_path / "second")
        assert done.returncode == 1 and "ConflictException" in done.stderr, done.stderr
        assert "Another backup is being taken" in done.stderr and list(tmp_path.iterdir()) == []

    def third():
        return site.command("backup", tmp_path / "third").returncode == 0

    eventually(third)
    assert "Exception" not in (site.folder / "data.log").read_text()


def test_restoredServer_isOlderThanARememberedCheckpoint_andVerifyNotices(site, tmp_path):
    told = json.loads(site.command("checkpoint", "--endpoint", site.server.endpoint).stdout)
    remembered = tmp_path / "remembered"
    remembered.write_text(told["Checkpoint"])
    data = tmp_path / "back"
    done = site.command("restore", site.file, "--data", data, "--key-file", site.root_key)
    assert done.returncode == 0, done.stderr
    verify = ["verify", "log", "--data", data, "--key", told["VerifierKey"]]
    assert site.command(*verify).returncode == 0
    done = site.command(*verify, "--remembered", remembered)
    assert done.returncode == 3 and "CUT" in done.stdout


def test_drillOverGenerationsOfTheRootKey_opensACanaryOfEveryKeyGeneration(tmp_path):
    """Keys of three generations of the root key, each wrapped anew since, and then another keeper: a backup opens with the custody
    of its day, and with no other."""
    server = Sealable(tmp_path / "data", extra=["--clock"]).start()
    secret = private(tmp_path / "secret", PASSPHRASE)

    def command(*words):
        return run([KEYTRAIL, *words], {**os.environ, **server.environment()})

    def backup(name):
        taken = command("backup", tmp_path / name)
        assert taken.returncode == 0, taken.stderr
        return tmp_path / name

    def rotated(generation):
        assert server.changed("RotateRootKey")["RootKeyGeneration"] == generation
        eventually(lambda: server.status().get("Rewrapped"))
        advance(server, "38h")
        eventually(lambda: "RotatedAt" not in server.status())

    try:
        kms = server.client("kms")
        old = kms.create_key()["KeyMetadata"]["KeyId"]
        blobs = [kms.encrypt(KeyId=old, Plaintext=b"1")["CiphertextBlob"]]
        first = backup("first")
        first_key = private(tmp_path / "first.key", (server.data / "root.key").read_text().strip())
        rotated(2)
        kms.rotate_key_on_demand(KeyId=old)
        blobs.append(kms.encrypt(KeyId=old, Plaintext=b"2")["CiphertextBlob"])
        kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
        second = backup("second")
        second_key = private(tmp_path / "second.key", (server.data / "root.key").read_text().strip())
        rotated(3)
        kms.rotate_key_on_demand(KeyId=old)
        blobs.append(kms.encrypt(KeyId=old, Plaintext=b"3")["CiphertextBlob"])
        kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
        server.changed("ChangeCustody", Provider="passphrase", Secret=blob64(PASSPHRASE))
        eventually(lambda: not (server.data / "root.key").exists())
        assert (server.status()["Provider"], server.status()["RootKeyGeneration"]) == ("passphrase", 3)
        third = backup("third")
        for file, how, keys, canaries, pairs in [
            (first, ["--key-file", first_key], 1, 1, 0),
            (second, ["--key-file", second_key], 2, 3, 0),
            (third, ["--secret-file", secret], 3, 4, 1),
        ]:
            done = command("drill", file, *how)
            assert done.returncode == 0, (file, done.stdout, done.stderr)
            assert f"keys       {keys}, of them 0 in key stores outside" in done.stdout, (file, done.stdout)
            assert f"canaries   {canaries} opened, 0 newer generations tried afresh, {pairs} key pairs fit" in done.stdout, (file, done.stdout)
        for file, how in [(second, first_key), (first, second_key), (third, second_key)]:
            done = command("drill", file, "--key-file", how)
            assert done.returncode == 1 and "keytrail: " in done.stderr and "at dev.keytrail" not in done.stderr, (file, done)
        for number, blob in enumerate(blobs, 1):
            assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"%d" % number
    finally:
        server.kill()


def test_backupRightBehindAChangeOfCustody_opensWithTheNewCustody(tmp_path):
    """The change comes into force a moment after its answer; what is saved in between has it in its ledger already."""
    server = Sealable(tmp_path / "data").start()
    try:
        old = private(tmp_path / "old.key", (server.data / "root.key").read_text().strip())
        server.client("kms").create_key()
        # The log writes files by drafts that are there for a moment, or for good after a crash: none is taken along.
        eventually((server.data / "chain" / "checkpoint").exists)
        (server.data / "chain" / ".draft-77").write_bytes(b"half of a file")
        server.changed("ChangeCustody", Provider="passphrase", Secret=blob64(PASSPHRASE))
        code, content = server.api("CreateBackup", read=bytes)
        assert code == 200
    finally:
        server.kill()
    file = tmp_path / "a.backup"
    file.write_bytes(content)
    done = run([KEYTRAIL, "drill", file, "--secret-file", private(tmp_path / "secret", PASSPHRASE)], os.environ)
    assert done.returncode == 0, done.stderr
    assert run([KEYTRAIL, "drill", file, "--key-file", old], os.environ).returncode == 1
