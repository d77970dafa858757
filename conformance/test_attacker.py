"""An operator with root, the root key and so the log's key: what each change of the record is caught by.

The attacks forge well: frames are chained and summed anew, so that nothing but the Merkle log can tell. The same table
stands in docs/proof.md, and this file holds it true.
"""

import pathlib
import shutil
import struct

import pytest
from conftest import KEYTRAIL, ROOT, Server, eventually, run

MAGIC = 0x4B544601
SEGMENT_HEADER = 64
FRAME_HEADER = 32


def crc32c_table():
    table = []
    for n in range(256):
        for _ in range(8):
            n = (n >> 1) ^ 0x82F63B78 if n & 1 else n >> 1
        table.append(n)
    return table


TABLE = crc32c_table()


def crc32c(*parts):
    crc = 0xFFFFFFFF
    for part in parts:
        for octet in part:
            crc = TABLE[(crc ^ octet) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


class Forgery:
    """The first segment of a ledger, taken apart into frames and put together again with every sum right."""

    def __init__(self, data):
        self.data = data
        (self.file,) = [f for f in (data / "store" / "ledger").iterdir() if self.frames_of(f)]
        self.frames = self.frames_of(self.file)

    @staticmethod
    def frames_of(file):
        raw, at, frames = file.read_bytes(), SEGMENT_HEADER, []
        while at + FRAME_HEADER <= len(raw):
            magic, size, first, records, previous = struct.unpack_from(">IIQII", raw, at)
            if magic != MAGIC:
                break
            frames.append([records, raw[at + FRAME_HEADER : at + FRAME_HEADER + size], first, previous])
            at += FRAME_HEADER + size
        return frames

    def of_index(self, index):
        return next(i for i, (records, _, first, _) in enumerate(self.frames) if first <= index < first + records)

    def write(self):
        raw = self.file.read_bytes()
        out, index, previous = bytearray(raw[:SEGMENT_HEADER]), self.frames[0][2], self.frames[0][3]
        for records, payload, _, _ in self.frames:
            head = struct.pack(">IIQII", MAGIC, len(payload), index, records, previous)
            previous = crc32c(head, payload)
            head += struct.pack(">I", previous)
            out += head + struct.pack(">I", crc32c(head)) + payload
            index += records
        self.file.write_bytes(bytes(out) + bytes(max(0, len(raw) - len(out))))
        shutil.rmtree(self.data / "store" / "views", ignore_errors=True)


class Crime:
    """A stopped server's directory, and what an auditor keeps elsewhere: the verifier key and two checkpoints."""

    def __init__(self, base):
        self.base = base
        self.server = Server(base / "data").start()
        self.account = self.server.account()
        self.calls(40)
        self.server.stop()
        shutil.copytree(self.server.data, base / "lastweek")
        self.server.start()
        self.calls(60)
        self.server.stop()
        self.key = base / "verifier-key"
        shutil.copy(self.server.data / "chain" / "verifier-key", self.key)
        self.remembered = base / "checkpoint"
        shutil.copy(self.server.data / "chain" / "checkpoint", self.remembered)

    def calls(self, count, server=None):
        kms = (server or self.server).client("kms")
        for _ in range(count):
            kms.generate_random(NumberOfBytes=8)

    def copy(self, name, of="data"):
        target = self.base / name
        shutil.copytree(self.base / of, target)
        return target

    def verify(self, data, *remembered):
        command = [KEYTRAIL, "verify", "log", "--data", data, "--key", self.key]
        for checkpoint in remembered:
            command += ["--remembered", checkpoint]
        done = run(command, {**self.server.environment()})
        return done.returncode, done.stdout + done.stderr

    def live(self, data, calls, *extra):
        """Runs the real server on a forged directory: it signs what it finds, with the real key."""
        server = Server(data, extra=extra).start()
        self.calls(calls, server)
        server.stop()
        return data


@pytest.fixture(scope="module")
def crime(tmp_path_factory):
    return Crime(tmp_path_factory.mktemp("attacker"))


def test_untouched_isAsSigned(crime):
    code, text = crime.verify(crime.copy("untouched"), crime.remembered)
    assert code == 0 and text.startswith("as signed: "), text


def forge(crime, name, change):
    data = crime.copy(name)
    forgery = Forgery(data)
    change(forgery)
    forgery.write()
    return data


def alter(forgery):
    frame = forgery.frames[forgery.of_index(70)]
    assert b"GenerateRandom" in frame[1]
    frame[1] = frame[1].replace(b"GenerateRandom", b"GenerateRandem")


def cut_tail(forgery):
    del forgery.frames[-20:]


def cut_middle(forgery):
    at = forgery.of_index(60)
    del forgery.frames[at : at + 3]


def swap(forgery):
    at = forgery.of_index(65)
    forgery.frames[at], forgery.frames[at + 1] = forgery.frames[at + 1], forgery.frames[at]


def plant(forgery):
    at = forgery.of_index(55)
    forgery.frames.insert(at, list(forgery.frames[at + 9]))


# What an operator does to the ledger, and what the log's own checkpoint says of it.
FORGERIES = [(alter, "CHANGED"), (cut_tail, "CUT"), (cut_middle, "CHANGED"), (swap, "CHANGED"), (plant, "CHANGED")]


@pytest.mark.parametrize("change, finding", FORGERIES, ids=[f[0].__name__ for f in FORGERIES])
def test_forgedLedger_isCaughtByTheLogAlone(crime, change, finding):
    data = forge(crime, change.__name__, change)
    code, text = crime.verify(data)
    assert code == 3 and f"{finding} records " in text and "NOT as signed" in text, text
    started = run([KEYTRAIL, "serve", "--data", data, "--port", "0"], crime.server.environment())
    assert started.returncode == 1 and "Nothing was changed" in started.stderr, started


def test_oneByteWithoutTheSums_isNamedAndStopsTheStart(crime):
    data = crime.copy("byte")
    file = Forgery(data).file
    raw = bytearray(file.read_bytes())
    at = raw.index(b"GenerateRandom", 4000)
    raw[at] ^= 1
    file.write_bytes(bytes(raw))
    shutil.rmtree(data / "store" / "views", ignore_errors=True)
    code, text = crime.verify(data)
    assert code in (1, 3) and text.strip(), text
    started = run([KEYTRAIL, "serve", "--data", data, "--port", "0"], crime.server.environment())
    assert started.returncode == 1 and "segment" in started.stderr, started


@pytest.mark.parametrize("change", [f[0] for f in FORGERIES], ids=[f[0].__name__ for f in FORGERIES])
def test_forgedAndSignedAgain_isCaughtByARememberedCheckpointOnly(crime, change):
    """Whoever has the root key has the log's key, and the server signs whatever history it is started on."""
    data = forge(crime, change.__name__ + "-signed", change)
    shutil.rmtree(data / "chain")
    crime.live(data, 30)
    code, text = crime.verify(data)
    assert code == 0, "without a remembered checkpoint nobody can tell: " + text
    code, text = crime.verify(data, crime.remembered)
    assert code == 3 and "REMEMBERED_DIFFERS" in text, text


def test_lastWeeksDirectory_isCaughtByARememberedCheckpointOnly(crime):
    data = crime.copy("rolledback", of="lastweek")
    code, text = crime.verify(data)
    assert code == 0, text
    code, text = crime.verify(data, crime.remembered)
    assert code == 3 and "CUT records " in text, text
    crime.live(data, 90)
    code, text = crime.verify(data, crime.remembered)
    assert code == 3 and "REMEMBERED_DIFFERS" in text, text


def test_twoHistoriesForTwoAudiences_areCaughtWhenTheyCompare(crime):
    one, other = crime.copy("one"), crime.copy("other")
    crime.live(one, 5)
    crime.live(other, 7)
    for data in (one, other):
        code, text = crime.verify(data, crime.remembered)
        assert code == 0, "each alone goes on from what was signed: " + text
    code, text = crime.verify(other, one / "chain" / "checkpoint")
    assert code == 3 and "REMEMBERED_DIFFERS" in text, text


class Watched(Crime):
    """The same with a witness somewhere else, which the attacker has no power over."""

    def __init__(self, base):
        from test_witness import Witness, log_keys

        self.base = base
        self.server = Server(base / "data")
        self.key = base / "verifier-key"
        shutil.copy(log_keys(self.server), self.key)
        self.witness = Witness(base / "witness", self.key).start()
        self.server.extra = ["--set", self.witness.setting]
        self.server.start()
        self.calls(30)
        self.cosigned(self.server)
        self.server.stop()
        shutil.copytree(self.server.data, base / "lastweek")
        self.server.start()
        self.calls(40)
        self.cosigned(self.server)
        self.server.stop()

    def cosigned(self, server):
        from test_witness import status

        last = server.client("kms").generate_random(NumberOfBytes=8)
        index = int(last["ResponseMetadata"]["HTTPHeaders"]["x-keytrail-log-index"])

        def newest():
            witness = status(server)["Witnesses"][0]
            return witness["CosignedSize"] > index and not witness["Disputes"]

        eventually(newest)

    def disputed(self, data):
        """Runs the real server on a forged directory until the witness has seen what it signs."""
        from test_witness import status

        server = Server(data, extra=self.server.extra).start()
        try:
            self.calls(5, server)
            eventually(lambda: status(server)["Witnesses"][0]["Disputes"])
        finally:
            server.stop()
        assert "knows another history" in (data.parent / f"{data.name}.log").read_text()

    def verify(self, data, *remembered):
        command = [KEYTRAIL, "verify", data, "--key", self.key, "--witness", f"{self.witness.url} {' '.join(self.witness.keys)}"]
        done = run(command, {**self.server.environment()})
        return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    crime = Watched(tmp_path_factory.mktemp("watched"))
    yield crime
    crime.witness.kill()


def test_witness_honestServer_isAsSigned(watched):
    code, text = watched.verify(watched.copy("honest"))
    assert code == 0, text


def test_witness_catchesTheDirectoryPutBack(watched):
    data = watched.copy("rolled-back", of="lastweek")
    code, text = watched.verify(data)
    assert code == 3 and "CUT records " in text, text
    watched.disputed(data)


def test_witness_catchesWhatIsSignedAgainWithTheStolenKey(watched):
    data = watched.copy("signed-again")
    forgery = Forgery(data)
    at = next(i for i, frame in enumerate(forgery.frames) if b"GenerateRandom" in frame[1] and frame[2] > 20)
    forgery.frames[at][1] = forgery.frames[at][1].replace(b"GenerateRandom", b"GenerateRandem")
    forgery.write()
    shutil.rmtree(data / "chain")
    watched.disputed(data)
    code, text = watched.verify(data)
    assert code == 3 and "REMEMBERED_DIFFERS" in text, text


def test_witness_catchesTheForkForTwoAudiences(watched):
    shown = watched.copy("for-one")
    hidden = watched.copy("for-the-other")
    server = Server(shown, extra=watched.server.extra).start()
    watched.calls(30, server)
    watched.cosigned(server)
    server.stop()
    watched.disputed(hidden)
    code, text = watched.verify(hidden)
    assert code == 3 and ("CUT" in text or "REMEMBERED_DIFFERS" in text), text


def test_docs_listEveryAttack():
    page = (ROOT / "docs" / "proof.md").read_text()
    source = pathlib.Path(__file__).read_text()
    tests = [line.split("(")[0][4:] for line in source.splitlines() if line.startswith("def test_") and "docs" not in line]
    assert [name for name in tests if name not in page] == []
