"""Sign-in as a plain HTTP client does it: passwords, MFA, the root user, federation, switching roles, `aws login`.

What a sign-in gives is used with stock boto3, and its records are held against AWS's documented ones, member by member.
"""

import base64
import hashlib
import json
import subprocess
import time
import urllib.parse
import uuid

import boto3
import botocore
import botocore.config
import botocore.exceptions
import pytest
import urllib3
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

from conftest import KEYTRAIL
from test_iam_sts import golden, iam, name, person, policy, refused, session_client, trust  # noqa: F401  (fixtures)
from test_mfa_login import Authenticator, needs_mfa

GOOD, BETTER = "Tr0ub4dor&3", "correct-Horse-battery-9"
HTTP = urllib3.PoolManager(retries=False)
INCORRECT = "Your authentication information is incorrect. Please try again."


def post(server, path, fields, **headers):
    return HTTP.request("POST", server.endpoint + path, fields=fields, encode_multipart=False, redirect=False,
                        headers={"User-Agent": "Mozilla/5.0", **headers})


def sign_in(server, **fields):
    answer = post(server, "/authenticate", fields)
    assert answer.headers["x-keytrail-log-index"].isdigit()
    return answer.status, json.loads(answer.data)


def signed_in(server, **fields):
    status, answer = sign_in(server, **fields)
    assert status == 200 and answer["SignIn"] == "Success", answer
    return answer["Credentials"]


def last(server, name, client=None, region="us-east-1"):
    """The newest record of that name."""
    trail = client or server.client("cloudtrail", region=region)
    found = trail.lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": name}], MaxResults=1)
    return json.loads(found["Events"][0]["CloudTrailEvent"])


# Plain HTTP has no tlsDetails. Newer records leave empty objects of a session out (cloudtrail.md A3).
def as_documented(record, page, differing=()):
    page = json.loads(json.dumps(page))
    page.pop("tlsDetails", None)
    context = page["userIdentity"].get("sessionContext", {})
    for member in ("sessionIssuer", "webIdFederationData"):
        if context.get(member) == {}:
            del context[member]
    for path in differing:
        if path.startswith("userIdentity."):
            del page["userIdentity"][path[13:]]
    assert record["eventVersion"] == "1.11"
    assert set(record) == set(page) | {"managementEvent", "eventCategory", "readOnly"}
    assert list(record["userIdentity"]) == list(page["userIdentity"])
    assert set(context) == set(record["userIdentity"].get("sessionContext", {}))
    assert record["userIdentity"].get("type") == page["userIdentity"]["type"]
    assert record["userIdentity"].get("accessKeyId") == "" or page["userIdentity"].get("accessKeyId") != ""
    same = {"eventSource", "eventName", "errorMessage", "requestParameters", "eventType", "responseElements", "readOnly",
            "managementEvent", "eventCategory", "sessionCredentialFromConsole"}
    for member in same & set(page) - set(differing):
        assert record[member] == page[member], member
    extra, shown = page.get("additionalEventData", {}), record.get("additionalEventData", {})
    assert list(extra) == list(shown)
    for member in ("MobileVersion", "MFAUsed", "MfaType"):
        assert shown.get(member) == extra.get(member), member


@pytest.fixture
def mary(server, iam, person):
    """A user with a password and a policy that lets it do everything."""
    iam.create_login_profile(UserName=person[0], Password=GOOD)
    iam.put_user_policy(UserName=person[0], PolicyName="all", PolicyDocument=policy("Allow", "*"))
    return person[0]


