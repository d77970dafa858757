"""The canary: marked secrets through every sensitive parameter of every operation, and then a search of everything that
Keytrail keeps, tells or writes for them.

What is sensitive is read from the service models: members with the sensitive trait, and members whose name says that they
carry plaintext, key material, passwords, tokens or codes. Two passes: each operation of each model, done or not, gets a
request that carries a mark in every such member (most are refused: refusals must not tell either); then each done
operation is called so that it works, and all that went in or came out is a mark. An operation that becomes done and has
a sensitive member that no call here carries makes `test_everySensitiveMember_isCarried` fail.
"""

import base64
import gzip
import http.client
import json
import os
import pathlib
import re
import time
import urllib.parse
import uuid

import boto3
import botocore
import botocore.config
import botocore.exceptions
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

import nitro
from conftest import ROOT, Server, eventually
from providers import Oidc, Saml, encoded
from test_federation import admin
from test_federation import trust as federated
from test_forwarded_access import policy
from test_iam_sts import trust
from test_key_stores import ENDPOINT, connect, remove
from test_key_stores import make as make_store
from test_key_stores_token import LIBRARY, UTILITY, Hsm
from test_key_stores_token import make as make_token_store
from test_mfa_login import Authenticator
from test_sns import Receiver, get
from test_trail import bucket_policy
from xks_proxy import Proxy

SERVICES = ("kms", "cloudtrail", "iam", "sts", "sns")
MODELS = {s: json.loads((ROOT / "wire" / "src" / "main" / "models" / f"{s}.json").read_text()) for s in SERVICES}

# Members that carry secrets, or what the records of AWS leave out like one, without saying so in the model.
CARRIERS = re.compile(
    r"GrantTokens?|ImportToken|EncryptedKeyMaterial|CiphertextBlob|CiphertextForRecipient|SharedSecretCiphertextBlob|"
    r"PrivateKeyCiphertextBlob|Mac|Signature|Message|TokenCode|AuthenticationCode\d|SessionToken|Token|ContextAssertion|"
    r".*(Secret|Password|PrivateKey|Plaintext|Seed|Assertion|Credential|WebIdentityToken|TradeInToken).*"
)
# Names that look like it and are something else: an id, a mode, a date, a flag, a name.
NOT_SECRET = re.compile(r".*(Mode|Id|Date|LastUsed|Status|Reset\w*|Expiration)|RemovePrivateKey|SubjectFrom\w+")

# (service, operation, member): why no working call can carry it here.
NO_WORKING_CALL = {
    ("iam", "ListVirtualMFADevices", "VirtualMFADevices[].Base32StringSeed"): "shown once, when the device is made",
    ("iam", "ListVirtualMFADevices", "VirtualMFADevices[].QRCodePNG"): "shown once, when the device is made",
    ("sts", "AssumeRole", "ProvidedContexts[].ContextAssertion"): "there are no context providers",
    ("sns", "Publish", "PhoneNumber"): "no text messages",
}
if not (LIBRARY and UTILITY):
    print("test_canary: NOT TESTED: KeyStorePassword in calls that work (apt-get install softhsm2)")
    NO_WORKING_CALL[("kms", "CreateCustomKeyStore", "KeyStorePassword")] = "no token in this environment"
    NO_WORKING_CALL[("kms", "UpdateCustomKeyStore", "KeyStorePassword")] = "no token in this environment"

# Operations of Keytrail's own, which have no model: those with a secret in or out, and the others.
ADMINISTRATION = {
    "CreateAccount": True, "ForwardAccess": True, "GetInfrastructureSession": True, "PutRootPassword": True,
    "DeleteRootPassword": False, "Unseal": True, "DescribeCustody": False, "DownloadEvents": False,
    "GetHistoryRetention": False, "PutHistoryRetention": False,
    "GetReceipt": False, "SearchEvents": False, "ExplainEvent": False, "GetCheckpoint": False, "CreateLogKey": False,
    "CreateMessageKey": False, "PutOpenIDConnectProviderKeys": False, "PutGuardrail": False, "DeleteGuardrail": False,
    "CreateBackup": False, "ListGuardrails": False, "AdvanceClock": False, "GetClock": False, "InitializeServer": False,
    "StartLedgerDrop": False, "DescribeLedger": False,
}


def sensitive(service, shape, path="", seen=()):
    """Paths of the sensitive members below a shape."""
    shapes = MODELS[service]["shapes"]
    it, name = shapes[shape], path.split(".")[-1].replace("[]", "")
    if it.get("sensitive") or (
        path and it["type"] in ("string", "blob") and "enum" not in it
        and CARRIERS.fullmatch(name) and not NOT_SECRET.fullmatch(name)
    ):
        yield path
    elif shape not in seen:
        seen = (*seen, shape)
        if it["type"] == "structure":
            for member, ref in it["members"].items():
                yield from sensitive(service, ref["shape"], f"{path}.{member}" if path else member, seen)
        elif it["type"] == "list":
            yield from sensitive(service, it["member"]["shape"], path + "[]", seen)
        elif it["type"] == "map":
            yield from sensitive(service, it["value"]["shape"], path + "{}", seen)


