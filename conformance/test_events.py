"""`keytrail events` and SearchEvents behind it: any member, any combination, three forms, following."""

import csv
import io
import json
import os
import subprocess
import threading
import time

import pytest

from conftest import KEYTRAIL, run

HEADER = (
    "User name,AWS access key,Event time,Event source,Event name,AWS region,Source IP address,User agent,Error code,"
    "Resources,Request ID,Event ID,Read-only,Event type,Recipient Account Id,Event category"
)


@pytest.fixture(scope="module")
def searched(server):
    """Calls worth looking for; their request ids by name."""
    kms = server.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    made = {}
    for tenant in ("a", "b"):
        context = {"tenant": tenant, "note": 'comma, "quote"'}
        blob = kms.encrypt(KeyId=key, Plaintext=b"p", EncryptionContext=context)
        made[f"encrypt {tenant}"] = blob["ResponseMetadata"]["RequestId"]
        made[f"decrypt {tenant}"] = kms.decrypt(CiphertextBlob=blob["CiphertextBlob"], EncryptionContext=context)[
            "ResponseMetadata"
        ]["RequestId"]
    try:
        kms.decrypt(CiphertextBlob=blob["CiphertextBlob"], EncryptionContext={"tenant": "wrong"})
    except kms.exceptions.InvalidCiphertextException as refused:
        made["wrong"] = refused.response["ResponseMetadata"]["RequestId"]
    return key, made


def events(server, *arguments):
    return run([KEYTRAIL, "events", *arguments], {**os.environ, **server.environment()})


def found(server, query, *more):
    done = events(server, query, "--output", "json", *more)
    assert done.returncode == 0, done.stderr
    return [record["requestID"] for record in json.loads(done.stdout)["Records"]]


def test_anyMember_anyCombination(server, searched):
    key, made = searched
    of_key = f'resources.ARN = "{key}"'
    assert found(server, f"{of_key} AND context.tenant = a") == [made["decrypt a"], made["encrypt a"]]
    assert found(server, f"{of_key} AND eventName = Encrypt AND context.tenant EXISTS") == [
        made["encrypt b"],
        made["encrypt a"],
    ]
    assert found(server, f"{of_key} AND errorCode EXISTS") == [made["wrong"]]
    assert found(server, f"{of_key} (context.tenant = a OR context.tenant = wrong) eventName = Decrypt") == [
        made["wrong"],
        made["decrypt a"],
    ]
    assert found(server, f'{of_key} AND sourceIPAddress ^= 127. AND context.note ~ "quote"', "--limit", "1") == [
        made["decrypt b"]
    ]
    assert found(server, f"{of_key} AND context.tenant = nobody") == []
    assert len(found(server, of_key, "--limit", "0")) >= 6
    assert found(server, of_key, "--end", "2020-01-01T00:00:00Z") == []
    assert found(server, of_key, "--region", "eu-west-1") == []


def test_formsAreTheConsoles(server, searched):
    key, made = searched
    query = f'resources.ARN = "{key}" AND eventName = Encrypt'
    done = subprocess.run(
        [KEYTRAIL, "events", query, "--output", "csv"],
        env={**os.environ, **server.environment()},
        capture_output=True,
        timeout=120,
    )
    text = done.stdout.decode()
    assert text.startswith(HEADER + "\r\n") and not text.endswith("\n") and text.count("\r\n") == 2
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["Request ID"] for row in rows] == [made["encrypt b"], made["encrypt a"]]
    assert rows[0]["User name"] == "admin" and rows[0]["Read-only"] == "true" and rows[0]["Error code"] == ""
    assert key in [r["resourceName"] for r in json.loads(rows[0]["Resources"])]
    table = events(server, query).stdout.splitlines()
    assert table[0].split()[:3] == ["TIME", "EVENT", "USER"] and "Encrypt" in table[1] and len(table) == 3


def test_refusals_andTheRecord(server, searched):
    done = events(server, "eventName == x")
    assert done.returncode == 1 and "InvalidQueryException" in done.stderr and "at character" in done.stderr
    iam = server.client("iam")
    iam.create_user(UserName="searcher")
    made = iam.create_access_key(UserName="searcher")["AccessKey"]
    credentials = {"AWS_ACCESS_KEY_ID": made["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": made["SecretAccessKey"]}
    denied = run([KEYTRAIL, "events"], {**os.environ, **server.environment(**credentials)})
    assert denied.returncode == 1 and "keytrail:SearchEvents" in denied.stderr
    own = found(server, "eventName = SearchEvents AND errorCode = AccessDenied")
    assert own, "searching is itself on record"


def test_follow_showsWhatHappens(server):
    process = subprocess.Popen(
        [KEYTRAIL, "events", "eventName = GenerateRandom", "--follow", "--output", "json"],
        env={**os.environ, **server.environment()},
        stdout=subprocess.PIPE,
        text=True,
    )
    lines = []
    reader = threading.Thread(target=lambda: lines.extend(iter(process.stdout.readline, "")), daemon=True)
    reader.start()
    try:
        kms, wanted = server.client("kms"), []
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline and not set(wanted) & {json.loads(x)["requestID"] for x in list(lines)}:
            wanted.append(kms.generate_random(NumberOfBytes=1)["ResponseMetadata"]["RequestId"])
            time.sleep(0.5)
        last = kms.generate_random(NumberOfBytes=1)["ResponseMetadata"]["RequestId"]
        while time.monotonic() < deadline and last not in [json.loads(x)["requestID"] for x in list(lines)]:
            time.sleep(0.1)
        seen = [json.loads(x)["requestID"] for x in list(lines)]
        assert last in seen and len(seen) == len(set(seen))
    finally:
        process.kill()
        process.wait(timeout=60)


def test_download_isTheConsolesFile_throughTheApiToo(server, searched):
    import botocore.auth
    import botocore.awsrequest
    import botocore.credentials
    import urllib.request

    key, made = searched

    def download(**members):
        body = json.dumps(members).encode()
        request = botocore.awsrequest.AWSRequest(
            method="POST",
            url=server.endpoint + "/",
            data=body,
            headers={"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "Keytrail.DownloadEvents"},
        )
        credentials = botocore.credentials.Credentials(*server.credentials)
        botocore.auth.SigV4Auth(credentials, "keytrail", "us-east-1").add_auth(request)
        sent = urllib.request.Request(server.endpoint + "/", body, dict(request.headers), method="POST")
        with urllib.request.urlopen(sent) as answer:
            return json.loads(answer.read())

    query = f'resources.ARN = "{key}" AND context.tenant = a'
    file = download(Query=query, Format="CSV")
    assert file["ContentType"] == "text/csv" and file["Content"].split("\r\n")[0] == HEADER
    rows = list(csv.DictReader(io.StringIO(file["Content"], newline="")))
    assert [row["Request ID"] for row in rows] == [made["decrypt a"], made["encrypt a"]]
    assert rows[0]["Event name"] == "Decrypt" and rows[0]["Read-only"] == "true"
    # The command writes the same file.
    assert events(server, query, "--output", "csv").stdout.replace("\r\n", "\n") == file["Content"].replace("\r\n", "\n")
    page = download(Query=query, Format="JSON", MaxResults=1)
    assert [record["requestID"] for record in json.loads(page["Content"])["Records"]] == [made["decrypt a"]]
    page = download(Query=query, Format="JSON", MaxResults=1, NextToken=page["NextToken"])
    assert [record["requestID"] for record in json.loads(page["Content"])["Records"]] == [made["encrypt a"]]
