"""Virtual MFA devices, passwords, last use of keys and service-linked roles through stock boto3."""

import base64
import hashlib
import hmac
import json
import struct
import time
import zlib

import pytest

from test_iam_sts import event, iam, name, person, policy, refused, session_client  # noqa: F401  (fixtures)


def code(seed, step):
    digest = hmac.new(base64.b32decode(seed), struct.pack(">Q", step), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7FFFFFFF) % 1000000:06}"


class Authenticator:
    """What shows a person the codes of one seed. A code counts once, and for the steps beside its own, so each call is given
    one that will still count if the step changes before it is looked at, however slow the machine is."""

    def __init__(self, seed):
        self.seed, self.used = seed, 0

    def pair(self):
        """The two codes that enable a device: older ones, so that those of now are left."""
        now = int(time.time()) // 30
        self.used = now - 2
        return {"AuthenticationCode1": code(self.seed, now - 3), "AuthenticationCode2": code(self.seed, now - 2)}

    def unused(self):
        """The next code, which somebody else may be shown too."""
        while True:
            now, seconds = divmod(time.time(), 30)
            step = max(self.used + 1, int(now) - (seconds < 20))
            if step <= now + 1:
                return step, code(self.seed, step)
            time.sleep(0.2)

    def next(self):
        self.used, shown = self.unused()
        return shown

    def wrong(self):
        """Never one of these minutes."""
        now = int(time.time()) // 30
        near = {code(self.seed, now + i) for i in range(-20, 21)}
        return next(f"{n:06}" for n in range(50) if f"{n:06}" not in near)


@pytest.fixture
def device(iam, person):
    """A device enabled for the user `person`: its ARN, and what shows its codes."""
    user = person[0]
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName=user)["VirtualMFADevice"]
    shows = Authenticator(made["Base32StringSeed"].decode())
    iam.enable_mfa_device(UserName=user, SerialNumber=made["SerialNumber"], **shows.pair())
    return made["SerialNumber"], shows


def needs_mfa(action):
    document = json.loads(policy("Allow", action))
    document["Statement"][0]["Condition"] = {
        "Bool": {"aws:MultiFactorAuthPresent": "true"}, "NumericLessThan": {"aws:MultiFactorAuthAge": "300"}}
    return json.dumps(document)


def test_mfa_sessionToken_opensWhatNeedsIt(server, iam, person, device, key):
    user, _, credentials = person
    serial, shows = device
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=needs_mfa("kms:DescribeKey"))
    assert refused(server.client("kms", credentials=credentials).describe_key, KeyId=key)[0] == "AccessDeniedException"
    sts = server.client("sts", credentials=credentials)
    plain = sts.get_session_token()["Credentials"]
    assert refused(session_client(server, "kms", plain).describe_key, KeyId=key)[0] == "AccessDeniedException"
    good = shows.next()
    session = sts.get_session_token(SerialNumber=serial, TokenCode=good)
    described = session_client(server, "kms", session["Credentials"]).describe_key(KeyId=key)
    attributes = event(server, "DescribeKey", described)["userIdentity"]["sessionContext"]["attributes"]
    assert attributes["mfaAuthenticated"] == "true"
    record = event(server, "GetSessionToken", session)
    assert record["requestParameters"] == {"serialNumber": serial} and good not in json.dumps(record["requestParameters"])
    # A code counts once, older ones do not count any more, wrong and foreign ones never did.
    older = code(shows.seed, shows.used - 1)
    for serial_number, token in ((serial, good), (serial, older), (serial, shows.wrong()), (serial + "x", shows.unused()[1])):
        error, message = refused(sts.get_session_token, SerialNumber=serial_number, TokenCode=token)
        assert error == "AccessDenied" and message.startswith("MultiFactorAuthentication failed"), token
    assert refused(server.client("sts").get_session_token, SerialNumber=serial, TokenCode=shows.unused()[1])[0] == "AccessDenied"
    assert refused(sts.get_session_token, SerialNumber=serial)[0] == "ValidationError"
    sts.get_session_token(SerialNumber=serial, TokenCode=shows.next())


