"""An S3 endpoint that fails in every way, each for a trail of its own, all at once: status, recovery, exactly once."""

import http.client
import http.server
import threading
import urllib.parse

from conftest import eventually
from test_trail import foreign, records  # noqa: F401 (a fixture)

ERROR = "<Error><Code>{}</Code><Message>made for a test</Message></Error>"

# Bucket: what happens to a PUT of a log file there, and the error that the status shows ("" for any).
FAULTS = {
    "fault-internal": ((500, "InternalError"), "InternalError"),
    "fault-busy": ((503, "SlowDown"), "SlowDown"),
    "fault-denied": ((403, "AccessDenied"), "AccessDenied"),
    "fault-gone": ((404, "NoSuchBucket"), "NoSuchBucket"),
    "fault-region": ((400, "AuthorizationHeaderMalformed"), "AuthorizationHeaderMalformed"),
    "fault-cut": ("cut", ""),  # the connection breaks in the middle of the body
    "fault-lost": ("lost", ""),  # the object is stored, its answer never arrives
    "fault-garbage": ("garbage", ""),  # an answer that is no HTTP
}


class Proxy:
    """Passes everything on, but for what is to fail."""

    def __init__(self, target):
        proxy, self.failing, self.seen = self, False, set()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def handle_one(self):
                bucket = urllib.parse.urlparse(self.path).path.split("/")[1]
                fault = FAULTS.get(bucket, (None, ""))[0]
                length = int(self.headers.get("content-length", 0))
                if proxy.failing and fault and self.command == "PUT":
                    proxy.seen.add(bucket)
                    if fault == "cut":
                        self.rfile.read(min(length, 10))
                        self.close_connection = True
                        self.connection.close()
                        return
                    body = self.rfile.read(length)
                    if fault == "lost":
                        self.forward(body)
                        self.close_connection = True
                        self.connection.close()
                        return
                    if fault == "garbage":
                        self.wfile.write(b"\x00\x01not http\r\n\r\n")
                        self.close_connection = True
                        return
                    self.answer(fault[0], {"Content-Type": "application/xml"}, ERROR.format(fault[1]).encode())
                    return
                self.answer(*self.forward(self.rfile.read(length)))

            do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = handle_one

            def forward(self, body):
                onward = http.client.HTTPConnection("127.0.0.1", target, timeout=20)
                headers = {k: v for k, v in self.headers.items() if k.lower() not in ("connection", "expect")}
                onward.request(self.command, self.path, body, headers)
                got = onward.getresponse()
                content = got.read()
                kept = {k: v for k, v in got.getheaders() if k.lower() not in ("connection", "transfer-encoding", "content-length")}
                onward.close()
                return got.status, kept, content

            def answer(self, status, headers, content):
                self.send_response_only(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if status not in (204, 304):
                    self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(content)

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def test_everyFault_showsInItsTrailsStatus_andLosesNothing(fresh, foreign):  # noqa: F811
    s3, settings = foreign
    proxy = Proxy(urllib.parse.urlparse(settings["KEYTRAIL_S3_ENDPOINT"]).port)
    settings = {**settings, "KEYTRAIL_S3_ENDPOINT": f"http://127.0.0.1:{proxy.port}"}
    server = fresh(extra=["--set", "trail.flush=1s"], env=settings).start()
    regions = ("us-east-1", "eu-west-1")
    trails = {}
    for number, bucket in enumerate(FAULTS):
        s3.create_bucket(Bucket=bucket)
        trail = server.client("cloudtrail", region=regions[number % 2])
        trail.create_trail(Name=bucket, S3BucketName=bucket)
        trail.start_logging(Name=bucket)
        trails[bucket] = trail
    started = lambda: [b for b, t in trails.items() if "LatestDeliveryTime" not in t.get_trail_status(Name=b)]
    eventually(lambda: not started())
    proxy.failing = True
    wanted = {
        region: server.client("kms", region=region).generate_random(NumberOfBytes=1)["ResponseMetadata"]["RequestId"]
        for region in regions
    }
    error = lambda bucket: trails[bucket].get_trail_status(Name=bucket).get("LatestDeliveryError")
    for bucket, (fault, code) in FAULTS.items():
        shown = eventually(lambda: error(bucket) if bucket in proxy.seen else None) if fault != "lost" else None
        assert not code or shown == code, bucket
    server.client("kms").generate_random(NumberOfBytes=1)  # a dead bucket is nothing to calls
    proxy.failing = False
    for number, (bucket, trail) in enumerate(trails.items()):
        request = wanted[regions[number % 2]]
        eventually(lambda: [r for r in records(s3, bucket) if r.get("requestID") == request], timeout=40)
        eventually(lambda: error(bucket) is None, timeout=40)
    assert server.stop() == 0
