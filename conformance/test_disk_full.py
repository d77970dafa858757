"""A disk that fills up: refused in time, nothing changed, nothing lost, and well again by itself."""

import hashlib
import json
import os
import subprocess
import time

import botocore.exceptions
import pytest

from conftest import KEYTRAIL, eventually, free_port, run
from test_admin_port import health, metrics
from test_trail import bucket_policy, records


@pytest.fixture
def small_disk(tmp_path, request):
    """A file system of its own, so that filling it hurts nobody. Needs root, as CI has."""
    folder = tmp_path / "small"
    folder.mkdir()
    size = getattr(request, "param", "420m")
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], check=True)
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def fill(disk, left=0, name="filler"):
    filler = disk / name
    with open(filler, "wb", buffering=0) as f:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while left == 0 or os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize > left:
                    f.write(b"\0" * size)
            except OSError:
                pass
    return filler


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small file system needs root")
def test_fullDisk_refusesInTime_andRecovers(fresh, small_disk, tmp_path):
    port = free_port()
    server = fresh(extra=["--admin-port", str(port)])
    server.data = small_disk / "data"
    (small_disk / "data.log").symlink_to(tmp_path / "data.log")  # a full disk takes no log either
    server.start()
    kms = server.client("kms", retries={"max_attempts": 0})
    key = kms.create_key()["KeyMetadata"]["Arn"]
    answered, refused_at = [], None
    # The largest record there is: a policy of nearly 32 KiB.
    policy = json.loads(kms.get_key_policy(KeyId=key)["Policy"])
    policy["Id"] = "x" * 30000
    policy = json.dumps(policy)
    filler = fill(small_disk)
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
            assert refused_at - begun < 20  # two seconds, on a machine that has nothing else to do
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

    answered.append(eventually(works))
    eventually(lambda: health(port)[1]["ledger"]["well"])
    assert kms.list_resource_tags(KeyId=key)["Tags"] == [], "a refused change changed nothing"
    pages = server.client("cloudtrail").get_paginator("lookup_events").paginate(
        LookupAttributes=[{"AttributeKey": "ResourceName", "AttributeValue": key}]
    )
    on_record = [json.loads(e["CloudTrailEvent"])["requestID"] for page in pages for e in page["Events"]]
    assert set(answered) <= set(on_record) and len(on_record) == len(set(on_record))
    assert server.stop() == 0