def test_mfa_assumeRole_whereTrustDemandsIt(server, iam, person, device):
    user, arn, credentials = person
    serial, shows = device
    trust = json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": arn}, "Action": "sts:AssumeRole",
        "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}]})
    role = iam.create_role(RoleName=user, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    sts = server.client("sts", credentials=credentials)
    assert refused(sts.assume_role, RoleArn=role, RoleSessionName="work")[0] == "AccessDenied"
    answer = sts.assume_role(RoleArn=role, RoleSessionName="work", SerialNumber=serial, TokenCode=shows.next())
    record = event(server, "AssumeRole", answer)
    assert record["requestParameters"]["serialNumber"] == serial and "tokenCode" not in record["requestParameters"]
    who = session_client(server, "kms", answer["Credentials"])
    assert refused(who.list_keys)[0] == "AccessDeniedException"
    # A refused call does not use its code up, a granted one does.
    ask = {"RoleArn": role, "SerialNumber": serial, "TokenCode": shows.next()}
    assert refused(sts.assume_role, RoleSessionName="work", DurationSeconds=43200, **ask)[0] == "ValidationError"
    sts.assume_role(RoleSessionName="work", **ask)
    assert refused(sts.assume_role, RoleSessionName="work", **ask)[0] == "AccessDenied"


def test_mfa_oneCodeForManyAtOnce_countsOnce(server, person, device):
    from concurrent.futures import ThreadPoolExecutor

    import botocore.exceptions

    serial, shows = device

    one = shows.next()

    def ask(_):
        try:
            server.client("sts", credentials=person[2]).get_session_token(SerialNumber=serial, TokenCode=one)
            return True
        except botocore.exceptions.ClientError as e:
            assert e.response["Error"]["Code"] == "AccessDenied"
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(ask, range(16), timeout=60)) == 1


def test_mfa_guessing_endsSoon(server, person, device):
    serial, shows = device
    sts = server.client("sts", credentials=person[2])
    used, wrong = shows.next(), shows.wrong()
    sts.get_session_token(SerialNumber=serial, TokenCode=used)
    for _ in range(12):  # a code seen before is no guess
        assert refused(sts.get_session_token, SerialNumber=serial, TokenCode=used)[0] == "AccessDenied"
    for _ in range(9):
        assert refused(sts.get_session_token, SerialNumber=serial, TokenCode=wrong)[0] == "AccessDenied"
    sts.get_session_token(SerialNumber=serial, TokenCode=shows.next())  # nine in a row are forgotten
    for _ in range(10):
        assert refused(sts.get_session_token, SerialNumber=serial, TokenCode=wrong)[0] == "AccessDenied"
    error = refused(sts.get_session_token, SerialNumber=serial, TokenCode=shows.next())
    assert error[0] == "AccessDenied" and error[1].startswith("MultiFactorAuthentication failed")


