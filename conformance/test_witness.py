"""`keytrail witness` beside a real server: cosignatures in receipts, a witness that dies, and one that is killed."""

import json
import subprocess
import threading
import urllib.error
import urllib.request

import pytest
from conftest import KEYTRAIL, Server, eventually, free_port, receipt, run


class Witness:
    """One `keytrail witness` process on a directory of its own."""

    def __init__(self, data, log_keys, name="witness.example/w1"):
        self.data, self.log_keys, self.name, self.port = data, log_keys, name, free_port()

    def start(self):
        self.process = subprocess.Popen(
            [KEYTRAIL, "witness", "--data", self.data, "--log", self.log_keys, "--name", self.name, "--port", str(self.port)],
            stdout=subprocess.PIPE,
            stderr=open(f"{self.data}.log", "ab"),
            text=True,
        )
        lines = []
        for line in self.process.stdout:
            lines.append(line.strip())
            if line.startswith("ready "):
                self.keys = lines[1:-1]
                return self
        raise RuntimeError(f"the witness ended: {lines}")

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def setting(self):
        return f"witnesses={self.url} {' '.join(self.keys)}"

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def checkpoint(self, origin):
        import hashlib

        path = f"{self.url}/{hashlib.sha256(origin.encode()).hexdigest()}/checkpoint"
        with urllib.request.urlopen(path) as answer:
            return answer.read().decode()

    def post(self, body):
        request = urllib.request.Request(f"{self.url}/add-checkpoint", data=body.encode(), method="POST")
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, answer.headers, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.headers, refused.read().decode()


def log_keys(server):
    """A log's keys are there after its first start."""
    server.start()
    keys = server.data / "chain" / "verifier-key"
    eventually(lambda: keys.exists() and len(keys.read_text().splitlines()) == 2)
    server.stop()
    return keys


def status(server):
    done = run([KEYTRAIL, "checkpoint", "--endpoint", server.endpoint], server.environment())
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    """A server whose receipts want the cosignature of one witness."""
    base = tmp_path_factory.mktemp("witnessed")
    server = Server(base / "data")
    keys = log_keys(server)
    witness = Witness(base / "witness", keys).start()
    server.extra = ["--set", witness.setting, "--set", "witness.quorum=1"]
    server.start()
    yield server, witness
    witness.kill()
    assert server.stop() == 0


def receipt_of_a_call(server):
    answer = server.client("kms").generate_random(NumberOfBytes=8)["ResponseMetadata"]
    return receipt(server, answer["RequestId"])


def test_receipt_carriesTheCosignature(watched, tmp_path):
    server, witness = watched
    made = receipt_of_a_call(server)
    file = tmp_path / "receipt.json"
    file.write_text(made.stdout)
    keys = tmp_path / "witness-keys"
    keys.write_text("\n".join(witness.keys))
    command = [KEYTRAIL, "verify", "receipt", file, "--key", server.data / "chain" / "verifier-key"]
    proven = run([*command, "--witness", keys], server.environment())
    assert proven.returncode == 0 and "cosigned by witness.example/w1" in proven.stdout, proven
    assert run(command, server.environment()).returncode == 0, "needs the log's keys alone"
    bare = json.loads(made.stdout)
    bare["checkpoint"] = bare["checkpoint"].split("\u2014 witness.example")[0]
    del bare["witnesses"]
    file.write_text(json.dumps(bare, separators=(",", ":"), ensure_ascii=False))
    assert run(command, server.environment()).returncode == 0, "still the log's"
    without = run([*command, "--witness", keys], server.environment())
    assert without.returncode == 3 and "cosigned by 0" in without.stdout, without


def test_witness_answersAsTheProtocolSays(watched):
    server, witness = watched
    origin = (server.data / "chain" / "checkpoint").read_text().split("\n")[0]
    eventually(lambda: (server.data / "chain" / "witnessed").exists())
    note = witness.checkpoint(origin)
    size = note.split("\n")[1]
    code, headers, body = witness.post(f"old 0\n\n{note}")
    assert code == 409 and headers["Content-Type"] == "text/x.tlog.size" and int(body) >= int(size)
    assert witness.post("nonsense")[0] == 400
    assert witness.post(f"old 0\n\n{note.replace(origin, 'example.org/other')}")[0] == 404
    assert witness.post(f"old 0\n\n{note.replace(chr(10) + size, chr(10) + size + '0', 1)}")[0] == 403
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{witness.url}/{'0' * 64}/checkpoint")


def test_secondWitnessOnOneDirectory_isRefused(watched):
    server, witness = watched
    done = run([KEYTRAIL, "witness", "--data", witness.data, "--log", witness.log_keys, "--port", "0"], server.environment())
    assert done.returncode == 1 and "in use" in done.stderr


def test_killedWitness_forgetsNothing_andDeadOneHoldsUpNoCall(watched):
    """kill -9 while it cosigns: whatever cosignature has left, it remembers; the server's calls never notice."""
    server, witness = watched
    origin = (server.data / "chain" / "checkpoint").read_text().split("\n")[0]
    stop, calls = threading.Event(), []

    def load():
        kms = server.client("kms")
        while not stop.is_set():
            calls.append(kms.generate_random(NumberOfBytes=8)["ResponseMetadata"]["RequestId"])

    thread = threading.Thread(target=load)
    thread.start()
    try:
        for _ in range(3):
            before = len(calls)
            eventually(lambda: len(calls) > before + 50)
            witness.kill()
            cosigned = int((server.data / "chain" / "witnessed").read_text().split("\n")[1])
            dead = len(calls)
            eventually(lambda: len(calls) > dead + 50)
            witness.start()
            assert int(witness.checkpoint(origin).split("\n")[1]) >= cosigned
        witness.kill()
        eventually(lambda: status(server)["Witnesses"][0]["Failures"] > 0)
        assert not status(server)["Witnesses"][0]["Disputes"]
        eventually(lambda: "gives no cosignature" in (server.data.parent / "data.log").read_text())
        witness.start()
    finally:
        stop.set()
        thread.join()
    made = receipt_of_a_call(server)
    assert json.loads(made.stdout)["witnesses"] == witness.keys
