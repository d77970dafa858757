"""An encrypted volume store in front of Keytrail: how a service uses keys on behalf of those who call it.

A user calls it with a request signed for `ec2` or `s3` (SigV4, with any AWS SDK). The store never has the user's secret:
it shows Keytrail the signed request and gets a session of fifteen minutes that acts as the user, whose every call says in
its event `invokedBy: ec2.amazonaws.com`. So the user's own permissions, and the conditions of key policies
(kms:ViaService, kms:GrantIsForAWSResource), decide. An attached volume is used by its instance, whose infrastructure has a
session of its own that nothing but the grant made at attaching lets decrypt.

    KEYTRAIL=http://127.0.0.1:7480 AWS_SHARED_CREDENTIALS_FILE=... python volumes.py 7490

The credentials are those of a principal of the operator's account that may keytrail:ForwardAccess and
keytrail:GetInfrastructureSession on arn:aws:keytrail::ACCOUNT:service/ec2.amazonaws.com and .../s3.amazonaws.com.
Needs boto3 and cryptography. Volumes live in memory: it is an example.
"""

import base64
import http.server
import json
import os
import secrets
import sys
import threading
import urllib.error
import urllib.request

import boto3
import botocore.exceptions
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

BODY_BYTES_MAX = 1 << 20


class Refused(Exception):
    def __init__(self, code, message, status=400):
        super().__init__(message)
        self.code, self.status = code, status


class Keytrail:
    """Keytrail's own API, called as the store itself."""

    def __init__(self, endpoint):
        self.endpoint = endpoint
        self.credentials = boto3.Session().get_credentials()

    def call(self, operation, region, **members):
        body = json.dumps(members).encode()
        request = AWSRequest("POST", self.endpoint + "/", data=body, headers={
            "X-Amz-Target": f"Keytrail.{operation}", "Content-Type": "application/x-amz-json-1.1"})
        SigV4Auth(self.credentials, "keytrail", region).add_auth(request)
        try:
            with urllib.request.urlopen(urllib.request.Request(
                    self.endpoint + "/", data=body, headers=dict(request.headers), method="POST"), timeout=30) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as e:
            error = json.loads(e.read())
            raise Refused("AuthFailure", error.get("message", error["__type"]), 401) from e

    def kms(self, session):
        return boto3.client(
            "kms", endpoint_url=self.endpoint, region_name=session["Region"], aws_access_key_id=session["AccessKeyId"],
            aws_secret_access_key=session["SecretAccessKey"], aws_session_token=session["SessionToken"])

    def as_user(self, service, request):
        """The user who signed the request, as far as this service may act for it."""
        return self.call("ForwardAccess", "us-east-1", Service=service, **request)

    def as_infrastructure(self, service, user, resource):
        return self.call(
            "GetInfrastructureSession", user["Region"], Service=service, AccountId=user["AccountId"], ResourceId=resource)


class Volumes:
    """CreateVolume, AttachVolume, WriteVolume, ReadVolume, DetachVolume; an account sees its own."""

    SERVICE = "ec2.amazonaws.com"

    def __init__(self, keytrail):
        self.keytrail, self.volumes, self.lock = keytrail, {}, threading.Lock()

    def context(self, volume_id):
        return {"aws:ebs:id": volume_id}

    def find(self, user, volume_id):
        volume = self.volumes.get(volume_id)
        if volume is None or volume["account"] != user["AccountId"]:
            raise Refused("InvalidVolume.NotFound", f"The volume '{volume_id}' does not exist.")
        return volume

    def create_volume(self, user, KeyId="alias/aws/ebs", **_):
        volume_id = "vol-" + secrets.token_hex(8)
        made = self.keytrail.kms(user).generate_data_key_without_plaintext(
            KeyId=KeyId, NumberOfBytes=64, EncryptionContext=self.context(volume_id))
        with self.lock:
            self.volumes[volume_id] = {
                "account": user["AccountId"], "key": made["KeyId"], "sealed": made["CiphertextBlob"], "content": b""}
        return {"VolumeId": volume_id, "KmsKeyId": made["KeyId"], "State": "available"}

    def attach_volume(self, user, VolumeId, InstanceId, **_):
        """A grant made in the user's name lets the instance's infrastructure, and nobody else, open this one volume."""
        volume = self.find(user, VolumeId)
        if "plain" in volume:
            raise Refused("VolumeInUse", f"{VolumeId} is already attached to an instance")
        infrastructure = self.keytrail.as_infrastructure(self.SERVICE, user, InstanceId)
        grant = self.keytrail.kms(user).create_grant(
            KeyId=volume["key"], GranteePrincipal=infrastructure["Arn"], Operations=["Decrypt"],
            Constraints={"EncryptionContextSubset": self.context(VolumeId)})
        opened = self.keytrail.kms(infrastructure).decrypt(
            CiphertextBlob=volume["sealed"], EncryptionContext=self.context(VolumeId))
        volume.update(plain=opened["Plaintext"], grant=grant["GrantId"], instance=InstanceId)
        return {"VolumeId": VolumeId, "InstanceId": InstanceId, "State": "attached"}

    def detach_volume(self, user, VolumeId, **_):
        volume = self.find(user, VolumeId)
        if "plain" not in volume:
            raise Refused("IncorrectState", f"Volume '{VolumeId}' is in the 'available' state.")
        self.keytrail.kms(user).revoke_grant(KeyId=volume["key"], GrantId=volume["grant"])
        for member in ("plain", "grant", "instance"):
            del volume[member]
        return {"VolumeId": VolumeId, "State": "available"}

    def cipher(self, volume):
        if "plain" not in volume:
            raise Refused("IncorrectState", "The volume is not attached.")
        return AESGCM(volume["plain"][:32])

    def write_volume(self, user, VolumeId, Content, **_):
        volume, nonce = self.find(user, VolumeId), secrets.token_bytes(12)
        volume["content"] = nonce + self.cipher(volume).encrypt(nonce, base64.b64decode(Content), VolumeId.encode())
        return {"VolumeId": VolumeId}

    def read_volume(self, user, VolumeId, **_):
        volume = self.find(user, VolumeId)
        content = volume["content"]
        plain = self.cipher(volume).decrypt(content[:12], content[12:], VolumeId.encode()) if content else b""
        return {"Content": base64.b64encode(plain).decode()}


