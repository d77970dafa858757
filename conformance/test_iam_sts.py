"""IAM and STS through stock boto3: the order Terraform works in, sessions that use keys, and what the events say."""

import json
import uuid

import boto3
import botocore.config
import botocore.exceptions
import pytest

from conftest import REQUEST_ID
from test_golden_events import GOLDEN

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


def refused(call, **arguments):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**arguments)
    answer = caught.value.response
    assert REQUEST_ID.fullmatch(answer["ResponseMetadata"]["RequestId"])
    return answer["Error"]["Code"], answer["Error"].get("Message", "")


def policy(effect, action, resource="*"):
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": action, "Resource": resource}]}
    )


def trust(principal, actions="sts:AssumeRole"):
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": {"AWS": principal}, "Action": actions}],
        }
    )


def session_client(server, service, credentials, region="us-east-1"):
    return boto3.client(
        service,
        endpoint_url=server.endpoint,
        region_name=region,
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
        config=botocore.config.Config(retries={"max_attempts": 1}),
    )


def event(server, name, answer, client=None, region="us-east-1"):
    trail = client or server.client("cloudtrail", region=region)
    found = trail.lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": name}])
    request = answer["ResponseMetadata"]["RequestId"]
    (record,) = [r for e in found["Events"] if (r := json.loads(e["CloudTrailEvent"])).get("requestID") == request]
    return record


@pytest.fixture
def name():
    """A name that no other test uses."""
    return "t-" + uuid.uuid4().hex[:10]


@pytest.fixture
def iam(server):
    return server.client("iam")


@pytest.fixture
def person(server, iam, name):
    """A user without policies: its name, ARN and credentials."""
    user = iam.create_user(UserName=name)["User"]
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return name, user["Arn"], (key["AccessKeyId"], key["SecretAccessKey"])


def test_terraform_user(server, iam, name):
    made = iam.create_user(UserName=name, Path="/eng/", Tags=[{"Key": "a", "Value": "b"}])["User"]
    assert iam.get_user(UserName=name)["User"] == made
    iam.put_user_permissions_boundary(UserName=name, PermissionsBoundary=READ_ONLY)
    iam.update_user(UserName=name, NewUserName=name + "-x", NewPath="/")
    iam.tag_user(UserName=name + "-x", Tags=[{"Key": "A", "Value": "c"}])
    user = iam.get_user(UserName=name + "-x")["User"]
    assert user["UserId"] == made["UserId"] and user["Arn"].endswith(f":user/{name}-x")
    assert user["PermissionsBoundary"]["PermissionsBoundaryArn"] == READ_ONLY
    assert iam.list_user_tags(UserName=name + "-x")["Tags"] == [{"Key": "A", "Value": "c"}]
    iam.create_group(GroupName=name)
    iam.add_user_to_group(GroupName=name, UserName=name + "-x")
    assert [u["UserName"] for u in iam.get_group(GroupName=name)["Users"]] == [name + "-x"]
    assert refused(iam.delete_user, UserName=name + "-x") == (
        "DeleteConflict", "Cannot delete entity, must remove user from groups first.")
    iam.remove_user_from_group(GroupName=name, UserName=name + "-x")
    iam.delete_group(GroupName=name)
    iam.delete_user_permissions_boundary(UserName=name + "-x")
    iam.delete_user(UserName=name + "-x")
    assert refused(iam.get_user, UserName=name + "-x") == (
        "NoSuchEntity", f"The user with name {name}-x cannot be found.")