def test_mfaDevice_lifecycle(server, iam, person, device):
    user, _, _ = person
    serial, shows = device
    assert [d["SerialNumber"] for d in iam.list_mfa_devices(UserName=user)["MFADevices"]] == [serial]
    assigned = iam.list_virtual_mfa_devices(AssignmentStatus="Assigned", MaxItems=1000)["VirtualMFADevices"]
    (mine,) = [d for d in assigned if d["SerialNumber"] == serial]
    assert mine["User"]["UserName"] == user and "Base32StringSeed" not in mine and "QRCodePNG" not in mine
    assert refused(iam.create_virtual_mfa_device, VirtualMFADeviceName=user.upper())[0] == "EntityAlreadyExists"
    assert refused(iam.enable_mfa_device, UserName=user, SerialNumber=serial, AuthenticationCode1="000000",
                   AuthenticationCode2="000000")[0] == "EntityAlreadyExists"
    second = iam.create_virtual_mfa_device(VirtualMFADeviceName=user + "-2", Path="/phones/")["VirtualMFADevice"]
    assert second["SerialNumber"].endswith(f":mfa/phones/{user}-2")
    assert refused(iam.enable_mfa_device, UserName=user, SerialNumber=second["SerialNumber"], AuthenticationCode1="000000",
                   AuthenticationCode2="000001") == (
        "InvalidAuthenticationCode", "Authentication code for device is not valid.")
    assert refused(iam.delete_virtual_mfa_device, SerialNumber=serial) == (
        "DeleteConflict", "MFA VirtualDevice in use. Must deactivate first.")
    # The device follows its user's renaming.
    iam.update_user(UserName=user, NewUserName=user + "-x")
    assert [d["UserName"] for d in iam.list_mfa_devices(UserName=user + "-x")["MFADevices"]] == [user + "-x"]
    iam.update_user(UserName=user + "-x", NewUserName=user)
    iam.deactivate_mfa_device(UserName=user, SerialNumber=serial)
    assert refused(iam.deactivate_mfa_device, UserName=user, SerialNumber=serial)[0] == "NoSuchEntity"
    for each in (serial, second["SerialNumber"]):
        iam.delete_virtual_mfa_device(SerialNumber=each)
    assert refused(iam.delete_virtual_mfa_device, SerialNumber=serial)[0] == "NoSuchEntity"
    events = server.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "CreateVirtualMFADevice"}])["Events"]
    assert shows.seed not in json.dumps([e["CloudTrailEvent"] for e in events])


