"""`keytrail serve --clock`: a year of key life in a second, each of the service's own events once."""

import datetime
import json
import os
import subprocess
import time

import pytest
from conftest import KEYTRAIL, run
from test_kms_grants_rotation_import import parameters, refused, wrapped
from answers import assert_shown
from test_kms_every_operation import shown_in


def clock(server, *arguments, credentials=None):
    environment = server.environment()
    if credentials:
        environment.update(AWS_ACCESS_KEY_ID=credentials[0], AWS_SECRET_ACCESS_KEY=credentials[1])
    return run([KEYTRAIL, "clock", "--endpoint", server.endpoint, *arguments], {**os.environ, **environment})


def advance(server, by):
    done = clock(server, "--advance", by)
    assert done.returncode == 0, done.stderr
    return datetime.datetime.fromisoformat(done.stdout.strip())


def service_events(server, name, region="us-east-1"):
    trail = server.client("cloudtrail", region=region)
    found, token = [], {}
    while True:
        page = trail.lookup_events(
            LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": name}], MaxResults=50, **token
        )
        found += [json.loads(e["CloudTrailEvent"]) for e in page["Events"]]
        if "NextToken" not in page:
            return [e for e in found if e["eventType"] == "AwsServiceEvent"]
        token = {"NextToken": page["NextToken"]}


def synchronisations(server):
    """AWS's example of this one is of a call."""
    pages = server.client("cloudtrail", region="eu-west-1").get_paginator("lookup_events").paginate(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "SynchronizeMultiRegionKey"}]
    )
    return [json.loads(e["CloudTrailEvent"]) for page in pages for e in page["Events"]]


def of_key(events, key):
    return [e for e in events if e["resources"][0]["ARN"] == key]


def test_aYear_rotatesDeletesAndExpires_eachOnceOnRecord(fresh):
    server = fresh(extra=["--clock", "--set", "history.retention=4000d"]).start()
    assert any("VIRTUAL TIME" in line for line in server.lines)
    kms, begun = server.client("kms"), datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=5)
    made = lambda **more: kms.create_key(**more)["KeyMetadata"]["Arn"]
    quarterly, yearly, disabled, doomed, saved = made(), made(), made(), made(), made()
    kms.enable_key_rotation(KeyId=quarterly, RotationPeriodInDays=90)
    kms.enable_key_rotation(KeyId=yearly)
    kms.enable_key_rotation(KeyId=disabled, RotationPeriodInDays=100)
    kms.disable_key(KeyId=disabled)
    kms.create_alias(AliasName="alias/doomed", TargetKeyId=doomed)
    kms.schedule_key_deletion(KeyId=doomed, PendingWindowInDays=7)
    kms.schedule_key_deletion(KeyId=saved, PendingWindowInDays=30)
    aws = kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["Arn"]
    imported = made(Origin="EXTERNAL")
    given = parameters(kms, imported)
    arguments = dict(KeyId=imported, EncryptedKeyMaterial=wrapped(given, bytes(range(32))))
    kms.import_key_material(
        ImportToken=given["ImportToken"],
        ValidTo=datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=200),
        **arguments,
    )
    sealed = {key: kms.encrypt(KeyId=key, Plaintext=b"old")["CiphertextBlob"] for key in (quarterly, yearly, imported)}

    advance(server, "10d")
    assert refused(kms.describe_key, KeyId=doomed) == "NotFoundException"
    assert refused(kms.describe_key, KeyId="alias/doomed") == "NotFoundException"
    kms.cancel_key_deletion(KeyId=saved)
    assert refused(kms.import_key_material, ImportToken=given["ImportToken"], ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE",
                   **arguments) == "ExpiredImportTokenException"
    now = advance(server, "356d")
    assert now - datetime.datetime.now(datetime.timezone.utc) > datetime.timedelta(days=365, hours=23)

    rotations = kms.list_key_rotations(KeyId=quarterly)["Rotations"]
    assert [r["RotationType"] for r in rotations] == ["AUTOMATIC"] * 4
    assert len(kms.list_key_rotations(KeyId=yearly)["Rotations"]) == 1
    assert len(kms.list_key_rotations(KeyId=aws)["Rotations"]) == 1
    assert kms.list_key_rotations(KeyId=disabled)["Rotations"] == []
    for key in (quarterly, yearly):
        assert kms.decrypt(CiphertextBlob=sealed[key])["Plaintext"] == b"old"
    assert kms.describe_key(KeyId=imported)["KeyMetadata"]["KeyState"] == "PendingImport"
    assert refused(kms.decrypt, CiphertextBlob=sealed[imported]) == "KMSInvalidStateException"
    assert kms.describe_key(KeyId=saved)["KeyMetadata"]["KeyState"] == "Disabled"
    # A key that was overdue while it was disabled rotates once when it is enabled.
    kms.enable_key(KeyId=disabled)
    advance(server, "1s")
    assert len(kms.list_key_rotations(KeyId=disabled)["Rotations"]) == 1

    rotated = service_events(server, "RotateKey")
    assert {key: len(of_key(rotated, key)) for key in (quarterly, yearly, disabled, aws)} == {
        quarterly: 4, yearly: 1, disabled: 1, aws: 1,
    }
    (deleted,) = service_events(server, "DeleteKey")
    assert deleted["resources"][0]["ARN"] == doomed
    (expired,) = service_events(server, "DeleteExpiredKeyMaterial")
    assert expired["resources"][0]["ARN"] == imported
    # Times of the record are those of the virtual clock.
    days = sorted(
        (datetime.datetime.fromisoformat(e["eventTime"]) - begun).days for e in of_key(rotated, quarterly)
    )
    assert all(90 * i <= day <= 90 * i + 5 for i, day in enumerate(days, 1)), days