def test_user_signsIn_andWorks(server, iam, mary, name):
    account = server.account()
    assert "PasswordLastUsed" not in iam.get_user(UserName=mary)["User"]
    status, answer = sign_in(server, account=account, username=mary, password=GOOD, destination="https://here.example/x")
    assert status == 200 and answer["Arn"] == f"arn:aws:iam::{account}:user/{mary}" and answer["AccountId"] == account
    record = last(server, "ConsoleLogin")
    as_documented(record, golden("ConsoleLogin-user"))
    assert record["userIdentity"]["userName"] == mary and record["additionalEventData"]["LoginTo"] == "https://here.example/x"
    assert record["userAgent"] == "Mozilla/5.0" and record["recipientAccountId"] == account
    users = {u["UserName"]: u for u in iam.list_users(MaxItems=1000)["Users"]}
    used = iam.get_user(UserName=mary)["User"]["PasswordLastUsed"]
    assert users[mary]["PasswordLastUsed"] == used and abs(used.timestamp() - time.time()) < 60
    # What was got works as long as it says, as the user, from a console.
    mine = session_client(server, "iam", answer["Credentials"])
    assert mine.get_user()["User"]["UserName"] == mary
    mine.create_user(UserName=name + "-made")
    record = last(server, "CreateUser")
    as_documented(record, golden("CreateUser"), ["responseElements", "requestParameters"])
    assert record["sessionCredentialFromConsole"] == "true"
    assert record["userIdentity"]["accessKeyId"] == answer["Credentials"]["AccessKeyId"]
    assert record["userIdentity"]["sessionContext"]["attributes"]["mfaAuthenticated"] == "false"
    expires = time.mktime(time.strptime(answer["Credentials"]["Expiration"][:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone
    assert 43000 < expires - time.time() <= 43200
    iam.create_account_alias(AccountAlias=name)
    signed_in(server, account=name, username=mary, password=GOOD, duration="900")
    iam.delete_account_alias(AccountAlias=name)
    assert sign_in(server, account=account, username=mary, password=GOOD, duration="899")[0] == 400
    assert sign_in(server, account=account, username=mary, password=GOOD, remember="me")[0] == 400
    # Who does not sign in for it has no such member.
    iam.get_user(UserName=mary)
    assert "sessionCredentialFromConsole" not in last(server, "GetUser")


def test_user_signsIn_withMfa(server, iam, mary, key):
    account, devices = server.account(), []
    for i in range(2):
        made = iam.create_virtual_mfa_device(VirtualMFADeviceName=f"{mary}-{i}")["VirtualMFADevice"]
        devices.append((made["SerialNumber"], Authenticator(made["Base32StringSeed"].decode())))

    def enable(i):
        serial, shows = devices[i]
        iam.enable_mfa_device(UserName=mary, SerialNumber=serial, **shows.pair())

    enable(0)
    ask = {"account": account, "username": mary, "password": GOOD}
    assert sign_in(server, **ask) == (200, {"SignIn": "MfaRequired", "MfaType": "Virtual MFA"})
    as_documented(last(server, "CheckMfa"), golden("CheckMfa-single"))
    status, answer = sign_in(server, mfa_code=devices[0][1].wrong(), **ask)
    assert status == 403 and answer["Message"] == INCORRECT
    as_documented(last(server, "ConsoleLogin"), golden("ConsoleLogin-user-failure"))
    good = devices[0][1].next()
    credentials = signed_in(server, mfa_code=good, **ask)
    record = last(server, "ConsoleLogin")
    as_documented(record, golden("ConsoleLogin-user-mfa"))
    assert record["additionalEventData"]["MFAIdentifier"] == devices[0][0]
    assert sign_in(server, mfa_code=good, **ask)[0] == 403, "a code counts once"
    iam.put_user_policy(UserName=mary, PolicyName="all", PolicyDocument=needs_mfa("kms:DescribeKey"))
    described = session_client(server, "kms", credentials).describe_key(KeyId=key)
    assert described["KeyMetadata"]["Arn"] == key
    assert last(server, "DescribeKey")["userIdentity"]["sessionContext"]["attributes"]["mfaAuthenticated"] == "true"
    enable(1)
    assert sign_in(server, **ask)[1]["MfaType"] == "Multiple MFA Devices"
    as_documented(last(server, "CheckMfa"), golden("CheckMfa-multiple"))
    second = devices[1][1].next()
    assert sign_in(server, mfa_code=second, mfa_serial=devices[0][0], **ask)[0] == 403
    signed_in(server, mfa_code=second, mfa_serial=devices[1][0], **ask)
    assert last(server, "ConsoleLogin")["additionalEventData"]["MFAIdentifier"] == devices[1][0]
    signed_in(server, mfa_code=devices[0][1].next(), **ask)


def test_failures_tellNothing_butTheTrail(server, iam, mary, person, name):
    account = server.account()
    assert sign_in(server, account=account, username=mary, password="Wrong-pass-1") == (
        403, {"SignIn": "Failure", "Code": "AuthenticationFailed", "Message": INCORRECT})
    record = last(server, "ConsoleLogin")
    assert record["errorMessage"] == "Failed authentication" and "errorCode" not in record and "requestID" not in record
    assert "arn" not in record["userIdentity"] and record["userIdentity"]["userName"] == mary
    typed = "my-Secret-typed-by-mistake-7"
    assert sign_in(server, account=account, username=typed, password=GOOD)[1]["Message"] == INCORRECT
    as_documented(last(server, "ConsoleLogin"), golden("ConsoleLogin-unknown-user-failure"), ["eventType"])
    assert last(server, "ConsoleLogin")["eventType"] == "AwsConsoleSignIn"
    # No user, no password, no account, a code without a device: nobody learns which.
    iam.create_user(UserName=name + "-n")
    for fields in ({"account": account, "username": name + "-n"}, {"account": "999999999999", "username": mary},
                   {"account": account}, {"account": account, "username": mary, "mfa_code": "123456"}, {}):
        assert sign_in(server, password=GOOD, **fields)[1]["Message"] == INCORRECT, fields
    assert sign_in(server, account=account, username=mary)[1]["Code"] == "ValidationException"
    # A key that was deactivated, or a user that is gone, ends what was got by signing in.
    credentials = signed_in(server, account=account, username=mary, password=GOOD)
    data = b"".join(f.read_bytes() for f in server.data.rglob("*") if f.is_file() and "ledger" in str(f))
    logs = (server.data.parent / f"{server.data.name}.log").read_bytes()
    for secret in (GOOD, "Wrong-pass-1", typed, credentials["SecretAccessKey"]):
        assert secret.encode() not in data and secret.encode() not in logs
    iam.delete_user_policy(UserName=mary, PolicyName="all")
    assert refused(session_client(server, "iam", credentials).get_user)[0] == "AccessDenied"
    iam.delete_login_profile(UserName=mary)
    assert sign_in(server, account=account, username=mary, password=GOOD)[0] == 403
    iam.delete_access_key(UserName=mary, AccessKeyId=person[2][0])
    iam.delete_user(UserName=mary)
    assert refused(session_client(server, "iam", credentials).get_user)[0] == "InvalidClientTokenId"


def test_guessing_passwords_ends(server, iam, mary):
    ask = {"account": server.account(), "username": mary}
    for _ in range(9):
        assert sign_in(server, password="Wrong-pass-1", **ask)[0] == 403
    signed_in(server, password=GOOD, **ask)  # forgets the nine
    for _ in range(10):
        assert sign_in(server, password="Wrong-pass-1", **ask)[0] == 403
    assert sign_in(server, password=GOOD, **ask) == (
        403, {"SignIn": "Failure", "Code": "AuthenticationFailed", "Message": INCORRECT})
    assert last(server, "ConsoleLogin")["errorMessage"] == "Failed authentication"


def test_passwordThatMustBeChanged(server, iam, person):
    user, arn, _ = person
    iam.create_login_profile(UserName=user, Password=GOOD, PasswordResetRequired=True)
    ask = {"account": server.account(), "username": user, "password": GOOD}
    status, answer = sign_in(server, **ask)
    assert (status, answer["Code"]) == (403, "PasswordResetRequired")
    assert last(server, "ConsoleLogin")["responseElements"] == {"ConsoleLogin": "Failure"}
    status, answer = sign_in(server, new_password=BETTER, **ask)
    assert status == 403 and "is not authorized to perform: iam:ChangePassword" in answer["Message"]
    iam.attach_user_policy(UserName=user, PolicyArn="arn:aws:iam::aws:policy/IAMUserChangePassword")
    assert sign_in(server, new_password="weak", **ask)[1]["Code"] == "PasswordPolicyViolation"
    assert sign_in(server, new_password=GOOD, **ask)[1]["Code"] == "PasswordPolicyViolation"
    signed_in(server, new_password=BETTER, **ask)
    record = last(server, "ChangePassword")
    assert record["eventSource"] == "iam.amazonaws.com" and record["userIdentity"]["arn"] == arn
    assert sign_in(server, **ask)[0] == 403
    signed_in(server, **{**ask, "password": BETTER})
    assert sign_in(server, new_password=GOOD, **{**ask, "password": BETTER})[1]["Code"] == "ValidationException"


def root_password(server, account, *more, typed=GOOD + "\n"):
    return subprocess.run(
        [KEYTRAIL, "account", "root-password", "--endpoint", server.endpoint, "--account", account, *more],
        env=server.environment(), input=typed, capture_output=True, text=True)


def test_root_signsIn_onceTheOperatorSaysSo(server):
    account, keys = server.new_account()
    trail = server.client("cloudtrail", credentials=keys)
    assert sign_in(server, account=account, password=GOOD)[0] == 403
    as_documented(last(server, "ConsoleLogin", trail), golden("ConsoleLogin-root-failure"))
    assert root_password(server, account, typed="weak\n").returncode == 1
    done = root_password(server, account)
    assert done.returncode == 0 and done.stdout == "" and GOOD not in done.stderr
    credentials = signed_in(server, account=account, password=GOOD)
    record = last(server, "ConsoleLogin", trail)
    as_documented(record, golden("ConsoleLogin-root"))
    assert record["awsRegion"] == "us-east-1"
    root = session_client(server, "iam", credentials)
    assert root.get_user()["User"]["Arn"] == f"arn:aws:iam::{account}:root" and "PasswordLastUsed" in root.get_user()["User"]
    root.change_password(OldPassword=GOOD, NewPassword=BETTER)
    # The page is older than the member.
    record = last(server, "ChangePassword", trail)
    assert record.pop("sessionCredentialFromConsole") == "true"
    as_documented(record, golden("ChangePassword-root"))
    # MFA for the root user: its own calls name it by the account's number, its records as AWS's do.
    made = root.create_virtual_mfa_device(VirtualMFADeviceName="root-account-mfa-device")["VirtualMFADevice"]
    shows = Authenticator(made["Base32StringSeed"].decode())
    assert refused(root.enable_mfa_device, UserName="nobody", SerialNumber=made["SerialNumber"],
                   AuthenticationCode1="000000", AuthenticationCode2="000001")[0] == "NoSuchEntity"
    root.enable_mfa_device(UserName=account, SerialNumber=made["SerialNumber"], **shows.pair())
    record, page = last(server, "EnableMFADevice", trail), golden("EnableMFADevice-root")
    # The field list says that a root user has no user name (cloudtrail.md B); this page alone prints one.
    as_documented(record, page, ["userIdentity.userName", "requestParameters"])
    assert record["requestParameters"] == {
        "userName": "AWS ROOT USER", "serialNumber": f"arn:aws:iam::{account}:mfa/root-account-mfa-device"}
    (device,) = root.list_virtual_mfa_devices()["VirtualMFADevices"]
    assert device["User"]["Arn"] == f"arn:aws:iam::{account}:root"
    assert [d["SerialNumber"] for d in root.list_mfa_devices()["MFADevices"]] == [made["SerialNumber"]]
    summary = root.get_account_summary()["SummaryMap"]
    assert summary["AccountMFAEnabled"] == 1 and summary["AccountPasswordPresent"] == 1
    assert sign_in(server, account=account, password=BETTER)[1]["SignIn"] == "MfaRequired"
    with_mfa = signed_in(server, account=account, password=BETTER, mfa_code=shows.next())
    as_documented(last(server, "ConsoleLogin", trail), golden("ConsoleLogin-root-mfa"))
    token = server.client("sts", credentials=keys).get_session_token(
        SerialNumber=made["SerialNumber"], TokenCode=shows.next())["Credentials"]
    for session in (with_mfa, token):
        session_client(server, "iam", session).list_users()
        assert last(server, "ListUsers", trail)["userIdentity"]["sessionContext"]["attributes"]["mfaAuthenticated"] == "true"
    root.deactivate_mfa_device(SerialNumber=made["SerialNumber"])
    root.delete_virtual_mfa_device(SerialNumber=made["SerialNumber"])
    assert root_password(server, account, "--remove").returncode == 0
    assert sign_in(server, account=account, password=BETTER)[0] == 403
    # Nobody but the operator gives root users passwords.
    other = subprocess.run(
        [KEYTRAIL, "account", "root-password", "--endpoint", server.endpoint, "--account", account],
        env=server.environment(AWS_ACCESS_KEY_ID=keys[0], AWS_SECRET_ACCESS_KEY=keys[1]), input=GOOD, capture_output=True, text=True)
    assert other.returncode == 1 and "AccessDenied" in other.stderr


@pytest.fixture
def role(server, iam, name):
    """A role that the account's users may assume, and that may do everything."""
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(server.account()))["Role"]
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=policy("Allow", "*"))
    return made["Arn"]


def session_json(credentials):
    return json.dumps({"sessionId": credentials["AccessKeyId"], "sessionKey": credentials["SecretAccessKey"],
                       "sessionToken": credentials["SessionToken"]})


def federation(server, **query):
    answer = HTTP.request("GET", f"{server.endpoint}/federation?{urllib.parse.urlencode(query)}", redirect=False)
    return answer.status, json.loads(answer.data)


def test_federationEndpoint(server, role):
    sts = server.client("sts")
    session = sts.assume_role(RoleArn=role, RoleSessionName="JohnDoe")["Credentials"]
    status, answer = federation(server, Action="getSigninToken", SessionDuration=43200, Session=session_json(session))
    assert status == 200 and set(answer) == {"SigninToken"}
    record = last(server, "GetSigninToken")
    page = golden("GetSigninToken-federated")
    as_documented(record, page, ["responseElements"])
    assert record["userIdentity"]["accessKeyId"] == session["AccessKeyId"]
    token, key_id = answer["SigninToken"], record["responseElements"]["credentials"]["accessKeyId"]
    assert record["responseElements"] == {"credentials": {"accessKeyId": key_id}, "GetSigninToken": "Success"}
    login = {"Action": "login", "Issuer": "https://broker.example", "Destination": "https://console.example/"}
    status, answer = federation(server, SigninToken=token, **login)
    assert status == 200 and answer["Destination"] == "https://console.example/"
    record = last(server, "ConsoleLogin")
    as_documented(record, golden("ConsoleLogin-federated"))
    assert record["userIdentity"]["accessKeyId"] == key_id == answer["Credentials"]["AccessKeyId"] != session["AccessKeyId"]
    who = session_client(server, "sts", answer["Credentials"]).get_caller_identity()
    assert who["Arn"] == answer["Arn"] == record["userIdentity"]["arn"]
    session_client(server, "iam", answer["Credentials"]).list_users()
    assert last(server, "ListUsers")["sessionCredentialFromConsole"] == "true"
    # Nothing of a token or a session can be changed, and nothing else is taken for one.
    for bad in (token[:-1] + ("A" if token[-1] != "A" else "B"), token + "A", token[1:], session["SessionToken"], ""):
        assert federation(server, SigninToken=bad, **login)[0] == 400, bad
    broken = dict(session, SecretAccessKey=session["SecretAccessKey"][:-1] + "_")
    assert federation(server, Action="getSigninToken", Session=session_json(broken))[0] == 403
    swapped = dict(session, AccessKeyId=answer["Credentials"]["AccessKeyId"])
    assert federation(server, Action="getSigninToken", Session=session_json(swapped))[0] == 403
    assert federation(server, Action="getSigninToken", Session="{}")[0] == 400
    assert federation(server, Action="getSigninToken", Session="[1]")[0] == 400
    # Duration is for roles, and not for chains of them; only sessions of roles and federated users sign in so.
    for seconds in (899, 43201, "x"):
        assert federation(server, Action="getSigninToken", Session=session_json(session), SessionDuration=seconds)[0] == 400
    chained = session_client(server, "sts", session).assume_role(RoleArn=role, RoleSessionName="again")["Credentials"]
    status, answer = federation(server, Action="getSigninToken", Session=session_json(chained), SessionDuration=3600)
    assert status == 400 and "role chaining" in answer["Message"]
    assert last(server, "GetSigninToken")["responseElements"] == {"GetSigninToken": "Failure"}
    assert federation(server, Action="getSigninToken", Session=session_json(chained))[0] == 200
    own = sts.get_session_token()["Credentials"]
    assert federation(server, Action="getSigninToken", Session=session_json(own))[0] == 400
    fed = sts.get_federation_token(Name="fed", Policy=policy("Allow", "kms:ListKeys"))["Credentials"]
    assert federation(server, Action="getSigninToken", Session=session_json(fed), SessionDuration=900)[0] == 400
    status, answer = federation(server, Action="getSigninToken", Session=session_json(fed))
    answer = federation(server, SigninToken=answer["SigninToken"], **login)[1]
    session_client(server, "kms", answer["Credentials"]).list_keys()
    assert refused(session_client(server, "kms", answer["Credentials"]).create_key)[0] == "AccessDeniedException"


def test_switchRole_toAnotherAccount(server, iam, mary, name):
    other, root = server.new_account()
    theirs = server.client("iam", credentials=root)
    arn = theirs.create_role(RoleName=name, AssumeRolePolicyDocument=trust(server.account()), MaxSessionDuration=3600)["Role"]["Arn"]
    theirs.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=policy("Allow", "*"))
    credentials = signed_in(server, account=server.account(), username=mary, password=GOOD)
    ask = {"Session": session_json(credentials), "account": other, "roleName": name}
    answer = json.loads(post(server, "/switchrole", ask).data)
    assert answer["SignIn"] == "Success" and answer["Arn"] == f"arn:aws:sts::{other}:assumed-role/{name}/{mary}"
    record = last(server, "SwitchRole", server.client("cloudtrail", credentials=root))
    assert list(record["userIdentity"]) == ["type", "principalId", "arn", "accountId"]
    assert record["eventType"] == "AwsConsoleSignIn" and record["recipientAccountId"] == other
    assert record["responseElements"] == {"SwitchRole": "Success"} and record["requestParameters"] is None
    assert record["additionalEventData"] == {
        "SwitchFrom": f"arn:aws:iam::{server.account()}:user/{mary}",
        "RedirectTo": "https://console.aws.amazon.com/console/home"}
    # Sign-in assumes the role for the user: on record in both accounts.
    ours = last(server, "AssumeRole")
    copy = last(server, "AssumeRole", server.client("cloudtrail", credentials=root))
    assert ours["userIdentity"]["invokedBy"] == ours["sourceIPAddress"] == "AWS Internal"
    assert ours["sharedEventID"] == copy["sharedEventID"] and copy["userIdentity"]["type"] == "AWSAccount"
    assert ours["requestParameters"] == {"roleArn": arn, "roleSessionName": mary} and ours["readOnly"] is True
    session_client(server, "iam", answer["Credentials"]).list_users()
    listed = last(server, "ListUsers", server.client("cloudtrail", credentials=root))
    assert listed["sessionCredentialFromConsole"] == "true" and listed["userIdentity"]["arn"] == answer["Arn"]
    # Only who has signed in, and only what the role and the user's policies let.
    plain = server.client("sts").get_session_token()["Credentials"]
    assert post(server, "/switchrole", {**ask, "Session": session_json(plain)}).status == 400
    assert post(server, "/switchrole", {**ask, "roleName": "no-such-role"}).status == 403
    iam.put_user_policy(UserName=mary, PolicyName="all", PolicyDocument=policy("Deny", "sts:AssumeRole"))
    refusal = post(server, "/switchrole", ask)
    assert refusal.status == 403 and b"is not authorized to perform: sts:AssumeRole" in refusal.data
    assert last(server, "SwitchRole")["responseElements"] == {"SwitchRole": "Failure"}


