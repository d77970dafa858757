"""What comes over the wire when nobody wishes us well."""

import datetime
import http.client
import json
import socket
import time

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest


def signed(server, body=b"{}", target="TrentService.ListKeys", service="kms", region="us-east-1", content_type="application/x-amz-json-1.1", credentials=None, path="/"):
    headers = {"Content-Type": content_type}
    if target:
        headers["X-Amz-Target"] = target
    request = botocore.awsrequest.AWSRequest("POST", server.endpoint + path, data=body, headers=headers)
    botocore.auth.SigV4Auth(
        botocore.credentials.Credentials(*(credentials or server.credentials)), service, region
    ).add_auth(request)
    return dict(request.headers.items())


def send(server, headers, body=b"{}", method="POST", path="/"):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request(method, path, body=body, headers=headers)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer, text


def error(server, headers, body=b"{}", **more):
    answer, text = send(server, headers, body, **more)
    parsed = json.loads(text)
    assert answer.getheader("x-amzn-RequestId") and answer.getheader("Date")
    assert "at dev." not in text.decode() and "Exception in" not in text.decode()
    return answer.status, parsed["__type"], parsed.get("message", parsed.get("Message", ""))


def healthy(server):
    answer, text = send(server, signed(server))
    assert answer.status == 200 and "Keys" in json.loads(text)


@pytest.fixture(autouse=True)
def still_healthy(server):
    yield
    healthy(server)


def test_malformedJson(server):
    for body in (b"{", b"[]", b'"x"', b"{'a':1}", b'{"Limit":"x"}', b'{"Limit":{}}', b"\xff\xfe", b'{"Limit":1', b"[" * 5000):
        assert error(server, signed(server, body), body)[:2] == (400, "SerializationException"), body


def test_badBase64(server):
    body = b'{"KeyId":"alias/x","Plaintext":"***"}'
    assert error(server, signed(server, body, "TrentService.Encrypt"), body)[:2] == (400, "SerializationException")


def test_unknownOperations(server):
    for target in ("TrentService.NoSuchThing", "Nonsense.ListKeys", "TrentService.", "."):
        assert error(server, signed(server, target=target))[:2] == (400, "UnknownOperationException"), target
    headers = signed(server, target=None)
    assert error(server, headers)[1] in ("UnknownOperationException", "MissingActionException", "InvalidAction")


def test_wrongContentType(server):
    status, code, _ = error(server, signed(server, content_type="text/plain"))
    assert (status, code) in ((400, "UnknownOperationException"), (400, "SerializationException"))


def test_oversizedBody(server):
    body = b'{"x":"' + b"y" * (2 << 20) + b'"}'
    status, code, _ = error(server, signed(server, body), body)
    assert status in (400, 413) and code in ("RequestEntityTooLargeException", "SerializationException", "RequestTooLarge")


def test_signatures(server):
    text = (
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access "
        "Key and signing method. Consult the service documentation for details."
    )
    headers = signed(server)
    altered = {**headers, "Authorization": headers["Authorization"][:-1] + ("0" if headers["Authorization"][-1] != "0" else "1")}
    assert error(server, altered) == (400, "InvalidSignatureException", text)
    assert error(server, headers, b'{"Limit":1}')[1] == "InvalidSignatureException"
    assert error(server, {**headers, "X-Amz-Target": "TrentService.ListAliases"})[1] == "InvalidSignatureException"
    unknown = signed(server, credentials=("AKIAAAAAAAAAAAAAAAAA", "x" * 40))
    assert error(server, unknown) == (
        400, "UnrecognizedClientException", "The security token included in the request is invalid.",
    )
    unsigned = {k: v for k, v in headers.items() if k != "Authorization"}
    assert error(server, unsigned)[:2] == (400, "MissingAuthenticationTokenException")
    assert error(server, {**headers, "Authorization": "AWS4-HMAC-SHA256 Credential=x"})[:2] == (400, "IncompleteSignatureException")
    assert error(server, {**headers, "Authorization": "Basic abc"})[0] == 400
    with_token = {**headers, "X-Amz-Security-Token": "bogus"}
    assert error(server, with_token)[0] == 400


def test_skewedClock(server, monkeypatch):
    now = datetime.datetime.now(datetime.timezone.utc)

    class Skewed(datetime.datetime):
        shift = datetime.timedelta()

        @classmethod
        def utcnow(cls):
            return (now + cls.shift).replace(tzinfo=None)

        @classmethod
        def now(cls, tz=None):
            return now + cls.shift

    for minutes, words in ((-6, "Signature expired: "), (6, "Signature not yet current: ")):
        Skewed.shift = datetime.timedelta(minutes=minutes)
        import botocore.compat

        if hasattr(botocore.auth, "get_current_datetime"):
            monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda **_: Skewed.utcnow())
        else:
            monkeypatch.setattr(botocore.auth.datetime, "datetime", Skewed)
        status, code, message = error(server, signed(server))
        assert (status, code) == (400, "InvalidSignatureException") and message.startswith(words), message


def test_scope(server):
    assert error(server, signed(server, service="s3"))[0] in (400, 403)
    assert error(server, signed(server, region="nowhere"))[0] == 400


def test_unicodeAndEmptyValues(server):
    for value in ("", "\u0000", "é" * 300, "\ud83d\ude00", "a\nb", " "):
        body = json.dumps({"KeyId": value}).encode()
        status, code, _ = error(server, signed(server, body, "TrentService.DescribeKey"), body)
        assert status == 400 and code in ("ValidationException", "NotFoundException", "InvalidArnException"), value


def test_cutAndSlowConnections(server):
    for part in (b"", b"POST / HT", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{", b"\x16\x03\x01\x02\x00", b"GET / HTTP/9.9\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as s:
            s.sendall(part)
    slow = [socket.create_connection(("127.0.0.1", server.port), timeout=5) for _ in range(200)]
    for s in slow:
        s.sendall(b"POST / HTTP/1.1\r\nHost: x\r\n")
    healthy(server)
    for s in slow:
        s.close()


def test_connectionClose_andNoUserAgent(server):
    headers = {**signed(server), "Connection": "close"}
    answer, text = send(server, headers)
    assert answer.status == 200


def test_otherMethodsAndPaths(server):
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "GET"):
        answer, _ = send(server, {}, b"", method=method, path="/some/thing")
        assert 400 <= answer.status < 600, method
