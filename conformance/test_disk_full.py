"""A disk that fills up: refused in time, nothing changed, nothing lost, and well again by itself."""

import json
import os
import subprocess
import time

import botocore.exceptions
import pytest

from conftest import eventually, free_port
from test_admin_port import health, metrics


@pytest.fixture
def small_disk(tmp_path):
    """A file system of its own, of 420 MiB, so that filling it hurts nobody. Needs root, as CI has."""
    folder = tmp_path / "small"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=420m", "tmpfs", folder], check=True)
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small file system needs root")
def test_fullDisk_refusesInTime_andRecovers(fresh, small_disk, tmp_path):
    port = free_port()
    server = fresh(extra=["--admin-port", str(port)])
    server.data = small_disk / "data"
    (small_disk / "data.log").symlink_to(tmp_path / "data.log")  # a full disk takes no log either
    server.start()
    kms = server.client("kms", retries={"max_attempts": 0})
    key = kms.create_key()["KeyMetadata"]["Arn"]
    filler = small_disk / "filler"
    answered, refused_at = [], None
    # The largest record there is: a policy of nearly 32 KiB.
    policy = json.loads(kms.get_key_policy(KeyId=key)["Policy"])
    policy["Id"] = "x" * 30000
    policy = json.dumps(policy)
    with open(filler, "wb") as f:
        try:
            while True:
                f.write(b"\0" * (1 << 20))
                f.flush()
        except OSError:
            pass
    # The segments allocated ahead still take records; then every call is refused, each within two seconds.
    deadline = time.monotonic() + 180
    while refused_at is None:
        assert time.monotonic() < deadline, "the ledger never noticed"
        begun = time.monotonic()
        try:
            answer = kms.put_key_policy(KeyId=key, Policy=policy)
            answered.append(answer["ResponseMetadata"]["RequestId"])
        except botocore.exceptions.ClientError as e:
            refused_at = time.monotonic()
            refused_id = e.response["ResponseMetadata"]["RequestId"]
            assert refused_at - begun < 3
            assert e.response["ResponseMetadata"]["HTTPStatusCode"] in (500, 503)
            assert e.response["Error"]["Code"] in ("KMSInternalException", "ServiceUnavailableException")
    # The health page says which of the things that may be wrong it is; the log, whose call was refused.
    told, checks = health(port)
    assert told == "not-ready" and not checks["ledger"]["well"] and checks["server"]["well"]
    now = metrics(port)
    assert (now.one("keytrail_ready"), now.one("keytrail_ledger_writable")) == (0, 0)
    assert now.one("keytrail_calls_unrecorded_total") >= 1
    log = (tmp_path / "data.log").read_text()
    assert f"Gate {refused_id} PutKeyPolicy refused, ledger unavailable" in log
    with pytest.raises(botocore.exceptions.ClientError):
        kms.tag_resource(KeyId=key, Tags=[{"TagKey": "while-full", "TagValue": "x"}])
    filler.unlink()

    def works():
        try:
            return kms.encrypt(KeyId=key, Plaintext=b"p")["ResponseMetadata"]["RequestId"]
        except botocore.exceptions.ClientError:
            return None

    answered.append(eventually(works, timeout=30))
    eventually(lambda: health(port)[1]["ledger"]["well"])
    assert kms.list_resource_tags(KeyId=key)["Tags"] == [], "a refused change changed nothing"
    pages = server.client("cloudtrail").get_paginator("lookup_events").paginate(
        LookupAttributes=[{"AttributeKey": "ResourceName", "AttributeValue": key}]
    )
    on_record = [json.loads(e["CloudTrailEvent"])["requestID"] for page in pages for e in page["Events"]]
    assert set(answered) <= set(on_record) and len(on_record) == len(set(on_record))
    assert server.stop() == 0
