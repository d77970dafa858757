"""`ledger.retention` and `keytrail ledger drop`: old records go, into an archive and on record; all that stays is provable, by
witnesses too, and what is gone by its archive. And what an operator with root does in their name: a drop that nobody recorded,
one larger than what is on record, and one whose record was never signed."""

import base64
import gzip
import hashlib
import json
import os
import shutil
import struct
import subprocess
import time

import pytest
from conftest import KEYTRAIL, Server, eventually, receipt, run
from test_attacker import FRAME_HEADER, MAGIC, SEGMENT_HEADER, Forgery, crc32c
from test_backup import private
from test_trail import bucket_policy
from test_virtual_clock import advance
from test_witness import Witness, log_keys, status

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
    """A server that dropped its first segments into an archive, and what was kept of them by others. Its trail delivered late,
    and its witness was away for a while: each held up the drop."""

    def __init__(self, folder):
        self.folder = folder
        self.archive = folder / "archive"
        self.archive.mkdir()
        self.flags = ["--clock"] + [a for s in ("ledger.segment=1", "history.retention=7d", "trail.flush=1s") for a in ("--set", s)]
        self.server = Server(folder / "data", extra=self.flags)
        self.witness = Witness(folder / "witness", log_keys(self.server)).start()
        settings = ["ledger.retention=30d", f"ledger.archive={self.archive}", self.witness.setting, "witness.quorum=1"]
        self.server.extra = self.flags + [a for s in settings for a in ("--set", s)]
        self.server.start()
        kms, trail = self.server.client("kms"), self.server.client("cloudtrail")
        s3 = self.server.client("s3", s3={"addressing_style": "path"})
        s3.create_bucket(Bucket="kept-logs")
        self.open_bucket(self.server)
        trail.create_trail(Name="kept", S3BucketName="kept-logs")
        trail.start_logging(Name="kept")
        s3.delete_bucket_policy(Bucket="kept-logs")
        self.key, gone = (kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2))
        kms.create_alias(AliasName="alias/stays", TargetKeyId=self.key)
        kms.create_alias(AliasName="alias/goes", TargetKeyId=gone)
        kms.delete_alias(AliasName="alias/goes")
        sealed = kms.encrypt(KeyId=self.key, Plaintext=b"old")
        self.blob = sealed["CiphertextBlob"]
        self.index = int(sealed["ResponseMetadata"]["HTTPHeaders"]["x-keytrail-log-index"])
        self.receipt = receipt(self.server, f"#{self.index}")
        for _ in range(1100):
            kms.generate_data_key(KeyId=gone, KeySpec="AES_256", EncryptionContext=LARGE)
        self.remembered = folder / "remembered"
        shutil.copy(self.server.data / "chain" / "checkpoint", self.remembered)
        self.key_file = folder / "verifier-key"
        shutil.copy(self.server.data / "chain" / "verifier-key", self.key_file)
        eventually(lambda: sum(f.suffix == ".pack" for f in segments(self.server.data)) >= 3)
        self.packed_backup = self.backup("packed")
        self.server.stop()
        self.before = shutil.copytree(self.server.data, folder / "before")
        self.witness.kill()
        self.server.start()
        advance(self.server, "31d")
        log = folder / "data.log"
        eventually(lambda: "a trail has not delivered record" in log.read_text())
        self.lagging = json.loads(self.command("ledger", "show").stdout)
        self.open_bucket(self.server)
        eventually(self.tried_again)
        time.sleep(1)  # in which it would be dropped, if that did not wait for the witness
        self.unseen = json.loads(self.command("ledger", "show").stdout)
        self.witness.start()
        eventually(self.gone)
        self.archives = sorted(self.archive.iterdir())
        assert len(self.archives) > 1 and segments(self.server.data)[0].name != "000000000001.log"
        self.away = self.command("verify", self.server.endpoint, "--key", self.key_file)

    def open_bucket(self, server):
        s3 = server.client("s3", s3={"addressing_style": "path"})
        s3.put_bucket_policy(Bucket="kept-logs", Policy=bucket_policy("kept-logs", server.account()))

    def tried_again(self):
        """Delivery and retention both wait a while before they try again."""
        advance(self.server, "11m")
        return "LastDrop" in json.loads(self.command("ledger", "show").stdout)

    def gone(self):
        """In more than one stretch: all that is packed is old. The witness is asked less and less often."""
        advance(self.server, "2m")
        return base(self.server.data) and all(f.suffix != ".pack" for f in segments(self.server.data))

    def backup(self, name):
        secret = private(self.folder / "passphrase", "a passphrase for backups")
        taken = self.command("backup", self.folder / name, "--passphrase", "--secret-file", secret)
        assert taken.returncode == 0, taken.stderr
        return self.folder / name

    def restored(self, backup, into):
        done = run(
            [KEYTRAIL, "restore", backup, "--data", into, "--passphrase", "--secret-file", self.folder / "passphrase"], os.environ)
        assert done.returncode == 0, done.stderr
        shutil.copy(self.server.data / "admin.credentials", into)
        return into

    def still_decrypts(self, data, *more):
        server = Server(data, extra=[*self.flags, *more]).start()
        try:
            assert server.client("kms").decrypt(CiphertextBlob=self.blob)["Plaintext"] == b"old"
        finally:
            assert server.stop() == 0

    def stopped(self, name):
        """A copy of the directory that holds a drop."""
        if self.server.running:
            assert self.server.stop() == 0
        return shutil.copytree(self.server.data, self.folder / name)

    def command(self, *words):
        return run([KEYTRAIL, *words, *(["--endpoint", self.server.endpoint] if words[0] in ("receipt", "why", "backup", "ledger") else [])], {**os.environ, **self.server.environment()})

    def verify(self, data, *more):
        done = run([KEYTRAIL, "verify", data, "--key", self.key_file, *more], os.environ)
        return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    made = Lived(tmp_path_factory.mktemp("retention"))
    yield made
    if made.server.running:
        assert made.server.stop() == 0
    made.witness.kill()


