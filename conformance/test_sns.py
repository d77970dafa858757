"""The embedded SNS: stock boto3 against all its operations, a receiver that checks signatures, and notices of trails."""

import base64
import http.server
import json
import socket
import subprocess
import threading
import urllib.request

import boto3
import botocore.exceptions
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from conftest import TOOLS, eventually, free_port
from test_trail import bucket_policy, foreign, moto_server, records  # noqa: F401 (foreign is a fixture)


class Receiver:
    """An HTTP subscriber: keeps what it gets; `status` is what it answers."""

    def __init__(self):
        self.got, self.status = [], 200
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append((dict(self.headers), body.decode()))
                self.send_response(outer.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?x=1"

    def messages(self, kind):
        return [json.loads(body) for headers, body in self.got if headers["x-amz-sns-message-type"] == kind]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def receiver():
    one = Receiver()
    yield one
    one.close()


@pytest.fixture
def sns(server):
    return server.client("sns")


def get(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read()


def verify(message):
    """The check that AWS documents for subscribers."""
    names = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
    if message["Type"] != "Notification":
        names = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    text = "".join(f"{name}\n{message[name]}\n" for name in names if name in message)
    certificate = x509.load_pem_x509_certificate(get(message["SigningCertURL"]))
    assert certificate.subject.rfc4514_string() == "CN=sns.amazonaws.com"
    algorithm = {"1": hashes.SHA1(), "2": hashes.SHA256()}[message["SignatureVersion"]]
    certificate.public_key().verify(
        base64.b64decode(message["Signature"]), text.encode(), padding.PKCS1v15(), algorithm
    )


def subscribed(sns, arn, receiver, **more):
    """Subscribes the receiver and follows the link that it is sent."""
    answer = sns.subscribe(TopicArn=arn, Protocol="http", Endpoint=receiver.url, **more)
    assert answer["SubscriptionArn"] == "pending confirmation"
    invitation = eventually(lambda: receiver.messages("SubscriptionConfirmation"))[-1]
    verify(invitation)
    assert b"<SubscriptionArn>" in get(invitation["SubscribeURL"])
    return sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"][-1]["SubscriptionArn"]


def refused(code, call, **parameters):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**parameters)
    assert caught.value.response["Error"]["Code"] == code, caught.value.response


def test_topicLife_everyOperation(server, sns, receiver):
    account = server.account()
    arn = sns.create_topic(Name="life", Tags=[{"Key": "team", "Value": "a"}])["TopicArn"]
    assert arn == f"arn:aws:sns:us-east-1:{account}:life"
    assert sns.create_topic(Name="life")["TopicArn"] == arn
    assert arn in [t["TopicArn"] for t in sns.list_topics()["Topics"]]
    sns.tag_resource(ResourceArn=arn, Tags=[{"Key": "more", "Value": "b"}])
    sns.untag_resource(ResourceArn=arn, TagKeys=["team"])
    assert sns.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "more", "Value": "b"}]
    sns.set_topic_attributes(TopicArn=arn, AttributeName="DisplayName", AttributeValue="Life")
    sns.add_permission(TopicArn=arn, Label="others", AWSAccountId=["111122223333"], ActionName=["Publish"])
    attributes = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
    assert attributes["DisplayName"] == "Life" and attributes["Owner"] == account
    sids = [s["Sid"] for s in json.loads(attributes["Policy"])["Statement"]]
    assert sids == ["__default_statement_ID", "others"]
    sns.remove_permission(TopicArn=arn, Label="others")
    subscription = subscribed(sns, arn, receiver)
    assert subscription.startswith(arn + ":")
    assert sns.get_topic_attributes(TopicArn=arn)["Attributes"]["SubscriptionsConfirmed"] == "1"
    assert subscription in [s["SubscriptionArn"] for s in sns.list_subscriptions()["Subscriptions"]]
    for version in ("1", "2"):
        sns.set_topic_attributes(TopicArn=arn, AttributeName="SignatureVersion", AttributeValue=version)
        attribute = {"colour": {"DataType": "String", "StringValue": "blue"}}
        sent = sns.publish(TopicArn=arn, Message=f"näme\n{version}", Subject="s", MessageAttributes=attribute)
        got = eventually(
            lambda: [m for m in receiver.messages("Notification") if m["MessageId"] == sent["MessageId"]]
        )[0]
        assert got["Message"] == f"näme\n{version}" and got["Subject"] == "s" and got["SignatureVersion"] == version
        assert got["MessageAttributes"] == {"colour": {"Type": "String", "Value": "blue"}}
        verify(got)
    sns.set_subscription_attributes(
        SubscriptionArn=subscription, AttributeName="RawMessageDelivery", AttributeValue="true"
    )
    assert sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]["RawMessageDelivery"] == "true"
    structured = json.dumps({"default": "d", "http": "only for http"})
    sns.publish(TopicArn=arn, Message=structured, MessageStructure="json")
    eventually(lambda: "only for http" in [body for _, body in receiver.got])
    get(got["UnsubscribeURL"])
    assert sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"] == []
    sns.delete_topic(TopicArn=arn)
    refused("NotFound", sns.publish, TopicArn=arn, Message="m")
    events = server.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "ResourceName", "AttributeValue": arn}]
    )["Events"]
    seen = {e["EventName"] for e in events}
    assert {"CreateTopic", "Subscribe", "ConfirmSubscription", "Unsubscribe", "AddPermission", "DeleteTopic"} <= seen
    assert "Publish" not in seen, "a data event"
    text = "".join(e["CloudTrailEvent"] for e in events)
    assert receiver.url not in text and "näme" not in text
    confirmation = next(e for e in events if e["EventName"] == "ConfirmSubscription")
    assert '"userIdentity":{"type":"Unknown"}' in confirmation["CloudTrailEvent"]


