"""`ledger.retention`: records beyond it go, into an archive and on record; all that stays is provable. And what an operator with
root does in its name: a drop that nobody recorded, and one larger than what is on record."""

import hashlib
import json
import os
import shutil
import struct
import subprocess

import pytest
from conftest import KEYTRAIL, Server, eventually, run
from test_attacker import FRAME_HEADER, MAGIC, SEGMENT_HEADER, crc32c
from test_backup import private
from test_trail import bucket_policy
from test_virtual_clock import advance

LARGE = {f"name-{i}": "x" * 900 for i in range(7)}  # with so much context, a hundred and fifty events fill a segment


def segments(data):
    return sorted(f for f in (data / "store" / "ledger").iterdir() if f.name.endswith((".log", ".log.pack")))


def base(data):
    return next(iter((data / "store" / "ledger").glob("*.base")), None)


def unpacked(data):
    return [f for f in segments(data) if f.suffix == ".log"]


def first_index(data):
    return struct.unpack_from(">Q", base(data).read_bytes(), 16)[0]


class Lived:
    """A server that dropped its first segments into an archive, and what was kept of them by others."""

    def __init__(self, folder):
        self.folder = folder
        self.archive = folder / "archive"
        self.archive.mkdir()
        settings = ["ledger.retention=30d", f"ledger.archive={self.archive}", "ledger.segment=1", "history.retention=7d", "trail.flush=1s"]
        self.server = Server(folder / "data", extra=["--clock"] + [a for s in settings for a in ("--set", s)]).start()
        kms, trail = self.server.client("kms"), self.server.client("cloudtrail")
        s3 = self.server.client("s3", s3={"addressing_style": "path"})
        s3.create_bucket(Bucket="kept-logs")
        s3.put_bucket_policy(Bucket="kept-logs", Policy=bucket_policy("kept-logs", self.server.account()))
        trail.create_trail(Name="kept", S3BucketName="kept-logs")
        trail.start_logging(Name="kept")
        self.key, gone = (kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2))
        kms.create_alias(AliasName="alias/stays", TargetKeyId=self.key)
        kms.create_alias(AliasName="alias/goes", TargetKeyId=gone)
        kms.delete_alias(AliasName="alias/goes")
        sealed = kms.encrypt(KeyId=self.key, Plaintext=b"old")
        self.blob = sealed["CiphertextBlob"]
        self.index = int(sealed["ResponseMetadata"]["HTTPHeaders"]["x-keytrail-log-index"])
        self.receipt = self.command("receipt", f"#{self.index}")
        assert self.receipt.returncode == 0, self.receipt.stderr
        for _ in range(1100):
            kms.generate_data_key(KeyId=gone, KeySpec="AES_256", EncryptionContext=LARGE)
        self.remembered = folder / "remembered"
        shutil.copy(self.server.data / "chain" / "checkpoint", self.remembered)
        self.key_file = folder / "verifier-key"
        shutil.copy(self.server.data / "chain" / "verifier-key", self.key_file)
        eventually(lambda: sum(f.suffix == ".pack" for f in segments(self.server.data)) >= 3, timeout=40)
        self.server.stop()
        self.before = shutil.copytree(self.server.data, folder / "before")
        self.server.start()
        advance(self.server, "31d")
        # In more than one stretch: all that is packed is old.
        eventually(lambda: base(self.server.data) and all(f.suffix != ".pack" for f in segments(self.server.data)), timeout=40)
        self.archives = sorted(self.archive.iterdir())
        assert len(self.archives) > 1 and segments(self.server.data)[0].name != "000000000001.log"
        self.away = self.command("verify", self.server.endpoint, "--key", self.key_file)

    def command(self, *words):
        return run([KEYTRAIL, *words, *(["--endpoint", self.server.endpoint] if words[0] in ("receipt", "why", "backup") else [])], {**os.environ, **self.server.environment()})

    def verify(self, data, *more):
        done = run([KEYTRAIL, "verify", data, "--key", self.key_file, *more], os.environ)
        return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    made = Lived(tmp_path_factory.mktemp("retention"))
    yield made
    if made.server.running:
        assert made.server.stop() == 0


def test_dropped_keysStateAndLastUseAreAsBefore(lived):
    kms = lived.server.client("kms")
    assert kms.decrypt(CiphertextBlob=lived.blob)["Plaintext"] == b"old"
    assert {a["AliasName"] for a in kms.list_aliases()["Aliases"]} >= {"alias/stays"}
    assert "alias/goes" not in {a["AliasName"] for a in kms.list_aliases()["Aliases"]}
    assert lived.index < first_index(lived.server.data)


