"""Crash truth: a mixed load with a model of what was answered; kill -9, again and again on one directory; P1 to P5 after each.

Ten rounds here; `KEYTRAIL_CRASHES=300` for the long run of docs/testing.md.
"""

import gzip
import io
import json
import os
import random
import threading
import time

import botocore.exceptions
import pytest
from conftest import KEYTRAIL, Server, eventually, receipt, run
from test_log_http import bundles, checkpoint
from test_trail import bucket_policy

ROUNDS = int(os.environ.get("KEYTRAIL_CRASHES", "10"))
WORKERS = 6
GONE = (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError, OSError)


class Truth:
    """What the server has answered: everything in here must be so after any crash."""

    def __init__(self):
        self.lock = threading.Lock()
        self.answered = {}  # request id: (log index, operation, error code or None)
        self.disabled = {}  # key: last answered state, or None while a change is under way without an answer
        self.aliases = {}  # worker's alias: key
        self.blobs = []  # (key, plaintext, ciphertext)
        self.receipts = {}  # index: event, as proven before a crash

    def note(self, operation, metadata, error=None):
        with self.lock:
            headers = metadata["HTTPHeaders"]
            self.answered[metadata["RequestId"]] = (int(headers["x-keytrail-log-index"]), operation, error)


class Worker(threading.Thread):
    """Does one thing after the other to a key and an alias of its own, so that the model has no races."""

    def __init__(self, number, server, key, truth, seed):
        super().__init__()
        self.number, self.server, self.key, self.truth = number, server, key, truth
        self.random = random.Random(seed)
        self.kms = server.client("kms", retries={"max_attempts": 0}, read_timeout=20)

    def run(self):
        try:
            while True:
                self.random.choice([self.encrypt, self.encrypt, self.decrypt, self.toggle, self.rename, self.denied, self.random_bytes])()
        except GONE:
            return

    def call(self, operation, **parameters):
        """A call whose answer is known, whichever it is; no answer ends the worker."""
        try:
            answer = getattr(self.kms, operation)(**parameters)
            self.truth.note(operation, answer["ResponseMetadata"])
            return answer
        except botocore.exceptions.ClientError as refused:
            status = refused.response["ResponseMetadata"].get("HTTPStatusCode")
            if status is None or status >= 500:
                raise
            self.truth.note(operation, refused.response["ResponseMetadata"], refused.response["Error"]["Code"])
            return None

    def encrypt(self):
        plaintext = self.random.randbytes(20)
        answer = self.call("encrypt", KeyId=self.key, Plaintext=plaintext)
        disabled = self.truth.disabled[self.key]
        assert (answer is None) == disabled, f"a disabled key encrypts, or an enabled one does not: {disabled}"
        if answer:
            self.truth.blobs.append((self.key, plaintext, answer["CiphertextBlob"]))

    def decrypt(self):
        mine = [blob for blob in self.truth.blobs if blob[0] == self.key]
        if mine:
            _, plaintext, blob = self.random.choice(mine)
            answer = self.call("decrypt", CiphertextBlob=blob)
            assert (answer is None) == self.truth.disabled[self.key]
            assert answer is None or answer["Plaintext"] == plaintext

    def toggle(self):
        disable = not self.truth.disabled[self.key]
        self.truth.disabled[self.key] = None
        self.call("disable_key" if disable else "enable_key", KeyId=self.key)
        self.truth.disabled[self.key] = disable

    def rename(self):
        alias = f"alias/worker-{self.number}"
        known = self.truth.aliases.get(alias)
        self.truth.aliases[alias] = None
        if known:
            self.call("delete_alias", AliasName=alias)
            self.truth.aliases[alias] = ""
        else:
            self.call("create_alias", AliasName=alias, TargetKeyId=self.key)
            self.truth.aliases[alias] = self.key

    def denied(self):
        assert self.call("describe_key", KeyId="00000000-0000-4000-8000-000000000000") is None

    def random_bytes(self):
        self.call("generate_random", NumberOfBytes=16)


def log_events(server):
    """The whole log by its entries, in order."""
    size, _ = checkpoint(server)
    return [json.loads(entry) for entry in bundles(server, size, "bundle")]