def test_terraform_roleAndPolicy(server, iam, name):
    account = server.account()
    made = iam.create_role(
        RoleName=name, AssumeRolePolicyDocument=trust(account), Description="d", MaxSessionDuration=7200,
        Tags=[{"Key": "a", "Value": "b"}])["Role"]
    assert made["AssumeRolePolicyDocument"] == json.loads(trust(account))
    assert iam.get_role(RoleName=name)["Role"] == made
    own = iam.create_policy(PolicyName=name, PolicyDocument=policy("Allow", "kms:*"), Description="p")["Policy"]
    assert iam.get_policy(PolicyArn=own["Arn"])["Policy"]["DefaultVersionId"] == "v1"
    for arn in (own["Arn"], READ_ONLY):
        iam.attach_role_policy(RoleName=name, PolicyArn=arn)
    attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    assert [p["PolicyArn"] for p in attached] == [own["Arn"], READ_ONLY]
    iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=policy("Deny", "kms:Decrypt"))
    got = iam.get_role_policy(RoleName=name, PolicyName="inline")
    assert got["PolicyDocument"] == json.loads(policy("Deny", "kms:Decrypt"))
    assert iam.list_role_policies(RoleName=name)["PolicyNames"] == ["inline"]
    iam.update_role(RoleName=name, Description="e", MaxSessionDuration=3600)
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=trust("*"))
    second = iam.create_policy_version(
        PolicyArn=own["Arn"], PolicyDocument=policy("Allow", "iam:*"), SetAsDefault=True)["PolicyVersion"]
    assert second["VersionId"] == "v2" and second["IsDefaultVersion"] is True
    version = iam.get_policy_version(PolicyArn=own["Arn"], VersionId="v1")["PolicyVersion"]
    assert version["Document"] == json.loads(policy("Allow", "kms:*")) and version["IsDefaultVersion"] is False
    assert iam.list_entities_for_policy(PolicyArn=own["Arn"])["PolicyRoles"][0]["RoleName"] == name
    assert name in [p["PolicyName"] for p in iam.list_policies(Scope="Local", MaxItems=1000)["Policies"]]
    assert refused(iam.delete_policy, PolicyArn=own["Arn"])[0] == "DeleteConflict"
    assert refused(iam.delete_role, RoleName=name)[0] == "DeleteConflict"
    iam.delete_policy_version(PolicyArn=own["Arn"], VersionId="v1")
    for arn in (own["Arn"], READ_ONLY):
        iam.detach_role_policy(RoleName=name, PolicyArn=arn)
    iam.delete_role_policy(RoleName=name, PolicyName="inline")
    iam.delete_role(RoleName=name)
    iam.delete_policy(PolicyArn=own["Arn"])
    assert refused(iam.get_role, RoleName=name) == ("NoSuchEntity", f"The role with name {name} cannot be found.")
    assert refused(iam.get_policy, PolicyArn=own["Arn"]) == ("NoSuchEntity", f"Policy {own['Arn']} was not found.")


def test_lists_inPages(iam, name):
    for i in range(5):
        iam.create_role(RoleName=f"{name}-{i}", Path=f"/{name}/", AssumeRolePolicyDocument=trust("*"))
    pages = iam.get_paginator("list_roles").paginate(PathPrefix=f"/{name}/", PaginationConfig={"PageSize": 2})
    sizes = [[r["RoleName"] for r in page["Roles"]] for page in pages]
    assert [len(s) for s in sizes] == [2, 2, 1] and sum(sizes, []) == [f"{name}-{i}" for i in range(5)]


def test_malformedDocuments_areRefused(iam, name):
    code, message = refused(iam.create_policy, PolicyName=name, PolicyDocument="{}")
    assert code == "MalformedPolicyDocument" and message
    assert refused(iam.create_role, RoleName=name, AssumeRolePolicyDocument=policy("Allow", "sts:AssumeRole"))[0] == (
        "MalformedPolicyDocument")