def test_receiptOfADroppedRecord_saysWhereItIs_andItsOwnerCanStillProveIt(lived, tmp_path):
    refused = lived.command("receipt", f"#{lived.index}")
    assert refused.returncode == 1 and "EventDroppedException" in refused.stderr and lived.archives[0].name in refused.stderr
    why = lived.command("why", f"#{lived.index}")
    assert why.returncode == 1 and "dropped" in why.stderr
    event = tmp_path / "event.json"
    event.write_text(json.loads(lived.receipt.stdout)["event"])
    again = lived.command("receipt", f"#{lived.index}", "--event", event)
    assert again.returncode == 0, again.stderr
    (tmp_path / "receipt").write_text(again.stdout)
    proven = run([KEYTRAIL, "verify", "receipt", tmp_path / "receipt", "--key", lived.key_file], os.environ)
    assert proven.returncode == 0 and f"proven: record {lived.index} " in proven.stdout, proven
    event.write_text(event.read_text().replace("Encrypt", "Decrypt"))
    assert lived.command("receipt", f"#{lived.index}", "--event", event).returncode == 1


def test_wholeHistory_overHttp_isAsSignedWithTheDropDeclared(lived):
    assert lived.away.returncode == 0 and "dropped, as a signed record says" in lived.away.stdout, lived.away


def test_archive_isWhatTheRecordSays(lived):
    end = 0
    for archive, event in zip(lived.archives, declarations(lived.server.data), strict=True):
        assert subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=archive).returncode == 0
        details = event["serviceEventDetails"]
        assert details["archiveSha256"] == hashlib.sha256((archive / "SHA256SUMS").read_bytes()).hexdigest()
        assert details["archive"] == archive.name and details["archived"] and details["firstIndex"] == end
        end = details["lastIndex"] + 1
        assert details["treeSize"] == end
    assert end == first_index(lived.server.data)
    assert details["stateSha256"] == hashlib.sha256(base(lived.server.data).read_bytes()).hexdigest()
    assert event["userIdentity"] == {"accountId": "000000000000", "invokedBy": "AWS Internal"} and details["retentionDays"] == 30


def declarations(data):
    """DropLedgerRecords among the records that are not packed yet."""
    found = []
    for file in segments(data):
        raw = file.read_bytes()
        at = raw.find(b'"eventName":"DropLedgerRecords"')
        while at >= 0:
            begin = raw.rindex(b'{"eventVersion"', 0, at)
            found.append(json.JSONDecoder().raw_decode(raw[begin:].decode("latin-1"))[0])
            at = raw.find(b'"eventName":"DropLedgerRecords"', at + 1)
    return found


def test_backupOfWhatIsLeft_comesBack(lived, tmp_path):
    secret = private(tmp_path / "passphrase", "a passphrase for backups")
    taken = lived.command("backup", tmp_path / "one", "--passphrase", "--secret-file", secret)
    assert taken.returncode == 0, taken.stderr
    back = tmp_path / "back"
    done = run([KEYTRAIL, "restore", tmp_path / "one", "--data", back, "--passphrase", "--secret-file", secret], os.environ)
    assert done.returncode == 0, done.stderr
    code, text = lived.verify(back, "--remembered", lived.remembered)
    assert code == 0 and "dropped, as a signed record says" in text, text
    shutil.copy(lived.server.data / "admin.credentials", back)
    server = Server(back, extra=["--clock"]).start()
    try:
        assert server.client("kms").decrypt(CiphertextBlob=lived.blob)["Plaintext"] == b"old"
    finally:
        assert server.stop() == 0


def test_stopped_verifiedWithAndWithoutTheArchive_andRebuilt(lived):
    lived.server.kill()
    lived.server.start()
    assert lived.server.client("kms").decrypt(CiphertextBlob=lived.blob)["Plaintext"] == b"old"
    assert lived.server.client("kms").get_key_last_usage(KeyId=lived.key)["KeyLastUsage"]["Operation"] == "Decrypt"
    assert lived.server.stop() == 0
    first = first_index(lived.server.data)
    code, text = lived.verify(lived.server.data, "--remembered", lived.remembered)
    assert code == 0 and " 0 findings" in text and f"the first {first} dropped" in text, text
    assert " 0 events in" not in text, "delivered files are held against the hashes of what was dropped"
    code, text = lived.verify(lived.server.data, "--remembered", lived.remembered, "--archive", lived.archive)
    assert code == 0 and " 0 findings" in text and "dropped" not in text, text
    shutil.rmtree(lived.server.data / "store" / "views")
    lived.server.start()
    try:
        kms = lived.server.client("kms")
        assert kms.decrypt(CiphertextBlob=lived.blob)["Plaintext"] == b"old"
        assert "alias/goes" not in {a["AliasName"] for a in kms.list_aliases()["Aliases"]}
    finally:
        assert lived.server.stop() == 0