# --- aws login: the browser's part by plain HTTP, the command line's part by boto3's own client of the service ---

REDIRECT = "http://127.0.0.1:53037/oauth/callback"
SAME, CROSS = "arn:aws:signin:::devtools/same-device", "arn:aws:signin:::devtools/cross-device"


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class CommandLine:
    """What `aws login` does: a key of its own, a verifier, and a proof with each request."""

    def __init__(self, server, client_id=SAME, redirect=REDIRECT):
        self.server, self.client_id, self.redirect = server, client_id, redirect
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.verifier = b64(uuid.uuid4().bytes + uuid.uuid4().bytes)
        self.state = str(uuid.uuid4())
        self.proof = None
        self.client = boto3.client("signin", endpoint_url=server.endpoint, region_name="us-east-1",
                                   config=botocore.config.Config(signature_version=botocore.UNSIGNED, retries={"max_attempts": 1}))
        self.client.meta.events.register("before-call.signin.CreateOAuth2Token", self._prove)

    def _prove(self, params, **_):
        params["headers"]["DPoP"] = self.proof or self.new_proof(params["url"])

    def new_proof(self, url, **claims):
        numbers = self.key.public_key().public_numbers()
        header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": {
            "kty": "EC", "crv": "P-256", "x": b64(numbers.x.to_bytes(32)), "y": b64(numbers.y.to_bytes(32))}}
        payload = {"htm": "POST", "htu": url, "iat": int(time.time()), "jti": str(uuid.uuid4()), **claims}
        signed = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(payload).encode())}"
        r, s = utils.decode_dss_signature(self.key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{signed}.{b64(r.to_bytes(32) + s.to_bytes(32))}"

    def query(self):
        return {"response_type": "code", "client_id": self.client_id, "state": self.state, "scope": "openid",
                "code_challenge_method": "SHA-256", "redirect_uri": self.redirect,
                "code_challenge": b64(hashlib.sha256(self.verifier.encode()).digest())}

    def authorize(self, **person):
        return post(self.server, "/v1/authorize", {**self.query(), **person})

    def code(self, **person):
        answer = self.authorize(**person)
        assert answer.status == 302 and answer.headers["Location"].startswith(self.redirect + "?"), answer.data
        values = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(answer.headers["Location"]).query))
        assert values["state"] == self.state
        return values["code"]

    def redeem(self, code, **more):
        asked = {"clientId": self.client_id, "grantType": "authorization_code", "code": code,
                 "codeVerifier": self.verifier, "redirectUri": self.redirect, **more}
        return self.client.create_o_auth2_token(tokenInput=asked)["tokenOutput"]

    def refresh(self, token):
        return self.client.create_o_auth2_token(tokenInput={
            "clientId": self.client_id, "grantType": "refresh_token", "refreshToken": token})["tokenOutput"]