def test_lateTrail_andAbsentWitness_heldUpTheDrop(lived):
    """What a trail has still to deliver stays, and nothing goes before the witnesses have seen the record that says so."""
    assert lived.lagging["FirstIndex"] == 0 and "LastDrop" not in lived.lagging
    assert lived.unseen["FirstIndex"] == 0 and lived.unseen["LastDrop"]["FirstIndex"] == 0, "decided, and not done"


def test_delivered_isEveryEvent_thoughItsRecordIsGone(lived):
    """The late trail has them all, each once."""
    s3 = lived.server.client("s3", s3={"addressing_style": "path"})

    def delivered():
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket="kept-logs", Prefix="AWSLogs/"):
            for item in page.get("Contents", []):
                if "/CloudTrail/" in item["Key"] and item["Size"]:
                    body = s3.get_object(Bucket="kept-logs", Key=item["Key"])["Body"].read()
                    yield from (e["eventID"] for e in json.loads(gzip.decompress(body))["Records"] if e["eventName"] == "GenerateDataKey")

    found = eventually(lambda: (lambda all: len(all) >= 1100 and all)(list(delivered())))
    assert len(found) == len(set(found)) == 1100


def test_witness_goesOnOverTheDrop_andReceiptsOfBothSidesVerify(lived, tmp_path):
    """The cosigned log is one log: its witness never saw a break, and what it signed proves records before and behind."""
    made = lived.server.client("kms").generate_random(NumberOfBytes=8)["ResponseMetadata"]["HTTPHeaders"]
    index = int(made["x-keytrail-log-index"])
    behind = receipt(lived.server, f"#{index}")

    def cosigned():
        [told] = status(lived.server)["Witnesses"]
        return told["CosignedSize"] > index and told

    told = eventually(cosigned)
    assert index > first_index(lived.server.data) and not told["Disputes"]
    keys = tmp_path / "witness-keys"
    keys.write_text("\n".join(lived.witness.keys))
    for made, number in ((lived.receipt, lived.index), (behind, index)):
        (tmp_path / "receipt").write_text(made.stdout)
        proven = run([KEYTRAIL, "verify", "receipt", tmp_path / "receipt", "--key", lived.key_file, "--witness", keys], os.environ)
        assert proven.returncode == 0 and f"proven: record {number} " in proven.stdout, proven
        assert "cosigned by witness.example/w1" in proven.stdout
    away = lived.command(
        "verify", lived.server.endpoint, "--key", lived.key_file, "--witness", f"{lived.witness.url} {' '.join(lived.witness.keys)}")
    assert away.returncode == 0 and "dropped, as a signed record says" in away.stdout, away


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
    back = lived.restored(lived.backup("one"), tmp_path / "back")
    code, text = lived.verify(back, "--remembered", lived.remembered)
    assert code == 0 and "dropped, as a signed record says" in text, text
    lived.still_decrypts(back)


def test_backupOfPackedSegments_comesBackWhole(lived, tmp_path):
    assert sum(f.suffix == ".pack" for f in segments(lived.before)) >= 3 and base(lived.before) is None
    back = lived.restored(lived.packed_backup, tmp_path / "back")
    code, text = lived.verify(back, "--remembered", lived.remembered)
    assert code == 0 and " 0 findings" in text and "dropped" not in text, text
    lived.still_decrypts(back)
    code, text = lived.verify(back)
    assert code == 0 and " 0 findings" in text, text