def members(service, operation, side):
    shape = MODELS[service]["operations"][operation].get(side)
    return set(sensitive(service, shape["shape"])) if shape else set()


def found(value, path):
    """The values at a path of a request or answer."""
    if value is None:
        return
    head, _, rest = path.partition(".")
    name, many = head.replace("[]", ""), head.endswith("[]")
    inner = value.get(name) if isinstance(value, dict) else None
    for each in (inner or []) if many else [inner]:
        if rest:
            yield from found(each, rest)
        elif each is not None:
            yield each


class Harvest:
    """Clients that remember every sensitive value that goes in or comes out, and every error answer."""

    def __init__(self, server):
        self.server, self.marks, self.carried, self.errors = server, {}, set(), []

    def client(self, service, region="us-east-1", credentials=None, token=None, unsigned=False):
        key, secret = credentials or self.server.credentials
        config = {"retries": {"max_attempts": 1}, "parameter_validation": False}
        if unsigned:
            config["signature_version"] = botocore.UNSIGNED
        client = boto3.client(
            service, endpoint_url=self.server.endpoint, region_name=region, aws_access_key_id=key,
            aws_secret_access_key=secret, aws_session_token=token, config=botocore.config.Config(**config))
        client.meta.events.register("before-parameter-build", self.asked)
        client.meta.events.register("after-call", self.answered)
        return client

    def asked(self, params, model, context, **_):
        context["canary"] = params

    def answered(self, http_response, parsed, model, context, **_):
        service = model.service_model.service_name
        works = http_response.status_code < 300
        if not works:
            self.errors.append((model.name, http_response.content, context["canary"]))
        if service not in MODELS or model.name not in MODELS[service]["operations"]:
            return
        for side, value in (("input", context["canary"]), ("output", parsed)):
            for path in members(service, model.name, side):
                for one in found(value, path):
                    self.mark(f"{service} {model.name} {path}", one)
                    if works:
                        self.carried.add((service, model.name, path))

    def mark(self, where, value):
        value = value.encode() if isinstance(value, str) else bytes(value)
        self.marks.setdefault(value, where)


def fresh_mark(kind):
    mark = "CANARY" + uuid.uuid4().hex
    return mark.encode() if kind == "blob" else mark


def synthetic(service, shape, path="", depth=0):
    """A value for a shape with a mark in each sensitive place and something plausible elsewhere."""
    it = MODELS[service]["shapes"][shape]
    if path in set(sensitive(service, shape, path)):
        return fresh_mark(it["type"])
    kind = it["type"]
    if kind == "structure":
        return {
            name: synthetic(service, ref["shape"], f"{path}.{name}" if path else name, depth + 1)
            for name, ref in it["members"].items()
            if depth < 4 or name in it.get("required", [])
        }
    if kind == "list":
        return [synthetic(service, it["member"]["shape"], path + "[]", depth + 1)] if depth < 5 else []
    if kind == "map":
        return {"k": synthetic(service, it["value"]["shape"], path + "{}", depth + 1)}
    if kind == "string":
        return it["enum"][0] if "enum" in it else "a" * max(it.get("min", 1), 3)
    return {"blob": b"blob", "boolean": True, "timestamp": 1, "integer": 1, "long": 1, "double": 1.0, "float": 1.0}[kind]


def quietly(call, **arguments):
    try:
        return call(**arguments)
    except botocore.exceptions.ClientError:
        return None


def sweep(harvest, other):
    """Every operation of every model with marks everywhere, as the administrator and as somebody without rights."""
    for service, model in MODELS.items():
        mine, theirs = harvest.client(service), harvest.client(service, credentials=other)
        known = set(mine.meta.service_model.operation_names)
        for name, operation in model["operations"].items():
            if name not in known or not operation.get("input"):
                continue
            for client in (mine, theirs):
                quietly(client._make_api_call, operation_name=name, api_params=synthetic(service, operation["input"]["shape"]))