def denied(call, *arguments, **more):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(*arguments, **more)
    return caught.value.response["Error"]["Code"], caught.value.response.get("error")


def test_awsLogin(server, iam, mary):
    ask = {"account": server.account(), "username": mary, "password": GOOD}
    cli = CommandLine(server)
    page = HTTP.request("GET", f"{server.endpoint}/v1/authorize?{urllib.parse.urlencode(cli.query())}")
    assert page.status == 200 and b'name="password"' in page.data and cli.state.encode() in page.data
    assert page.headers["Cache-Control"] == "no-store" and "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    code = cli.code(**ask)
    record = last(server, "AuthorizeOAuth2Access")
    assert record["requestParameters"] == {
        "scope": "openid", "redirect_uri": REDIRECT, "code_challenge_method": "SHA-256", "client_id": SAME}
    context = record["userIdentity"]["sessionContext"]["attributes"]
    assert list(record["userIdentity"]) == ["type", "principalId", "arn", "accountId", "userName", "sessionContext"]
    assert set(context) == {"creationDate", "mfaAuthenticated"}
    out = cli.redeem(code)
    made = last(server, "CreateOAuth2Token")
    assert made["requestParameters"] == {"client_id": SAME} and made["userIdentity"] == record["userIdentity"]
    for event in (record, made):
        assert event["responseElements"] is None and event["readOnly"] is True and event["eventType"] == "AwsApiCall"
        assert event["additionalEventData"] == {"success": "true", "x-amzn-vpce-id": ""} and "requestID" in event
        assert event["eventSource"] == "signin.amazonaws.com" and event["managementEvent"] is True
    assert out["tokenType"] == "aws_sigv4" and 0 < out["expiresIn"] <= 900
    claims = json.loads(base64.urlsafe_b64decode(out["idToken"].split(".")[1] + "=="))
    assert claims["sub"] == f"arn:aws:iam::{server.account()}:user/{mary}"

    def who(token):
        use = {k[0].upper() + k[1:]: v for k, v in token["accessToken"].items()}
        return session_client(server, "sts", use).get_caller_identity()["Arn"]

    assert who(out) == claims["sub"]
    again = cli.refresh(out["refreshToken"])
    assert who(again) == claims["sub"] and "idToken" not in again
    assert again["accessToken"]["accessKeyId"] != out["accessToken"]["accessKeyId"]
    # A code counts once, and only with its verifier, redirect and client; a refresh token only with its key.
    assert denied(cli.redeem, code) == ("AccessDeniedException", "AUTHCODE_EXPIRED")
    for more in ({"codeVerifier": "x" * 43}, {"redirectUri": "http://127.0.0.1:1/oauth/callback"}, {"clientId": CROSS}):
        assert denied(cli.redeem, cli.code(**ask), **more)[1] == "invalid_grant", more
    assert denied(CommandLine(server).refresh, out["refreshToken"])[1] == "invalid_grant"
    bent = out["refreshToken"][:40] + ("A" if out["refreshToken"][40] != "A" else "B") + out["refreshToken"][41:]
    assert denied(cli.refresh, bent)[1] == "invalid_grant"
    # Proofs: not twice, not of yesterday, not for another request, not by another key.
    url = server.endpoint + "/v1/token"
    used, other = cli.new_proof(url), CommandLine(server)
    cli.proof = used
    cli.refresh(out["refreshToken"])
    assert denied(cli.refresh, out["refreshToken"])[1] == "invalid_request"
    for proof in (cli.new_proof(url, iat=int(time.time()) - 86400), cli.new_proof(url, htm="GET"),
                  cli.new_proof(server.endpoint + "/else"), cli.new_proof(url)[:-4] + "AAAA", "x", other.new_proof(url)):
        cli.proof = proof
        assert denied(cli.refresh, out["refreshToken"])[0] == "ValidationException"
    cli.proof = None
    # Both steps need permission, each asked when it is made; another password ends it.
    arn = f"arn:aws:signin:us-east-1:{server.account()}:oauth2/public-client/localhost"
    iam.put_user_policy(UserName=mary, PolicyName="all", PolicyDocument=policy("Allow", "signin:AuthorizeOAuth2Access", arn))
    code = cli.code(**ask)
    assert denied(cli.redeem, code) == ("AccessDeniedException", "INSUFFICIENT_PERMISSIONS")
    assert last(server, "CreateOAuth2Token")["errorCode"] == "AccessDenied"
    iam.delete_user_policy(UserName=mary, PolicyName="all")
    assert cli.authorize(**ask).status == 403
    assert "signin:AuthorizeOAuth2Access on resource: " + arn in last(server, "AuthorizeOAuth2Access")["errorMessage"]
    iam.attach_user_policy(UserName=mary, PolicyArn="arn:aws:iam::aws:policy/SignInLocalDevelopmentAccess")
    assert who(cli.refresh(out["refreshToken"])) == claims["sub"]
    iam.update_login_profile(UserName=mary, Password=BETTER)
    assert denied(cli.refresh, out["refreshToken"]) == ("AccessDeniedException", "USER_CREDENTIALS_CHANGED")