def test_time_doesNotGoBack_overARestart_orWithoutTheFlag(fresh):
    server = fresh(extra=["--clock"]).start()
    before = advance(server, "400d")
    key = server.client("kms").create_key()["KeyMetadata"]
    assert key["CreationDate"] >= before - datetime.timedelta(seconds=1)
    server.kill()
    server.extra = []
    with pytest.raises(RuntimeError):
        server.start()
    server.extra = ["--clock"]
    server.start()
    assert datetime.datetime.fromisoformat(clock(server).stdout.strip()) >= before
    assert server.client("kms").describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] == "Enabled"


def test_killed_whileTimeRuns_eachEventStaysOne(fresh):
    server = fresh(extra=["--clock", "--set", "history.retention=4000d"]).start()
    kms = server.client("kms")
    keys = [kms.create_key()["KeyMetadata"]["Arn"] for _ in range(12)]
    for key in keys[:6]:
        kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    for key in keys[6:]:
        kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    imported = [kms.create_key(Origin="EXTERNAL")["KeyMetadata"]["Arn"] for _ in range(3)]
    for days, key in enumerate(imported, 100):
        given = parameters(kms, key)
        kms.import_key_material(
            KeyId=key, ImportToken=given["ImportToken"], EncryptedKeyMaterial=wrapped(given, bytes(range(32))),
            ValidTo=datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days))
    primaries = [kms.create_key(MultiRegion=True)["KeyMetadata"]["Arn"] for _ in range(3)]
    for key in primaries:
        kms.replicate_key(KeyId=key, ReplicaRegion="eu-west-1")
        kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    replicas = [key.replace("us-east-1", "eu-west-1") for key in primaries]
    synchronised = lambda: [len(of_key(synchronisations(server), key)) for key in replicas]
    before = synchronised()
    environment = {**os.environ, **server.environment()}
    running = subprocess.Popen(
        [KEYTRAIL, "clock", "--endpoint", server.endpoint, "--advance", "1000d"],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not service_events(server, "RotateKey"):
            pass
        server.kill()
    finally:
        running.kill()
        running.wait(timeout=10)
    server.start()
    advance(server, "1s")  # and what was wanted before
    rotated, deleted = service_events(server, "RotateKey"), service_events(server, "DeleteKey")
    kms = server.client("kms")
    for key in keys[:6]:
        rotations = kms.list_key_rotations(KeyId=key)["Rotations"]
        assert len(rotations) == len(of_key(rotated, key)) == 11
        assert kms.decrypt(CiphertextBlob=kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"])["Plaintext"] == b"x"
    assert sorted(e["resources"][0]["ARN"] for e in deleted) == sorted(keys[6:])
    expired = service_events(server, "DeleteExpiredKeyMaterial")
    assert sorted(e["resources"][0]["ARN"] for e in expired) == sorted(imported)
    assert {kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] for key in imported} == {"PendingImport"}
    # Each rotation of a primary reaches its replica once, and both have one history.
    elsewhere = server.client("kms", region="eu-west-1")
    for key, replica in zip(primaries, replicas):
        rotations = kms.list_key_rotations(KeyId=key)["Rotations"]
        assert len(rotations) == len(of_key(rotated, key)) == 11
        materials = [r["KeyMaterialId"] for r in rotations]
        assert [r["KeyMaterialId"] for r in elsewhere.list_key_rotations(KeyId=replica)["Rotations"]] == materials
    assert [now - then for now, then in zip(synchronised(), before)] == [11, 11, 11]


def test_rotationOnDemand_justBeforeTheAutomaticOne_isAConflict(fresh):
    server = fresh(extra=["--clock"]).start()
    kms = server.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    advance(server, f"{90 * 24 * 3600 - 300}s")
    with pytest.raises(kms.exceptions.ConflictException) as caught:
        kms.rotate_key_on_demand(KeyId=key)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert kms.list_key_rotations(KeyId=key)["Rotations"] == []
    (event,) = server.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "RotateKeyOnDemand"}]
    )["Events"]
    assert json.loads(event["CloudTrailEvent"])["errorCode"] == "ConflictException"


def test_clock_isForTheOperator_andForServersStartedSo(server, fresh):
    assert "--clock" in clock(server, "--advance", "1d").stderr
    virtual = fresh(extra=["--clock"]).start()
    _, credentials = virtual.new_account()
    done = clock(virtual, "--advance", "1d", credentials=credentials)
    assert done.returncode != 0 and "AccessDenied" in done.stderr
    for bad in ("0s", "4000d", "x"):
        assert clock(virtual, "--advance", bad).returncode != 0
    events = virtual.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "AdvanceClock"}]
    )["Events"]
    assert events == []
    advance(virtual, "2h")
    (event,) = virtual.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "AdvanceClock"}]
    )["Events"]
    assert json.loads(event["CloudTrailEvent"])["requestParameters"] == {"seconds": 7200}


def test_everyErrorOfOurs_wasAnswered_andIsOnRecord(request):
    assert_shown(request, shown_in(__file__))
