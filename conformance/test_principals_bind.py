"""Policies and grants mean the user or role of their time, not whoever takes the name later; and changes bind at once under load."""

import json
import threading
import time

import botocore.exceptions
import pytest

from test_iam_sts import iam, name, policy, refused, session_client, trust  # noqa: F401  (fixtures)


def user(server, iam, who):
    arn = iam.create_user(UserName=who)["User"]["Arn"]
    made = iam.create_access_key(UserName=who)["AccessKey"]
    return arn, made["AccessKeyId"], server.client("kms", credentials=(made["AccessKeyId"], made["SecretAccessKey"]))


def remove(iam, who, key_id):
    iam.delete_access_key(UserName=who, AccessKeyId=key_id)
    iam.delete_user(UserName=who)


def key_for(server, arn, *actions):
    account = server.account()
    return server.client("kms").create_key(Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": list(actions), "Resource": "*"}]}))["KeyMetadata"]["Arn"]


def test_keyPolicy_isNotForANewUserOfTheName(server, iam, name):
    arn, key_id, kms = user(server, iam, name)
    key = key_for(server, arn, "kms:DescribeKey")
    kms.describe_key(KeyId=key)
    remove(iam, name, key_id)
    again, _, kms = user(server, iam, name)
    assert again == arn
    assert refused(kms.describe_key, KeyId=key)[0] == "AccessDeniedException"
    # Written anew, the policy means the new one.
    admin = server.client("kms")
    admin.put_key_policy(KeyId=key, Policy=admin.get_key_policy(KeyId=key)["Policy"])
    kms.describe_key(KeyId=key)


def test_keyPolicy_followsARenamedUser(server, iam, name):
    arn, _, kms = user(server, iam, name)
    key = key_for(server, arn, "kms:DescribeKey")
    iam.update_user(UserName=name, NewUserName=name + "-x")
    kms.describe_key(KeyId=key)
    # Whoever takes the old name is another.
    _, _, other = user(server, iam, name)
    assert refused(other.describe_key, KeyId=key)[0] == "AccessDeniedException"


def test_putKeyPolicy_lockoutCheck_seesWhoHasTheNameNow(server, iam, name):
    arn, key_id, _ = user(server, iam, name)
    key = key_for(server, arn, "kms:*")
    remove(iam, name, key_id)
    _, _, kms = user(server, iam, name)
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=policy("Allow", "kms:*"))
    only_it = json.dumps({"Version": "2012-10-17", "Statement": [
        {"Sid": "OnlyIt", "Effect": "Allow", "Principal": {"AWS": arn}, "Action": "kms:*", "Resource": "*"}]})
    kms.put_key_policy(KeyId=key, Policy=only_it)
    kms.describe_key(KeyId=key)
    assert refused(server.client("kms").describe_key, KeyId=key)[0] == "AccessDeniedException"


def test_keyPolicy_denyOfANameIsNotForANewUser(server, iam, name):
    arn, key_id, kms = user(server, iam, name)
    account = server.account()
    key = server.client("kms").create_key(Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Deny", "Principal": {"AWS": arn}, "Action": "kms:DescribeKey", "Resource": "*"}]}))["KeyMetadata"]["Arn"]
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=policy("Allow", "kms:*"))
    assert "explicit deny" in refused(kms.describe_key, KeyId=key)[1]


def test_grant_isNotForANewUserOfTheName(server, iam, name):
    admin = server.client("kms")
    key = admin.create_key()["KeyMetadata"]["Arn"]
    arn, key_id, kms = user(server, iam, name)
    ask = {"KeyId": key, "GranteePrincipal": arn, "Operations": ["Encrypt", "RetireGrant"], "Name": "same"}
    first = admin.create_grant(**ask)["GrantId"]
    assert admin.create_grant(**ask)["GrantId"] == first
    kms.encrypt(KeyId=key, Plaintext=b"x")
    remove(iam, name, key_id)
    _, _, kms = user(server, iam, name)
    assert refused(kms.encrypt, KeyId=key, Plaintext=b"x")[0] == "AccessDeniedException"
    assert refused(kms.retire_grant, KeyId=key, GrantId=first)[0] == "AccessDeniedException"
    second = admin.create_grant(**ask)["GrantId"]
    assert second != first
    kms.encrypt(KeyId=key, Plaintext=b"x")


