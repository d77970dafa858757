"""kill -9 at every step of every delivery: log files, digests, late digests, counts and notices, before, within and after each
request. Afterwards each event is in exactly one file, all chains are whole for both validators, every file was announced.

Some rounds here; `KEYTRAIL_DELIVERY_KILLS=250` for the long run of docs/testing.md.
"""

import collections
import gzip
import json
import os
import random
import threading
import time
import urllib.parse

import boto3
import botocore.exceptions
import pytest

from conftest import KEYTRAIL, eventually, run
from meddler import Proxy
from test_crash import log_events
from test_digests import digests, settled, validate
from test_trail import foreign, moto_server, records  # noqa: F401 (a fixture)

ROUNDS = int(os.environ.get("KEYTRAIL_DELIVERY_KILLS", "10"))
INTERVAL = 2
REGIONS = ("us-east-1", "eu-west-1")
KINDS = ("log", "digest", "counts", "notice", "late digest")
MOMENTS = ("whole", "stored", "answered", "opened", "half")


def kind(request):
    """What a request delivers, if anything."""
    if request.method == "POST":
        return "notice" if b"Action=Publish" in request.body() else None
    if request.method != "PUT":
        return None
    if "/CloudTrail-Counts/" in request.path:
        return "counts"
    if "/CloudTrail-Digest/" in request.path:
        return "late digest" if request.path.endswith("_backfill.json.gz") else "digest"
    return "log" if "/CloudTrail/" in request.path else None


