"""Metrics and health on the admin port: strictly parsed, moving with what happens, telling apart what is wrong; and the log."""

import http.client
import json
import os
import re
import socket
import threading
import time
import urllib.error
import urllib.request

import botocore.exceptions
import pytest

import exposition
from conftest import KEYTRAIL, ROOT, Server, eventually, free_port, run
from test_custody import Sealable, private


def admin(port, path, method="GET", body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request(method, path, body)
    answer = connection.getresponse()
    return answer.status, answer.read().decode(), dict(answer.getheaders())


def metrics(port):
    status, text, headers = admin(port, "/metrics")
    assert status == 200 and headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    return exposition.parse(text)


def health(port):
    status, text, _ = admin(port, "/health")
    told = json.loads(text)
    assert (status == 200) == (told["status"] != "not-ready")
    return told["status"], {check["name"]: check for check in told["checks"]}


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    port = free_port()
    server = Server(
        tmp_path_factory.mktemp("watched") / "data",
        extra=["--admin-port", str(port), "--set", "trail.flush=1s", "--set", "log.format=json", "--set", "keys.pool=1"],
    ).start()
    server.admin = port
    yield server
    assert server.stop() == 0
    for line in (server.data.parent / "data.log").read_text().splitlines():
        entry = json.loads(line)
        assert {"time", "level", "logger", "message"} <= set(entry)


def test_metrics_countCallsByWhatTheyCameTo(watched):
    kms = watched.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    before = metrics(watched.admin)
    for _ in range(5):
        kms.encrypt(KeyId=key, Plaintext=b"x")
    with pytest.raises(kms.exceptions.NotFoundException):
        kms.encrypt(KeyId="1234abcd-12ab-34cd-56ef-1234567890ab", Plaintext=b"x")
    impostor = watched.client("kms", credentials=(watched.credentials[0], "another"))
    with pytest.raises(botocore.exceptions.ClientError):
        impostor.encrypt(KeyId=key, Plaintext=b"x")
    after = metrics(watched.admin)

    def grown(name, **labels):
        return after.sum(name, **labels) - before.sum(name, **labels)

    encrypt = {"service": "kms", "operation": "Encrypt"}
    assert grown("keytrail_calls_total", **encrypt, outcome="ok") == 5
    assert grown("keytrail_calls_total", **encrypt, outcome="refused") == 1
    assert grown("keytrail_calls_total", **encrypt, outcome="denied") == 1
    assert grown("keytrail_call_duration_seconds_count", **encrypt) == 7
    assert grown("keytrail_ledger_records") >= 7
    assert grown("keytrail_ledger_bytes") > 7 * 500
    assert grown("keytrail_commit_batch_size_sum") >= 7
    assert 0 < grown("keytrail_commit_write_seconds_count") <= grown("keytrail_commit_batch_size_sum")
    assert after.one("keytrail_ready") == 1 and after.one("keytrail_phase", phase="open") == 1
    assert after.one("keytrail_custody_info", keeper="file") == 1
    assert after.one("keytrail_ledger_writable") == 1 and after.one("keytrail_defects_total") == 0
    assert after.one("keytrail_disk_free_bytes") > 0 and after.one("keytrail_ledger_disk_bytes") >= 64 << 20
    assert after.one("process_open_fds") > 10 and after.one("jvm_memory_used_bytes", area="heap") > 1 << 20
    assert after.one("jvm_threads_current") > 3 and after.one("process_resident_memory_bytes") > 1 << 20
    # What follows the ledger comes to its end by itself.
    eventually(lambda: metrics(watched.admin).one("keytrail_log_lag_records") == 0)
    eventually(lambda: metrics(watched.admin).one("keytrail_history_lag_records") == 0)
    eventually(lambda: metrics(watched.admin).one("keytrail_key_pool_ready", kind="RSA_2048") == 1)


def test_labels_areOursAlone(watched):
    """Whatever clients name, the series stay bounded, and nothing of an account can be read there."""
    for target in ("TrentService.Made1", "TrentService.Made2", "Keytrail.Made", "Nobody.Made"):
        request = urllib.request.Request(
            watched.endpoint, b"{}", {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1"})
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(request)
    client = watched.client("kms")
    key = client.create_key(Description="a secret description")["KeyMetadata"]["Arn"]
    watched.client("s3", s3={"addressing_style": "path"}).create_bucket(Bucket="a-name-of-ours")
    text = admin(watched.admin, "/metrics")[1] + admin(watched.admin, "/health")[1]
    seen = metrics(watched.admin)
    assert "Made" not in text and seen.sum("keytrail_calls_total", operation="other") >= 4
    key_id, secret = watched.credentials
    for shown in (watched.account(), key.split("/")[1], "a-name-of-ours", key_id, secret, "description", str(watched.data)):
        assert shown not in text
    used = {name for (_, labels) in seen for name, _ in labels}
    assert used <= {
        "service", "operation", "outcome", "le", "phase", "check", "keeper", "version", "java", "state", "what", "work",
        "kind", "area", "pool", "gc"}


def test_adminPort_isToBeReadAlone(watched):
    assert admin(watched.admin, "/health/live")[:2] == (200, "alive\n")
    assert admin(watched.admin, "/health/ready")[0] == 200
    assert health(watched.admin)[0] in ("ready", "degraded")
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"):
        status, _, headers = admin(watched.admin, "/metrics", method, b"")
        assert (status, headers["Allow"]) == (405, "GET")
    assert admin(watched.admin, "/metrics?name=x")[0] == 400
    assert admin(watched.admin, "/metrics", body=b"x")[0] == 400
    for path in ("/", "/health/", "/metrics/", "/..", "/health/ready/x", "/_keytrail/log/checkpoint"):
        assert admin(watched.admin, path)[0] == 404
    # Calls are not answered there, nor is it answered where calls are.
    request = urllib.request.Request(
        f"http://127.0.0.1:{watched.admin}/", b"{}", {"X-Amz-Target": "TrentService.ListKeys"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    assert refused.value.code == 404
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(watched.endpoint + "/metrics")
    assert refused.value.code == 403


def test_deadBucket_costsAMetricAndAWarning_andNoCall(fresh):
    port = free_port()
    server = fresh(extra=["--admin-port", str(port), "--set", "trail.flush=1s"]).start()
    s3 = server.client("s3", s3={"addressing_style": "path"})
    s3.create_bucket(Bucket="comes-and-goes")
    policy = (ROOT / "docs" / "trail-bucket-policy.json").read_text()
    policy = policy.replace("BUCKET", "comes-and-goes").replace("ACCOUNT", server.account())
    s3.put_bucket_policy(Bucket="comes-and-goes", Policy=policy)
    trail = server.client("cloudtrail")
    trail.create_trail(Name="tried", S3BucketName="comes-and-goes")
    trail.start_logging(Name="tried")
    eventually(lambda: metrics(port).one("keytrail_trail_files_total") > 0)
    assert health(port)[1]["trail-delivery"]["well"]
    s3.delete_bucket_policy(Bucket="comes-and-goes")
    kms = server.client("kms")
    for _ in range(20):
        kms.generate_random(NumberOfBytes=1)
    # It may have failed with the first of them, and not have looked at the others yet.
    behind = lambda m: m.one("keytrail_trails_failing") == 1 and m.one("keytrail_trail_lag_records") >= 20  # noqa: E731
    dead = eventually(lambda: behind(m := metrics(port)) and m)
    assert dead.one("keytrail_trail_failures_total", what="log") >= 1
    assert dead.one("keytrail_trail_pending_bytes") > 20 * 500
    eventually(lambda: metrics(port).one("keytrail_trail_lag_seconds") > 1)
    # Calls go on: the server is ready, and says what is wrong beside.
    status, checks = eventually(lambda: (h := health(port))[0] == "degraded" and h)
    assert "1 trails" in checks["trail-delivery"]["text"] and dead.one("keytrail_ready") == 1
    log = server.data.parent / "data.log"
    eventually(lambda: re.search(r"WARNING .*HealthWatch health, trail-delivery: 1 trails", log.read_text()))
    assert re.search(r"WARNING .*Delivery delivery of arn:aws:cloudtrail\S+ to comes-and-goes failed", log.read_text())
    s3.put_bucket_policy(Bucket="comes-and-goes", Policy=policy)
    # Each put is an event for the next file, so the trail never rests; but it comes near.
    eventually(lambda: metrics(port).one("keytrail_trails_failing") == 0)
    eventually(lambda: metrics(port).one("keytrail_trail_lag_records") < 10)
    eventually(lambda: "health, trail-delivery: well again" in log.read_text())


def test_sealedServer_isAliveAndNotReady(tmp_path):
    port = free_port()
    data = tmp_path / "data"
    secret = private(tmp_path / "secret", "a passphrase of some length")
    done = run([KEYTRAIL, "custody", "init", "--data", data, "--provider", "passphrase", "--secret-file", secret], os.environ)
    assert done.returncode == 0, done.stderr
    server = Sealable(data, extra=["--admin-port", str(port)])
    try:
        server.start_sealed()
        status, checks = health(port)
        assert status == "not-ready" and checks["server"]["text"].startswith("sealed") and checks["ledger"]["well"]
        assert admin(port, "/health/live")[0] == 200 and admin(port, "/health/ready")[0] == 503
        server.status(signed=False)
        seen = metrics(port)
        assert seen.one("keytrail_phase", phase="sealed") == 1 and seen.one("keytrail_ready") == 0
        assert seen.one("keytrail_custody_info", keeper="passphrase") == 1
        assert seen.one("keytrail_calls_total", service="keytrail", operation="DescribeCustody", outcome="ok") == 1
        server.custody("unseal", signed=False, secret="a passphrase of some length")
        server.await_line("ready ")
        assert health(port)[0] == "ready" and metrics(port).one("keytrail_phase", phase="open") == 1
    finally:
        server.kill()


def test_startingServer_isAliveAndNotReady(tmp_path):
    """A start that waits for its passphrase, out of a pipe that nobody has written to yet."""
    port = free_port()
    data = tmp_path / "data"
    secret = private(tmp_path / "secret", "a passphrase of some length")
    done = run([KEYTRAIL, "custody", "init", "--data", data, "--provider", "passphrase", "--secret-file", secret], os.environ)
    assert done.returncode == 0, done.stderr
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    server = Server(data, extra=["--admin-port", str(port), "--set", f"custody.secret-file={pipe}"])
    starting = threading.Thread(target=server.start)
    starting.start()
    try:

        def answers():
            try:
                return admin(port, "/health/live")[0]
            except OSError:
                return None

        assert eventually(answers) == 200
        status, checks = health(port)
        assert status == "not-ready" and not checks["server"]["well"] and checks["server"]["text"].startswith("starting")
        assert admin(port, "/health/ready")[0] == 503
        seen = metrics(port)
        assert seen.one("keytrail_phase", phase="starting") == 1 and seen.one("keytrail_phase", phase="open") == 0
        assert seen.one("keytrail_ready") == 0
        with pytest.raises(OSError):
            socket.create_connection(("127.0.0.1", server.port), timeout=5)
        pipe.write_text("a passphrase of some length\n")
        starting.join()
        assert health(port)[0] in ("ready", "degraded") and metrics(port).one("keytrail_phase", phase="open") == 1
        assert admin(port, "/health/ready")[0] == 200
    finally:
        if starting.is_alive():
            server.kill()
        else:
            assert server.stop() == 0
        starting.join()


def test_diskLow_isToldAndCallsGoOn(fresh):
    port = free_port()
    server = fresh(extra=["--admin-port", str(port), "--set", "health.disk-low=1000000000"]).start()
    status, checks = health(port)
    assert status == "degraded" and "the disk is low" in checks["disk"]["text"]
    assert admin(port, "/health/ready")[0] == 200
    server.client("kms").list_keys()
    assert metrics(port).one("keytrail_check_well", check="disk") == 0


def test_adminPort_isAskedForAndStaysOnLoopback(fresh, tmp_path):
    for words, said in [
        (["--admin-port", "0", "--set", "admin.host=0.0.0.0"], "admin.insecure-http=true"),
        (["--set", "admin.port=x"], "admin.port must be a number"),
    ]:
        done = run([KEYTRAIL, "serve", "--data", tmp_path / "none", *words], os.environ)
        assert done.returncode == 1 and said in done.stderr, done.stderr
    server = fresh(extra=["--admin-port", "0"]).start()
    [shown] = [line for line in server.lines if line.startswith("  metrics ")]
    port = int(re.fullmatch(r"  metrics +http://127\.0\.0\.1:(\d+)/metrics", shown)[1])
    assert admin(port, "/health/live")[0] == 200
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        busy = taken.getsockname()[1]
        done = run([KEYTRAIL, "serve", "--data", tmp_path / "none", "--port", "0", "--admin-port", str(busy)], os.environ)
    assert done.returncode == 1 and f"cannot listen on 127.0.0.1:{busy}" in done.stderr


def test_clientsThatLeave_areNoDefectAndNoStackTrace(fresh):
    server = fresh().start()
    head = b"POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: TrentService.ListKeys\r\nContent-Type: application/x-amz-json-1.1\r\n"
    reset = socket.SO_LINGER, b"\1\0\0\0\0\0\0\0"
    for sent in (
        b"", b"GE", b"GET / HT", head, head + b"Content-Length: 100\r\n\r\n{",
        head + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{", head + b"Content-Length: 2\r\n\r\n{}",
        b"\x16\x03\x01\x02\x00\x01\x00", b"PUT /b/k HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n" + b"x" * 70000,
        b"NONSENSE\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", head + b"Content-Length: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: " + b"b" * 40000 + b"\r\n\r\n",
    ):
        for abruptly in (True, False):
            with socket.create_connection(("127.0.0.1", server.port)) as s:
                s.sendall(sent)
                if abruptly:
                    s.setsockopt(socket.SOL_SOCKET, *reset)
    # An answer that nobody reads to its end.
    s3 = server.client("s3", s3={"addressing_style": "path"})
    s3.create_bucket(Bucket="leaving")
    s3.put_object(Bucket="leaving", Key="k", Body=os.urandom(8 << 20))
    body = s3.get_object(Bucket="leaving", Key="k")["Body"]
    body.read(10)
    body._raw_stream._fp.fp.raw._sock.setsockopt(socket.SOL_SOCKET, *reset)
    body.close()
    s3.close()
    server.client("kms").list_keys()
    time.sleep(0.3)
    assert server.stop() == 0
    log = (server.data.parent / "data.log").read_text()
    assert "\tat " not in log and "Exception" not in log, log
