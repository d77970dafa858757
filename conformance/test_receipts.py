"""Receipts: any event, proven offline with the log's public key alone."""

import json
import shutil

from conftest import KEYTRAIL, run
from test_history import look_up


def test_receipt_isProvenOffline_andRejectedWhenChanged(server, kms, trail, key, tmp_path):
    kms.encrypt(KeyId=key, Plaintext=b"p", EncryptionContext={"quote": '"\\ \u00e9 \U0001f600'})
    event = next(e for e in look_up(trail, "ResourceName", key) if e["EventName"] == "Encrypt")
    made = run([KEYTRAIL, "receipt", event["EventId"], "--endpoint", server.endpoint], server.environment())
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["event"] == event["CloudTrailEvent"]
    file = tmp_path / "receipt.json"
    file.write_text(made.stdout)

    answer = run([KEYTRAIL, "checkpoint", "--endpoint", server.endpoint], server.environment())
    verifier = json.loads(answer.stdout)["VerifierKey"]
    proven = run([KEYTRAIL, "verify", "receipt", file, "--key", verifier], server.environment())
    assert proven.returncode == 0 and proven.stdout.startswith("proven: record "), proven

    file.write_text(made.stdout.replace("Encrypt", "Decrypt"))
    rejected = run([KEYTRAIL, "verify", "receipt", file, "--key", verifier], server.environment())
    assert rejected.returncode == 3 and rejected.stdout.startswith("rejected: "), rejected


def test_receipt_ofAnotherAccount_isUnknown(server, kms, trail, key):
    (event,) = [e for e in look_up(trail, "ResourceName", key) if e["EventName"] == "CreateKey"]
    _, (access, secret) = server.new_account()
    stranger = server.environment(AWS_ACCESS_KEY_ID=access, AWS_SECRET_ACCESS_KEY=secret)
    refused = run([KEYTRAIL, "receipt", event["EventId"], "--endpoint", server.endpoint], stranger)
    assert refused.returncode == 1 and "EventNotFoundException" in refused.stderr


def test_log_ofStoppedServer_isAsSigned_andARolledBackLedgerDoesNotStart(fresh, tmp_path):
    server = fresh().start()
    environment = server.environment()
    server.client("kms").generate_random(NumberOfBytes=8)
    server.stop()
    shutil.copytree(server.data / "store", tmp_path / "yesterday")

    server.start()
    kms = server.client("kms")
    for _ in range(300):
        kms.generate_random(NumberOfBytes=8)
    receipt = run([KEYTRAIL, "receipt", "#290", "--endpoint", server.endpoint], environment)
    assert receipt.returncode == 0, receipt.stderr
    server.stop()
    chain = server.data / "chain"
    command = [KEYTRAIL, "verify", "log", "--data", server.data, "--key", chain / "verifier-key"]
    sound = run([*command, "--remembered", chain / "checkpoint"], environment)
    assert sound.returncode == 0 and sound.stdout.startswith("as signed: "), sound

    shutil.rmtree(server.data / "store")
    shutil.copytree(tmp_path / "yesterday", server.data / "store")
    refused = run([KEYTRAIL, "serve", "--data", server.data, "--port", "0"], environment)
    assert refused.returncode == 1 and "the ledger has been cut" in refused.stderr, refused
    cut = run(command, environment)
    assert cut.returncode == 3 and cut.stdout.startswith("CUT records "), cut
