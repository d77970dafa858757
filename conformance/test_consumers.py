"""Delivered log files in the hands of others: DuckDB and the detections of docs/analysis.md, trailscraper, and AWS's
CloudTrail Processing Library for Java over SNS, SQS and S3 of a foreign endpoint."""

import collections
import json
import os
import re
import subprocess
import time

import boto3
import botocore.exceptions
import pytest
import yaml

from conftest import CLIENTS, ROOT, TOOLS, Server, eventually, free_port, run
from test_trail import bucket_policy, moto_server

PAGE = (ROOT / "docs" / "analysis.md").read_text()
QUERIES = re.findall(r"<!-- duckdb(?:: ([a-z-]+))? -->\n```sql\n(.*?)```", PAGE, re.DOTALL)
RULES = dict(re.findall(r"<!-- sigma: ([a-z-]+) -->\n```yaml\n(.*?)```", PAGE, re.DOTALL))
DETECTIONS = {"key-deletion", "kms-excluded", "logging-stopped", "denied-decrypts"}


def quietly(call, **arguments):
    with pytest.raises(botocore.exceptions.ClientError):
        call(**arguments)


class Played:
    """A server on which things happened that the detections should find, and things that they should not."""

    def __init__(self, server, folder):
        self.server, self.folder = server, folder
        self.s3, self.trail, self.kms, iam = (server.client(s) for s in ("s3", "cloudtrail", "kms", "iam"))
        self.s3.create_bucket(Bucket="played")
        self.s3.put_bucket_policy(Bucket="played", Policy=bucket_policy("played", server.account()))
        self.s3.create_bucket(Bucket="elsewhere")
        self.s3.put_bucket_policy(Bucket="elsewhere", Policy=bucket_policy("elsewhere", server.account()))
        self.trail.create_trail(Name="played", S3BucketName="played")
        self.trail.start_logging(Name="played")
        self.users = {}
        for name in ("bursting", "unlucky"):
            iam.create_user(UserName=name)
            made = iam.create_access_key(UserName=name)["AccessKey"]
            self.users[name] = (made["AccessKeyId"], made["SecretAccessKey"])
        self.hits, self.misses = {}, {}
        self.play()
        last = self.kms.list_keys(Limit=9)["ResponseMetadata"]["RequestId"]
        self.sync(last)

    def key(self):
        return self.kms.create_key()["KeyMetadata"]["KeyId"]

    def play(self):
        trail, kms = self.trail, self.kms
        self.used = kms.create_key()["KeyMetadata"]["Arn"]
        blob = kms.encrypt(KeyId=self.used, Plaintext=b"p", EncryptionContext={"team": "blue"})["CiphertextBlob"]
        kms.decrypt(CiphertextBlob=blob, EncryptionContext={"team": "blue"})
        quietly(kms.decrypt, CiphertextBlob=blob, EncryptionContext={"team": "red"})
        deleted, kept = self.key(), self.key()
        kms.schedule_key_deletion(KeyId=deleted, PendingWindowInDays=7)
        quietly(self.server.client("kms", credentials=self.users["unlucky"]).schedule_key_deletion, KeyId=kept)
        self.hits["key-deletion"], self.misses["key-deletion"] = {deleted}, {kept}
        selectors = [{"ReadWriteType": "All", "IncludeManagementEvents": True, "ExcludeManagementEventSources": []}]
        excluding = [{**selectors[0], "ExcludeManagementEventSources": ["kms.amazonaws.com"]}]
        advanced = [{"FieldSelectors": [
            {"Field": "eventCategory", "Equals": ["Management"]}, {"Field": "eventSource", "NotEquals": ["kms.amazonaws.com"]}]}]
        for name, wanted in (("plain", {"EventSelectors": selectors}), ("basic", {"EventSelectors": excluding}),
                             ("advanced", {"AdvancedEventSelectors": advanced})):
            trail.create_trail(Name=name, S3BucketName="elsewhere")
            trail.put_event_selectors(TrailName=name, **wanted)
        self.hits["kms-excluded"], self.misses["kms-excluded"] = {"basic", "advanced"}, {"plain"}
        trail.start_logging(Name="plain")
        trail.stop_logging(Name="basic")
        trail.delete_trail(Name="advanced")
        quietly(trail.stop_logging, Name="absent")
        self.hits["logging-stopped"], self.misses["logging-stopped"] = {"basic", "advanced"}, {"plain", "absent"}
        while time.time() % 300 > 270:
            time.sleep(1)  # so that the burst does not lie across the five-minute grid
        for name, times in (("bursting", 6), ("unlucky", 3)):
            client = self.server.client("kms", credentials=self.users[name])
            for _ in range(times):
                quietly(client.decrypt, CiphertextBlob=blob, EncryptionContext={"team": "blue"})
        arn = f"arn:aws:iam::{self.server.account()}:user/%s"
        self.hits["denied-decrypts"], self.misses["denied-decrypts"] = {arn % "bursting"}, {arn % "unlucky"}

    def sync(self, last):
        def delivered():
            done = run([CLIENTS / "aws", "s3", "sync", "s3://played/", "logs", "--quiet"], env=self.server.environment(), cwd=self.folder)
            assert done.returncode == 0, done.stderr
            self.records = [r for f in self.folder.rglob("*.json.gz") for r in records_of(f)]
            return last in [r.get("requestID") for r in self.records]

        eventually(delivered, pause=1)