def test_badInput_getsSnsErrors(server, sns):
    arn = sns.create_topic(Name="errors")["TopicArn"]
    refused("InvalidParameter", sns.create_topic, Name="no spaces")
    refused("InvalidParameter", sns.create_topic, Name="queue", Attributes={"FifoTopic": "true"})
    refused("InvalidParameter", sns.create_topic, Name="errors", Tags=[{"Key": "a", "Value": "b"}])
    refused("InvalidParameter", sns.subscribe, TopicArn=arn, Protocol="email", Endpoint="a@example.com")
    refused("InvalidParameter", sns.subscribe, TopicArn=arn, Protocol="https", Endpoint="http://127.0.0.1/")
    refused("InvalidParameter", sns.publish, TopicArn="nonsense", Message="m")
    refused("InvalidParameter", sns.publish, TopicArn=arn, Message="m" * (256 * 1024 + 1))
    refused("InvalidParameter", sns.publish, TopicArn=arn, Message="[1]", MessageStructure="json")
    refused("InvalidParameter", sns.confirm_subscription, TopicArn=arn, Token="0" * 128)
    refused("InvalidParameter", sns.set_topic_attributes, TopicArn=arn, AttributeName="KmsMasterKeyId", AttributeValue="x")
    refused("InvalidParameter", sns.set_topic_attributes, TopicArn=arn, AttributeName="Policy", AttributeValue="{}")
    refused("NotFound", sns.get_topic_attributes, TopicArn=arn + "x")
    refused("NotFound", sns.get_subscription_attributes, SubscriptionArn=arn + ":" + "0" * 8)
    refused("ResourceNotFound", sns.list_tags_for_resource, ResourceArn=arn + "x")
    _, stranger = server.new_account()
    theirs = server.client("sns", credentials=stranger)
    refused("AuthorizationError", theirs.publish, TopicArn=arn, Message="m")
    sns.add_permission(
        TopicArn=arn, Label="in", AWSAccountId=[theirs_account(server, stranger)], ActionName=["Publish"]
    )
    assert theirs.publish(TopicArn=arn, Message="m")["MessageId"]


def theirs_account(server, credentials):
    return server.client("sts", credentials=credentials).get_caller_identity()["Account"]


