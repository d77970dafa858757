"""`keytrail verify DATA|URL`: the whole history of a real server, whole and damaged in each place that it looks at."""

import gzip
import json
import os
import shutil

import pytest
from conftest import KEYTRAIL, Server, eventually, run
from test_attacker import Forgery
from test_trail import bucket_policy, records


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    """A stopped server's directory: calls of all kinds, a trail that has delivered, a checkpoint of the middle."""
    base = tmp_path_factory.mktemp("history")
    server = Server(base / "data", extra=["--set", "trail.flush=1s"]).start()
    kms, trail = server.client("kms"), server.client("cloudtrail")
    s3 = server.client("s3", s3={"addressing_style": "path"})
    s3.create_bucket(Bucket="history-logs")
    s3.put_bucket_policy(Bucket="history-logs", Policy=bucket_policy("history-logs", server.account()))
    trail.create_trail(Name="history", S3BucketName="history-logs")
    trail.start_logging(Name="history")
    keys = [kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(3)]
    for i in range(300):
        kms.encrypt(KeyId=keys[i % 3], Plaintext=b"p", EncryptionContext={"n": str(i)})
    remembered = base / "remembered"
    shutil.copy(server.data / "chain" / "checkpoint", remembered)
    last = kms.schedule_key_deletion(KeyId=keys[2], PendingWindowInDays=7)["ResponseMetadata"]["RequestId"]
    eventually(lambda: last in [record.get("requestID") for record in records(s3, "history-logs")])
    away = run([KEYTRAIL, "verify", server.endpoint, "--key", server.data / "chain" / "verifier-key"], {**os.environ, **server.environment()})
    server.stop()
    keys_file = base / "verifier-key"
    shutil.copy(server.data / "chain" / "verifier-key", keys_file)

    def verify(data, *more):
        done = run([KEYTRAIL, "verify", data, "--key", keys_file, *more], os.environ)
        return done.returncode, done.stdout + done.stderr

    yield server, remembered, verify, away, base
    shutil.rmtree(base)


def copy(lived, name):
    target = lived[4] / name
    shutil.copytree(lived[0].data, target)
    return target


def test_whole_isAsSigned(lived):
    server, remembered, verify, away, _ = lived
    code, text = verify(server.data, "--remembered", remembered)
    assert code == 0 and "as signed" in text and " 0 findings" in text, text
    assert "as served" in text and " 0 events in" not in text, text
    assert away.returncode == 0 and "read over HTTP" in away.stdout, away.stdout + away.stderr


def test_keyOfTheDirectory_orNone(lived):
    server = lived[0]
    done = run([KEYTRAIL, "verify", server.data], os.environ)
    assert done.returncode == 0, done.stdout + done.stderr
    assert run([KEYTRAIL, "verify", lived[4] / "nowhere"], os.environ).returncode == 1


def test_byteOfTheLedger_isNamedByFrameAndByRecord(lived):
    data = copy(lived, "byte")
    file = Forgery(data).file
    raw = bytearray(file.read_bytes())
    raw[raw.index(b'"eventName":"Encrypt"', 20_000) + 15] ^= 1
    file.write_bytes(raw)
    code, text = lived[2](data)
    assert code == 3 and "DAMAGED records " in text and "CHANGED records " in text and "checksum" in text, text


def test_forgedEvent_withAllSumsRepaired_isNamed(lived):
    data = copy(lived, "forged")
    forgery = Forgery(data)
    index = next(f[2] for f in forgery.frames if b'"eventName":"Encrypt"' in f[1] and f[0] == 1)
    frame = forgery.frames[forgery.of_index(index)]
    frame[1] = frame[1].replace(b'"eventName":"Encrypt"', b'"eventName":"Encrypz"')
    forgery.write()
    code, text = lived[2](data)
    assert code == 3 and f"CHANGED records {index} to {index}" in text, text
    assert "DAMAGED" not in text and "LOG_FILE_DIFFERS" in text, text


def test_stateServed_thatTheLedgerDoesNotSay_isNamed(lived):
    """Views of another moment of another directory: the ledger says what they should be."""
    data, other = copy(lived, "state"), copy(lived, "other")
    forgery = Forgery(data)
    at = next(i for i, f in enumerate(forgery.frames) if b"ScheduleKeyDeletion" in f[1])
    payload = forgery.frames[at][1]
    assert b"kms.key" in payload
    forgery.frames[at][1] = payload.replace(b"kms.key", b"kms.kez", 1)
    forgery.write()
    shutil.copytree(other / "store" / "views", data / "store" / "views")
    code, text = lived[2](data)
    assert code == 3 and "STATE_DIFFERS" in text and "of kms.kez" in text, text


def test_logFile_withAnEventOfItsOwn_isNamed(lived):
    data = copy(lived, "logfile")
    folder = lived[4] / "delivered"
    saved = [f for f in (data / "objects").rglob("*") if f.is_file()]
    packed = next(f for f in saved if f.read_bytes()[:2] == b"\x1f\x8b" and b"Encrypt" in gzip.decompress(f.read_bytes()))
    packed.write_bytes(packed.read_bytes() + b"x")
    code, text = lived[2](data)
    assert code == 3 and "LOG_FILE_DIFFERS" in text and "not those that were put" in text, text
    # Copies from outside are held against the ledger too.
    records = json.loads(gzip.decompress(packed.read_bytes()[:-1]))["Records"]
    account = records[0]["recipientAccountId"]
    name = f"AWSLogs/{account}/CloudTrail/us-east-1/2026/01/01/{account}_CloudTrail_us-east-1_20260101T0000Z_abcdefgh.json.gz"
    (folder / name).parent.mkdir(parents=True)
    text = json.dumps({"Records": records}, separators=(",", ":"), ensure_ascii=False).encode()
    (folder / name).write_bytes(gzip.compress(text))
    code, said = lived[2](lived[0].data, "--logs", folder)
    assert code == 0, said
    (folder / name).write_bytes(gzip.compress(text.replace(b"Encrypt", b"Encrypz", 1)))
    code, said = lived[2](lived[0].data, "--logs", folder)
    assert code == 3 and "the ledger has no such event" in said, said


def test_upperTile_andLostViews_areToldApart(lived):
    data = copy(lived, "tiles")
    with open(data / "chain" / "hashes" / "0" / "0", "r+b") as hashes:
        hashes.write(bytes(8192))
    shutil.rmtree(data / "store" / "views")
    code, text = lived[2](data)
    assert code == 0 and "TILES records 0 to 255" in text and "no views" in text, text