def records_of(file):
    import gzip

    return json.loads(gzip.decompress(file.read_bytes()))["Records"]


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    folder = tmp_path_factory.mktemp("played")
    server = Server(folder / "data", extra=["--set", "trail.flush=1s"]).start()
    try:
        yield Played(server, folder)
    finally:
        assert server.stop() == 0


@pytest.fixture(scope="module")
def answers(played):
    """The queries of the page, word for word, in its order."""
    import duckdb

    connection = duckdb.connect()
    connection.execute(f"SET file_search_path = '{played.folder}'")
    found = []
    for name, query in QUERIES:
        result = connection.execute(query)
        columns = [c[0] for c in result.description or []]
        found.append((name, [dict(zip(columns, row)) for row in result.fetchall()]))
    count = connection.execute("SELECT count(*), count(DISTINCT id) FROM events").fetchone()
    assert count == (len(played.records), len(played.records))
    return found


def test_page_hasEveryDetection_inBothForms():
    assert {name for name, _ in QUERIES if name} == RULES.keys() == DETECTIONS


def test_duckdb_generalQueries(played, answers):
    _, by_key, by_context, refused = [rows for name, rows in answers if not name]
    mine = {(r["name"], r["calls"]) for r in by_key if r["key"] == played.used}
    assert mine == {("Encrypt", 1), ("Decrypt", 1)}
    # In no order: event times have whole seconds.
    assert {("Encrypt", None), ("Decrypt", None)} <= {(r["name"], r["error"]) for r in by_context}
    assert len(by_context) == 2 + 6 + 3
    assert any(r["name"] == "Decrypt" and r["error"] == "InvalidCiphertextException" for r in refused)


def named(row):
    return {str(row.get(c)).rsplit("trail/")[-1] for c in ("key", "trail", "principal") if row.get(c)}


@pytest.mark.parametrize("name", sorted(DETECTIONS))
def test_duckdbDetection_findsTheHitsAndNothingElse(played, answers, name):
    (rows,) = [rows for each, rows in answers if each == name]
    found = set().union(*(named(r) for r in rows)) if rows else set()
    assert played.hits[name] <= found and not played.misses[name] & found
    assert len(rows) == len(played.hits[name])


class Sigma:
    """As much of Sigma as the page uses: equality, lists, `contains`, conditions of names, event counts."""

    def __init__(self, text):
        self.rule = yaml.safe_load(text)
        self.condition = self.rule["detection"].pop("condition")

    @staticmethod
    def value(record, path):
        for part in path.split("."):
            record = record.get(part) if isinstance(record, dict) else None
        return record

    def matches(self, record, selection):
        for field, wanted in selection.items():
            path, _, modifier = field.partition("|")
            value = self.value(record, path)
            if value is None:
                return False
            if modifier == "contains":
                if wanted not in (value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))):
                    return False
            elif value not in (wanted if isinstance(wanted, list) else [wanted]):
                return False
        return True

    def find(self, records):
        names = self.rule["detection"]
        hits = [r for r in records if eval(self.condition, {}, {n: self.matches(r, s) for n, s in names.items()})]
        if "correlation" not in self.rule:
            return hits
        correlation, groups = self.rule["correlation"], collections.defaultdict(list)
        for hit in hits:
            groups[tuple(self.value(hit, g) for g in correlation["group-by"])].append(hit)
        return [g[0] for g in groups.values() if len(g) >= correlation["condition"]["gte"]]