def pixels(png):
    """Rows of a one-bit grey PNG without filters: True is dark."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    at, parts, size = 8, b"", None
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at:at + 8])
        body = png[at + 8:at + 8 + length]
        assert struct.unpack(">I", png[at + 8 + length:at + 12 + length])[0] == zlib.crc32(kind + body)
        if kind == b"IHDR":
            size = struct.unpack(">II", body[:8])
        if kind == b"IDAT":
            parts += body
        at += 12 + length
    width, height = size
    rows, stride = zlib.decompress(parts), 1 + (width + 7) // 8
    return [[not rows[y * stride + 1 + x // 8] >> (7 - x % 8) & 1 for x in range(width)] for y in range(height)]


def read_qr(png):
    """The bytes of a QR code of level L and mask 0, its blocks' corrections checked."""
    image = pixels(png)
    n = len(image) // 4 - 8
    dark = [[image[4 * (y + 4) + 2][4 * (x + 4) + 2] for x in range(n)] for y in range(n)]
    version = (n - 17) // 4
    fixed = [[y == 6 or x == 6 or (x < 9 and (y < 9 or y >= n - 8)) or (x >= n - 8 and y < 9) for x in range(n)] for y in range(n)]
    centres = {1: [], 2: [18], 3: [22], 4: [26], 5: [30], 6: [34], 7: [22, 38], 8: [24, 42], 9: [26, 46], 10: [28, 50]}[version]
    centres = [6, *centres] if centres else []
    for a in centres:
        for b in centres:
            if not (fixed[a][b] and (a, b) in ((6, 6), (6, centres[-1]), (centres[-1], 6))):
                for y in range(a - 2, a + 3):
                    for x in range(b - 2, b + 3):
                        fixed[y][x] = True
    if version >= 7:
        for i in range(6):
            for j in range(3):
                fixed[i][n - 11 + j] = fixed[n - 11 + j][i] = True
    bits, x, up = [], n - 1, True
    while x > 0:
        x -= x == 6
        for y in (range(n - 1, -1, -1) if up else range(n)):
            for column in (x, x - 1):
                if not fixed[y][column]:
                    bits.append(dark[y][column] ^ ((column + y) % 2 == 0))
        x, up = x - 2, not up
    words = [int("".join("01"[b] for b in bits[i:i + 8]), 2) for i in range(0, len(bits) // 8 * 8, 8)]
    correction = (7, 10, 15, 20, 26, 18, 20, 24, 30, 18)[version - 1]
    count = (1, 1, 1, 1, 1, 2, 2, 2, 2, 4)[version - 1]
    data = len(words) - correction * count
    sizes = [data // count + (i >= count - data % count) for i in range(count)]
    blocks, at = [[] for _ in sizes], 0
    for i in range(max(sizes)):
        for block, size in zip(blocks, sizes):
            if i < size:
                block.append(words[at])
                at += 1
    tails = [words[data + i::count] for i in range(count)]
    for block, tail in zip(blocks, tails):
        for power in range(correction):  # every root of the generator must be one of the block's too
            value, root = 0, 1
            for _ in range(power):
                root = product(root, 2)
            for word in block + tail:
                value = product(value, root) ^ word
            assert value == 0
    stream = "".join(f"{w:08b}" for block in blocks for w in block)
    assert stream[:4] == "0100"
    wide = 8 if version < 10 else 16
    length = int(stream[4:4 + wide], 2)
    return bytes(int(stream[4 + wide + 8 * i:12 + wide + 8 * i], 2) for i in range(length))


def product(a, b):
    result = 0
    while b:
        if b & 1:
            result ^= a
        a = a << 1 ^ (0x11D if a & 0x80 else 0)
        b >>= 1
    return result


@pytest.mark.parametrize("length", [1, 60, 130])
def test_mfaDevice_picture_saysWhatTheSeedSays(server, iam, length):
    import uuid

    device = (uuid.uuid4().hex * 5)[:length] if length > 1 else uuid.uuid4().hex[:9]
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName=device)["VirtualMFADevice"]
    seed = made["Base32StringSeed"].decode()
    assert len(seed) == 64
    assert read_qr(made["QRCodePNG"]).decode() == f"otpauth://totp/{device}@{server.account()}?secret={seed}"


GOOD, BETTER = "Tr0ub4dor&3", "correct-Horse-battery-9"


def test_loginProfile_andChangePassword(server, iam, person):
    user, _, credentials = person
    for weak in ("short1A", "alllowercase", "lowerUPPERonly"):
        assert refused(iam.create_login_profile, UserName=user, Password=weak)[0] == "PasswordPolicyViolation", weak
    made = iam.create_login_profile(UserName=user, Password=GOOD, PasswordResetRequired=True)
    assert made["LoginProfile"]["PasswordResetRequired"] is True
    record = event(server, "CreateLoginProfile", made)
    assert record["requestParameters"] == {"userName": user, "passwordResetRequired": True}
    assert record["responseElements"]["loginProfile"]["userName"] == user
    assert refused(iam.create_login_profile, UserName=user, Password=GOOD)[0] == "EntityAlreadyExists"
    assert refused(iam.delete_user, UserName=user) == (
        "DeleteConflict", "Cannot delete entity, must delete login profile first.")
    own = server.client("iam", credentials=credentials)
    assert refused(own.change_password, OldPassword=GOOD, NewPassword=BETTER)[0] == "AccessDenied"
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=policy("Allow", "iam:ChangePassword"))
    assert refused(own.change_password, OldPassword="wrong", NewPassword=BETTER)[0] == "AccessDenied"
    assert refused(own.change_password, OldPassword=GOOD, NewPassword=GOOD)[0] == "PasswordPolicyViolation"
    assert refused(own.change_password, OldPassword=GOOD, NewPassword="weak")[0] == "PasswordPolicyViolation"
    changed = own.change_password(OldPassword=GOOD, NewPassword=BETTER)
    record = event(server, "ChangePassword", changed)
    assert record["requestParameters"] is None and record["responseElements"] is None
    assert iam.get_login_profile(UserName=user)["LoginProfile"]["PasswordResetRequired"] is False
    iam.update_login_profile(UserName=user, Password=GOOD, PasswordResetRequired=True)
    assert refused(own.change_password, OldPassword=BETTER, NewPassword="Some-0ther-one")[0] == "AccessDenied"
    iam.delete_login_profile(UserName=user)
    assert refused(iam.get_login_profile, UserName=user)[0] == "NoSuchEntity"
    assert refused(iam.update_login_profile, UserName=user, Password=GOOD)[0] == "NoSuchEntity"
    ledger = b"".join(f.read_bytes() for f in server.data.rglob("*") if f.is_file() and "ledger" in str(f))
    logs = (server.data.parent / f"{server.data.name}.log").read_bytes()
    for password in (GOOD, BETTER):
        assert password.encode() not in ledger and password.encode() not in logs


def test_accessKeyLastUsed(server, iam, person):
    user, _, credentials = person
    never = iam.get_access_key_last_used(AccessKeyId=credentials[0])
    assert never["UserName"] == user
    assert (never["AccessKeyLastUsed"]["ServiceName"], never["AccessKeyLastUsed"]["Region"]) == ("N/A", "N/A")
    assert "LastUsedDate" not in never["AccessKeyLastUsed"]
    server.client("sts", credentials=credentials).get_caller_identity()
    refused(server.client("kms", region="eu-west-1", credentials=credentials).list_keys)
    used = iam.get_access_key_last_used(AccessKeyId=credentials[0])["AccessKeyLastUsed"]
    assert used["ServiceName"] in ("kms", "sts") and abs(used["LastUsedDate"].timestamp() - time.time()) < 60
    refused(server.client("iam", credentials=credentials).list_users)
    assert iam.get_access_key_last_used(AccessKeyId=credentials[0])["AccessKeyLastUsed"]["Region"] in (
        "us-east-1", "eu-west-1")
    assert refused(iam.get_access_key_last_used, AccessKeyId="AKIAIOSFODNN7EXAMPLE")[0] == "AccessDenied"
    assert refused(server.client("iam", credentials=credentials).get_access_key_last_used, AccessKeyId=credentials[0])[0] == (
        "AccessDenied")


def test_roleLastUsed(server, iam, name):
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=role_trust(server.account()))["Role"]
    assert "RoleLastUsed" not in iam.get_role(RoleName=name)["Role"]
    sts = server.client("sts", region="eu-west-1")
    sts.assume_role(RoleArn=role["Arn"], RoleSessionName="work")
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=role_trust("arn:aws:iam::111122223333:root"))
    assert refused(server.client("sts", region="ap-south-1").assume_role, RoleArn=role["Arn"], RoleSessionName="work")[0] == (
        "AccessDenied")
    used = iam.get_role(RoleName=name)["Role"]["RoleLastUsed"]
    assert used["Region"] == "eu-west-1" and abs(used["LastUsedDate"].timestamp() - time.time()) < 60


