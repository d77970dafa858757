"""The log over HTTP: C2SP tlog-tiles, receipts by GET, the header that names the log index, and who may read what."""

import base64
import hashlib
import json
import struct
import urllib.error
import urllib.request

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from conftest import KEYTRAIL, eventually, run

INDEX = "x-keytrail-log-index"


def get(server, path, credentials=None, method="GET"):
    """Status, headers, body; signed with SigV4 unless credentials is False."""
    url = server.endpoint + path
    headers = {}
    if credentials is not False:
        request = AWSRequest(method=method, url=url)
        SigV4Auth(Credentials(*(credentials or server.credentials)), "keytrail", "us-east-1").add_auth(request)
        headers = dict(request.headers)
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers, method=method)) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.headers, refused.read()


def leaf(entry):
    return hashlib.sha256(b"\0" + entry).digest()


def root(hashes):
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + root(hashes[:split]) + root(hashes[split:])).digest()


def path_of(number, width=256):
    text = f"{number % 1000:03}"
    while number >= 1000:
        number //= 1000
        text = f"x{number % 1000:03}/{text}"
    return text if width == 256 else f"{text}.p/{width}"


def checkpoint(server, credentials=None):
    status, headers, body = get(server, "/_keytrail/log/checkpoint", credentials)
    assert status == 200, body
    assert headers["Content-Type"] == "text/plain; charset=utf-8"
    text, _, signatures = body.decode().rpartition("\n\n")
    origin, size, hashed = text.split("\n")
    assert [line.split(" ")[1] for line in signatures.splitlines()] == [origin, origin]
    return int(size), base64.b64decode(hashed)