def forged_base(data, kept):
    """What an attacker puts in the place of the segments before `kept`: any rows, every sum right."""
    header = kept.read_bytes()[:SEGMENT_HEADER]
    out, at, previous = bytearray(header), SEGMENT_HEADER, struct.unpack_from(">I", header, 36)[0]
    index = struct.unpack_from(">Q", header, 16)[0]
    old = base(data).read_bytes() if base(data) else b""
    payloads = []
    while at + FRAME_HEADER <= len(old):
        _, size, where, records, _ = struct.unpack_from(">IIQII", old, at)
        payloads.append((where if records else index, records, old[at + FRAME_HEADER : at + FRAME_HEADER + size]))
        at += FRAME_HEADER + size
    for where, records, payload in payloads or [(index, 0, b"")]:
        head = struct.pack(">IIQII", MAGIC, len(payload), where, records, previous)
        previous = crc32c(head, payload)
        head += struct.pack(">I", previous)
        out += head + struct.pack(">I", crc32c(head)) + payload
    ledger = data / "store" / "ledger"
    if base(data):
        base(data).unlink()
    for file in segments(data):
        if file.name.split(".")[0] < kept.name.split(".")[0]:
            file.unlink()
    (ledger / (kept.name.split(".")[0] + ".base")).write_bytes(out)
    return index


def starts(data):
    done = run([KEYTRAIL, "serve", "--data", data, "--port", "0", "--clock"], os.environ)
    return done.returncode, done.stderr


def is_undeclared(lived, data, first, last):
    code, text = lived.verify(data)
    assert code == 3 and f"UNDECLARED records {first} to {last}" in text, text
    code, text = starts(data)
    assert code == 1 and "does not say that they were dropped" in text, text


def test_undeclaredDrop_isNotTakenForARetention(lived, tmp_path):
    data = shutil.copytree(lived.before, tmp_path / "data")
    shutil.rmtree(data / "store" / "views")
    first = forged_base(data, unpacked(data)[0])
    is_undeclared(lived, data, 0, first - 1)


def test_dropLargerThanRecorded_isNamed(lived, tmp_path):
    if lived.server.running:
        lived.server.stop()
    data = shutil.copytree(lived.server.data, tmp_path / "data")
    shutil.rmtree(data / "store" / "views")
    recorded = first_index(data)
    first = forged_base(data, segments(data)[1])
    assert first > recorded
    is_undeclared(lived, data, recorded, first - 1)


def test_stateKeptOfDroppedRecords_changed_isNamed(lived, tmp_path):
    if lived.server.running:
        lived.server.stop()
    data = shutil.copytree(lived.server.data, tmp_path / "data")
    shutil.rmtree(data / "store" / "views")
    file = base(data)
    raw = file.read_bytes()
    file.write_bytes(raw.replace(b"alias/stays", b"alias/stayz"))
    forged_base(data, segments(data)[0])
    code, text = lived.verify(data)
    assert code == 3 and "UNDECLARED" in text and "is not what the record of their dropping says" in text, text
    assert starts(data)[0] == 1


@pytest.mark.parametrize("set, why", [
    (["ledger.retention=30d", "chain=false"], "needs the Merkle log"),
    (["ledger.archive=/nowhere"], "ledger.retention must say when"),
    (["ledger.retention=1h"], "ledger.retention"),
])
def test_settingsThatMakeNoSense_areRefused(tmp_path, set, why):
    done = run([KEYTRAIL, "serve", "--data", tmp_path / "d", *(a for s in set for a in ("--set", s))], os.environ)
    assert done.returncode == 1 and why in done.stderr, done


def test_retentionInMemory_isRefused():
    done = run([KEYTRAIL, "serve", "--ephemeral", "--port", "0", "--set", "ledger.retention=30d"], os.environ)
    assert done.returncode == 1 and "needs a data directory" in done.stderr, done
