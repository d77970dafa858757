"""Why a call was allowed or denied: the auditor's command and API, and DecodeAuthorizationMessage."""

import json

import pytest

from conftest import KEYTRAIL, run
from test_iam_sts import event, iam, name, person, policy, refused, session_client, trust  # noqa: F401  (fixtures)


def why(server, event_id, *more, credentials=None):
    key, secret = credentials or server.credentials
    env = server.environment(AWS_ACCESS_KEY_ID=key, AWS_SECRET_ACCESS_KEY=secret)
    return run([KEYTRAIL, "why", event_id, *more], env={**__import__("os").environ, **env})


def last(server, user, client=None):
    trail = client or server.client("cloudtrail")
    return trail.lookup_events(
        LookupAttributes=[{"AttributeKey": "Username", "AttributeValue": user}])["Events"][0]["EventId"]


def test_why_deniedByCondition_namesKeyWantedAndActual(server, iam, person, key):
    user, _, credentials = person
    document = json.loads(policy("Allow", "kms:Encrypt"))
    document["Statement"][0] |= {"Sid": "Blue", "Condition": {"StringEquals": {"kms:EncryptionContext:team": "blue"}}}
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=json.dumps(document))
    kms = server.client("kms", credentials=credentials)
    assert refused(kms.encrypt, KeyId=key, Plaintext=b"x", EncryptionContext={"team": "red"})[0] == "AccessDeniedException"
    told = why(server, last(server, user))
    assert told.returncode == 0, told.stderr
    assert told.stdout.splitlines() == [
        f"denied because no identity-based policy allows the kms:Encrypt action: kms:Encrypt on {key}",
        "resource-based policy key policy, statement 1 (Enable IAM User Permissions): Allow applies",
        f"identity-based policy inline policy p of user {user}, statement 1 (Blue): Allow does not apply:"
        " condition StringEquals on kms:EncryptionContext:team: wanted [blue], actual [red]",
    ]
    # Mending exactly what it names flips the decision, and then that statement is the reason.
    kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"team": "blue"})
    answer = json.loads(why(server, last(server, user), "--json").stdout)
    (decision,) = answer["Decisions"]
    assert (decision["Decision"], decision["Action"], decision["Resource"]) == ("Allowed", "kms:Encrypt", key)
    assert [(p["Policy"], [s["Number"] for s in p["Statements"]]) for p in decision["Policies"]] == [
        ("key policy", [1]), (f"inline policy p of user {user}", [1])]
    assert json.loads(answer["CloudTrailEvent"])["eventName"] == "Encrypt"


def test_why_isAuthorisedAndRecorded(server, iam, person):
    user, arn, credentials = person
    assert refused(server.client("iam", credentials=credentials).list_users)[0] == "AccessDenied"
    event_id = last(server, user)
    told = why(server, event_id, credentials=credentials)
    assert told.returncode == 1 and "AccessDeniedException" in told.stderr
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=policy("Allow", "keytrail:ExplainEvent"))
    told = why(server, event_id, credentials=credentials)
    assert "identity-based policy: none" in told.stdout
    found = server.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "ExplainEvent"}])["Events"]
    mine = [r for e in found if (r := json.loads(e["CloudTrailEvent"]))["userIdentity"]["arn"] == arn]
    assert [r.get("errorCode") for r in mine] == [None, "AccessDenied"]
    assert mine[0]["requestParameters"] == {"eventId": event_id} and mine[0]["eventSource"] == "keytrail.amazonaws.com"


def test_why_ofAnotherAccountsEvent_isUnknown(server, person):
    user, _, credentials = person
    refused(server.client("iam", credentials=credentials).list_users)
    _, root = server.new_account()
    told = why(server, last(server, user), credentials=root)
    assert told.returncode == 1 and "EventNotFoundException" in told.stderr
    assert why(server, "no such id!").returncode == 1


def test_why_acrossAccounts_eachReadsItsOwnPolicies(server, iam, person):
    user, arn, credentials = person
    other, root = server.new_account()
    role = server.client("iam", credentials=root).create_role(
        RoleName=user, AssumeRolePolicyDocument=trust(arn))["Role"]["Arn"]
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=policy("Allow", "sts:*"))
    answer = server.client("sts", credentials=credentials).assume_role(RoleArn=role, RoleSessionName="ss")
    ours = event(server, "AssumeRole", answer)["eventID"]
    theirs = event(server, "AssumeRole", answer, client=server.client("cloudtrail", credentials=root))["eventID"]
    told = why(server, ours).stdout
    assert "inline policy p of user" in told and "trust policy" not in told
    told = why(server, theirs, credentials=root).stdout
    assert "trust policy, statement 1: Allow applies" in told and "inline policy p" not in told


def test_decodeAuthorizationMessage(fresh, tmp_path):
    server = fresh(extra=["--set", "denials.encoded=true"]).start()
    iam = server.client("iam")
    user = iam.create_user(UserName="bob")["User"]
    key = iam.create_access_key(UserName="bob")["AccessKey"]
    iam.put_user_policy(UserName="bob", PolicyName="p", PolicyDocument=policy("Deny", "kms:*"))
    bob = (key["AccessKeyId"], key["SecretAccessKey"])
    made = server.client("kms").create_key()["KeyMetadata"]["Arn"]
    code, message = refused(server.client("kms", credentials=bob).describe_key, KeyId=made)
    text, encoded = message.split(" Encoded authorization failure message: ")
    assert text.endswith("with an explicit deny in an identity-based policy")
    record = json.loads(server.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "Username", "AttributeValue": "bob"}])["Events"][0]["CloudTrailEvent"])
    assert record["errorMessage"] == text
    decode = server.client("sts").decode_authorization_message
    decoded = json.loads(decode(EncodedMessage=encoded)["DecodedMessage"])
    assert decoded["allowed"] is False and decoded["explicitDeny"] is True
    (statement,) = decoded["matchedStatements"]["items"]
    assert (statement["effect"], statement["policy"], statement["number"]) == ("DENY", "inline policy p of user bob", 1)
    assert decoded["context"]["principal"] == {"id": user["UserId"], "name": "bob", "arn": user["Arn"]}
    assert (decoded["context"]["action"], decoded["context"]["resource"]) == ("kms:DescribeKey", made)
    # Whoever was denied carries the message, but may not read it; no byte of it can be changed; others' are unknown.
    assert refused(server.client("sts", credentials=bob).decode_authorization_message, EncodedMessage=encoded)[0] == (
        "AccessDenied")
    for i in (0, len(encoded) // 2, len(encoded) - 2):
        changed = encoded[:i] + ("A" if encoded[i] != "A" else "B") + encoded[i + 1:]
        assert refused(decode, EncodedMessage=changed)[0] == "InvalidAuthorizationMessageException"
    _, root = server.new_account()
    assert refused(server.client("sts", credentials=root).decode_authorization_message, EncodedMessage=encoded)[0] == (
        "InvalidAuthorizationMessageException")