def post(server, path="/", method="POST", body=b"", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, content


def broken(harvest):
    """Requests that are nobody's or no requests at all, with a mark where a client would have a secret."""
    server, key = harvest.server, harvest.server.credentials[0]
    target = {"X_Amz_Target": "TrentService.Encrypt", "Content_Type": "application/x-amz-json-1.1"}
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    scope = f"{key}/{date[:8]}/us-east-1/kms/aws4_request"

    def ask(where, build):
        mark = fresh_mark("string")
        harvest.mark(where, mark)
        status, content = build(mark)
        if status >= 300:
            harvest.errors.append((where, content, {"mark": mark}))

    for text in ("Bearer %s", "Basic %s", "AWS4-HMAC-SHA256 %s", "%s",
                 f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature=%s"):
        ask("Authorization header", lambda m: post(server, body=b"{}", Authorization=text % m, X_Amz_Date=date, **target))
        ask("Authorization header at S3", lambda m: post(server, "/bucket/key", "GET", Authorization=text % m, X_Amz_Date=date))
    unseal = {"X_Amz_Target": "Keytrail.Unseal", "Content_Type": "application/x-amz-json-1.1"}
    for body in ('{"Secret": "%s"}', '{"Secret": ["%s"]}', '{"Secret": "%s"'):
        ask("unsealing", lambda m: post(server, body=(body % base64.b64encode(m.encode()).decode()).encode(), **unseal))
    ask("security token header", lambda m: post(
        server, body=b"{}", X_Amz_Security_Token=m, X_Amz_Date=date,
        Authorization=f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature=00", **target))
    presigned = {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256", "X-Amz-Credential": scope.replace("kms", "s3"), "X-Amz-Date": date,
        "X-Amz-Expires": "300", "X-Amz-SignedHeaders": "host"}
    for member in ("X-Amz-Signature", "X-Amz-Security-Token"):
        ask(f"presigned {member}", lambda m: post(
            server, "/bucket/key?" + urllib.parse.urlencode({**presigned, "X-Amz-Signature": "0", member: m}), "GET"))
    for action in ("ChangePassword", "CreateLoginProfile", "Publish", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"):
        query = lambda m: urllib.parse.urlencode({
            "Action": action, "Version": "2010-05-08", "OldPassword": m, "NewPassword": m, "Password": m, "Message": m,
            "SAMLAssertion": m, "WebIdentityToken": m, "UserName": "u"})
        ask(f"{action} unsigned", lambda m: post(server, body=query(m).encode(), **form))
        ask(f"{action} in the URL", lambda m: post(server, "/?" + query(m), "GET"))
    for body in ('{"Plaintext": "%s"', '{"Plaintext": {"x": "%s"}}', '{"Plaintext": "%s", "Plaintext": 1}', '["%s"]', "%s",
                 '{"KeyId": 1, "Plaintext": "%s"}', '{"Plaintext": "!%s"}'):
        ask("malformed body", lambda m: post(server, body=(body % m).encode(), **target))


def signed_and_malformed(harvest):
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    for text in ('{"Plaintext": "%s"', '{"Plaintext": {"x": "%s"}}', '{"KeyId": {}, "Plaintext": "%s"}', '{"Plaintext": "!%s"}'):
        mark = fresh_mark("string")
        harvest.mark("signed malformed body", mark)
        request = AWSRequest("POST", harvest.server.endpoint + "/", data=text % mark, headers={
            "X-Amz-Target": "TrentService.Encrypt", "Content-Type": "application/x-amz-json-1.1"})
        SigV4Auth(Credentials(*harvest.server.credentials), "kms", "us-east-1").add_auth(request)
        headers = dict(request.headers)
        harvest.mark("signature", headers["Authorization"].rsplit("=", 1)[1])
        status, content = post(harvest.server, body=(text % mark).encode(), **headers)
        assert status == 400
        harvest.errors.append(("malformed", content, {"mark": mark}))


# Calls that work. Each scenario is told what the others need in common.


def kms_keys(w):
    kms, key, token = w.kms, w.key, w.grant_token
    mark = lambda: fresh_mark("blob")
    blob = kms.encrypt(KeyId=key, Plaintext=mark(), GrantTokens=[token])["CiphertextBlob"]
    kms.decrypt(CiphertextBlob=blob, GrantTokens=[token])
    kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=key, GrantTokens=[token])
    kms.describe_key(KeyId=key, GrantTokens=[token])
    kms.generate_data_key(KeyId=key, KeySpec="AES_256", GrantTokens=[token])
    kms.generate_data_key_without_plaintext(KeyId=key, KeySpec="AES_256", GrantTokens=[token])
    kms.generate_data_key_pair(KeyId=key, KeyPairSpec="ECC_NIST_P256", GrantTokens=[token])
    kms.generate_data_key_pair_without_plaintext(KeyId=key, KeyPairSpec="ECC_NIST_P256", GrantTokens=[token])
    kms.generate_random(NumberOfBytes=32)

    def made(spec, usage):
        return kms.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["KeyId"]

    signing, message = made("ECC_NIST_P256", "SIGN_VERIFY"), mark()
    use = dict(KeyId=signing, Message=message, SigningAlgorithm="ECDSA_SHA_256", GrantTokens=[token])
    kms.verify(Signature=kms.sign(**use)["Signature"], **use)
    use = dict(KeyId=made("HMAC_256", "GENERATE_VERIFY_MAC"), Message=mark(), MacAlgorithm="HMAC_SHA_256", GrantTokens=[token])
    kms.verify_mac(Mac=kms.generate_mac(**use)["Mac"], **use)
    use = dict(KeyId=made("ML_KEM_512", "ENCAPSULATE_DECAPSULATE"), EncapsulationAlgorithm="ML_KEM", GrantTokens=[token])
    kms.decapsulate(SharedSecretCiphertextBlob=kms.encapsulate(**use)["SharedSecretCiphertextBlob"], **use)
    agreeing = made("ECC_NIST_P256", "KEY_AGREEMENT")
    peer = kms.get_public_key(KeyId=agreeing, GrantTokens=[token])["PublicKey"]
    kms.derive_shared_secret(KeyId=agreeing, KeyAgreementAlgorithm="ECDH", PublicKey=peer, GrantTokens=[token])
    # What somebody else asks and is refused.
    for service, (name, more) in enumerate([("decrypt", {"CiphertextBlob": blob}), ("encrypt", {"KeyId": key, "Plaintext": mark()})]):
        for credentials in (w.person, w.foreigner):
            assert quietly(getattr(w.harvest.client("kms", credentials=credentials), name), **more) is None


def kms_recipients(w):
    kms, to = w.kms, w.platform.recipient
    blob = kms.encrypt(KeyId=w.key, Plaintext=fresh_mark("blob"))["CiphertextBlob"]
    kms.decrypt(CiphertextBlob=blob, Recipient=to())
    kms.generate_data_key(KeyId=w.key, KeySpec="AES_256", Recipient=to())
    kms.generate_data_key_pair(KeyId=w.key, KeyPairSpec="ECC_NIST_P256", Recipient=to())
    kms.generate_random(NumberOfBytes=32, Recipient=to())
    agreeing = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="KEY_AGREEMENT")["KeyMetadata"]["KeyId"]
    peer = kms.get_public_key(KeyId=agreeing)["PublicKey"]
    kms.derive_shared_secret(KeyId=agreeing, KeyAgreementAlgorithm="ECDH", PublicKey=peer, Recipient=to())


def kms_grants(w):
    account = w.server.account()
    made = w.kms.create_grant(
        KeyId=w.key, GranteePrincipal=f"arn:aws:iam::{account}:user/canary", RetiringPrincipal=f"arn:aws:iam::{account}:root",
        Operations=["Encrypt"], GrantTokens=[w.grant_token])
    w.kms.create_grant(
        KeyId=w.key, GranteePrincipal=f"arn:aws:iam::{account}:user/canary", Operations=["RetireGrant"],
        GrantTokens=[made["GrantToken"]])
    w.harvest.client("kms", credentials=w.root).retire_grant(GrantToken=w.grant_for_root)


def kms_import(w):
    key = w.kms.create_key(Origin="EXTERNAL")["KeyMetadata"]["KeyId"]
    given = w.kms.get_parameters_for_import(KeyId=key, WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec="RSA_2048")
    material = os.urandom(32)
    w.harvest.mark("imported key material", material)
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    w.kms.import_key_material(
        KeyId=key, ImportToken=given["ImportToken"], ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE",
        EncryptedKeyMaterial=serialization.load_der_public_key(given["PublicKey"]).encrypt(material, oaep))


def kms_stores(w):
    store = make_store(w.kms, w.proxy, "canary")["CustomKeyStoreId"]
    w.kms.update_custom_key_store(CustomKeyStoreId=store, XksProxyAuthenticationCredential=w.proxy.credential)
    w.kms.describe_custom_key_stores(CustomKeyStoreId=store)
    connect(w.kms, store)
    external = w.kms.create_key(Origin="EXTERNAL_KEY_STORE", CustomKeyStoreId=store, XksKeyId=w.proxy.key("canary"))
    blob = w.kms.encrypt(KeyId=external["KeyMetadata"]["KeyId"], Plaintext=fresh_mark("blob"))["CiphertextBlob"]
    w.kms.decrypt(CiphertextBlob=blob)
    remove(w.kms, store)
    if w.hsm:
        store = make_token_store(w.kms, w.hsm, "canary-token")["CustomKeyStoreId"]
        w.kms.update_custom_key_store(CustomKeyStoreId=store, KeyStorePassword="kmsuser-pin-1")


def iam_people(w):
    iam, mark = w.iam, lambda: fresh_mark("string") + "aA1!"
    iam.create_user(UserName="secretive")
    first, second = mark(), mark()
    iam.create_login_profile(UserName="secretive", Password=first)
    iam.update_login_profile(UserName="secretive", Password=second)
    made = iam.create_access_key(UserName="secretive")["AccessKey"]
    iam.put_user_policy(UserName="secretive", PolicyName="p", PolicyDocument=policy("Allow", ["iam:ChangePassword", "sts:*"]))
    own = (made["AccessKeyId"], made["SecretAccessKey"])
    w.harvest.client("iam", credentials=own).change_password(OldPassword=second, NewPassword=mark())
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="canary")["VirtualMFADevice"]
    shows = Authenticator(device["Base32StringSeed"].decode())
    w.harvest.mark("MFA seed, decoded", base64.b32decode(shows.seed))
    serial = device["SerialNumber"]
    iam.enable_mfa_device(
        UserName="secretive", SerialNumber=serial, **shows.pair())
    iam.list_virtual_mfa_devices()
    role = iam.create_role(RoleName="canary", AssumeRolePolicyDocument=trust(w.server.account()))["Role"]["Arn"]
    sts = w.harvest.client("sts", credentials=own)
    sts.get_session_token(SerialNumber=serial, TokenCode=shows.next())
    session = sts.assume_role(RoleArn=role, RoleSessionName="session", SerialNumber=serial, TokenCode=shows.next())["Credentials"]
    sts.get_federation_token(Name="canary")
    # A session token travels with each request of its session.
    temporary = (session["AccessKeyId"], session["SecretAccessKey"])
    w.harvest.client("sts", credentials=temporary, token=session["SessionToken"]).get_caller_identity()
    quietly(w.harvest.client("sts", credentials=temporary, token=session["SessionToken"] + "x").get_caller_identity)


def sts_web_identity(w):
    provider = Oidc("canary.example.com/realm")
    arn = w.iam.create_open_id_connect_provider(Url=f"https://{provider.issuer}", ClientIDList=["app"])["OpenIDConnectProviderArn"]
    admin(w.server, "PutOpenIDConnectProviderKeys", {"OpenIDConnectProviderArn": arn, "Keys": provider.jwks()})
    condition = {"StringEquals": {f"{provider.issuer}:aud": "app"}}
    w.iam.create_role(RoleName="web", AssumeRolePolicyDocument=federated("sts:AssumeRoleWithWebIdentity", arn, condition))
    sts = w.harvest.client("sts", unsigned=True)
    ask = dict(RoleArn=f"arn:aws:iam::{w.server.account()}:role/web", RoleSessionName="web")
    sts.assume_role_with_web_identity(WebIdentityToken=provider.token(), **ask)
    quietly(sts.assume_role_with_web_identity, WebIdentityToken=Oidc(provider.issuer).token(), **ask)


def sts_saml(w):
    provider = Saml()
    from test_federation import pem, rsa_key

    first, second = pem(rsa_key()), pem(rsa_key())
    arn = w.iam.create_saml_provider(
        Name="canary", SAMLMetadataDocument=provider.metadata(), AddPrivateKey=first)["SAMLProviderArn"]
    w.iam.update_saml_provider(SAMLProviderArn=arn, AddPrivateKey=second)
    for text in (first, second):
        w.harvest.mark("private key of a SAML provider", text.splitlines()[7])
    condition = {"StringEquals": {"saml:aud": "https://signin.aws.amazon.com/saml"}}
    role = w.iam.create_role(RoleName="saml", AssumeRolePolicyDocument=federated("sts:AssumeRoleWithSAML", arn, condition))
    role, sts = role["Role"]["Arn"], w.harvest.client("sts", unsigned=True)
    for key in (None, Saml().key):
        xml = provider.response(provider.signed(provider.assertion(role, arn), key))
        w.harvest.mark("signature of an assertion", xml.split("<ds:SignatureValue>")[1].split("<")[0])
        quietly(sts.assume_role_with_saml, RoleArn=role, PrincipalArn=arn, SAMLAssertion=encoded(xml))


def sns_topic(w):
    sns, receiver = w.harvest.client("sns"), Receiver()
    try:
        arn = sns.create_topic(Name="canary")["TopicArn"]
        sns.publish(TopicArn=arn, Message=fresh_mark("string"))
        sns.subscribe(TopicArn=arn, Protocol="http", Endpoint=receiver.url)
        invitation = eventually(lambda: receiver.messages("SubscriptionConfirmation"))[-1]
        sns.confirm_subscription(TopicArn=arn, Token=invitation["Token"])
        sent = sns.publish(TopicArn=arn, Message=fresh_mark("string"))["MessageId"]
        eventually(lambda: sent in [m["MessageId"] for m in receiver.messages("Notification")])
    finally:
        receiver.close()


def administration(w):
    from test_forwarded_access import EC2

    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    _, made = admin(w.server, "CreateAccount", {})
    w.harvest.mark("CreateAccount", made["SecretAccessKey"])
    body = b'{"Action": "x"}'
    request = AWSRequest("POST", "http://volumes.example.com/", data=body)
    SigV4Auth(Credentials(*w.person), "ec2", "us-east-1").add_auth(request)
    w.harvest.mark("signature shown by a service", request.headers["Authorization"].rsplit("=", 1)[1])
    status, session = w.forward(request, body, EC2)
    assert status == 200, session
    for member in ("SecretAccessKey", "SessionToken"):
        w.harvest.mark("ForwardAccess", session[member])
    status, session = admin(w.server, "GetInfrastructureSession", {"Service": EC2, "AccountId": w.server.account(), "ResourceId": "i-1"})
    assert status == 200, session
    for member in ("SecretAccessKey", "SessionToken"):
        w.harvest.mark("GetInfrastructureSession", session[member])


def sign_in(w):
    """Passwords, codes and tokens of sign-in, which has no model: right ones and wrong ones."""
    import test_sign_in as pages

    account, mark = w.server.account(), lambda: fresh_mark("string") + "aA1!"
    first, second = mark(), mark()
    w.iam.create_user(UserName="browser")
    w.iam.create_login_profile(UserName="browser", Password=first, PasswordResetRequired=False)
    w.iam.put_user_policy(UserName="browser", PolicyName="p", PolicyDocument=policy("Allow", "*"))
    ask = dict(account=account, username="browser")
    credentials = pages.signed_in(w.server, password=first, **ask)
    for member in ("SecretAccessKey", "SessionToken"):
        w.harvest.mark(f"sign-in {member}", credentials[member])
    for wrong in (dict(ask), dict(ask, username="nobody"), dict(ask, account="000000000000")):
        w.harvest.mark("wrong password", password := mark())
        status, answer = pages.sign_in(w.server, password=password, mfacode="918273", **wrong)
        w.harvest.errors.append(("sign-in", json.dumps(answer).encode(), {"mark": password}))
        assert status >= 400
    w.harvest.mark("password typed as a name", typed := mark())
    pages.sign_in(w.server, account=account, username=typed, password=mark())
    cli = pages.CommandLine(w.server)
    code_ = cli.code(password=first, **ask)
    w.harvest.mark("authorization code", code_)
    w.harvest.mark("code verifier", cli.verifier)
    out = cli.redeem(code_)
    for value in (out["accessToken"]["secretAccessKey"], out["accessToken"]["sessionToken"], out["refreshToken"]):
        w.harvest.mark("aws login", value)
    w.harvest.mark("aws login, refreshed", cli.refresh(out["refreshToken"])["refreshToken"])
    session = w.harvest.client("sts").get_federation_token(Name="fed")["Credentials"]
    status, answer = pages.federation(w.server, Action="getSigninToken", Session=pages.session_json(session))
    assert status == 200
    w.harvest.mark("federation SigninToken", answer["SigninToken"])
    pages.federation(w.server, Action="login", SigninToken="x" + answer["SigninToken"], Issuer="i", Destination="https://d.example")
    w.harvest.mark("root password", second)
    assert pages.root_password(w.server, account, typed=second + "\n").returncode == 0
    pages.signed_in(w.server, account=account, password=second)


def s3_requests(w):
    s3 = w.harvest.client("s3")
    s3.create_bucket(Bucket="canary-objects")
    quietly(s3.put_object, Bucket="canary-objects", Key="k", Body=b"x", SSECustomerAlgorithm="AES256",
            SSECustomerKey=(customer := os.urandom(32)))
    w.harvest.mark("SSE-C key", customer)
    s3.put_object(Bucket="canary-objects", Key="k", Body=b"x")
    presigner = w.server.client("s3", signature_version="s3v4")
    url = presigner.generate_presigned_url("get_object", Params={"Bucket": "canary-objects", "Key": "k"})
    assert get(url) == b"x"
    w.harvest.mark("signature of a presigned URL", urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)["X-Amz-Signature"][0])


SCENARIOS = [
    kms_keys, kms_recipients, kms_grants, kms_import, kms_stores, iam_people, sts_web_identity, sts_saml, sns_topic, administration, sign_in,
    s3_requests,
]


class World:
    def __init__(self, server, harvest, proxy, hsm):
        self.server, self.harvest, self.proxy, self.hsm = server, harvest, proxy, hsm
        self.kms, self.iam = harvest.client("kms"), harvest.client("iam")
        self.iam.create_user(UserName="canary")
        made = self.iam.create_access_key(UserName="canary")["AccessKey"]
        self.person = (made["AccessKeyId"], made["SecretAccessKey"])
        _, self.foreigner = server.new_account()
        self.key = self.kms.create_key()["KeyMetadata"]["Arn"]
        account = server.account()
        grant = dict(KeyId=self.key, GranteePrincipal=f"arn:aws:iam::{account}:user/canary", Operations=["DescribeKey"])
        self.grant_token = self.kms.create_grant(**grant)["GrantToken"]
        self.grant_for_root = self.kms.create_grant(
            RetiringPrincipal=f"arn:aws:iam::{account}:user/canary", **grant)["GrantToken"]
        self.root = self.person

    def forward(self, request, body, service):
        headers = {**dict(request.headers), "Host": "volumes.example.com"}
        return admin(self.server, "ForwardAccess", {
            "Service": service, "Method": "POST", "Path": "/", "Query": "", "Body": base64.b64encode(body).decode(),
            "Headers": "\n".join(f"{k}: {v}" for k, v in headers.items())})


@pytest.fixture(scope="module")
def harvest(tmp_path_factory):
    """A server of its own through which all the marks have gone, with a trail that delivers; stopped at the end."""
    folder = tmp_path_factory.mktemp("canary")
    proxy, hsm = Proxy(), Hsm(folder / "softhsm") if LIBRARY and UTILITY else None
    authority = nitro.Authority()
    (folder / "root.pem").write_bytes(authority.pem())
    settings = (f"attestation.root={folder / 'root.pem'}", "trail.flush=1s", f"xks.endpoints={ENDPOINT}={proxy.url}", "xks.timeout=5s",
                "denials.encoded=true")
    extra = [word for setting in settings for word in ("--set", setting)]
    server = Server(folder / "data", extra=extra + (hsm.settings if hsm else []), env=hsm.env if hsm else {}).start()
    try:
        one = Harvest(server)
        trail, s3 = one.client("cloudtrail"), one.client("s3")
        s3.create_bucket(Bucket="canary-logs")
        s3.put_bucket_policy(Bucket="canary-logs", Policy=bucket_policy("canary-logs", server.account()))
        trail.create_trail(Name="canary", S3BucketName="canary-logs", IsMultiRegionTrail=True)
        trail.start_logging(Name="canary")
        world = World(server, one, proxy, hsm)
        world.platform = nitro.Platform(authority)
        for scenario in SCENARIOS:
            scenario(world)
        signed_and_malformed(one)
        broken(one)
        sweep(one, world.person)
        last = world.kms.list_keys(Limit=7)["ResponseMetadata"]["RequestId"]
        one.files = eventually(lambda: (f := delivered(s3)) and last.encode() in f and f)
        one.told = told(one)
        server.stop()
        yield one
    finally:
        if server.running:
            server.kill()
        proxy.close()


def delivered(s3):
    """The text of all log files."""
    keys = [o["Key"] for page in s3.get_paginator("list_objects_v2").paginate(Bucket="canary-logs") for o in page.get("Contents", [])]
    return b"\n".join(gzip.decompress(s3.get_object(Bucket="canary-logs", Key=k)["Body"].read()) for k in keys)


def told(harvest):
    """Event history, the search and the explanations, as text."""
    events = [e for p in harvest.client("cloudtrail").get_paginator("lookup_events").paginate() for e in p["Events"]]
    assert len(events) > 200
    texts, token = [json.dumps(events, default=str)], None
    while True:
        status, page = admin(harvest.server, "SearchEvents", {"MaxResults": 500, **({"NextToken": token} if token else {})})
        assert status == 200
        texts.append(json.dumps(page))
        token = page.get("NextToken")
        if not token:
            break
    for event in events:
        if "errorCode" in event["CloudTrailEvent"] or event["EventSource"] == "iam.amazonaws.com":
            status, page = admin(harvest.server, "ExplainEvent", {"EventId": event["EventId"]})
            texts.append(json.dumps(page))
    return "\n".join(texts).encode()


def needles(value):
    """Byte strings of which one must be somewhere if the value, or a good part of it, is there in any usual form."""
    if len(value) > 96:
        # Windows of a long one; its beginning may be an envelope that all of its kind share.
        size = len(value)
        parts = [value[at:at + 32] for at in sorted({size // 3, size // 2, size * 2 // 3, size - 40})]
    else:
        parts = [value]
    for part in parts:
        yield part
        yield part.hex().encode()
        yield part.hex().upper().encode()
        for shift in range(3):  # base64 of something longer around it
            text = base64.b64encode(b"\0" * shift + part)
            inner = text[4 if shift else 0:(len(text) // 4 - 1) * 4]
            yield inner
            yield inner.replace(b"+", b"-").replace(b"/", b"_")
            yield urllib.parse.quote(inner.decode(), safe="").encode()
            yield urllib.parse.quote(inner.decode()).encode()


def holds(text, value):
    if len(value) < 10:  # a code of six digits: any digits might hold it by chance
        return re.search(rb"(?<![0-9A-Za-z.])" + re.escape(value) + rb"(?![0-9A-Za-z.])", text) is not None
    return any(len(n) >= 10 and n in text for n in needles(value))


def spoken(harvest):
    """Marks without the envelopes: of a token with dots its signature, for its claims may be told."""
    for value, where in harvest.marks.items():
        if where.endswith("WebIdentityToken") and value.count(b".") == 2:
            value = value.rsplit(b".", 1)[1]
        if where.endswith("SAMLAssertion") and not value.startswith(b"CANARY"):
            continue  # its signature is a mark of its own; the rest is names
        yield value, where


# Shown on purpose: the ending of what it is -> why.
SHOWN = {
    "Credentials.SessionToken": "AWS's own records of sts show it; it is no use without the secret key",
}


def secret(where):
    return not where.endswith(tuple(SHOWN))


def leaks(harvest, text):
    return {where for value, where in spoken(harvest) if secret(where) and holds(text, value)}


def test_everySensitiveMember_isCarried(harvest):
    """Every sensitive member of every operation that the README says is done went through a call that worked."""
    readme = (ROOT / "README.md").read_text()
    done = re.findall(r"^\| (\w+) \| (\w+) \| done \|$", readme, re.MULTILINE)
    assert len(done) > 190
    wanted = {
        (service, name, path)
        for service, name in done for side in ("input", "output") for path in members(service, name, side)
    }
    assert len(wanted) > 90
    assert wanted - harvest.carried - NO_WORKING_CALL.keys() == set()
    assert NO_WORKING_CALL.keys() & harvest.carried == set(), "these do work by now"


def test_everyServiceAndAdministration_isKnown():
    """A new service, or a new operation of Keytrail's own, has to be looked at here."""
    services = {p.stem for p in (ROOT / "wire" / "src" / "main" / "models").glob("*.json")}
    assert services == set(SERVICES)
    own = set()
    for file in ROOT.glob("*/src/main/java/**/*.java"):
        own |= set(re.findall(r'Service\.KEYTRAIL,\s*"(\w+)"', file.read_text()))
    assert own == ADMINISTRATION.keys()


def test_eventsAndExplanations_holdNoMark(harvest):
    text = harvest.told
    assert b"CreateLoginProfile" in text and b"EnableMFADevice" in text
    assert leaks(harvest, text) == set()


def test_logFiles_holdNoMark(harvest):
    assert b'"eventName":"ChangePassword"' in harvest.files
    assert leaks(harvest, harvest.files) == set()


def test_serverOutput_holdsNoMark(harvest):
    data = harvest.server.data
    text = (data.parent / f"{data.name}.log").read_bytes() + "\n".join(harvest.server.lines).encode()
    assert leaks(harvest, text) == set()


def test_errorAnswers_holdNoMark(harvest):
    assert len(harvest.errors) > 200
    text = b"\n".join(content for _, content, _ in harvest.errors)
    assert leaks(harvest, text) == set()


# Kept in clear on purpose: (where it came in or out) -> why.
ON_DISK = {
    "kms GetParametersForImport PublicKey": "the public half of a wrapping key",
}


def test_everyFileOnDisk_holdsNoMark(harvest):
    seen, bad = 0, set()
    marks = [(v, w) for v, w in spoken(harvest) if w not in ON_DISK and secret(w) and len(v) >= 10]
    for file in sorted(harvest.server.data.rglob("*")):
        if not file.is_file() or file.name == "admin.credentials":
            continue
        content = file.read_bytes()
        content = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content.rstrip(b"\0")
        seen += len(content)
        bad |= {(file.parent.name, where) for value, where in marks if holds(content, value)}
    assert seen > 1_000_000
    assert bad == set()


def test_theSearch_findsWhatIsThere():
    """The instrument itself: each usual form of a secret is found."""
    secret = os.urandom(40)
    for text in (secret, secret.hex().encode(), base64.b64encode(secret), base64.b64encode(b"x" + secret + b"yz"),
                 base64.urlsafe_b64encode(b"xy" + secret), urllib.parse.quote(base64.b64encode(secret)).encode()):
        assert holds(b"..." + text + b"...", secret), text
    assert not holds(os.urandom(4000), secret)
    assert holds(b'"tokenCode":"123456"', b"123456") and not holds(b'"id":"a123456"', b"123456")
