"""Event history: every call, at once, by every attribute."""

import datetime
import json
import uuid

import botocore.exceptions
import pytest

from conftest import CLIENTS, KEYTRAIL, run


def look_up(trail, key, value, **more):
    pages = trail.get_paginator("lookup_events").paginate(
        LookupAttributes=[{"AttributeKey": key, "AttributeValue": value}], **more
    )
    return [event for page in pages for event in page["Events"]]


def test_event_isThereTheMomentItsCallWasAnswered(kms, trail, key):
    for i in range(50):
        answer = kms.encrypt(KeyId=key, Plaintext=b"p", EncryptionContext={"i": str(i)})
        newest = trail.lookup_events(
            LookupAttributes=[{"AttributeKey": "ResourceName", "AttributeValue": key}], MaxResults=50
        )["Events"]
        ids = [json.loads(e["CloudTrailEvent"])["requestID"] for e in newest]
        assert answer["ResponseMetadata"]["RequestId"] in ids


def test_eightAttributes(server, kms, trail, key):
    request = kms.encrypt(KeyId=key, Plaintext=b"p")["ResponseMetadata"]["RequestId"]
    (event,) = [
        e
        for e in look_up(trail, "ResourceName", key)
        if json.loads(e["CloudTrailEvent"])["requestID"] == request
    ]
    record = json.loads(event["CloudTrailEvent"])
    assert event["EventName"] == "Encrypt" and event["EventSource"] == "kms.amazonaws.com"
    assert event["ReadOnly"] == "true" and record["readOnly"] is True
    assert event["Username"] == "admin" and event["AccessKeyId"] == server.credentials[0]
    assert {"ResourceType": "AWS::KMS::Key", "ResourceName": key} in event["Resources"]
    assert event["EventTime"].strftime("%Y-%m-%dT%H:%M:%SZ") == record["eventTime"]
    start = event["EventTime"] - datetime.timedelta(seconds=1)
    end = event["EventTime"] + datetime.timedelta(seconds=1)
    for attribute, value in {
        "EventId": event["EventId"],
        "EventName": "Encrypt",
        "ReadOnly": "true",
        "Username": "admin",
        "ResourceType": "AWS::KMS::Key",
        "ResourceName": key,
        "EventSource": "kms.amazonaws.com",
        "AccessKeyId": server.credentials[0],
    }.items():
        found = look_up(trail, attribute, value, StartTime=start, EndTime=end)
        assert event["EventId"] in [e["EventId"] for e in found], attribute
        assert look_up(trail, attribute, value + "x" if attribute != "ReadOnly" else "false", StartTime=start, EndTime=end) == [] or attribute == "ReadOnly"


def test_pages_neitherRepeatNorLose(kms, trail, key):
    for i in range(23):
        kms.describe_key(KeyId=key)
    for size in (1, 5, 20, 50):
        events = look_up(trail, "ResourceName", key, PaginationConfig={"PageSize": size})
        ids = [e["EventId"] for e in events]
        assert len(ids) == len(set(ids)) == 24, size
        times = [e["EventTime"] for e in events]
        assert times == sorted(times, reverse=True)


def test_pages_areStableWhileNewEventsArrive(kms, trail, key):
    for _ in range(6):
        kms.describe_key(KeyId=key)
    attribute = [{"AttributeKey": "ResourceName", "AttributeValue": key}]
    first = trail.lookup_events(LookupAttributes=attribute, MaxResults=3)
    kms.describe_key(KeyId=key)
    second = trail.lookup_events(LookupAttributes=attribute, MaxResults=3, NextToken=first["NextToken"])
    ids = [e["EventId"] for e in first["Events"] + second["Events"]]
    assert len(ids) == len(set(ids)) == 6


def test_badLookUps(trail):
    def refused(**arguments):
        with pytest.raises(botocore.exceptions.ClientError) as caught:
            trail.lookup_events(**arguments)
        return caught.value.response["Error"]["Code"]

    now = datetime.datetime.now(datetime.timezone.utc)
    assert refused(StartTime=now, EndTime=now - datetime.timedelta(hours=1)) == "InvalidTimeRangeException"
    assert refused(NextToken="bogus") == "InvalidNextTokenException"
    two = [{"AttributeKey": "EventName", "AttributeValue": "a"}, {"AttributeKey": "EventId", "AttributeValue": "b"}]
    assert refused(LookupAttributes=two) == "InvalidLookupAttributesException"