def test_awsLogin_elsewhere_andWhatIsRefused(server, mary):
    ask = {"account": server.account(), "username": mary, "password": GOOD}
    cli = CommandLine(server, CROSS, server.endpoint + "/v1/sessions/confirmation")
    page = cli.authorize(**ask).data.decode()
    shown = base64.b64decode(page.split("<code>")[1].split("</code>")[0]).decode()
    values = dict(urllib.parse.parse_qsl(shown))
    assert values["state"] == cli.state
    assert cli.redeem(values["code"])["accessToken"]["accessKeyId"].startswith("ASIA")
    # Codes go to no place that is not the client's, and no value of the request becomes part of the page.
    for bad in ({"redirect_uri": "https://evil.example/oauth/callback"}, {"redirect_uri": "http://127.0.0.1:1@evil.example/oauth/callback"},
                {"client_id": "x"}, {"code_challenge": "short"}, {"code_challenge_method": "plain"}, {"scope": "admin"}):
        query = {**CommandLine(server).query(), **bad}
        assert HTTP.request("GET", f"{server.endpoint}/v1/authorize?{urllib.parse.urlencode(query)}").status == 400, bad
        assert post(server, "/v1/authorize", {**query, **ask}).status == 400, bad
    query = {**CommandLine(server).query(), "state": '"><script>alert(1)</script>'}
    page = HTTP.request("GET", f"{server.endpoint}/v1/authorize?{urllib.parse.urlencode(query)}").data
    assert b"<script>" not in page and b"&lt;script&gt;" in page
    failed = CommandLine(server).authorize(**{**ask, "password": "wrong"})
    assert failed.status == 403 and INCORRECT.encode() in failed.data
    assert denied(CommandLine(server).redeem, "never-given-out")[1] == "AUTHCODE_EXPIRED"
    for path in ("/authenticate", "/switchrole", "/v1/token"):
        assert HTTP.request("POST", server.endpoint + path, body=b"{" * 100).status == 400
        assert HTTP.request("POST", server.endpoint + path, body=b"x" * 70000).status in (400, 413)
        assert HTTP.request("GET", server.endpoint + path).status == 400