class Objects:
    """PutObject and GetObject with a data key for each object."""

    SERVICE = "s3.amazonaws.com"

    def __init__(self, keytrail):
        self.keytrail, self.objects = keytrail, {}

    def context(self, bucket, key):
        return {"aws:s3:arn": f"arn:aws:s3:::{bucket}/{key}"}

    def put_object(self, user, Bucket, Key, Content, KeyId, **_):
        made = self.keytrail.kms(user).generate_data_key(
            KeyId=KeyId, KeySpec="AES_256", EncryptionContext=self.context(Bucket, Key))
        nonce = secrets.token_bytes(12)
        sealed = nonce + AESGCM(made["Plaintext"]).encrypt(nonce, base64.b64decode(Content), None)
        self.objects[user["AccountId"], Bucket, Key] = made["CiphertextBlob"], sealed
        return {"KmsKeyId": made["KeyId"]}

    def get_object(self, user, Bucket, Key, **_):
        try:
            blob, sealed = self.objects[user["AccountId"], Bucket, Key]
        except KeyError:
            raise Refused("NoSuchKey", "The specified key does not exist.", 404) from None
        opened = self.keytrail.kms(user).decrypt(CiphertextBlob=blob, EncryptionContext=self.context(Bucket, Key))
        return {"Content": base64.b64encode(AESGCM(opened["Plaintext"]).decrypt(sealed[:12], sealed[12:], None)).decode()}


def actions(*stores):
    """Action name -> the store and its method, e.g. CreateVolume."""
    found = {}
    for store in stores:
        for name in dir(store):
            if name.endswith(("_volume", "_object")):
                found[name.title().replace("_", "")] = store, getattr(store, name)
    return found


def handler(keytrail, table):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            try:
                self.answer(200, self.decided())
            except Refused as e:
                self.answer(e.status, {"Code": e.code, "Message": str(e)})
            except botocore.exceptions.ClientError as e:
                # What Keytrail refuses the user, the store does not grant.
                self.answer(403, {"Code": e.response["Error"]["Code"], "Message": e.response["Error"]["Message"]})
            except (KeyError, TypeError, ValueError) as e:
                self.answer(400, {"Code": "InvalidParameter", "Message": str(e)})

        def decided(self):
            length = int(self.headers.get("Content-Length", 0))
            if length > BODY_BYTES_MAX:
                raise Refused("RequestTooLarge", "The request is too large.", 413)
            body = self.rfile.read(length)
            asked = json.loads(body)
            action = asked.pop("Action", "")
            if action not in table:
                raise Refused("InvalidAction", f"There is no action {action}.")
            store, method = table[action]
            path, _, query = self.path.partition("?")
            user = keytrail.as_user(store.SERVICE, {
                "Method": self.command, "Path": path, "Query": query,
                "Headers": "\n".join(f"{name}: {value}" for name, value in self.headers.items()),
                "Body": base64.b64encode(body).decode()})
            return method(user, **asked)

        def answer(self, status, members):
            body = json.dumps(members).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    return Handler


def main():
    keytrail = Keytrail(os.environ["KEYTRAIL"])
    table = actions(Volumes(keytrail), Objects(keytrail))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), handler(keytrail, table))
    print(f"ready http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