@pytest.fixture(scope="module")
def crashed(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("crash") / "data", extra=["--set", "trail.flush=1s"]).start()
    kms, s3, trail = server.client("kms"), server.client("s3", s3={"addressing_style": "path"}), server.client("cloudtrail")
    s3.create_bucket(Bucket="crash-logs")
    s3.put_bucket_policy(Bucket="crash-logs", Policy=bucket_policy("crash-logs", server.account()))
    trail.create_trail(Name="crash", S3BucketName="crash-logs")
    trail.start_logging(Name="crash")
    truth = Truth()
    keys = []
    for _ in range(WORKERS):
        keys.append(kms.create_key()["KeyMetadata"]["KeyId"])
        truth.disabled[keys[-1]] = False
    yield server, truth, keys
    if server.running:
        server.kill()


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_killedUnderMixedLoad_keepsAllPromises(crashed, round_):
    server, truth, keys = crashed
    before = len(truth.answered)
    workers = [Worker(n, server, key, truth, f"{round_}/{n}") for n, key in enumerate(keys)]
    failures = []
    threading.excepthook = lambda failed: failures.append(failed.exc_value)
    for worker in workers:
        worker.start()
    eventually(lambda: len(truth.answered) > before + 20)  # on a busy machine some time passes until then
    time.sleep(random.Random(round_).uniform(0.1, 0.8))
    server.kill()
    for worker in workers:
        worker.join()
    assert not failures, failures
    server.start()
    kms = server.client("kms")
    # What was recorded and not answered is in the log a moment later, with whatever is asked now.
    asked = int(kms.list_keys()["ResponseMetadata"]["HTTPHeaders"]["x-keytrail-log-index"])
    eventually(lambda: checkpoint(server)[0] > asked)

    # P1 and P2: what was answered is on record where the answer said, with the outcome that the caller saw.
    newest = max(truth.answered, key=lambda request: truth.answered[request][0])
    index = truth.answered[newest][0]
    proven = json.loads(receipt(server, f"#{index}").stdout)
    events = log_events(server)
    for request, (index, operation, error) in truth.answered.items():
        event = events[index]
        assert event["requestID"] == request, f"record {index} is not of request {request}"
        assert event["eventName"].lower() == operation.replace("_", "")
        assert event.get("errorCode") == error
    found = server.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "EventId", "AttributeValue": events[truth.answered[newest][0]]["eventID"]}])["Events"]
    assert len(found) == 1
    ids = [event["eventID"] for event in events]
    assert len(set(ids)) == len(ids)

    # P1: no change without its record, no record of a change without it. P4: what was answered binds.
    for number, key in enumerate(keys):
        changes = [e for e in events if e["eventName"] in ("DisableKey", "EnableKey") and key in json.dumps(e["requestParameters"])]
        last = changes[-1]["eventName"] if changes else "EnableKey"
        state = kms.describe_key(KeyId=key)["KeyMetadata"]["Enabled"]
        assert state == (last == "EnableKey")
        assert truth.disabled[key] in (None, not state)
        truth.disabled[key] = not state
        alias = f"alias/worker-{number}"
        named = [e for e in events if e["eventName"] in ("CreateAlias", "DeleteAlias") and not e.get("errorCode") and e["requestParameters"]["aliasName"] == alias]
        there = bool(named) and named[-1]["eventName"] == "CreateAlias"
        assert there == (alias in [a["AliasName"] for a in kms.list_aliases(KeyId=key)["Aliases"]])
        assert truth.aliases.get(alias, "") is None or bool(truth.aliases.get(alias, "")) == there
        truth.aliases[alias] = key if there else ""
    for key, plaintext, blob in random.sample(truth.blobs, min(20, len(truth.blobs))):
        if not truth.disabled[key]:
            assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == plaintext

    # P3: what was proven stays proven, and everything is under the new checkpoint.
    for index, event in truth.receipts.items():
        assert events[index]["eventID"] == event
    truth.receipts[proven["index"]] = json.loads(proven["event"])["eventID"]
    assert len(truth.answered) > before


def test_afterAllCrashes_theHistoryIsAsSigned_andDeliveredOnce(crashed):
    server, truth, _ = crashed
    s3 = server.client("s3", s3={"addressing_style": "path"})
    events = log_events(server)
    account = server.account()
    last = max(index for index, _, _ in truth.answered.values())
    wanted = [e["eventID"] for e in events[: last + 1]
              if e["recipientAccountId"] == account and e["eventCategory"] == "Management"]
    started = next(i for i, e in enumerate(events) if e["eventName"] == "StartLogging")
    wanted = [e["eventID"] for e in events[started + 1 : last + 1]
              if e["recipientAccountId"] == account and e["eventCategory"] == "Management"]

    def complete():
        delivered = []
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket="crash-logs", Prefix="AWSLogs/"):
            for item in page.get("Contents", []):
                if "/CloudTrail/" in item["Key"] and item["Size"]:
                    body = s3.get_object(Bucket="crash-logs", Key=item["Key"])["Body"].read()
                    delivered += [e["eventID"] for e in json.load(gzip.open(io.BytesIO(body)))["Records"]]
        return set(wanted) <= set(delivered) and delivered

    delivered = eventually(complete, pause=0.5)  # P5: each once
    assert len(delivered) == len(set(delivered)), "an event was delivered twice"
    assert server.stop() == 0
    whole = run([KEYTRAIL, "verify", server.data], os.environ)
    assert whole.returncode == 0 and "0 findings" in whole.stdout, whole.stdout + whole.stderr