def test_archivedEvent_isPrinted_provenAndChecked_withoutAServer(lived, tmp_path):
    def archive(verb, *words, at=lived.archive):
        return run([KEYTRAIL, "archive", verb, at, *words], {**os.environ, **lived.server.environment()})

    event = json.loads(lived.receipt.stdout)["event"]
    shown = archive("event", f"#{lived.index}")
    assert shown.returncode == 0 and shown.stdout == event + "\n", shown
    by_id = archive("event", json.loads(event)["eventID"], at=lived.archives[0])
    assert by_id.stdout == event + "\n", by_id
    log = ("--log", lived.server.data / "chain")
    made = archive("receipt", f"#{lived.index}", *log, "--key", lived.key_file)
    assert made.returncode == 0, made
    (tmp_path / "receipt").write_text(made.stdout)
    proven = run([KEYTRAIL, "verify", "receipt", tmp_path / "receipt", "--key", lived.key_file], os.environ)
    assert proven.returncode == 0 and f"proven: record {lived.index} " in proven.stdout, proven
    away = archive("receipt", f"#{lived.index}", "--endpoint", lived.server.endpoint)
    assert away.returncode == 0 and json.loads(away.stdout)["event"] == event, away
    end = struct.unpack_from(">Q", base(lived.server.data).read_bytes(), 16)[0]
    whole = archive("check", *log, "--key", lived.key_file)
    assert whole.returncode == 0 and whole.stdout == f"as signed: records 0 to {end - 1}; 0 findings\n", whole
    # What is not there, and what was changed.
    missing = archive("event", f"#{end}")
    assert missing.returncode == 1 and f"has no record #{end}" in missing.stderr, missing
    nowhere = archive("receipt", f"#{lived.index}")
    assert nowhere.returncode == 1 and "--log DIR or --endpoint URL" in nowhere.stderr, nowhere
    forged = shutil.copytree(lived.archive, tmp_path / "archive")
    file = next(f for f in sorted(forged.rglob("*.pack")))
    raw = bytearray(file.read_bytes())
    raw[len(raw) // 2] ^= 1
    file.write_bytes(raw)
    spoilt = archive("check", *log, "--key", lived.key_file, at=forged)
    assert spoilt.returncode == 3 and "is not what its checksum says" in spoilt.stdout and "NOT as signed" in spoilt.stdout, spoilt


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


def flip(file, text, after=0):
    """Changes one bit of an event; no sum is put right."""
    raw = bytearray(file.read_bytes())
    raw[raw.index(text, after)] ^= 1
    file.write_bytes(raw)


def repaired(data):
    found = run([KEYTRAIL, "repair", data], os.environ)
    done = run([KEYTRAIL, "repair", data, "--write"], os.environ)
    assert found.returncode == 3 and done.returncode == 0, (found, done)
    return found.stdout


def kinds(text):
    """What was found. A delivered file still has what the ledger has lost, and that is said too."""
    found = dict(line.split(":")[0].split(" ", 1) for line in text.splitlines() if " records " in line.split(":")[0] and "as signed" not in line)
    return {kind: "delivered before" if kind == "LOG_FILE_DIFFERS" else where for kind, where in found.items()}


def test_repairOfALedgerThatHoldsADrop_losesWhatIsDamagedAlone(lived):
    data = lived.stopped("repair")
    first = first_index(data)
    flip(segments(data)[0], b"name-3", 50_000)
    found = repaired(data)
    (lost,) = [line for line in found.splitlines() if line.startswith("lost ")]
    number = int(lost.split()[-1])
    assert lost.split()[2] == str(number) and number > first, found
    code, text = lived.verify(data, "--remembered", lived.remembered)
    assert code == 3 and kinds(text) == {"LOST": f"records {number} to {number}", "LOG_FILE_DIFFERS": "delivered before"}, text
    assert f"the first {first} dropped, as a signed record says" in text, text
    lived.still_decrypts(data)
    code, text = lived.verify(data, "--archive", lived.archive)
    assert code == 3 and kinds(text)["LOST"] == f"records {number} to {number}" and "dropped" not in text, text
    again = run([KEYTRAIL, "repair", data], os.environ)
    assert again.returncode == 0 and "nothing to repair" in again.stdout, again


def test_repairOfTheRecordOfADrop_isSaidForGood(lived):
    """Without the record nothing proves the drop any more: the server goes on, and every check from then on says so."""
    data = lived.stopped("repair-declaration")
    said = b'"eventName":"DropLedgerRecords"'
    file = [f for f in unpacked(data) if said in f.read_bytes()][-1]
    flip(file, said, file.read_bytes().rindex(said))
    repaired(data)
    lived.still_decrypts(data)
    assert "was itself lost to damage: nothing proves the drop any more" in (data.parent / f"{data.name}.log").read_text()
    code, text = lived.verify(data)
    assert code == 3 and "LOST records" in text and "UNDECLARED records" in text, text


def test_repairThatWouldGiveUpTheHashesOfADrop_isRefused(lived):
    data = lived.stopped("repair-new-log")
    shutil.rmtree(data / "chain" / "hashes" / "0")
    done = run([KEYTRAIL, "repair", data, "--write", "--new-log"], os.environ)
    assert done.returncode == 1 and "were dropped, and their hashes are in" in done.stderr, done
    assert (data / "chain" / "checkpoint").exists()


def test_dropOnDemand_isOnRecord_andObeysTheSameRules(lived, tmp_path):
    """The directory of before, with no retention: nothing goes by itself, and what is asked for as a retention would have it."""
    data = shutil.copytree(lived.before, tmp_path / "data")
    archive = tmp_path / "archive"
    archive.mkdir()
    server = Server(data, extra=[*lived.flags, "--set", f"ledger.archive={archive}"]).start()

    def drop(*words):
        return run([KEYTRAIL, "ledger", "drop", *words, "--endpoint", server.endpoint], {**os.environ, **server.environment()})

    def show():
        done = run([KEYTRAIL, "ledger", "show", "--endpoint", server.endpoint], {**os.environ, **server.environment()})
        return json.loads(done.stdout)

    try:
        young = drop("--older-than", "30d")
        assert young.returncode == 0 and "dropped    nothing" in young.stdout and "that are younger" in young.stdout, young
        advance(server, "31d")
        late = drop("--older-than", "30d")
        assert late.returncode == 0 and "dropped    nothing" in late.stdout and "a trail has still to deliver record" in late.stdout, late
        assert show()["FirstIndex"] == 0 and base(data) is None
        lived.open_bucket(server)

        def done():
            advance(server, "11m")
            asked = drop("--older-than", "30d")
            return "dropped    records 0 to " in asked.stdout and asked

        told = eventually(done)
        first = show()["FirstIndex"]
        assert told.returncode == 0 and f"dropped    records 0 to {first - 1}\n" in told.stdout, told
        assert f"kept       records {first} to " in told.stdout
        assert first == first_index(data) and all(f.suffix != ".pack" for f in segments(data))
        # Who asked is on record, and what went is tied to that request.
        found = server.client("cloudtrail").lookup_events(
            LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "StartLedgerDrop"}])["Events"]
        asked = json.loads(found[0]["CloudTrailEvent"])
        assert asked["requestParameters"] == {"olderThanDays": 30} and asked["userIdentity"]["userName"] == "admin"
        for event, kept in zip(declarations(data), sorted(archive.iterdir()), strict=True):
            details = event["serviceEventDetails"]
            assert details["request"] == asked["requestID"] and details["olderThanDays"] == 30 and "retentionDays" not in details
            assert details["archive"] == kept.name
        # Bounds, and who may.
        for words, said in [(["0d"], "--older-than"), (["36h"], "whole days"), (["x"], "--older-than")]:
            refused = drop("--older-than", *words)
            assert refused.returncode != 0 and said in refused.stderr, refused
        _, stranger = server.new_account()
        refused = run(
            [KEYTRAIL, "ledger", "drop", "--older-than", "30d", "--endpoint", server.endpoint],
            {**os.environ, **server.environment(AWS_ACCESS_KEY_ID=stranger[0], AWS_SECRET_ACCESS_KEY=stranger[1])})
        assert refused.returncode == 1 and "AccessDeniedException" in refused.stderr
    finally:
        assert server.stop() == 0
    code, text = lived.verify(data, "--remembered", lived.remembered)
    assert code == 0 and f"the first {first} dropped" in text, text
    code, text = lived.verify(data, "--archive", archive)
    assert code == 0 and "dropped" not in text, text


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