@pytest.mark.parametrize("name", sorted(DETECTIONS))
def test_sigmaDetection_findsTheHitsAndNothingElse(played, name):
    found = set()
    for record in (hits := Sigma(RULES[name]).find(played.records)):
        parameters = record["requestParameters"] or {}
        names = [parameters.get(m) for m in ("keyId", "name", "trailName")] + [record["userIdentity"].get("arn")]
        found |= {str(n).rsplit("trail/")[-1] for n in names if n}
    assert played.hits[name] <= found and not played.misses[name] & found
    assert len(hits) == len(played.hits[name])


def test_trailscraper_readsTheFiles(played):
    logs = played.folder / "logs"
    env = {**os.environ, "TZ": "UTC", "AWS_DEFAULT_REGION": "us-east-1"}
    done = run([TOOLS / "trailscraper", "select", "--log-dir", logs], env=env)
    assert done.returncode == 0, done.stderr
    names = collections.Counter(r["eventName"] for r in json.loads(done.stdout)["Records"])
    assert names == collections.Counter(r["eventName"] for r in played.records)
    policy = subprocess.run(
        [str(TOOLS / "trailscraper"), "generate"], input=done.stdout, env=env, capture_output=True, text=True, timeout=120)
    assert policy.returncode == 0, policy.stderr
    actions = {a for s in json.loads(policy.stdout)["Statement"] for a in s["Action"]}
    assert {"kms:Encrypt", "kms:ScheduleKeyDeletion", "cloudtrail:StopLogging"} <= actions


def test_awsProcessingLibrary_overSnsSqsAndS3(fresh, tmp_path):
    target = ROOT / "conformance" / "target"
    if not (target / "test.classpath").exists() or not (target / "test-classes").exists():
        pytest.skip("SKIPPED, NOT TESTED: the Java part of conformance is not built (./keytrail test does that)")
    port = free_port()
    command, more = moto_server(port, tmp_path / "foreign")
    moto = subprocess.Popen(
        [str(part) for part in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, **more})
    reader = None
    try:
        url = f"http://127.0.0.1:{port}"
        s3, sns, sqs = (
            boto3.client(s, endpoint_url=url, region_name="us-east-1", aws_access_key_id="t", aws_secret_access_key="t")
            for s in ("s3", "sns", "sqs"))

        def up():
            try:
                return s3.list_buckets()
            except botocore.exceptions.BotoCoreError:
                return None

        eventually(up)
        s3.create_bucket(Bucket="library-logs")
        topic = sns.create_topic(Name="library")["TopicArn"]
        queue = sqs.create_queue(QueueName="library")["QueueUrl"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:123456789012:library")
        settings = {
            f"KEYTRAIL_{s}_{name}": value
            for s in ("S3", "SNS")
            for name, value in (("ENDPOINT", url), ("ACCESS_KEY_ID", "test"), ("SECRET_ACCESS_KEY", "test-secret"))
        }
        server = fresh(extra=["--set", "trail.flush=1s"], env=settings).start()
        trail, kms = server.client("cloudtrail"), server.client("kms")
        trail.create_trail(Name="library", S3BucketName="library-logs", SnsTopicName=topic)
        trail.start_logging(Name="library")
        java = subprocess.run([ROOT / "keytrail", "jdk"], capture_output=True, text=True, check=True).stdout.strip()
        path = f"{target / 'test-classes'}:{(target / 'test.classpath').read_text().strip()}"
        errors = open(tmp_path / "reader.log", "wb")
        reader = subprocess.Popen(
            [f"{java}/bin/java", "-cp", path, "dev.keytrail.conformance.ProcessingLibraryReader", url, queue],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True)
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        quietly(kms.encrypt, KeyId="alias/none", Plaintext=b"p")
        kms.schedule_key_deletion(KeyId=key)
        read = {}
        while "ScheduleKeyDeletion" not in read:
            line = reader.stdout.readline().rstrip("\n").split("\t")
            assert len(line) == 9, (line, (tmp_path / "reader.log").read_text()[-2000:])
            read[line[1]] = line
        id, _, source, region, account, kind, user, error, parameters = read["ScheduleKeyDeletion"]
        assert (source, region, account, kind, user, error) == (
            "kms.amazonaws.com", "us-east-1", server.account(), "IAMUser", "admin", "null")
        assert json.loads(parameters) == {"keyId": key}
        assert read["Encrypt"][7] == "NotFoundException"
        found = server.client("cloudtrail").lookup_events(LookupAttributes=[{"AttributeKey": "EventId", "AttributeValue": id}])
        assert len(found["Events"]) == 1
        reader.stdin.close()
        assert reader.wait(timeout=60) == 0
        assert server.stop() == 0
    finally:
        for process in (reader, moto):
            if process and process.poll() is None:
                process.kill()
                process.wait()
