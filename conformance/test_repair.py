"""`keytrail repair`: a damaged ledger is shown, nothing is touched without being told, and what was lost is said for good."""

import os
import shutil

import pytest
from conftest import KEYTRAIL, Server, run
from test_attacker import Forgery


class Broken:
    """A stopped server's directory with keys, and the places of some of its records."""

    def __init__(self, folder):
        self.folder = folder
        self.server = Server(folder / "data").start()
        kms = self.server.client("kms")
        self.key = kms.create_key()["KeyMetadata"]["Arn"]
        for _ in range(20):
            kms.generate_random(NumberOfBytes=8)
        self.lost = kms.create_key(Description="whose record will be lost")
        self.index = int(self.lost["ResponseMetadata"]["HTTPHeaders"]["x-keytrail-log-index"])
        self.lost = self.lost["KeyMetadata"]["Arn"]
        self.blob = kms.encrypt(KeyId=self.lost, Plaintext=b"still")["CiphertextBlob"]
        for _ in range(20):
            kms.generate_random(NumberOfBytes=8)
        self.server.stop()
        self.key_file = folder / "verifier-key"
        shutil.copy(self.server.data / "chain" / "verifier-key", self.key_file)
        self.remembered = folder / "remembered"
        shutil.copy(self.server.data / "chain" / "checkpoint", self.remembered)

    def copy(self, name):
        return shutil.copytree(self.server.data, self.folder / name)

    def run(self, *words):
        done = run([KEYTRAIL, *words], {**os.environ, **self.server.environment()})
        return done.returncode, done.stdout + done.stderr

    def verify(self, data):
        return self.run("verify", data, "--key", self.key_file, "--remembered", self.remembered)

    def still_decrypts(self, data):
        server = Server(data).start()
        assert server.client("kms").decrypt(CiphertextBlob=self.blob)["Plaintext"] == b"still"
        assert server.stop() == 0

    def starts(self, data):
        return self.run("serve", "--data", data, "--port", "0")


@pytest.fixture(scope="module")
def broken(tmp_path_factory):
    return Broken(tmp_path_factory.mktemp("repair"))


def flip(data, index):
    forgery = Forgery(data)
    raw = bytearray(forgery.file.read_bytes())
    raw[raw.index(forgery.frames[forgery.of_index(index)][1]) + 200] ^= 1
    forgery.file.write_bytes(raw)


def contents(data):
    return {f: f.read_bytes() for f in sorted(data.rglob("*")) if f.is_file() and f.name != "lock"}


def test_whole_hasNothingToRepair(broken):
    code, text = broken.run("repair", broken.copy("whole"))
    assert code == 0 and "nothing to repair" in text, text


def test_frameDamaged_isShownFirst_thenRepaired_andSaidForGood(broken):
    data = broken.copy("frame")
    flip(data, broken.index)
    shutil.copytree(data, broken.folder / "no-views-before")
    # A start that looks so far back refuses.
    views = shutil.move(data / "store" / "views", broken.folder / "views")
    code, text = broken.starts(data)
    assert code == 1 and "the ledger is damaged" in text and "keytrail repair" in text, text
    shutil.rmtree(data / "store" / "views", ignore_errors=True)
    shutil.move(views, data / "store" / "views")
    before = contents(data)
    code, text = broken.run("repair", data)
    assert code == 3 and f"lost       records {broken.index} to {broken.index}" in text and "nothing was changed" in text, text
    assert contents(data) == before
    code, text = broken.run("repair", data, "--write")
    assert code == 0 and "repaired: record" in text, text
    (aside,) = (data / "store").glob("ledger.damaged-*")
    assert {f.name: f.read_bytes() for f in aside.iterdir()} == {f.name: b for f, b in before.items() if f.parent.name == "ledger"}
    # It goes on, with the key whose record is gone: the state was as served.
    server = Server(data).start()
    kms = server.client("kms")
    assert kms.decrypt(CiphertextBlob=broken.blob)["Plaintext"] == b"still"
    assert any("RepairLedger" in line for line in [f.read_bytes().decode("latin-1") for f in (data / "store" / "ledger").iterdir()])
    gone = run([KEYTRAIL, "receipt", f"#{broken.index}", "--endpoint", server.endpoint], {**os.environ, **server.environment()})
    assert gone.returncode == 1 and "EventLostException" in gone.stderr, gone
    kept = run([KEYTRAIL, "receipt", f"#{broken.index + 1}", "--endpoint", server.endpoint], {**os.environ, **server.environment()})
    assert kept.returncode == 0, kept
    away = broken.run("verify", server.endpoint, "--key", broken.key_file)
    assert away[0] == 3 and f"LOST records {broken.index} to {broken.index}" in away[1], away
    assert server.stop() == 0
    # The log goes on from what was signed, and the hole is named by every check from now on.
    code, text = broken.verify(data)
    assert code == 3 and f"LOST records {broken.index} to {broken.index}" in text and "1 findings" in text, text
    assert "REMEMBERED_DIFFERS" not in text
    code, text = broken.run("repair", data)
    assert code == 0 and "nothing to repair" in text, text


