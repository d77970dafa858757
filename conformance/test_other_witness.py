"""A witness of another make beside a real server: litewitness (filippo.io/torchwood), which shares no code with ours.

KEYTRAIL_LITEWITNESS is the program; docs/testing.md tells how to get it. Skipped without.
"""

import base64
import contextlib
import hashlib
import json
import os
import re
import shutil
import sqlite3
import subprocess

import pytest
from conftest import KEYTRAIL, Server, eventually, free_port, run
from test_witness import log_keys, receipt_of_a_call, status

PROGRAM = os.environ.get("KEYTRAIL_LITEWITNESS", "")
if not PROGRAM:
    print("test_other_witness: NOT TESTED: a witness of another make (KEYTRAIL_LITEWITNESS, see docs/testing.md)")
pytestmark = pytest.mark.skipif(not PROGRAM, reason="NOT TESTED: KEYTRAIL_LITEWITNESS does not say where litewitness is")


class LiteWitness:
    """The process, and the agent that has its key."""

    def __init__(self, folder, log_key):
        self.folder, self.port = folder, free_port()
        folder.mkdir()
        self.agent = subprocess.Popen(["ssh-agent", "-D", "-a", folder / "agent"], stdout=subprocess.DEVNULL)
        eventually((folder / "agent").exists)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "key"], check=True)
        subprocess.run(
            ["ssh-add", "-q", folder / "key"], check=True, stderr=subprocess.DEVNULL, env={**os.environ, "SSH_AUTH_SOCK": str(folder / "agent")})
        shown = subprocess.run(["ssh-keygen", "-l", "-f", folder / "key.pub"], check=True, capture_output=True, text=True)
        self.fingerprint = re.search(r"SHA256:\S+", shown.stdout)[0]
        # What its own tool for that would write: the log it is to know, of which it has seen nothing.
        origin = log_key.split("+")[0]
        with contextlib.closing(sqlite3.connect(folder / "db")) as db, db:
            db.execute("CREATE TABLE log (origin TEXT PRIMARY KEY, tree_size INTEGER NOT NULL, tree_hash TEXT NOT NULL)")
            db.execute("CREATE TABLE key (origin TEXT NOT NULL, key TEXT NOT NULL, FOREIGN KEY(origin) REFERENCES log(origin))")
            db.execute("INSERT INTO log VALUES (?, 0, ?)", (origin, base64.b64encode(hashlib.sha256().digest()).decode()))
            db.execute("INSERT INTO key VALUES (?, ?)", (origin, log_key))

    def start(self):
        log = self.folder / "log"
        log.write_bytes(b"")
        with open(log, "ab") as out:
            self.process = subprocess.Popen(
                [PROGRAM, "-name", "litewitness.example/w", "-db", self.folder / "db", "-ssh-agent", self.folder / "agent",
                 "-key", self.fingerprint, "-listen", f"127.0.0.1:{self.port}"],
                stderr=out)
        self.key = eventually(lambda: re.search(r'vkey="?(\S+?)"?$', log.read_text(), re.M))[1]
        eventually(lambda: "msg=listening" in log.read_text())
        return self

    def kill(self):
        self.process.kill()
        self.process.wait()

    def close(self):
        self.kill()
        self.agent.terminate()
        self.agent.wait()


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    base = tmp_path_factory.mktemp("litewitness")
    server = Server(base / "data")
    keys = log_keys(server)
    witness = LiteWitness(base / "witness", keys.read_text().splitlines()[0])
    try:
        witness.start()
        server.extra = ["--set", f"witnesses=http://127.0.0.1:{witness.port} {witness.key}", "--set", "witness.quorum=1"]
        server.start()
        yield server, witness
    finally:
        if server.running:
            server.kill()
        with contextlib.suppress(AttributeError):
            witness.close()


def cosigned_receipt(server, witness, tmp_path):
    made = receipt_of_a_call(server)
    (tmp_path / "receipt").write_text(made.stdout)
    proven = run(
        [KEYTRAIL, "verify", "receipt", tmp_path / "receipt", "--key", server.data / "chain" / "verifier-key", "--witness", witness.key],
        os.environ)
    assert proven.returncode == 0 and "cosigned by litewitness.example/w" in proven.stdout, proven
    assert json.loads(made.stdout)["witnesses"] == [witness.key]
    return json.loads(made.stdout)["index"]


def test_otherWitness_cosigns_andGoesOnAsTheLogGrows(watched, tmp_path):
    """First with nothing known of the log, then with consistency proofs from many sizes, over restarts of both sides."""
    server, witness = watched
    before = cosigned_receipt(server, witness, tmp_path)
    for calls in (1, 7, 300):
        kms = server.client("kms")
        for _ in range(calls):
            kms.generate_random(NumberOfBytes=8)
        index = cosigned_receipt(server, witness, tmp_path)
        assert index > before
        before = index
    witness.kill()
    server.client("kms").generate_random(NumberOfBytes=8)
    eventually(lambda: status(server)["Witnesses"][0]["Failures"] > 0)
    witness.start()
    cosigned_receipt(server, witness, tmp_path)
    server.kill()
    server.start()  # what the witness has cosigned last, the server learns from its 409
    assert cosigned_receipt(server, witness, tmp_path) > before
    assert not status(server)["Witnesses"][0]["Disputes"]


def test_otherWitness_refusesTheDirectoryPutBack_andTheFork(watched, tmp_path):
    server, witness = watched
    cosigned_receipt(server, witness, tmp_path)
    assert server.stop() == 0
    old = shutil.copytree(server.data, server.data.parent / "old")
    server.start()
    for _ in range(30):
        server.client("kms").generate_random(NumberOfBytes=8)
    cosigned_receipt(server, witness, tmp_path)
    assert server.stop() == 0
    back = Server(old, extra=server.extra).start()
    try:
        back.client("kms").generate_random(NumberOfBytes=8)
        eventually(lambda: status(back)["Witnesses"][0]["Disputes"])  # shorter than what was cosigned
        for _ in range(80):
            back.client("kms").generate_random(NumberOfBytes=8)
        eventually(lambda: "HTTP 422" in status(back)["Witnesses"][0].get("Error", ""))  # longer, and another
    finally:
        back.kill()
    server.start()