class Killer:
    """Ends the server at a moment of the next request of a kind: when it opens, half its body, all of it, when the service has
    done what was asked, and a moment after the answer, when what is told next is committed or not."""

    def __init__(self):
        self.lock, self.armed, self.victim, self.pause = threading.Lock(), None, None, 0.0
        self.done = collections.Counter()
        self.announced = []

    def arm(self, kinds, moment, victim, pause):
        with self.lock:
            self.armed, self.victim, self.pause = (kinds, moment), victim, pause

    def meddle(self, request):
        what = kind(request)
        if what is None:
            return False
        moment = self.take(what)
        if moment == "opened":
            return self.kill(request, what, moment)
        if moment == "half":
            request.body(request.length // 2)
            return self.kill(request, what, moment)
        request.body()
        if moment == "whole":
            return self.kill(request, what, moment)
        answer = request.forward()
        if what == "notice" and answer[0] == 200:
            message = urllib.parse.parse_qs(request.body().decode())["Message"][0]
            self.announced += json.loads(message)["s3ObjectKey"]
        if moment == "stored":
            return self.kill(request, what, moment)
        request.answer(*answer)
        if moment == "answered":
            time.sleep(self.pause)
            return self.kill(request, what, moment)
        return True

    def take(self, what):
        """The moment, once, if it is this kind's turn."""
        with self.lock:
            if not self.armed or what not in self.armed[0]:
                return None
            moment, self.armed = self.armed[1], None
            return moment

    def kill(self, request, what, moment):
        self.victim.process.kill()
        self.done[what, moment] += 1
        return request.drop()


def plan():
    """The suite's ten rounds have each kind twice; longer runs have each kind at each moment, over and over."""
    all_points = [(what, moment) for moment in MOMENTS for what in KINDS]
    return [all_points[i % len(all_points)] for i in range(ROUNDS)]


@pytest.mark.timeout(180 + 40 * ROUNDS)
@pytest.mark.parametrize("foreign", [moto_server], indirect=True, ids=["moto"])
def test_killedAtEveryStepOfDelivery_eachEventOnce_chainsWhole(fresh, foreign):  # noqa: F811
    s3, settings = foreign
    target = settings["KEYTRAIL_S3_ENDPOINT"]
    killer = Killer()
    proxy = Proxy(urllib.parse.urlparse(target).port, killer.meddle)
    settings = {k.replace("_S3_", f"_{s}_"): v for s in ("S3", "SNS") for k, v in settings.items()}
    settings.update({f"KEYTRAIL_{s}_ENDPOINT": proxy.url for s in ("S3", "SNS")})
    topic = boto3.client("sns", endpoint_url=target, region_name="us-east-1", aws_access_key_id="t", aws_secret_access_key="t"
                         ).create_topic(Name="kills")["TopicArn"]
    s3.create_bucket(Bucket="kill-logs")
    extra = [f"--set={name}" for name in ("trail.flush=1s", f"trail.digest={INTERVAL}s", "trail.selectors.extended=true")]
    server = fresh(extra=extra, env=settings).start()
    trail = server.client("cloudtrail")
    arn = trail.create_trail(Name="kills", S3BucketName="kill-logs", SnsTopicName=topic, IsMultiRegionTrail=True,
                             EnableLogFileValidation=True)["TrailARN"]
    trail.put_event_selectors(TrailName="kills", AdvancedEventSelectors=[{"Name": "most", "FieldSelectors": [
        {"Field": "eventCategory", "Equals": ["Management"]}, {"Field": "eventName", "NotEquals": ["GenerateRandom"]}]}])
    trail.start_logging(Name="kills")
    chance = random.Random(7)
    for number, (what, moment) in enumerate(plan()):
        killer.arm((what,), moment, server, chance.choice([0, 0.001, 0.004, 0.02]))
        calls = [server.client("kms", region=r, retries={"max_attempts": 0}, read_timeout=20) for r in REGIONS]
        begun, other = time.monotonic(), {"digest": "late digest", "late digest": "digest"}.get(what)
        while server.running:
            if time.monotonic() > begun + 15 and other:  # which of the two comes is a matter of the machine's speed
                killer.arm((what, other), moment, server, 0)
                other = None
            assert time.monotonic() < begun + 90, f"round {number}: no {what} to be killed at"
            try:
                for kms in calls:
                    kms.generate_random(NumberOfBytes=1)
                    kms.list_keys()
            except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError, OSError):
                pass  # it is gone
            time.sleep(0.1)
        server.kill()
        nexts = plan()[number + 1 : number + 2]
        if nexts and nexts[0][0] == "late digest":
            time.sleep(2 * INTERVAL + 0.2)
        server.start()
    assert sum(killer.done.values()) == ROUNDS

    # All that was asked is on record once, in one file, as the ledger has it; what was left out is counted.
    server.client("cloudtrail").stop_logging(Name="kills")

    def whole_log():
        log = log_events(server)
        return log if any(e["eventName"] == "StopLogging" for e in log) else None

    log = eventually(whole_log)  # its checkpoint comes a moment behind the answer
    names = [e["eventName"] for e in log]
    own = [e for e in log[names.index("StartLogging") : names.index("StopLogging") + 1]
           if e["recipientAccountId"] == server.account() and e["eventCategory"] == "Management"]
    wanted = {e["eventID"]: e for e in own if e["eventName"] != "GenerateRandom"}
    delivered = eventually(
        lambda: (r := records(s3, "kill-logs", f"AWSLogs/{server.account()}/CloudTrail/")) and len(r) >= len(wanted) and r)
    assert {r["eventID"]: r for r in delivered} == wanted and len(delivered) == len(wanted)

    chains = settled(s3, "kill-logs", REGIONS)
    covered = [f for chain in chains.values() for _, d, _ in chain for f in d["logFiles"]]
    keys = {f["s3Object"] for f in covered}
    assert len(keys) == len(covered) and keys == set(listed(s3, "/CloudTrail/"))
    eventually(lambda: keys <= set(killer.announced))
    counts = [json.loads(gzip.decompress(s3.get_object(Bucket="kill-logs", Key=k)["Body"].read()))
              for k in listed(s3, "/CloudTrail-Counts/")]
    assert sum(c["delivered"] for c in counts) == len(wanted)
    assert sum(c["suppressed"] for c in counts) == len(own) - len(wanted)
    assert all(c["delivered"] + c["suppressed"] == c["total"] for c in counts)
    for region in REGIONS:
        done = validate(server, arn, region, s3=target)
        assert done.returncode == 0 and "INVALID" not in done.stdout + done.stderr, done.stdout + done.stderr
    until = max(d["digestEndTime"] for r in REGIONS for _, d, _ in digests(s3, "kill-logs", r))
    sound = run([KEYTRAIL, "verify", "trail", "s3://kill-logs", "--s3-endpoint", target, "--trail", arn, "--until", until],
                server.environment())
    assert sound.returncode == 0 and "; 0 log files not covered" in sound.stdout, sound.stdout + sound.stderr
    print(f"{ROUNDS} kills, {len(wanted)} events in {len(keys)} files, {len(counts)} counts, "
          f"{sum(len(digests(s3, 'kill-logs', r)) for r in REGIONS)} digests: {dict(killer.done)}")
    assert server.stop() == 0
    proxy.close()


def listed(s3, folder):
    return [entry["Key"] for page in s3.get_paginator("list_objects_v2").paginate(Bucket="kill-logs")
            for entry in page.get("Contents", []) if folder in entry["Key"]]
