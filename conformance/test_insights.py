"""Insights on virtual time: quiet days, a burst, and what a stock client sees of it."""

import gzip
import json

from conftest import eventually
from test_trail import bucket_policy
from test_virtual_clock import advance


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

    def delivered():
        found = []
        for entry in s3.list_objects_v2(Bucket="insight-logs").get("Contents", []):
            if "/CloudTrail-Insight/" in entry["Key"]:
                body = s3.get_object(Bucket="insight-logs", Key=entry["Key"])["Body"].read()
                found += json.loads(gzip.decompress(body))["Records"]
        return found if len(found) > 1 else None

    ids = [record["eventID"] for record in eventually(delivered)]
    assert sorted(ids) == sorted([start["eventID"], end["eventID"]])
    # A restart tells of nothing twice.
    server.kill()
    server.start()
    advance(server, "5m")
    assert len(looked()) == 2
    assert server.stop() == 0
