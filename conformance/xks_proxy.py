"""A small external key store proxy for the tests, after the AWS KMS external key store proxy API, version 1.

Checks every request's SigV4 signature by itself, keeps keys in memory, and misbehaves on demand (`proxy.mood`).
"""

import base64
import hashlib
import hmac
import http.server
import json
import os
import re
import ssl
import struct
import threading

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PREFIX = "/tenant-1"
PATH = PREFIX + "/kms/xks/v1"


class Refusal(Exception):
    def __init__(self, status, name):
        self.status, self.name = status, name


class Proxy:
    """One proxy on a free port of loopback; with `tls` (an SSLContext) over HTTPS."""

    def __init__(self, access_key_id="BETWEEN2TENAND3TENCHARACTERS"[:20], secret=None, tls=None):
        self.access_key_id = re.sub("[^A-Z2-7]", "A", access_key_id)
        self.secret = secret or base64.b64encode(os.urandom(36)).decode()
        self.keys = {}
        self.requests = []
        self.peers = []
        self.mood = {}
        self.release = threading.Event()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 20

            def do_GET(self):
                self.send_error(405)

            def do_POST(self):
                outer.answer(self)

            def log_message(self, *args):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 256

        self.server = Server(("127.0.0.1", 0), Handler)
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.scheme = "https" if tls else "http"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    @property
    def port(self):
        return self.server.server_address[1]

    @property
    def url(self):
        return f"{self.scheme}://{'localhost' if self.scheme == 'https' else '127.0.0.1'}:{self.port}"

    @property
    def credential(self):
        return {"AccessKeyId": self.access_key_id, "RawSecretAccessKey": self.secret}

    def key(self, name, spec="AES_256", usage=("ENCRYPT", "DECRYPT"), status="ENABLED"):
        self.keys[name] = {"key": os.urandom(32), "spec": spec, "usage": list(usage), "status": status}
        return name

    def close(self):
        self.release.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)

    # One request

    def answer(self, http_request):
        body = http_request.rfile.read(int(http_request.headers.get("Content-Length", 0)))
        try:
            self.authenticate(http_request, body)
            content = json.loads(body)
            self.requests.append((http_request.path, content))
            if isinstance(http_request.connection, ssl.SSLSocket):
                self.peers.append(http_request.connection.getpeercert())
            what = http_request.path.rsplit("/", 1)[1]
            mood = self.mood.get(what) or self.mood.get("*")
            if isinstance(mood, bytes):
                return self.send(http_request, 200, mood)
            if mood == "slow":
                self.release.wait(10)
            if mood == "drop":
                http_request.close_connection = True
                http_request.connection.close()
                return
            if isinstance(mood, tuple):
                raise Refusal(*mood)
            result = self.do(http_request.path, content)
            if isinstance(mood, dict):
                result.update(mood)
            self.send(http_request, 200, json.dumps(result).encode())
        except Refusal as refusal:
            self.send(
                http_request,
                refusal.status,
                json.dumps({"errorName": refusal.name, "errorMessage": "as the test wanted"}).encode(),
            )
        except (BrokenPipeError, ConnectionError):
            pass

    def send(self, http_request, status, content):
        try:
            http_request.send_response(status)
            http_request.send_header("Content-Type", "application/json")
            http_request.send_header("Content-Length", str(len(content)))
            http_request.end_headers()
            http_request.wfile.write(content)
        except OSError:
            pass

    def authenticate(self, request, body):
        found = re.fullmatch(
            r"AWS4-HMAC-SHA256 Credential=([A-Z2-7]+)/(\d{8})/([a-z0-9-]+)/kms-xks-proxy/aws4_request, "
            r"SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})",
            request.headers.get("Authorization", ""),
        )
        if not found or found[1] != self.access_key_id:
            raise Refusal(401, "AuthenticationFailedException")
        _, day, region, signed, signature = found.groups()
        names = signed.split(";")
        date = request.headers["X-Amz-Date"]
        if not {"host", "x-amz-date"} <= set(names) or not date.startswith(day):
            raise Refusal(401, "AuthenticationFailedException")
        headers = "".join(f"{name}:{request.headers[name].strip()}\n" for name in names)
        canonical = "\n".join(["POST", request.path, "", headers, signed, hashlib.sha256(body).hexdigest()])
        scope = f"{day}/{region}/kms-xks-proxy/aws4_request"
        to_sign = "\n".join(
            ["AWS4-HMAC-SHA256", date, scope, hashlib.sha256(canonical.encode()).hexdigest()]
        )
        key = ("AWS4" + self.secret).encode()
        for part in (day, region, "kms-xks-proxy", "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        if not hmac.compare_digest(hmac.digest(key, to_sign.encode(), "sha256").hex(), signature):
            raise Refusal(401, "AuthenticationFailedException")

    def do(self, path, content):
        if not path.startswith(PATH + "/"):
            raise Refusal(404, "InvalidUriPathException")
        rest = path[len(PATH) :]
        if rest == "/health":
            return {
                "xksProxyFleetSize": 1,
                "xksProxyVendor": "Test",
                "xksProxyModel": "Test 1.0",
                "ekmVendor": "Test",
                "ekmFleetDetails": [{"id": "one", "model": "Test", "healthStatus": "ACTIVE"}],
            }
        found = re.fullmatch(r"/keys/([A-Za-z0-9._-]+)/(metadata|encrypt|decrypt)", rest)
        if not found:
            raise Refusal(404, "InvalidUriPathException")
        name, what = found.groups()
        if name not in self.keys:
            raise Refusal(404, "KeyNotFoundException")
        key = self.keys[name]
        if what == "metadata":
            return {"keySpec": key["spec"], "keyUsage": key["usage"], "keyStatus": key["status"]}
        if key["status"] != "ENABLED":
            raise Refusal(400, "InvalidStateException")
        assert content["encryptionAlgorithm"] == "AES_GCM"
        aad = base64.b64decode(content.get("additionalAuthenticatedData", ""))
        if what == "encrypt":
            plaintext = base64.b64decode(content["plaintext"])
            if len(plaintext) > 4300 or len(aad) > 8192:
                raise Refusal(400, "ValidationException")
            metadata, vector = b"version=1", os.urandom(12)
            sealed = AESGCM(key["key"]).encrypt(vector, plaintext, self.bound(aad, metadata))
            ciphertext, tag = sealed[:-16], sealed[-16:]
            integrity = hashlib.sha256(aad + metadata + vector + ciphertext + tag).digest()
            return {
                "ciphertext": base64.b64encode(ciphertext).decode(),
                "ciphertextMetadata": base64.b64encode(metadata).decode(),
                "initializationVector": base64.b64encode(vector).decode(),
                "authenticationTag": base64.b64encode(tag).decode(),
                "ciphertextDataIntegrityValue": base64.b64encode(integrity).decode(),
            }
        sealed = base64.b64decode(content["ciphertext"]) + base64.b64decode(content["authenticationTag"])
        metadata = base64.b64decode(content.get("ciphertextMetadata", ""))
        try:
            plaintext = AESGCM(key["key"]).decrypt(
                base64.b64decode(content["initializationVector"]), sealed, self.bound(aad, metadata)
            )
        except InvalidTag:
            raise Refusal(400, "InvalidCiphertextException") from None
        return {"plaintext": base64.b64encode(plaintext).decode()}

    @staticmethod
    def bound(aad, metadata):
        return struct.pack(">H", len(aad)) + aad + struct.pack("B", len(metadata)) + metadata
