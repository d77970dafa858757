"""Guardrails: what the operator forbids an account, its root user included."""

import json
import os

from conftest import KEYTRAIL, run
from test_federation import admin
from test_iam_sts import policy, refused


def guardrail(server, verb, account, *more, credentials=None):
    env = {**os.environ, **server.environment()}
    if credentials:
        env |= {"AWS_ACCESS_KEY_ID": credentials[0], "AWS_SECRET_ACCESS_KEY": credentials[1]}
    return run(
        [KEYTRAIL, "account", "guardrail", verb, "--endpoint", server.endpoint, "--account", account, *more], env=env)


def test_guardrail_bindsRootAndUsers_atOnce(server, tmp_path):
    account, root = server.new_account()
    kms, iam = server.client("kms", credentials=root), server.client("iam", credentials=root)
    key = kms.create_key()["KeyMetadata"]["Arn"]
    iam.create_user(UserName="ann")
    iam.attach_user_policy(UserName="ann", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    made = iam.create_access_key(UserName="ann")["AccessKey"]
    ann = server.client("kms", credentials=(made["AccessKeyId"], made["SecretAccessKey"]))
    ann.describe_key(KeyId=key)
    document = tmp_path / "guardrail.json"
    document.write_text(policy("Deny", ["kms:ScheduleKeyDeletion", "kms:DescribeKey"]))
    done = guardrail(server, "put", account, "--name", "keep-keys", "--document", document)
    assert (done.returncode, done.stderr) == (0, "")
    for client, who in ((kms, f"arn:aws:iam::{account}:root"), (ann, f"arn:aws:iam::{account}:user/ann")):
        assert refused(client.describe_key, KeyId=key) == (
            "AccessDeniedException",
            f"User: {who} is not authorized to perform: kms:DescribeKey on resource: {key} with an explicit deny in a"
            " service control policy")
    # What it does not speak of goes on; other accounts are not bound.
    kms.list_keys()
    ann.encrypt(KeyId=key, Plaintext=b"x")
    server.client("kms").describe_key(KeyId=server.client("kms").create_key()["KeyMetadata"]["KeyId"])
    results = iam.simulate_principal_policy(
        PolicySourceArn=f"arn:aws:iam::{account}:user/ann", ActionNames=["kms:DescribeKey", "kms:ListKeys"])["EvaluationResults"]
    assert [r["EvalDecision"] for r in results] == ["explicitDeny", "allowed"]
    listed = json.loads(guardrail(server, "list", account).stdout)
    assert json.loads(listed["Guardrails"]["keep-keys"]) == json.loads(document.read_text())
    # With Allow statements it is a list of all that may be done.
    document.write_text(policy("Allow", ["kms:Describe*"]))
    assert guardrail(server, "put", account, "--name", "keep-keys", "--document", document).returncode == 0
    kms.describe_key(KeyId=key)
    assert refused(kms.list_keys)[1].endswith("because no service control policy allows the kms:ListKeys action")
    assert guardrail(server, "delete", account, "--name", "keep-keys").returncode == 0
    kms.list_keys()
    assert json.loads(guardrail(server, "list", account).stdout) == {"Guardrails": {}}


def test_guardrail_onlyTheOperatorSetsThem_andItIsOnRecord(server, tmp_path):
    account, root = server.new_account()
    document = tmp_path / "guardrail.json"
    document.write_text(policy("Deny", "kms:*"))
    assert "AccessDeniedException" in guardrail(
        server, "put", account, "--name", "a", "--document", document, credentials=root).stderr
    assert "ValidationException" in guardrail(server, "put", server.account(), "--name", "a", "--document", document).stderr
    assert "ValidationException" in guardrail(server, "put", "111122223333", "--name", "a", "--document", document).stderr
    assert "ValidationException" in guardrail(server, "delete", account, "--name", "none").stderr
    document.write_text("{}")
    assert "MalformedPolicyDocument" in guardrail(server, "put", account, "--name", "a", "--document", document).stderr
    assert admin(server, "PutGuardrail", {"AccountId": account, "Name": "a b", "Document": policy("Deny", "*")})[0] == 400
    assert admin(server, "PutGuardrail", {"AccountId": account, "Name": "a", "Document": policy("Deny", "sns:*")}) == (200, {})

    def events(client):
        found = client.lookup_events(
            LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "PutGuardrail"}])["Events"]
        return [r for e in found if (r := json.loads(e["CloudTrailEvent"]))["requestParameters"].get("accountId") == account]

    ours, theirs = events(server.client("cloudtrail")), events(server.client("cloudtrail", credentials=root))
    assert [r.get("errorCode") for r in ours] == [None, "ValidationException", "MalformedPolicyDocument"]
    assert [r.get("errorCode") for r in theirs if r["userIdentity"]["type"] == "Root"] == ["AccessDenied"]
    (copy,) = [r for r in theirs if "errorCode" not in r]
    assert copy["sharedEventID"] == ours[0]["sharedEventID"] and copy["userIdentity"]["type"] == "AWSAccount"
    assert copy["requestParameters"]["name"] == "a"