def test_deadSubscriber_holdsNobodyUp(sns, receiver):
    arn = sns.create_topic(Name="dead-one")["TopicArn"]
    silent = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)  # accepts, never answers
    try:
        sns.subscribe(TopicArn=arn, Protocol="http", Endpoint=f"http://127.0.0.1:{silent.server_port}/")
        sns.subscribe(TopicArn=arn, Protocol="http", Endpoint=f"http://127.0.0.1:{free_port()}/")
        subscribed(sns, arn, receiver)
        # If each waited for the one that never answers, this would not end in ten minutes.
        ids = {sns.publish(TopicArn=arn, Message=str(i))["MessageId"] for i in range(50)}
        eventually(lambda: ids <= {m["MessageId"] for m in receiver.messages("Notification")})
    finally:
        silent.server_close()


def test_subscriberThatFails_isTriedAgain_overKill(fresh, receiver):
    server = fresh().start()
    sns = server.client("sns")
    arn = sns.create_topic(Name="patient")["TopicArn"]
    subscribed(sns, arn, receiver)
    receiver.status = 500
    sent = sns.publish(TopicArn=arn, Message="m")["MessageId"]
    eventually(lambda: receiver.messages("Notification"))
    server.kill()
    server.start()
    before = len(receiver.got)
    receiver.status = 200
    eventually(lambda: len(receiver.got) > before)
    assert {m["MessageId"] for m in receiver.messages("Notification")} == {sent}
    assert server.stop() == 0


def trail_topic_policy(arn):
    statement = {
        "Sid": "AWSCloudTrailSNSPolicy20131101",
        "Effect": "Allow",
        "Principal": {"Service": "cloudtrail.amazonaws.com"},
        "Action": "SNS:Publish",
        "Resource": arn,
        "Condition": {"StringLike": {"aws:SourceArn": "arn:aws:cloudtrail:*:*:trail/noticed*"}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_trailNotices_reachTheSubscriber(server, sns, trail, receiver):
    s3, bucket = server.client("s3"), "noticed-logs"
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=bucket_policy(bucket, server.account()))
    make = dict(Name="noticed", S3BucketName=bucket, SnsTopicName="trail-notices")
    refused("InsufficientSnsTopicPolicyException", trail.create_trail, **make)
    refused("InvalidSnsTopicNameException", trail.create_trail, **{**make, "SnsTopicName": "no spaces"})
    arn = sns.create_topic(Name="trail-notices")["TopicArn"]
    refused("InsufficientSnsTopicPolicyException", trail.create_trail, **make)
    sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=trail_topic_policy(arn))
    refused("InsufficientSnsTopicPolicyException", trail.create_trail, **{**make, "Name": "other-name"})
    subscribed(sns, arn, receiver)
    made = trail.create_trail(**make)
    assert made["SnsTopicName"] == "trail-notices" and made["SnsTopicARN"] == arn
    assert trail.get_trail(Name="noticed")["Trail"]["SnsTopicARN"] == arn
    trail.start_logging(Name="noticed")
    notice = eventually(lambda: receiver.messages("Notification"))[0]
    verify(notice)
    place = json.loads(notice["Message"])
    assert list(place) == ["s3Bucket", "s3ObjectKey"] and place["s3Bucket"] == bucket
    for key in place["s3ObjectKey"]:
        s3.head_object(Bucket=bucket, Key=key)
    status = eventually(
        lambda: (s := trail.get_trail_status(Name="noticed")).get("LatestNotificationTime") and s
    )
    assert "LatestNotificationError" not in status and status["LatestNotificationAttemptSucceeded"]
    sns.delete_topic(TopicArn=arn)
    trail.describe_trails()
    eventually(lambda: trail.get_trail_status(Name="noticed").get("LatestNotificationError") == "NotFound")
    assert trail.update_trail(Name="noticed", SnsTopicName="").get("SnsTopicARN") is None
    trail.delete_trail(Name="noticed")
    found = records(s3, bucket)
    keys = {k for m in receiver.messages("Notification") for k in json.loads(m["Message"])["s3ObjectKey"]}
    assert found and keys


