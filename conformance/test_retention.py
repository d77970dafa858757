"""How far back event history goes, account by account, on virtual time; the ledger keeps all of it."""

import json

from conftest import KEYTRAIL, run
from test_virtual_clock import advance


def retention(server, account, *arguments, credentials=None):
    environment = server.environment()
    if credentials:
        environment.update(AWS_ACCESS_KEY_ID=credentials[0], AWS_SECRET_ACCESS_KEY=credentials[1])
    command = [KEYTRAIL, "account", "retention", "--endpoint", server.endpoint, "--account", account, *arguments]
    return run(command, environment)


def names(server, credentials=None):
    page = server.client("cloudtrail", credentials=credentials).lookup_events(MaxResults=50)
    return {event["EventName"] for event in page["Events"]}


def searched(server, query):
    done = run([KEYTRAIL, "events", query, "--output", "json"], server.environment())
    assert done.returncode == 0, done.stderr
    return [event["eventName"] for event in json.loads(done.stdout)["Records"]]


def test_history_isAsShortAsItsAccountHasIt_andStaysSo(fresh):
    server = fresh(extra=["--clock"]).start()
    mine, (other, other_key) = server.account(), server.new_account()
    kms = server.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    kms.encrypt(KeyId=key, Plaintext=b"x")
    server.client("kms", credentials=other_key).create_key()
    assert json.loads(retention(server, mine).stdout) == {"Days": 90, "Own": False}
    assert json.loads(retention(server, mine, "--days", "30").stdout) == {"Days": 30, "Own": True}
    refused = retention(server, mine, "--days", "0")
    assert refused.returncode == 1 and "Days must be from 1 to 3653" in refused.stderr
    assert "no account" in retention(server, "999999999999").stderr
    denied = retention(server, mine, "--days", "5", credentials=other_key)
    assert denied.returncode == 1 and "AccessDenied" in denied.stderr
    advance(server, "29d")
    assert {"CreateKey", "Encrypt", "PutHistoryRetention"} <= names(server)
    advance(server, "2d")
    # Look-ups obey at once, whether or not the job has been there; the other account still has its own.
    assert not {"CreateKey", "Encrypt", "PutHistoryRetention"} & names(server)
    assert searched(server, "eventName = CreateKey") == []
    assert "CreateKey" in names(server, other_key)
    # The last use of a key is known for longer.
    assert kms.get_key_last_usage(KeyId=key)["KeyLastUsage"]["Operation"] == "Encrypt"
    # Going further back again brings nothing back, before and after the job; what is young stays.
    assert json.loads(retention(server, mine, "--default").stdout) == {"Days": 90, "Own": False}
    assert "CreateKey" not in names(server) and "PutHistoryRetention" in names(server)
    changes = [e for e in searched(server, "eventName = PutHistoryRetention")]
    assert changes == ["PutHistoryRetention"]
    advance(server, "65d")
    assert "CreateKey" not in names(server, other_key)
    # The ledger is whole: the event is still there by its number, with its decision.
    assert any(run([KEYTRAIL, "why", f"#{n}"], server.environment()).returncode == 0 for n in range(8))
