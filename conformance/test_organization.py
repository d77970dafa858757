"""Organisation trails of local accounts, several accounts into one bucket, data events: by stock clients."""

import gzip
import json

import botocore.exceptions
import pytest

from conftest import KEYTRAIL, eventually, run


def code(call, **arguments):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"]


def organization(server, what, **options):
    arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
    done = run([KEYTRAIL, "organization", what, "--endpoint", server.endpoint, *arguments], server.environment())
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def policy(bucket, trails, folders):
    cloudtrail = {"Service": "cloudtrail.amazonaws.com"}
    of = {"aws:SourceArn": trails}
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": cloudtrail,
                    "Action": "s3:GetBucketAcl",
                    "Resource": f"arn:aws:s3:::{bucket}",
                    "Condition": {"StringEquals": of},
                },
                {
                    "Effect": "Allow",
                    "Principal": cloudtrail,
                    "Action": "s3:PutObject",
                    "Resource": [f"arn:aws:s3:::{bucket}/AWSLogs/{folder}/*" for folder in folders],
                    "Condition": {"StringEquals": {**of, "s3:x-amz-acl": "bucket-owner-full-control"}},
                },
            ],
        }
    )


def delivered(s3, bucket):
    """Each record with the folder that its file is in."""
    found = []
    for entry in s3.list_objects_v2(Bucket=bucket).get("Contents", []):
        parts = entry["Key"].split("/")
        if "CloudTrail" in parts:
            body = s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read()
            folder = "/".join(parts[1 : parts.index("CloudTrail")])
            found += [(folder, record) for record in json.loads(gzip.decompress(body))["Records"]]
    return found


@pytest.fixture(scope="module")
def accounts(server):
    """A management account, a member and a stranger: number and credentials each."""
    return [server.new_account() for _ in range(3)]


def test_organizationTrail_membersEventsInItsFolder_membersCannotChangeIt(server, accounts, tmp_path):
    (management, boss), (member, user), (_, stranger) = accounts
    made = organization(server, "create", management=management)
    id = made["OrganizationId"]
    assert organization(server, "add", management=management, account=member)["MemberAccountIds"] == [member]
    assert organization(server, "show", account=member)["ManagementAccountId"] == management
    s3, trail = server.client("s3", credentials=boss), server.client("cloudtrail", credentials=boss)
    arn = f"arn:aws:cloudtrail:us-east-1:{management}:trail/everybody"
    s3.create_bucket(Bucket="organization-logs")
    wanted = dict(Name="everybody", S3BucketName="organization-logs", IsOrganizationTrail=True)
    # A policy for the management account's own folder is not enough, nor one for another trail.
    for trails, folders in (([arn], [management]), ([arn + "x"], [id])):
        s3.put_bucket_policy(Bucket="organization-logs", Policy=policy("organization-logs", trails, folders))
        assert code(trail.create_trail, **wanted) == "InsufficientS3BucketPolicyException"
    s3.put_bucket_policy(Bucket="organization-logs", Policy=policy("organization-logs", [arn], [id]))
    made = trail.create_trail(**wanted, EnableLogFileValidation=True, IsMultiRegionTrail=True)
    assert made["TrailARN"] == arn and made["IsOrganizationTrail"] is True
    trail.start_logging(Name="everybody")
    theirs = server.client("cloudtrail", credentials=user)
    assert [t["TrailARN"] for t in theirs.describe_trails()["trailList"]] == [arn]
    assert theirs.get_trail_status(Name=arn)["IsLogging"] is True
    for call, name in (
        (theirs.stop_logging, {"Name": arn}),
        (theirs.delete_trail, {"Name": arn}),
        (theirs.update_trail, {"Name": arn, "S3BucketName": "elsewhere"}),
        (theirs.put_event_selectors, {"TrailName": arn, "EventSelectors": [{"ReadWriteType": "All"}]}),
    ):
        assert code(call, **name) == "NotOrganizationMasterAccountException", call
    none = server.client("cloudtrail", credentials=stranger)
    assert code(none.get_trail, Name=arn) == "TrailNotFoundException"
    assert code(none.create_trail, **wanted) == "OrganizationsNotInUseException"
    trail.register_organization_delegated_admin(MemberAccountId=member)
    theirs.put_event_selectors(TrailName=arn, EventSelectors=[{"ReadWriteType": "All"}])
    key = server.client("kms", credentials=user, region="eu-west-1").create_key()["KeyMetadata"]["Arn"]
    server.client("kms", credentials=stranger).create_key()

    def shown():
        found = delivered(s3, "organization-logs")
        return found if any(r["eventName"] == "CreateKey" for _, r in found) else None

    found = eventually(shown)
    assert {folder for folder, _ in found} <= {f"{id}/{management}", f"{id}/{member}"}
    assert [r["resources"][0]["ARN"] for f, r in found if r["eventName"] == "CreateKey" and f == f"{id}/{member}"] == [key]
    organization(server, "remove", management=management, account=member)
    assert code(theirs.get_trail, Name=arn) == "TrailNotFoundException"
    trail.delete_trail(Name=arn)


