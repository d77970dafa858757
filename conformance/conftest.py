"""Starts the real server through its launcher and hands stock clients to the tests."""

import configparser
import os
import pathlib
import random
import re
import signal
import socket
import subprocess
import sys
import time

import boto3
import botocore.config
import pytest

import answers

ROOT = pathlib.Path(__file__).resolve().parent.parent
KEYTRAIL = os.environ.get("KEYTRAIL_COMMAND", str(ROOT / "keytrail"))
CACHE = pathlib.Path(os.environ.get("KEYTRAIL_TEST_CACHE", ROOT / ".cache"))
CLIENTS = CACHE / "clients" / "bin"
TOOLS = CACHE / "tools" / "bin"


def free_port():
    """One that stays free while its server is down, too: below those that the system gives to outgoing connections."""
    while True:
        port = random.randrange(12000, 32000)
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass


class Server:
    """One `keytrail serve` on one data directory; may be stopped, killed and started again."""

    def __init__(self, data, port=None, extra=(), env=None):
        self.data = pathlib.Path(data)
        self.port = port or free_port()
        self.extra = list(extra)
        self.env = {**os.environ, **(env or {})}
        self.process = None
        self.lines = []

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self, timeout=120):
        self.log = open(self.data.parent / f"{self.data.name}.log", "ab")
        self.process = subprocess.Popen(
            [KEYTRAIL, "serve", "--data", self.data, "--port", str(self.port), *self.extra],
            stdout=subprocess.PIPE,
            stderr=self.log,
            env=self.env,
            text=True,
        )
        self.lines = []
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            line = self.process.stdout.readline()
            if not line:
                raise RuntimeError(f"server ended with {self.process.wait()}: {self.lines}")
            self.lines.append(line.rstrip("\n"))
            if line.startswith("ready "):
                assert line.strip() == f"ready {self.endpoint}"
                return self
        self.kill()
        raise RuntimeError("server did not become ready")

    def stop(self):
        """SIGTERM; returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=60)
        self.process.stdout.close()
        return code

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    @property
    def running(self):
        return self.process is not None and self.process.poll() is None

    @property
    def credentials(self):
        parser = configparser.ConfigParser()
        parser.read(self.data / "admin.credentials")
        section = parser["default"]
        return section["aws_access_key_id"], section["aws_secret_access_key"]

    def client(self, service, region="us-east-1", credentials=None, **config):
        key, secret = credentials or self.credentials
        merged = {"retries": {"max_attempts": 1}, **config}
        made = boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=region,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            config=botocore.config.Config(**merged),
        )
        if service == "kms":
            answers.watch(self, region, made)
        return made

    def environment(self, **more):
        key, secret = self.credentials
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.data.parent),
            "AWS_ACCESS_KEY_ID": key,
            "AWS_SECRET_ACCESS_KEY": secret,
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_PAGER": "",
            **more,
        }

    def account(self):
        return self.client("sts").get_caller_identity()["Account"]

    def new_account(self):
        """A further account's id and the credentials of its root user."""
        import json

        done = subprocess.run(
            [KEYTRAIL, "account", "create", "--endpoint", self.endpoint],
            env={**os.environ, **self.environment()},
            capture_output=True,
            text=True,
            check=True,
        )
        answer = json.loads(done.stdout)
        return answer["AccountId"], (answer["AccessKeyId"], answer["SecretAccessKey"])


@pytest.fixture(scope="module", autouse=True)
def begin_file(request):
    answers.RUNNING[0] = request.module.__file__


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """The server that most tests share. Tests that stop it make their own with `fresh`."""
    running = Server(tmp_path_factory.mktemp("shared") / "data", extra=["--set", "trail.flush=1s"]).start()
    yield running
    assert running.stop() == 0


def servers(tmp_path, kind):
    """For a fixture: makes servers of a test's own, and ends what the test left running."""
    made = []

    def make(name="data", **options):
        one = kind(tmp_path / name, **options)
        made.append(one)
        return one

    yield make
    for one in made:
        if one.running:
            one.kill()


@pytest.fixture
def fresh(tmp_path):
    yield from servers(tmp_path, Server)


@pytest.fixture
def kms(server):
    return server.client("kms")


@pytest.fixture
def trail(server):
    return server.client("cloudtrail")


@pytest.fixture
def key(kms):
    """The ARN of a fresh key."""
    return kms.create_key(Description="made for a test")["KeyMetadata"]["Arn"]


def console_steps(text):
    """The commands of a page's ```console blocks, each with the lines that it shows for them."""
    for block in re.findall(r"```console\n(.*?)```", text, re.S):
        command, expected = None, []
        for line in block.split("\n")[:-1]:
            if line.startswith("$ "):
                if command:
                    yield command, expected
                command, expected = line[2:], []
            else:
                expected.append(line)
        yield command, expected


def eventually(check, timeout=90.0, pause=0.1):
    """For what happens behind the answer (delivery): the first truthy result. Check for the very thing that is asserted next: a
    file that is there says nothing of the status that follows it. The limit is for a machine that is busy with other things."""
    deadline = time.monotonic() + timeout
    while True:
        result = check()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout} s: {check}")
        time.sleep(pause)


def receipt(server, number):
    """The receipt of a record, once the log has it under a checkpoint that witnesses have seen, where they are wanted."""

    def made():
        done = run([KEYTRAIL, "receipt", number, "--endpoint", server.endpoint], {**os.environ, **server.environment()})
        assert done.returncode == 0 or "ReceiptNotReadyException" in done.stderr, done.stderr
        return done.returncode == 0 and done

    return eventually(made)


def run(command, env, **options):
    return subprocess.run(
        [str(part) for part in command], env=env, capture_output=True, text=True, timeout=300, **options
    )


REQUEST_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
