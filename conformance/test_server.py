"""The launcher's contract, restart, and a killed server's truth."""

import os
import random
import socket
import stat
import subprocess
import threading
import time

import botocore.exceptions
import pytest

from conftest import KEYTRAIL, ROOT, eventually, free_port, run


def test_contract(fresh):
    server = fresh().start()
    assert any("admin.credentials" in line for line in server.lines)
    assert any(server.account() in line for line in server.lines)
    mode = stat.S_IMODE(os.stat(server.data / "admin.credentials").st_mode)
    assert mode == 0o600 and stat.S_IMODE(os.stat(server.data).st_mode) == 0o700
    account, credentials = server.new_account()
    assert server.client("sts", credentials=credentials).get_caller_identity()["Arn"] == f"arn:aws:iam::{account}:root"
    assert server.stop() == 0


def test_secondStart_continues(fresh):
    server = fresh().start()
    kms = server.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"p")["CiphertextBlob"]
    credentials = server.credentials
    assert server.stop() == 0
    server.start()
    assert server.credentials == credentials
    assert server.client("kms").decrypt(CiphertextBlob=blob)["Plaintext"] == b"p"
    events = server.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "ResourceName", "AttributeValue": key}]
    )["Events"]
    assert [e["EventName"] for e in events] == ["Decrypt", "Encrypt", "CreateKey"]


def test_twoServersOnOneDirectory_areRefused(fresh):
    server = fresh().start()
    done = run([KEYTRAIL, "serve", "--data", server.data, "--port", free_port()], os.environ)
    assert done.returncode != 0 and "in use" in done.stderr
    assert "Exception" not in done.stderr


def test_busyPort_isSaid(fresh, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run([KEYTRAIL, "serve", "--data", tmp_path / "d", "--port", port], os.environ)
    assert done.returncode != 0 and str(port) in done.stderr and "\tat " not in done.stderr


def test_missingJdk_isSaid(tmp_path):
    script = (ROOT / "keytrail").read_text().replace("/usr/lib/jvm", str(tmp_path / "none"))
    (tmp_path / "keytrail").write_text(script)
    done = run(["bash", tmp_path / "keytrail", "serve"], {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)})
    assert done.returncode != 0 and "JDK 25" in done.stderr


def test_ephemeral_keepsNothing(tmp_path):
    port = free_port()
    process = subprocess.Popen(
        [KEYTRAIL, "serve", "--ephemeral", "--port", str(port)],
        stdout=subprocess.PIPE, text=True, env={**os.environ, "HOME": str(tmp_path)},
    )
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith("ready "):
            break
    process.terminate()
    assert process.wait(timeout=60) == 0
    assert not (tmp_path / ".keytrail").exists()


@pytest.mark.parametrize("round_", range(int(os.environ.get("KEYTRAIL_KILLS", "6"))))
def test_killedServer_keepsWhatItAnswered(fresh, round_):
    """kill -9 under load: every answered call's event and change is there after the restart, nothing half."""
    server = fresh(f"data{round_}").start()
    kms = server.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    answered, tagged, lock, stop = [], {}, threading.Lock(), threading.Event()

    def load(n):
        client = server.client("kms")
        i = 0
        while not stop.is_set():
            try:
                if i % 5 == 4:
                    request = client.tag_resource(KeyId=key, Tags=[{"TagKey": f"t{n}", "TagValue": str(i)}])
                    with lock:
                        tagged[f"t{n}"] = i
                else:
                    request = client.encrypt(KeyId=key, Plaintext=b"p", EncryptionContext={"n": str(n)})
            except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError):
                return
            with lock:
                answered.append(request["ResponseMetadata"]["RequestId"])
            i += 1

    threads = [threading.Thread(target=load, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    eventually(lambda: len(answered) > 20)  # on a busy machine some time passes until then
    time.sleep(random.Random(round_).uniform(0.1, 1.0))
    server.kill()
    stop.set()
    for thread in threads:
        thread.join()
    server.start()
    import json

    pages = server.client("cloudtrail").get_paginator("lookup_events").paginate(
        LookupAttributes=[{"AttributeKey": "ResourceName", "AttributeValue": key}]
    )
    records = [json.loads(e["CloudTrailEvent"]) for page in pages for e in page["Events"]]
    on_record = [r["requestID"] for r in records]
    assert len(on_record) == len(set(on_record))
    assert set(answered) <= set(on_record), "an answered call is not on record"
    # Each worker's last answered tag is there, or a later one that was recorded but whose answer was cut off.
    tags = {t["TagKey"]: int(t["TagValue"]) for t in server.client("kms").list_resource_tags(KeyId=key)["Tags"]}
    recorded = {}
    for r in records:
        if r["eventName"] == "TagResource":
            for tag in r["requestParameters"]["tags"]:
                recorded[tag["tagKey"]] = max(recorded.get(tag["tagKey"], -1), int(tag["tagValue"]))
    assert tags == recorded, "state and record are one"
    assert all(tags[name] >= value for name, value in tagged.items())
    server.kill()
