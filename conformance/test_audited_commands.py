"""No unaudited command: every verb of `keytrail` that touches a server's data leaves its event, allowed and denied."""

import json
import os
import re

import pytest
from conftest import KEYTRAIL, eventually, run
from test_iam_sts import policy

# Verbs that never reach a server: what they read is the caller's own, and nothing of it is changed.
OFFLINE = {
    "test": "runs the suites",
    "restore": "makes a new folder from a file, as whoever can read both can without us",
    "drill": "tries a file in a scratch folder",
    "custody init": "begins an empty folder, and leaves InitializeCustody there (test_custody.py)",
    "custody unseal": "nobody signs to a sealed server; each piece is on record (test_custody.py)",
    "custody reshare": "asks what 'custody change' asks",
    "verify receipt": "reads a file",
    "verify log": "reads the folder of a stopped server, as whoever may read it can without us",
    "repair": "goes round a stopped server's damage, and leaves RepairLedger there (test_repair.py)",
    "archive event": "reads the folder of an archive, as whoever may read it can without us",
    "archive receipt": "the same; hashes that it asks a server for are on record as any (test_log_http.py)",
    "archive check": "the same",
    "witness": "a process of its own: it sees what logs show it, and nothing of a server's data",
    "verify trail": "reads delivered files; from a bucket by the bucket's own calls, which are on record",
}

# Verb: the operation it calls and the arguments for it.
CALLS = {
    "account create": ("CreateAccount", lambda w: []),
    "account guardrail put": ("PutGuardrail", lambda w: ["--account", w.other, "--name", "a", "--document", w.document]),
    "account guardrail list": ("ListGuardrails", lambda w: ["--account", w.other]),
    "account guardrail delete": ("DeleteGuardrail", lambda w: ["--account", w.other, "--name", "a"]),
    "account retention": ("GetHistoryRetention", lambda w: ["--account", w.other]),
    "account retention --days": ("PutHistoryRetention", lambda w: ["100", "--account", w.other]),
    "organization create": ("CreateOrganization", lambda w: ["--management", w.mine]),
    "organization add": ("AddOrganizationAccount", lambda w: ["--management", w.mine, "--account", w.other]),
    "organization show": ("DescribeOrganization", lambda w: ["--account", w.other]),
    "organization remove": ("RemoveOrganizationAccount", lambda w: ["--management", w.mine, "--account", w.other]),
    "organization delete": ("DeleteOrganization", lambda w: ["--management", w.mine]),
    "account root-password --remove": ("DeleteRootPassword", lambda w: ["--account", w.other]),
    "why": ("ExplainEvent", lambda w: [w.event]),
    "clock": ("GetClock", lambda w: []),
    "clock --advance": ("AdvanceClock", lambda w: ["1s"]),
    "receipt": ("GetReceipt", lambda w: [w.event]),
    "checkpoint": ("GetCheckpoint", lambda w: []),
    "ledger show": ("DescribeLedger", lambda w: []),
    "ledger drop": ("StartLedgerDrop", lambda w: ["--older-than", "9999d"]),
    "events": ("SearchEvents", lambda w: []),
    "backup": ("CreateBackup", lambda w: [w.fresh()]),
    "custody status": ("DescribeCustody", lambda w: []),
    "custody change": ("ChangeCustody", lambda w: ["--provider", "file"]),
    "custody rotate": ("RotateRootKey", lambda w: []),
}


def verbs(*path):
    """All verbs by the command's own help; those of a group stand behind its name."""
    if path == ("test",):
        return ["test"]  # the launcher's own: it hands what follows to the suites
    text = run([KEYTRAIL, *path, "--help"], os.environ).stdout
    if "Commands:" not in text:
        return [" ".join(path)]
    names = re.findall(r"^  ([a-z][a-z-]*) ", text.split("Commands:")[1], re.M)
    return [verb for name in names for verb in verbs(*path, name)]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    from conftest import Server

    folder = tmp_path_factory.mktemp("commands")
    server = Server(folder / "data", extra=["--clock"]).start()

    class World:
        pass

    w = World()
    w.server = server
    w.other, _ = server.new_account()
    w.mine = server.account()
    w.fresh = lambda: folder / f"{len(list(folder.iterdir()))}.backup"
    w.document = folder / "guardrail.json"
    w.document.write_text(policy("Deny", "kms:ScheduleKeyDeletion"))
    server.client("kms").list_keys()
    found = server.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "ListKeys"}])["Events"]
    w.event = found[0]["EventId"]
    iam = server.client("iam")
    iam.create_user(UserName="stranger")
    made = iam.create_access_key(UserName="stranger")["AccessKey"]
    w.stranger = (made["AccessKeyId"], made["SecretAccessKey"])
    yield w
    assert server.stop() == 0


def test_everyVerb_isKnownHere():
    known = {" ".join(word for word in verb.split() if not word.startswith("-")) for verb in CALLS}
    assert set(verbs()) == known | set(OFFLINE) | {"serve"}


@pytest.mark.parametrize("verb", CALLS)
def test_verb_allowedAndDenied_isOnRecord(world, verb):
    operation, arguments = CALLS[verb]
    trail = world.server.client("cloudtrail")

    def events(user):
        found = trail.lookup_events(
            LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": operation}])["Events"]
        told = [json.loads(event["CloudTrailEvent"]) for event in found]
        return [event for event in told if event["userIdentity"].get("userName") == user]

    def call(**credentials):
        return run(
            [KEYTRAIL, *verb.split(), *arguments(world), "--endpoint", world.server.endpoint],
            {**os.environ, **world.server.environment(), **credentials})

    before = len(events("admin"))
    done = eventually(lambda: (again := call()).returncode == 0 and again)  # a receipt waits for its checkpoint
    assert done.returncode == 0
    allowed = [event for event in events("admin")[: len(events("admin")) - before] if "errorCode" not in event]
    assert allowed and allowed[0]["eventSource"] == "keytrail.amazonaws.com"
    denied = call(AWS_ACCESS_KEY_ID=world.stranger[0], AWS_SECRET_ACCESS_KEY=world.stranger[1])
    assert denied.returncode != 0
    assert [event["errorCode"] for event in events("stranger")] == ["AccessDenied"]


def test_serve_firstStart_isOnRecord(world):
    found = world.server.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "InitializeServer"}])["Events"]
    (event,) = [json.loads(event["CloudTrailEvent"]) for event in found]
    assert event["eventType"] == "AwsServiceEvent"