class Traffic:
    """Puts objects, makes trails and uses a key; knows what was answered."""

    def __init__(self, server):
        options = dict(retries={"max_attempts": 0})
        self.kms, self.s3 = server.client("kms", **options), server.client("s3", **options)
        self.trail = server.client("cloudtrail", **options)
        self.key = self.kms.create_key()["KeyMetadata"]["KeyId"]
        # A record of some KiB, so that the ledger's room is used up soon.
        self.context = {"filling": "x" * 7000}
        self.objects, self.refused_objects, self.trails = {}, [], []
        self.answered, self.refusals, self.count = [], 0, 0

    def call(self, call, **arguments):
        """The answer, or None: then nothing was done, and it was said in time and retryably."""
        begun = time.monotonic()
        try:
            answer = call(**arguments)
            self.answered.append(answer["ResponseMetadata"]["RequestId"])
            return answer
        except botocore.exceptions.ClientError as e:
            assert e.response["ResponseMetadata"]["HTTPStatusCode"] in (500, 503), e
            assert time.monotonic() - begun < 20
            self.refusals += 1
            return None

    def round(self):
        self.count += 1
        key, body = f"object-{self.count}", os.urandom(200_000)
        if self.call(self.s3.put_object, Bucket="things", Key=key, Body=body):
            self.objects[key] = hashlib.sha256(body).digest()
        else:
            self.refused_objects.append(key)
        if len(self.trails) < 4:  # five are allowed
            name = f"trail-{self.count}"
            if self.call(self.trail.create_trail, Name=name, S3BucketName="logs"):
                self.trails.append(name)
        return self.call(self.kms.encrypt, KeyId=self.key, Plaintext=b"p", EncryptionContext=self.context)


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small file system needs root")
@pytest.mark.parametrize("small_disk", ["360m"], indirect=True)
def test_fullDisk_whileATrailDelivers_nothingIsLost(fresh, small_disk, tmp_path):
    settings = ("trail.flush=1s", "trail.digest=2s", "ledger.segment=1")
    server = fresh(extra=[part for setting in settings for part in ("--set", setting)])
    server.data = small_disk / "data"
    (small_disk / "data.log").symlink_to(tmp_path / "data.log")
    server.start()
    s3, trail, account = server.client("s3"), server.client("cloudtrail"), server.account()
    for bucket in ("logs", "things"):
        s3.create_bucket(Bucket=bucket)
    s3.put_bucket_policy(Bucket="logs", Policy=bucket_policy("logs", account))
    made = trail.create_trail(Name="main", S3BucketName="logs", EnableLogFileValidation=True)
    trail.start_logging(Name="main")
    traffic = Traffic(server)
    assert traffic.round()
    status = lambda: trail.get_trail_status(Name="main")  # noqa: E731
    eventually(lambda: "LatestDigestDeliveryTime" in status())
    for _ in range(2):
        # Objects and log files leave the last of the disk to the ledger: they are refused, and calls go on, on record.
        fillers = [fill(small_disk, left=160 << 20)]
        refused_before = len(traffic.refused_objects)
        eventually(lambda: traffic.round() and status().get("LatestDeliveryError") == "ServiceUnavailable")
        assert len(traffic.refused_objects) > refused_before
        # Nothing is left: the room that the ledger has set aside is used up, then all is refused.
        fillers.append(fill(small_disk, name="rest"))
        deadline, full = time.monotonic() + 120, False
        while not full:
            assert time.monotonic() < deadline, "the ledger never noticed"
            full = traffic.round() is None
        # Delivery and digests come due again and again, and fail, while nothing can be written.
        for _ in range(3):
            time.sleep(1)
            traffic.round()
        for filler in fillers:
            filler.unlink()
        eventually(lambda: traffic.round())
        eventually(lambda: "LatestDeliveryError" not in status() and "LatestDigestDeliveryError" not in status())
    assert traffic.refusals and traffic.objects
    server.kill()
    server.start()
    eventually(lambda: traffic.round())
    for key, digest in traffic.objects.items():
        assert hashlib.sha256(s3.get_object(Bucket="things", Key=key)["Body"].read()).digest() == digest
    there = {entry["Key"] for entry in s3.list_objects_v2(Bucket="things")["Contents"]}
    assert there == set(traffic.objects)
    assert {t["Name"] for t in trail.describe_trails()["trailList"]} == {"main", *traffic.trails}
    trail.stop_logging(Name="main")

    def delivered():
        found = records(s3, "logs", f"AWSLogs/{account}/CloudTrail/")
        return found if any(r["eventName"] == "StopLogging" for r in found) else None

    ids = [record["requestID"] for record in eventually(delivered) if "requestID" in record]
    # PutObject is a data event, which this trail does not take.
    history = trail.get_paginator("lookup_events").paginate()
    managed = {json.loads(e["CloudTrailEvent"])["requestID"] for page in history for e in page["Events"]
               if "requestID" in json.loads(e["CloudTrailEvent"])}
    answered = set(traffic.answered) & managed
    assert answered and answered <= set(ids), answered - set(ids)
    assert all(ids.count(id) == 1 for id in answered)
    eventually(lambda: status().get("LatestDigestDeliveryTime", 0) and "LatestDigestDeliveryError" not in status())
    environment = {**os.environ, **server.environment(AWS_ENDPOINT_URL_S3=server.endpoint)}

    def signed():
        done = run([KEYTRAIL, "verify", "trail", "s3://logs", "--trail", made["TrailARN"]], environment)
        return done if done.returncode == 0 else print(done.stdout, done.stderr)

    assert "as signed" in eventually(signed, pause=1).stdout
    assert server.stop() == 0