def test_assumeRole_usesKeysAsItMay(server, iam, person, key):
    name, arn, credentials = person
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(arn))["Role"]
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy("Allow", ["kms:Encrypt", "kms:Decrypt"]))
    sts = server.client("sts", credentials=credentials)
    answer = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="work")
    assert answer["AssumedRoleUser"] == {
        "AssumedRoleId": role["RoleId"] + ":work",
        "Arn": role["Arn"].replace(":iam:", ":sts:").replace(":role/", ":assumed-role/") + "/work",
    }
    who = session_client(server, "sts", answer["Credentials"]).get_caller_identity()
    assert (who["Arn"], who["UserId"]) == (answer["AssumedRoleUser"]["Arn"], role["RoleId"] + ":work")
    kms = session_client(server, "kms", answer["Credentials"])
    sealed = kms.encrypt(KeyId=key, Plaintext=b"p")
    assert kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"])["Plaintext"] == b"p"
    code, message = refused(kms.describe_key, KeyId=key)
    assert code == "AccessDeniedException" and message.startswith(f"User: {who['Arn']} is not authorized to perform")

    identity = event(server, "Encrypt", sealed)["userIdentity"]
    context = identity.pop("sessionContext")
    assert identity == {
        "type": "AssumedRole", "principalId": role["RoleId"] + ":work", "arn": who["Arn"],
        "accountId": who["Account"], "accessKeyId": answer["Credentials"]["AccessKeyId"]}
    assert context["sessionIssuer"] == {
        "type": "Role", "principalId": role["RoleId"], "arn": role["Arn"], "accountId": who["Account"],
        "userName": name}
    assert context["attributes"]["mfaAuthenticated"] == "false"

    narrowed = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="work", Policy=policy("Allow", "kms:Decrypt"))
    assert 0 < narrowed["PackedPolicySize"] < 100
    kms = session_client(server, "kms", narrowed["Credentials"])
    assert kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"])["Plaintext"] == b"p"
    code, message = refused(kms.encrypt, KeyId=key, Plaintext=b"p")
    assert code == "AccessDeniedException"
    assert message.endswith("because no session policy allows the kms:Encrypt action")


def test_changes_bindAtOnce(server, iam, person, key):
    name, arn, credentials = person
    kms = server.client("kms", credentials=credentials)
    assert refused(kms.describe_key, KeyId=key)[0] == "AccessDeniedException"
    own = iam.create_policy(PolicyName=name, PolicyDocument=policy("Allow", "kms:DescribeKey"))["Policy"]["Arn"]
    iam.attach_user_policy(UserName=name, PolicyArn=own)
    kms.describe_key(KeyId=key)
    iam.create_policy_version(PolicyArn=own, PolicyDocument=policy("Deny", "kms:*"), SetAsDefault=True)
    assert "explicit deny" in refused(kms.describe_key, KeyId=key)[1]
    iam.set_default_policy_version(PolicyArn=own, VersionId="v1")
    kms.describe_key(KeyId=key)

    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(arn))["Role"]["Arn"]
    iam.attach_role_policy(RoleName=name, PolicyArn=own)
    sts = server.client("sts", credentials=credentials)
    session = session_client(
        server, "kms", sts.assume_role(RoleArn=role, RoleSessionName="work")["Credentials"])
    session.describe_key(KeyId=key)
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=trust(server.account()))
    assert refused(sts.assume_role, RoleArn=role, RoleSessionName="work") == (
        "AccessDenied", f"User: {arn} is not authorized to perform: sts:AssumeRole on resource: {role}")
    session.describe_key(KeyId=key)
    iam.detach_role_policy(RoleName=name, PolicyArn=own)
    assert refused(session.describe_key, KeyId=key)[0] == "AccessDeniedException"
    iam.delete_role(RoleName=name)
    assert refused(session.describe_key, KeyId=key)[0] == "UnrecognizedClientException"

    iam.update_access_key(UserName=name, AccessKeyId=credentials[0], Status="Inactive")
    assert refused(kms.describe_key, KeyId=key)[0] == "UnrecognizedClientException"
    iam.update_access_key(UserName=name, AccessKeyId=credentials[0], Status="Active")
    kms.describe_key(KeyId=key)