def test_deniedAndMalformedCalls_areOnRecord(server, kms, trail, key):
    marker = uuid.uuid4().hex
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        kms.describe_key(KeyId=marker)
    request = caught.value.response["ResponseMetadata"]["RequestId"]
    newest = trail.lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "DescribeKey"}])
    (record,) = [r for e in newest["Events"] if (r := json.loads(e["CloudTrailEvent"]))["requestID"] == request]
    assert record["errorCode"] == "NotFoundException" and record["errorMessage"] == f"Invalid keyId '{marker}'"
    assert record["requestParameters"] == {"keyId": marker} and record["responseElements"] is None
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        kms.generate_random(NumberOfBytes=2000)
    request = caught.value.response["ResponseMetadata"]["RequestId"]
    newest = trail.lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "GenerateRandom"}])
    (record,) = [r for e in newest["Events"] if (r := json.loads(e["CloudTrailEvent"]))["requestID"] == request]
    assert record["errorCode"] == "ValidationException"


def test_badSignature_isInNobodysHistory(server, trail):
    before = len(look_up(trail, "EventName", "GetKeyRotationStatus"))
    stranger = server.client("kms", credentials=(server.credentials[0], "wrong" * 8))
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        stranger.get_key_rotation_status(KeyId="alias/x")
    assert caught.value.response["Error"]["Code"] == "InvalidSignatureException"
    assert len(look_up(trail, "EventName", "GetKeyRotationStatus")) == before


def test_bothAccounts_haveACrossAccountCall(server, kms, trail, key):
    foreign, credentials = server.new_account()
    stranger, theirs = server.client("kms", credentials=credentials), server.client("cloudtrail", credentials=credentials)
    policy = json.loads(kms.get_key_policy(KeyId=key)["Policy"])
    policy["Statement"].append(
        {"Effect": "Allow", "Principal": {"AWS": foreign}, "Action": "kms:Encrypt", "Resource": "*"}
    )
    kms.put_key_policy(KeyId=key, Policy=json.dumps(policy))
    request = stranger.encrypt(KeyId=key, Plaintext=b"p", EncryptionContext={"c": "d"})["ResponseMetadata"]["RequestId"]

    def record(client):
        events = look_up(client, "ResourceName", key)
        (one,) = [r for e in events if (r := json.loads(e["CloudTrailEvent"]))["requestID"] == request]
        return one

    own, owners = record(theirs), record(trail)
    assert own["userIdentity"]["type"] == "Root" and own["recipientAccountId"] == foreign
    assert owners["userIdentity"] == {"type": "AWSAccount", "principalId": foreign, "accountId": foreign}
    assert owners["recipientAccountId"] == server.account()
    assert own["sharedEventID"] == owners["sharedEventID"] and own["eventID"] != owners["eventID"]
    assert own["resources"] == owners["resources"] and owners["requestParameters"]["encryptionContext"] == {"c": "d"}


def test_shortTargetSpelling(server):
    """Go, JavaScript and Rust clients name CloudTrail operations without the long prefix."""
    import botocore.auth
    import botocore.awsrequest
    import botocore.credentials
    import urllib.request

    request = botocore.awsrequest.AWSRequest(
        "POST",
        server.endpoint + "/",
        data=b"{}",
        headers={
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": "CloudTrail_20131101.LookupEvents",
        },
    )
    credentials = botocore.credentials.Credentials(*server.credentials)
    botocore.auth.SigV4Auth(credentials, "cloudtrail", "us-east-1").add_auth(request)
    sent = urllib.request.Request(request.url, data=b"{}", headers=dict(request.headers.items()), method="POST")
    with urllib.request.urlopen(sent) as answer:
        assert json.load(answer)["Events"]


def test_awsCli_lookUp(server, kms, key):
    done = run(
        [CLIENTS / "aws", "cloudtrail", "lookup-events", "--lookup-attributes",
         f"AttributeKey=ResourceName,AttributeValue={key}", "--output", "json"],
        server.environment(),
    )
    assert done.returncode == 0, done.stderr
    assert [e["EventName"] for e in json.loads(done.stdout)["Events"]] == ["CreateKey"]


def test_everyCall_isFoundRightAfterItsAnswer(server):
    """Callers side by side; the long run is `bench/looks`."""
    done = run([KEYTRAIL, "look", "--endpoint", server.endpoint, "--own", "400", "--callers", "4"], server.environment())
    assert done.returncode == 0 and done.stdout.startswith("400 calls looked up, 0 missing"), done.stdout + done.stderr