def number(value):
    """As rows have whole numbers: zig-zag, seven bits an octet."""
    return length(value << 1 if value >= 0 else (-value << 1) - 1)


def length(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out + bytes([value]))


def sized(content):
    content = content.encode() if isinstance(content, str) else content
    return length(len(content)) + content


def tree_root(hashes):
    """RFC 6962, section 2.1, over leaf hashes."""
    if len(hashes) == 1:
        return hashes[0]
    left = 1 << (len(hashes) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + tree_root(hashes[:left]) + tree_root(hashes[left:])).digest()


def forged_drop(data, honest):
    """All that a drop leaves, but for a signature: in place of the first segments their state with a name changed, the drop's
    row, and its record. A base that the server itself has made is what the forger begins with."""
    (data / "store" / "ledger" / honest.name).write_bytes(honest.read_bytes().replace(b"alias/stays", b"alias/stayz"))
    (kept,) = [f for f in unpacked(data) if f.stem == honest.stem]
    end = forged_base(data, kept)
    hashes = (data / "chain" / "hashes" / "0" / "0").read_bytes()
    root = tree_root([hashes[at : at + 32] for at in range(0, 32 * end, 32)])
    digest = hashlib.sha256(base(data).read_bytes()).digest()
    details = {"firstIndex": 0, "lastIndex": end - 1, "treeSize": end, "rootHash": base64.b64encode(root).decode(),
               "stateSha256": digest.hex(), "archived": False, "retentionDays": 30}
    event = json.dumps({
        "eventVersion": "1.11", "eventID": "f", "eventSource": "keytrail.amazonaws.com", "eventName": "DropLedgerRecords",
        "eventType": "AwsServiceEvent", "recipientAccountId": "000000000000", "serviceEventDetails": details}, separators=(",", ":"))
    row = b"".join([number(2), number(0), number(end), sized(root), sized(digest), b"\0", number(30), number(0), number(0), b"\0", number(-1)])
    changes = number(1) + length(1) + sized("audit.dropped") + sized(f"{end:019d}") + b"\1" + sized(row)
    record = b"".join([
        number(1), sized("000000000000"), sized("us-east-1"), number(0), sized("f"), number(1_700_000_000),
        sized("keytrail.amazonaws.com"), sized("DropLedgerRecords"), b"\1", b"\0", b"\0", length(0), sized(event), sized(b"")])
    body = struct.pack(">I", len(changes)) + changes + struct.pack(">I", len(record)) + record
    newest = [f for f in unpacked(data) if Forgery.frames_of(f)][-1]
    forgery = Forgery.__new__(Forgery)
    forgery.data, forgery.file, forgery.frames = data, newest, Forgery.frames_of(newest)
    forgery.frames.append([1, struct.pack(">I", len(body)) + body, 0, 0])
    forgery.write()
    return end