def test_tokens_ofUserAndFederatedUser(server, iam, person, key):
    name, arn, credentials = person
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=policy("Allow", ["kms:*", "sts:*"]))
    sts = server.client("sts", credentials=credentials)
    own = sts.get_session_token()["Credentials"]
    described = session_client(server, "kms", own).describe_key(KeyId=key)
    identity = event(server, "DescribeKey", described)["userIdentity"]
    assert (identity["type"], identity["arn"], identity["accessKeyId"]) == ("IAMUser", arn, own["AccessKeyId"])
    assert set(identity["sessionContext"]["attributes"]) == {"creationDate", "mfaAuthenticated"}
    assert refused(session_client(server, "sts", own).get_session_token)[0] == "AccessDenied"

    nothing = sts.get_federation_token(Name="fed")["Credentials"]
    assert refused(session_client(server, "kms", nothing).describe_key, KeyId=key)[0] == "AccessDeniedException"
    some = sts.get_federation_token(Name="fed", Policy=policy("Allow", "kms:DescribeKey"))
    described = session_client(server, "kms", some["Credentials"]).describe_key(KeyId=key)
    identity = event(server, "DescribeKey", described)["userIdentity"]
    assert identity["type"] == "FederatedUser" and identity["arn"] == some["FederatedUser"]["Arn"]
    assert identity["sessionContext"]["sessionIssuer"]["arn"] == arn


def test_simulation_isWhatHappens(iam, person):
    name, arn, _ = person
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=policy("Deny", "kms:Encrypt"))
    iam.attach_user_policy(UserName=name, PolicyArn=READ_ONLY)
    results = iam.simulate_principal_policy(
        PolicySourceArn=arn, ActionNames=["iam:GetUser", "kms:Encrypt", "kms:CreateKey"])["EvaluationResults"]
    assert [r["EvalDecision"] for r in results] == ["allowed", "explicitDeny", "implicitDeny"]
    assert results[0]["MatchedStatements"][0]["SourcePolicyId"] == READ_ONLY


def shape(value):
    """Members and their order of nesting, without values."""
    return {k: shape(v) for k, v in value.items()} if isinstance(value, dict) else None


def golden(name):
    return json.loads((GOLDEN / f"{name}.json").read_text())


def test_events_asDocumented(server, iam, name):
    made = iam.create_user(UserName=name)
    record, page = event(server, "CreateUser", made), golden("CreateUser")
    for member in ("requestParameters", "responseElements"):
        assert shape(record[member]) == shape(page[member])
    for member in ("eventSource", "eventName", "awsRegion", "readOnly", "eventType", "managementEvent"):
        assert record[member] == page[member]
    made = iam.create_role(RoleName=name, Description="d", AssumeRolePolicyDocument=trust("*"))
    record, page = event(server, "CreateRole", made), golden("CreateRole")
    for member in ("requestParameters", "responseElements"):
        assert shape(record[member]) == shape(page[member])
    sts = server.client("sts", region="eu-north-1")
    role = made["Role"]["Arn"]
    first = sts.assume_role(RoleArn=role, RoleSessionName="one")
    chained = session_client(server, "sts", first["Credentials"], region="eu-north-1")
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy("Allow", "sts:*"))
    second = chained.assume_role(RoleArn=role, RoleSessionName="two")
    record, page = event(server, "AssumeRole", second, region="eu-north-1"), golden("AssumeRole-regional")
    # Newer records show web identity data of web identity sessions only; plain HTTP has no tlsDetails.
    page["userIdentity"]["sessionContext"].pop("webIdFederationData")
    for member in ("userIdentity", "requestParameters", "responseElements", "additionalEventData"):
        assert shape(record[member]) == shape(page[member]), member
    for member in ("additionalEventData", "readOnly", "awsRegion", "eventSource", "eventCategory"):
        assert record[member] == page[member], member
    assert record["resources"] == [
        {"accountId": server.account(), "type": "AWS::IAM::Role", "ARN": role}]
    assert second["Credentials"]["SecretAccessKey"] not in json.dumps(record)


