"""An S3 endpoint that fails in every way, each for a trail of its own, all at once: status, recovery, exactly once."""

import gzip
import json
import threading
import urllib.parse

from conftest import eventually
from meddler import Proxy
from test_trail import foreign, records  # noqa: F401 (a fixture)

ERROR = "<Error><Code>{}</Code><Message>made for a test</Message></Error>"

# Bucket: what happens to a PUT of a log file there, and the error that the status shows ("" for any).
FAULTS = {
    "fault-internal": ((500, "InternalError"), "InternalError"),
    "fault-busy": ((503, "SlowDown"), "SlowDown"),
    "fault-denied": ((403, "AccessDenied"), "AccessDenied"),
    "fault-gone": ((404, "NoSuchBucket"), "NoSuchBucket"),
    "fault-region": ((400, "AuthorizationHeaderMalformed", ("x-amz-bucket-region", "eu-west-3")), "AuthorizationHeaderMalformed"),
    "fault-moved": ((301, "PermanentRedirect", ("x-amz-bucket-region", "eu-west-3"), ("Location", "http://127.0.0.1:9/")),
                    "PermanentRedirect"),
    "fault-forbidden": ((403, "SignatureDoesNotMatch"), "SignatureDoesNotMatch"),
    "fault-cut": ("cut", ""),  # the connection breaks in the middle of the body
    "fault-lost": ("lost", ""),  # the object is stored, its answer never arrives
    "fault-half": ("half", ""),  # a store that is not atomic: half the object is there, under its name
    "fault-garbage": ("garbage", ""),  # an answer that is no HTTP
    "fault-stall": ("stall", "RequestTimeout"),  # takes the request and never answers
    "fault-trickle": ("trickle", "RequestTimeout"),  # answers a line at a time, for ever
}


class Faults:
    """What each bucket's puts meet while `failing`."""

    def __init__(self):
        self.failing, self.seen, self.over = False, set(), threading.Event()

    def meddle(self, request):
        fault = FAULTS.get(request.bucket, (None, ""))[0]
        if not self.failing or fault is None or request.method != "PUT":
            return False
        self.seen.add(request.bucket)
        match fault:
            case "cut":
                request.body(10)
            case "lost":
                request.forward()
            case "half":
                request.forward(request.body()[: request.length // 2])
            case "garbage":
                return request.raw(b"\x00\x01not http\r\n\r\n") and request.drop()
            case "stall":
                request.body()
                self.over.wait(60)
            case "trickle":
                request.body()
                request.raw(b"HTTP/1.1 200 OK\r\n")
                while not self.over.wait(0.5):
                    request.raw(b"x-slow: 1\r\n")
            case status, code, *more:
                headers = {"Content-Type": "application/xml", **dict(more)}
                return request.answer(status, headers, ERROR.format(code).encode())
        return request.drop()


def test_everyFault_showsInItsTrailsStatus_andLosesNothing(fresh, foreign):  # noqa: F811
    s3, settings = foreign
    faults = Faults()
    proxy = Proxy(urllib.parse.urlparse(settings["KEYTRAIL_S3_ENDPOINT"]).port, faults.meddle)
    settings = {**settings, "KEYTRAIL_S3_ENDPOINT": proxy.url, "KEYTRAIL_S3_TIMEOUT": "2s"}
    server = fresh(extra=["--set", "trail.flush=1s"], env=settings).start()
    regions = ("us-east-1", "eu-west-1", "us-west-2", "ap-southeast-2")
    trails = {}
    for number, bucket in enumerate(FAULTS):
        s3.create_bucket(Bucket=bucket)
        trail = server.client("cloudtrail", region=regions[number % len(regions)])
        trail.create_trail(Name=bucket, S3BucketName=bucket)
        trail.start_logging(Name=bucket)
        trails[bucket] = trail
    status = lambda bucket: trails[bucket].get_trail_status(Name=bucket)
    started = lambda: [b for b in trails if "LatestDeliveryTime" not in status(b)]
    eventually(lambda: not started())
    faults.failing = True
    wanted = {
        region: server.client("kms", region=region).generate_random(NumberOfBytes=1)["ResponseMetadata"]["RequestId"]
        for region in regions
    }
    error = lambda bucket: status(bucket).get("LatestDeliveryError")
    for bucket, (fault, code) in FAULTS.items():
        if fault == "lost":
            continue  # the second try finds that it was stored
        # An endpoint that is slow as well may bring another error first.
        eventually(lambda: bucket in faults.seen and (error(bucket) == code if code else error(bucket)))
        told = status(bucket)
        # The members that AWS still fills: the last try failed, and when that was.
        assert told["IsLogging"] and told["LatestDeliveryAttemptSucceeded"] == "" and told["LatestDeliveryAttemptTime"], bucket
        assert told["LatestDeliveryTime"], bucket
    server.client("kms").generate_random(NumberOfBytes=1)  # a dead bucket is nothing to calls
    faults.failing = False
    faults.over.set()
    for number, bucket in enumerate(trails):
        request = wanted[regions[number % len(regions)]]
        eventually(lambda: [r for r in whole(s3, bucket) if r.get("requestID") == request])
        eventually(lambda: error(bucket) is None)
        assert status(bucket)["LatestDeliveryAttemptSucceeded"]
    assert server.stop() == 0
    proxy.close()


def whole(s3, bucket):
    """All records, once each; half an object is nobody's record."""
    if bucket != "fault-half":
        return records(s3, bucket)
    found, torn = [], 0
    for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]:
        body = s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read()
        try:
            found += json.loads(gzip.decompress(body))["Records"]
        except EOFError:
            torn += 1
    assert torn
    ids = [record["eventID"] for record in found]
    assert len(ids) == len(set(ids)), "an event in two files"
    return found
