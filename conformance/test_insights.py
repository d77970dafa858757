"""Insights on virtual time: quiet days, a burst, and what a stock client sees of it."""

import collections
import gzip
import json

import botocore.exceptions
import pytest

from conftest import eventually
from test_trail import bucket_policy
from test_virtual_clock import advance


def insights_in(s3, bucket):
    """Records of the Insights files delivered so far."""
    found = []
    for entry in s3.list_objects_v2(Bucket=bucket).get("Contents", []):
        if "/CloudTrail-Insight/" in entry["Key"]:
            body = s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read()
            found += json.loads(gzip.decompress(body))["Records"]
    return found


def test_burstAfterQuietDays_isToldOnce_lookedUpAndDelivered(fresh):
    server = fresh(extra=["--clock", "--set", "trail.flush=1s"]).start()
    s3, trail, kms = server.client("s3"), server.client("cloudtrail"), server.client("kms")
    s3.create_bucket(Bucket="insight-logs")
    s3.put_bucket_policy(Bucket="insight-logs", Policy=bucket_policy("insight-logs", server.account()))
    trail.create_trail(Name="watched", S3BucketName="insight-logs")
    kinds = [{"InsightType": "ApiCallRateInsight"}, {"InsightType": "ApiErrorRateInsight"}]
    trail.put_insight_selectors(TrailName="watched", InsightSelectors=kinds)
    trail.start_logging(Name="watched")
    shown = trail.get_insight_selectors(TrailName="watched")["InsightSelectors"]
    assert [selector["InsightType"] for selector in shown] == [kind["InsightType"] for kind in kinds]
    for _ in range(3):
        kms.create_key()
        advance(server, "1d")
    looked = lambda: trail.lookup_events(EventCategory="insight")["Events"]
    assert looked() == []
    for _ in range(12):
        kms.create_key()
    advance(server, "5m")
    events = eventually(lambda: len(looked()) > 1 and looked())
    start, end = (json.loads(event["CloudTrailEvent"]) for event in sorted(events, key=lambda e: e["EventTime"]))
    assert [start["insightDetails"]["state"], end["insightDetails"]["state"]] == ["Start", "End"]
    assert start["sharedEventID"] == end["sharedEventID"] and start["insightDetails"]["eventName"] == "CreateKey"
    counted = trail.list_insights_metric_data(
        EventSource="kms.amazonaws.com", EventName="CreateKey", InsightType="ApiCallRateInsight"
    )
    assert sum(counted["Values"]) == 15 and max(counted["Values"]) <= 12
    delivered = eventually(lambda: len(found := insights_in(s3, "insight-logs")) > 1 and found)
    ids = [record["eventID"] for record in delivered]
    assert sorted(ids) == sorted([start["eventID"], end["eventID"]])
    # A restart tells of nothing twice.
    server.kill()
    server.start()
    advance(server, "5m")
    assert len(looked()) == 2
    assert server.stop() == 0


def test_burstOfDataEvents_isAnInsightOfItsOwn(fresh):
    server = fresh(extra=["--clock", "--set", "trail.flush=1s"]).start()
    s3, trail, kms = server.client("s3"), server.client("cloudtrail"), server.client("kms")
    for bucket in ("data-insight-logs", "watched-things"):
        s3.create_bucket(Bucket=bucket)
    s3.put_bucket_policy(Bucket="data-insight-logs", Policy=bucket_policy("data-insight-logs", server.account()))
    s3.put_object(Bucket="watched-things", Key="k", Body=b"x")
    trail.create_trail(Name="reads", S3BucketName="data-insight-logs")
    trail.put_event_selectors(TrailName="reads", EventSelectors=[
        {"ReadWriteType": "All", "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::watched-things/"]}]}])
    question = {"InsightSource": "reads", "DataType": "InsightsEvents"}
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        trail.list_insights_data(**question)
    assert caught.value.response["Error"]["Code"] == "InvalidParameterException"
    kinds = [{"InsightType": kind, "EventCategories": ["Data"]} for kind in ("ApiCallRateInsight", "ApiErrorRateInsight")]
    trail.put_insight_selectors(TrailName="reads", InsightSelectors=kinds)
    assert trail.get_insight_selectors(TrailName="reads")["InsightSelectors"] == kinds
    trail.start_logging(Name="reads")

    def read(times, key="k"):
        for _ in range(times):
            try:
                s3.get_object(Bucket="watched-things", Key=key)
            except s3.exceptions.NoSuchKey:
                assert key == "absent"

    for _ in range(3):
        read(1)
        advance(server, "1d")
    listed = lambda **more: trail.list_insights_data(**question, **more)["Events"]  # noqa: E731
    assert listed() == []
    read(12)
    for _ in range(12):
        kms.create_key()  # as unusual, and no data event
    advance(server, "5m")
    read(12, "absent")
    advance(server, "5m")
    # One of the rate of GetObject and one of its errors, each with its start and its end; the second burst is not twice the first.
    events = eventually(lambda: len(found := listed()) >= 4 and found)
    records = [json.loads(event["CloudTrailEvent"]) for event in events]
    told = collections.Counter(
        (r["insightDetails"]["insightType"], r["insightDetails"]["state"], r["insightDetails"].get("errorCode")) for r in records)
    assert told == {
        **{("ApiCallRateInsight", state, None): 1 for state in ("Start", "End")},
        **{("ApiErrorRateInsight", state, "NoSuchKey"): 1 for state in ("Start", "End")},
    }
    assert {r["insightDetails"]["eventName"] for r in records} == {"GetObject"}
    assert {r["insightDetails"]["eventSource"] for r in records} == {"s3.amazonaws.com"}
    assert len(listed(Dimensions={"EventName": "GetObject"})) == 4 and listed(Dimensions={"EventName": "PutObject"}) == []
    assert len(listed(Dimensions={"EventId": records[0]["eventID"]})) == 1
    first = trail.list_insights_data(**question, MaxResults=3)
    rest = listed(NextToken=first["NextToken"], MaxResults=3)
    assert [e["EventId"] for e in first["Events"] + rest] == [e["EventId"] for e in events]
    # They are nobody's management events, and are delivered once.
    assert trail.lookup_events(EventCategory="insight")["Events"] == []
    # (Looking for the files is reading too, so there may be more by then.)
    wanted = {r["eventID"] for r in records}
    ids = eventually(lambda: wanted <= {*(found := [r["eventID"] for r in insights_in(s3, "data-insight-logs")])} and found)
    assert len(ids) == len(set(ids))
    assert server.stop() == 0