def test_assumeRole_acrossAccounts_isOnRecordInBoth(server, iam, person):
    name, arn, credentials = person
    other, root = server.new_account()
    theirs = server.client("iam", credentials=root)
    role = theirs.create_role(
        RoleName=name,
        AssumeRolePolicyDocument=trust(arn, ["sts:AssumeRole", "sts:SetSourceIdentity"]))["Role"]["Arn"]
    sts = server.client("sts", credentials=credentials)
    ask = {"RoleArn": role, "RoleSessionName": "John-EC2-dev", "SourceIdentity": "John"}
    assert refused(sts.assume_role, **ask)[0] == "AccessDenied"
    assert refused(server.client("sts", credentials=root).assume_role, **ask) == (
        "AccessDenied", "Roles may not be assumed by root accounts.")
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=policy("Allow", "sts:*"))
    answer = sts.assume_role(**ask)
    assert answer["SourceIdentity"] == "John"
    ours = event(server, "AssumeRole", answer)
    copy = event(server, "AssumeRole", answer, client=server.client("cloudtrail", credentials=root))
    caller_page, target_page = golden("AssumeRole-cross-account-caller-copy"), golden("AssumeRole-cross-account-target-copy")
    for page in (caller_page, target_page):
        page["requestParameters"].pop("serialNumber")
    for record, page in ((ours, caller_page), (copy, target_page)):
        for member in ("userIdentity", "requestParameters", "responseElements"):
            assert shape(record[member]) == shape(page[member]), member
        assert record["sharedEventID"]
    assert ours["userIdentity"]["type"] == "IAMUser" and copy["userIdentity"] == {
        "type": "AWSAccount", "principalId": ours["userIdentity"]["principalId"], "accountId": server.account()}
    assert ours["sharedEventID"] == copy["sharedEventID"] and ours["eventID"] != copy["eventID"]
    assert (ours["recipientAccountId"], copy["recipientAccountId"]) == (server.account(), other)
    for member in ("requestID", "eventTime", "sourceIPAddress", "requestParameters", "responseElements", "resources"):
        assert ours[member] == copy[member], member
    # The refused attempts are in the callers' accounts alone.
    events = server.client("cloudtrail", credentials=root).lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "AssumeRole"}])["Events"]
    records = [json.loads(e["CloudTrailEvent"]) for e in events]
    assert [r.get("errorCode") for r in records if r["userIdentity"]["accountId"] != other] == [None]
    who = session_client(server, "sts", answer["Credentials"]).get_caller_identity()
    assert who["Account"] == other


def test_simulateCustomPolicy_saysWhichStatementDecided(iam):
    """Policies that nobody has: evaluated as they would be, with the statements that matched."""
    found = iam.simulate_custom_policy(
        PolicyInputList=[policy("Allow", "kms:*"), policy("Deny", "kms:ScheduleKeyDeletion")],
        ActionNames=["kms:Encrypt", "kms:ScheduleKeyDeletion", "s3:GetObject"])["EvaluationResults"]
    assert [(r["EvalActionName"], r["EvalDecision"]) for r in found] == [
        ("kms:Encrypt", "allowed"), ("kms:ScheduleKeyDeletion", "explicitDeny"), ("s3:GetObject", "implicitDeny")]
    matched = [{statement["SourcePolicyId"] for statement in r["MatchedStatements"]} for r in found]
    assert matched[0] == {"PolicyInputList.1"} and "PolicyInputList.2" in matched[1] and matched[2] == set()
    with pytest.raises(iam.exceptions.ClientError) as refused_:
        iam.simulate_custom_policy(PolicyInputList=["{"], ActionNames=["kms:Encrypt"])
    assert refused_.value.response["Error"]["Code"] == "InvalidInput"