def test_severalAccounts_intoOneBucket_eachBelowItsOwnNumber(server, accounts):
    (_, owner), (first, one), (second, two) = accounts
    s3 = server.client("s3", credentials=owner)
    s3.create_bucket(Bucket="common-logs")
    arns = {account: f"arn:aws:cloudtrail:us-east-1:{account}:trail/own" for account in (first, second)}
    s3.put_bucket_policy(Bucket="common-logs", Policy=policy("common-logs", [arns[first]], [first, second]))
    mine, theirs = (server.client("cloudtrail", credentials=c) for c in (one, two))
    mine.create_trail(Name="own", S3BucketName="common-logs")
    assert code(theirs.create_trail, Name="own", S3BucketName="common-logs") == "InsufficientS3BucketPolicyException"
    s3.put_bucket_policy(Bucket="common-logs", Policy=policy("common-logs", list(arns.values()), [first, second]))
    theirs.create_trail(Name="own", S3BucketName="common-logs")
    for client in (mine, theirs):
        client.start_logging(Name="own")
    found = eventually(lambda: (of := delivered(s3, "common-logs")) and {f for f, _ in of} >= {first, second} and of)
    assert {folder for folder, _ in found} == {first, second}
    for account, record in found:
        assert record["recipientAccountId"] == account
    for client in (mine, theirs):
        client.delete_trail(Name="own")


def test_dataEvents_ofEmbeddedBuckets_goToTrailsAndNotToHistory(server, accounts):
    _, _, (account, credentials) = accounts
    s3, trail = server.client("s3", credentials=credentials), server.client("cloudtrail", credentials=credentials)
    arn = f"arn:aws:cloudtrail:us-east-1:{account}:trail/data"
    for bucket in ("data-events-logs", "data-events-watched", "data-events-other"):
        s3.create_bucket(Bucket=bucket)
    s3.put_bucket_policy(Bucket="data-events-logs", Policy=policy("data-events-logs", [arn], [account]))
    trail.create_trail(Name="data", S3BucketName="data-events-logs")
    selectors = [
        {
            "Name": "writes below in/",
            "FieldSelectors": [
                {"Field": "eventCategory", "Equals": ["Data"]},
                {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
                {"Field": "resources.ARN", "StartsWith": ["arn:aws:s3:::data-events-watched/in/"]},
                {"Field": "readOnly", "Equals": ["false"]},
            ],
        }
    ]
    trail.put_event_selectors(TrailName="data", AdvancedEventSelectors=selectors)
    shown = trail.get_event_selectors(TrailName="data")["AdvancedEventSelectors"]
    fields = lambda of: sorted(json.dumps(f, sort_keys=True) for f in of[0]["FieldSelectors"])
    assert fields(shown) == fields(selectors)
    trail.start_logging(Name="data")
    s3.put_object(Bucket="data-events-watched", Key="out/a", Body=b"x")
    s3.put_object(Bucket="data-events-other", Key="in/a", Body=b"x")
    s3.put_object(Bucket="data-events-watched", Key="in/a", Body=b"x")
    s3.get_object(Bucket="data-events-watched", Key="in/a")
    s3.delete_object(Bucket="data-events-watched", Key="in/a")

    def found():
        records = [r for _, r in delivered(s3, "data-events-logs") if r["eventCategory"] == "Data"]
        return records if any(r["eventName"] == "DeleteObject" for r in records) else None

    records = eventually(found)
    # In no order: they may be in two files, whose names are chance.
    assert sorted(r["eventName"] for r in records) == ["DeleteObject", "PutObject"]
    for record in records:
        assert record["managementEvent"] is False and record["requestParameters"]["key"] == "in/a"
    history = trail.lookup_events(LookupAttributes=[{"AttributeKey": "EventSource", "AttributeValue": "s3.amazonaws.com"}])
    assert not {"PutObject", "GetObject", "DeleteObject"} & {e["EventName"] for e in history["Events"]}
    trail.delete_trail(Name="data")