def test_serviceLinkedRole(server, fresh):
    one = fresh().start()
    iam = one.client("iam")
    role = iam.create_service_linked_role(AWSServiceName="mrk.kms.amazonaws.com")["Role"]
    assert role["Arn"] == (f"arn:aws:iam::{one.account()}:role/aws-service-role/mrk.kms.amazonaws.com/"
                           "AWSServiceRoleForKeyManagementServiceMultiRegionKeys")
    assert refused(iam.create_service_linked_role, AWSServiceName="mrk.kms.amazonaws.com")[0] == "InvalidInput"
    assert refused(iam.create_service_linked_role, AWSServiceName="rds.amazonaws.com")[0] == "InvalidInput"
    for call, more in ((iam.put_role_policy, {"PolicyName": "p", "PolicyDocument": policy("Allow", "*")}),
                       (iam.update_assume_role_policy, {"PolicyDocument": role_trust(one.account())}),
                       (iam.attach_role_policy, {"PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"})):
        assert refused(call, RoleName=role["RoleName"], **more)[0] == "UnmodifiableEntity"
    assert refused(iam.create_role, RoleName="x", Path="/aws-service-role/x/", AssumeRolePolicyDocument=role_trust("*"))[0] == (
        "InvalidInput")
    assert refused(one.client("sts").assume_role, RoleArn=role["Arn"], RoleSessionName="work")[0] == "AccessDenied"


def role_trust(principal):
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}]})