def test_withoutViews_theStateIsWhatIsLeft(broken):
    data = broken.folder / "no-views-before"
    if not data.exists():
        data = broken.copy("no-views")
        flip(data, broken.index)
    shutil.rmtree(data / "store" / "views")
    code, text = broken.run("repair", data, "--write")
    assert code == 0 and "what the intact records come to" in text, text
    server = Server(data).start()
    kms = server.client("kms")
    assert broken.key in {k["KeyArn"] for k in kms.list_keys()["Keys"]}
    assert broken.lost not in {k["KeyArn"] for k in kms.list_keys()["Keys"]}
    assert server.stop() == 0


def test_tailCut_isFilledFromTheLog(broken):
    data = broken.copy("tail")
    forgery = Forgery(data)
    end = forgery.frames[-1][2] + forgery.frames[-1][0]
    first = forgery.frames[-5][2]
    del forgery.frames[-5:]
    forgery.write()
    code, text = broken.starts(data)
    assert code == 1 and "has been cut" in text and "keytrail repair" in text, text
    code, text = broken.run("repair", data, "--write")
    assert code == 0 and f"lost       records {first} to {end - 1}" in text, text
    broken.still_decrypts(data)
    code, text = broken.verify(data)
    assert code == 3 and f"LOST records {first} to {end - 1}" in text and "CUT" not in text, text


def test_eventForged_isTakenOut(broken):
    data = broken.copy("forged")
    forgery = Forgery(data)
    frame = forgery.frames[forgery.of_index(broken.index)]
    frame[1] = frame[1].replace(b'"eventName":"CreateKey"', b'"eventName":"CreateKez"')
    forgery.write()
    code, text = broken.run("repair", data, "--write")
    assert code == 0 and f"lost       records {broken.index} to {broken.index}" in text, text
    broken.still_decrypts(data)
    code, text = broken.verify(data)
    assert code == 3 and f"LOST records {broken.index} to {broken.index}" in text, text


def test_hashesDamagedToo_theLogIsGivenUpOnlyWhenTold(broken):
    data = broken.copy("tiles")
    flip(data, broken.index)
    for hashes in (data / "chain" / "hashes" / "0").iterdir():
        hashes.write_bytes(bytes(hashes.stat().st_size))
    code, text = broken.run("repair", data)
    assert code == 1 and "--new-log" in text, text
    code, text = broken.run("repair", data, "--write", "--new-log")
    assert code == 0 and "chain.damaged-" in text, text
    broken.still_decrypts(data)
    code, text = broken.verify(data)
    assert code == 3 and "REMEMBERED_DIFFERS" in text, "whoever remembers the old log sees the break: " + text


def test_repairInNameOfWhatWasNotDamaged_isSaidToo(broken):
    """Whoever has root damages what is inconvenient and repairs: the log has its hash, its place and the repair for ever."""
    data = broken.copy("attack")
    flip(data, broken.index)
    assert broken.run("repair", data, "--write")[0] == 0
    code, text = broken.verify(data)
    assert code == 3 and f"records {broken.index} to {broken.index}" in text, text