def test_keyPolicy_isNotForANewRoleOfTheName(server, iam, name):
    sts = server.client("sts")

    def session():
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(server.account()))["Role"]["Arn"]
        return role, session_client(server, "kms", sts.assume_role(RoleArn=role, RoleSessionName="work")["Credentials"])

    role, kms = session()
    by_role, by_session = key_for(server, role, "kms:DescribeKey"), key_for(
        server, role.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/") + "/work", "kms:DescribeKey")
    for key in (by_role, by_session):
        kms.describe_key(KeyId=key)
    iam.delete_role(RoleName=name)
    _, kms = session()
    for key in (by_role, by_session):
        assert refused(kms.describe_key, KeyId=key)[0] == "AccessDeniedException"


class Load:
    """Callers that go on asking; what each got, and when it asked, by the same clock as the changes."""

    def __init__(self, *calls):
        self.stop, self.seen = threading.Event(), []
        self.threads = [threading.Thread(target=self.run, args=(c,), daemon=True) for c in calls for _ in range(3)]

    def run(self, call):
        while not self.stop.is_set():
            begun = time.monotonic()
            try:
                call()
                self.seen.append((begun, time.monotonic(), None))
            except botocore.exceptions.ClientError as e:
                self.seen.append((begun, time.monotonic(), e.response["Error"]["Code"]))

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join(timeout=120)
        assert not any(thread.is_alive() for thread in self.threads)


def settle(load, since, code):
    """Waits until some calls that began after `since` have ended, and checks every one of them; returns how many."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        after = [s for s in list(load.seen) if s[0] > since]
        if len(after) >= 12:
            break
        time.sleep(0.01)
    after = [s for s in list(load.seen) if s[0] > since]
    assert len(after) >= 12 and {s[2] for s in after} == {code}
    return len(after)


DENIED, UNKNOWN = "AccessDeniedException", "UnrecognizedClientException"


@pytest.mark.parametrize("round_", range(3))
def test_everyChange_bindsTheNextRequest_underLoad(server, iam, name, round_):
    """Each change is made while six callers ask without pause: no call that begins after its answer sees the old state."""
    admin = server.client("kms")
    key = admin.create_key()["KeyMetadata"]["Arn"]
    arn, key_id, kms = user(server, iam, name)
    sts_role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(server.account()))["Role"]["Arn"]
    session = server.client("sts").assume_role(RoleArn=sts_role, RoleSessionName="work")["Credentials"]
    roles = session_client(server, "kms", session)
    allow = policy("Allow", "kms:DescribeKey")
    changes = [
        # what is done, and what the user's calls answer from then on
        (lambda: iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=allow), None),
        (lambda: iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=policy("Deny", "kms:*")), DENIED),
        (lambda: iam.delete_user_policy(UserName=name, PolicyName="p"), DENIED),
        (lambda: admin.create_grant(KeyId=key, GranteePrincipal=arn, Operations=["DescribeKey"]), None),
        (lambda: admin.revoke_grant(KeyId=key, GrantId=admin.list_grants(KeyId=key)["Grants"][0]["GrantId"]), DENIED),
        (lambda: iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=allow), None),
        (lambda: iam.update_access_key(UserName=name, AccessKeyId=key_id, Status="Inactive"), UNKNOWN),
        (lambda: iam.update_access_key(UserName=name, AccessKeyId=key_id, Status="Active"), None),
        (lambda: iam.delete_access_key(UserName=name, AccessKeyId=key_id), UNKNOWN),
    ]
    with Load(lambda: kms.describe_key(KeyId=key)) as load:
        for change, expected in changes:
            change()
            done = time.monotonic()
            settle(load, done, expected)
            load.seen.clear()
    role_changes = [
        (lambda: iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=allow), None),
        (lambda: iam.delete_role_policy(RoleName=name, PolicyName="p"), DENIED),
        (lambda: iam.delete_role(RoleName=name), UNKNOWN),
    ]
    with Load(lambda: roles.describe_key(KeyId=key)) as load:
        for change, expected in role_changes:
            change()
            done = time.monotonic()
            settle(load, done, expected)
            load.seen.clear()