@pytest.mark.parametrize("more", ["nothing", "no checkpoint", "damaged tiles", "no log asked for"])
def test_dropWhoseRecordWasNeverSigned_stopsTheStart(lived, tmp_path, more):
    """The forger writes everything that a drop leaves, so that the server would sign it at its next start: it does not start."""
    data = shutil.copytree(lived.before, tmp_path / "data")
    end = forged_drop(data, base(lived.server.data))
    checkpoint = (data / "chain" / "checkpoint").read_bytes()
    code, text = lived.verify(data)
    assert code == 3 and f"UNDECLARED records 0 to {end - 1}" in text, text
    if more == "no checkpoint":
        (data / "chain" / "checkpoint").unlink()
        (data / "chain" / "witnessed").unlink()
    if more == "damaged tiles":
        (data / "chain" / "hashes" / "1" / "0").write_bytes(b"")
    done = run([KEYTRAIL, "serve", "--data", data, "--port", "0", *lived.flags]
               + (["--set", "chain=false"] if more == "no log asked for" else []), os.environ)
    said = {
        "no checkpoint": "the log's checkpoint that would prove it is missing",
        "no log asked for": "start it with chain=true",
    }.get(more, "no signed record says that they were dropped")
    assert done.returncode == 1 and said in done.stderr and "ready" not in done.stdout, done
    assert "at dev.keytrail" not in done.stderr
    assert more == "no checkpoint" or (data / "chain" / "checkpoint").read_bytes() == checkpoint, "nothing was signed"


@pytest.mark.parametrize("set, why", [
    (["ledger.retention=30d", "chain=false"], "needs the Merkle log"),
    (["ledger.archive=/nowhere", "chain=false"], "needs the Merkle log"),
    (["ledger.retention=1h"], "ledger.retention"),
])
def test_settingsThatMakeNoSense_areRefused(tmp_path, set, why):
    done = run([KEYTRAIL, "serve", "--data", tmp_path / "d", *(a for s in set for a in ("--set", s))], os.environ)
    assert done.returncode == 1 and why in done.stderr, done


def test_retentionInMemory_isRefused():
    done = run([KEYTRAIL, "serve", "--ephemeral", "--port", "0", "--set", "ledger.retention=30d"], os.environ)
    assert done.returncode == 1 and "needs a data directory" in done.stderr, done