class Trickler:
    """An SNS endpoint: answers at once, but for Publish, whose answer comes byte by byte and never ends."""

    def __init__(self):
        self.held, self.ending = 0, threading.Event()
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.answer, args=(client,), daemon=True).start()

    def answer(self, client):
        with client:
            text = b""
            while b"Action=" not in text:
                text += client.recv(65536)
            if b"Action=Publish" not in text:
                client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                return
            self.held += 1
            try:
                client.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                while not self.ending.wait(0.1):
                    client.sendall(b"x")
            except OSError:
                pass

    def close(self):
        self.ending.set()
        self.socket.close()


def test_snsThatTrickles_holdsNeitherDeliveriesNorOtherTrailsNotices(fresh, receiver):
    trickler = Trickler()
    server = fresh(extra=["--set", "trail.flush=1s", "--set", f"sns.endpoint={trickler.url}", "--set", "sns.access-key-id=t"],
                   env={"KEYTRAIL_SNS_SECRET_ACCESS_KEY": "t"}).start()
    account, s3, sns, trail = server.account(), server.client("s3"), server.client("sns"), server.client("cloudtrail")
    s3.create_bucket(Bucket="logs")
    s3.put_bucket_policy(Bucket="logs", Policy=bucket_policy("logs", account))
    arn = sns.create_topic(Name="trail-notices")["TopicArn"]
    sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=trail_topic_policy(arn))
    subscribed(sns, arn, receiver)
    trail.create_trail(Name="noticed", S3BucketName="logs", SnsTopicName="trail-notices")
    trail.create_trail(
        Name="slow", S3BucketName="logs", SnsTopicName=f"arn:aws:sns:us-east-1:{account}:outside")
    trail.start_logging(Name="slow")
    eventually(lambda: trickler.held)
    first = trail.get_trail_status(Name="slow")["LatestDeliveryTime"]
    trail.start_logging(Name="noticed")
    told = lambda: len(receiver.messages("Notification"))  # noqa: E731
    for wanted in (1, 2):
        trail.describe_trails()
        eventually(lambda: told() >= wanted)
    eventually(lambda: trail.get_trail_status(Name="slow")["LatestDeliveryTime"] > first)
    # And in the end the one that hangs is given up.
    assert eventually(lambda: trail.get_trail_status(Name="slow").get("LatestNotificationError")) == "ServiceUnavailable"
    assert server.stop() == 0
    trickler.close()


def test_foreignSns_toldOfEachFile(fresh, foreign):  # noqa: F811
    s3, settings = foreign
    url = settings["KEYTRAIL_S3_ENDPOINT"]
    clients = dict(endpoint_url=url, region_name="us-east-1", aws_access_key_id="t", aws_secret_access_key="t")
    far, sqs = boto3.client("sns", **clients), boto3.client("sqs", **clients)
    try:
        arn = far.create_topic(Name="far")["TopicArn"]
    except botocore.exceptions.ClientError:
        pytest.skip("this endpoint has no SNS")
    queue = sqs.create_queue(QueueName="q")["QueueUrl"]
    far.subscribe(TopicArn=arn, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:123456789012:q")
    s3.create_bucket(Bucket="far-logs")
    settings = {
        **settings,
        "KEYTRAIL_SNS_ENDPOINT": url,
        "KEYTRAIL_SNS_ACCESS_KEY_ID": "test",
        "KEYTRAIL_SNS_SECRET_ACCESS_KEY": "test-secret",
    }
    server = fresh(extra=["--set", "trail.flush=1s"], env=settings).start()
    trail = server.client("cloudtrail")
    make = dict(Name="far", S3BucketName="far-logs")
    refused("InsufficientSnsTopicPolicyException", trail.create_trail, SnsTopicName=arn + "x", **make)
    trail.create_trail(SnsTopicName=arn, **make)
    trail.start_logging(Name="far")
    told = eventually(lambda: sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"))
    place = json.loads(json.loads(told[0]["Body"])["Message"])
    assert place["s3Bucket"] == "far-logs"
    s3.head_object(Bucket="far-logs", Key=place["s3ObjectKey"][0])
    assert eventually(lambda: trail.get_trail_status(Name="far").get("LatestNotificationTime"))
    assert server.stop() == 0