def bundles(server, size, kind, credentials=None):
    entries = []
    for number in range((size + 255) // 256):
        width = min(256, size - number * 256)
        status, _, body = get(server, f"/_keytrail/log/{kind}/{path_of(number, width)}", credentials)
        assert status == 200, body
        (form, octets), at = ((">I", 4) if kind == "bundle" else (">H", 2)), 0
        while at < len(body):
            (length,) = struct.unpack_from(form, body, at)
            entries.append(body[at + octets : at + octets + length])
            at += octets + length
    return entries


@pytest.fixture(scope="module")
def log_server(tmp_path_factory):
    from conftest import Server

    running = Server(tmp_path_factory.mktemp("log") / "data").start()
    kms = running.client("kms")
    for _ in range(300):
        kms.generate_random(NumberOfBytes=8)
    yield running
    assert running.stop() == 0


def test_tiles_andEntries_leadToTheSignedRoot(log_server):
    size, signed = eventually(lambda: checkpoint(log_server) if checkpoint(log_server)[0] > 300 else None)
    entries = bundles(log_server, size, "tile/entries")
    assert entries == bundles(log_server, size, "bundle")
    assert len(entries) == size and all(json.loads(entry)["eventID"] for entry in entries)
    hashes = [leaf(entry) for entry in entries]
    assert root(hashes) == signed
    for number in range((size + 255) // 256):
        width = min(256, size - number * 256)
        status, _, tile = get(log_server, f"/_keytrail/log/tile/0/{path_of(number, width)}")
        if status == 404:  # the full one has taken its place
            status, _, tile = get(log_server, f"/_keytrail/log/tile/0/{path_of(number)}")
        assert status == 200 and tile[: 32 * width] == b"".join(hashes[number * 256 : number * 256 + width])
    # The reads are on record, each with what was read.
    eventually(lambda: checkpoint(log_server)[0] > size + 4)
    again = bundles(log_server, checkpoint(log_server)[0], "tile/entries")
    reads = [json.loads(e) for e in again if b'"GetLogEntries"' in e]
    assert reads and reads[0]["requestParameters"] == {"path": "/_keytrail/log/tile/entries/000"}
    assert reads[0]["userIdentity"]["userName"] == "admin"


def test_reading_isDeniedByDefault_andRecorded(log_server):
    _, root_of_other = log_server.new_account()
    for page in ["checkpoint", "tile/0/000", "tile/entries/000", "bundle/000"]:
        status, headers, body = get(log_server, f"/_keytrail/log/{page}", credentials=False)
        assert status == 400 and b"MissingAuthenticationToken" in body and int(headers[INDEX]) > 0, (page, body)
    # Hashes may be read with a permission; entries are the operator's, whatever an account's policies say.
    assert get(log_server, "/_keytrail/log/tile/0/000", root_of_other)[0] == 200
    status, headers, body = get(log_server, "/_keytrail/log/tile/entries/000", root_of_other)
    assert status == 400 and b"AccessDenied" in body and b"operator" in body, body
    denied = int(headers[INDEX])
    iam = log_server.client("iam")
    iam.create_user(UserName="reader")
    key = iam.create_access_key(UserName="reader")["AccessKey"]
    reader = (key["AccessKeyId"], key["SecretAccessKey"])
    for page in ["checkpoint", "tile/0/000", "tile/entries/000"]:
        status, _, body = get(log_server, f"/_keytrail/log/{page}", reader)
        assert status == 400 and b"AccessDenied" in body, (page, body)
    statement = {"Effect": "Allow", "Action": "keytrail:GetLogEntries", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName="reader", PolicyName="p", PolicyDocument=policy)
    assert get(log_server, "/_keytrail/log/tile/entries/000", reader)[0] == 200
    assert get(log_server, "/_keytrail/log/checkpoint", reader)[0] == 400
    eventually(lambda: checkpoint(log_server)[0] > denied)
    event = json.loads(bundles(log_server, checkpoint(log_server)[0], "tile/entries")[denied])
    assert event["eventName"] == "GetLogEntries" and event["errorCode"] == "AccessDenied"


@pytest.mark.parametrize("path", ["log/", "log/witnessed", "log/tile/0/0", "log/tile/0/009", "log/../x", "x", "receipt/x/y"])
def test_whatIsNotThere_isNotFound_andRecorded(log_server, path):
    status, headers, _ = get(log_server, f"/_keytrail/{path}")
    assert status == 404 and int(headers[INDEX]) > 0


def test_log_isThereToBeRead(log_server):
    assert get(log_server, "/_keytrail/log/checkpoint", method="DELETE")[0] == 405
    assert get(log_server, "/_keytrail/log/checkpoint", method="PUT")[0] == 405


def test_publicHashes_needNoSignature_andEntriesStillDo(fresh):
    server = fresh(extra=["--set", "log.public=hashes"]).start()
    size, _ = eventually(lambda: checkpoint(server, False) if get(server, "/_keytrail/log/checkpoint", False)[0] == 200 else None)
    status, headers, tile = get(server, f"/_keytrail/log/tile/0/{path_of(0, size)}", credentials=False)
    assert status == 200 and len(tile) == 32 * size and "immutable" in headers["Cache-Control"]
    for page in ["tile/entries/000.p/1", "bundle/000.p/1"]:
        status, _, body = get(server, f"/_keytrail/log/{page}", credentials=False)
        assert status == 400 and b"MissingAuth" in body
    assert server.stop() == 0


def test_everyAnswer_namesItsLogIndex(log_server):
    kms = log_server.client("kms")
    answers = [kms.generate_random(NumberOfBytes=8)["ResponseMetadata"]]
    for refused in (lambda: kms.describe_key(KeyId="none"), lambda: log_server.client("kms", credentials=("AKIAX", "y")).list_keys()):
        with pytest.raises(kms.exceptions.ClientError) as caught:
            refused()
        answers.append(caught.value.response["ResponseMetadata"])
    answers.append(log_server.client("sts").get_caller_identity()["ResponseMetadata"])
    answers.append(log_server.client("s3").list_buckets()["ResponseMetadata"])
    indexes = [int(answer["HTTPHeaders"][INDEX]) for answer in answers]
    assert indexes == sorted(set(indexes))
    eventually(lambda: checkpoint(log_server)[0] > max(indexes))
    events = [json.loads(e) for e in bundles(log_server, checkpoint(log_server)[0], "tile/entries")]
    for answer, index in zip(answers, indexes):
        assert events[index]["requestID"] == answer["RequestId"]


def test_receipt_byEvent_byRequest_byIndex_isOneAndTheSame(log_server, tmp_path):
    answer = log_server.client("kms").generate_random(NumberOfBytes=8)["ResponseMetadata"]
    index, request = int(answer["HTTPHeaders"][INDEX]), answer["RequestId"]
    by_index = eventually(lambda: (lambda a: a[2] if a[0] == 200 else None)(get(log_server, f"/_keytrail/receipt/index/{index}")))
    event = json.loads(json.loads(by_index)["event"])
    assert event["requestID"] == request
    for path in (f"request/{request}", f"event/{event['eventID']}"):
        status, headers, body = get(log_server, f"/_keytrail/receipt/{path}")
        assert status == 200 and json.loads(body)["event"] == json.loads(by_index)["event"], body
        assert headers["Content-Type"] == "application/json"
    file = tmp_path / "receipt.json"
    for name in (request, event["eventID"], f"#{index}"):
        made = run([KEYTRAIL, "receipt", name, "--endpoint", log_server.endpoint], log_server.environment())
        assert made.returncode == 0 and json.loads(made.stdout)["index"] == index, made.stderr
    file.write_text(made.stdout)
    keys = log_server.data / "chain" / "verifier-key"
    assert len(keys.read_text().splitlines()) == 2
    proven = run([KEYTRAIL, "verify", "receipt", file, "--key", keys], log_server.environment())
    assert proven.returncode == 0, proven.stdout + proven.stderr
    assert get(log_server, "/_keytrail/receipt/request/00000000-0000-4000-8000-000000000000")[0] == 400
    _, stranger = log_server.new_account()
    for path in (f"request/{request}", f"event/{event['eventID']}", f"index/{index}"):
        status, _, body = get(log_server, f"/_keytrail/receipt/{path}", stranger)
        assert status == 400 and b"EventNotFound" in body
