"""What boto3 was answered by KMS in this run, so that a file of tests can show that it brought about what it claims to."""

import json

import pytest

SEEN = []
RUNNING = [""]  # the file whose tests run, see conftest's begin_file


def watch(server, region, client):
    """Notes every answer of this KMS client; conftest's servers make all theirs through here."""

    def note(parsed, model, **_):
        code = parsed.get("Error", {}).get("Code")
        SEEN.append((RUNNING[0], server, region, model.name, code, parsed["ResponseMetadata"].get("RequestId")))

    client.meta.events.register("after-call.kms", note)


def records(server, region, name):
    trail = server.client("cloudtrail", region=region)
    pages = trail.get_paginator("lookup_events").paginate(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": name}]
    )
    events = (json.loads(e["CloudTrailEvent"]) for page in pages for e in page["Events"])
    return {e["requestID"]: e.get("errorCode") for e in events if e.get("requestID")}


def assert_shown(request, pairs):
    """Each (operation, code) was answered to a test of the calling file, and stands so in the record of a server that still
    runs. Code None is success. Needs the whole file to have run."""
    module = request.module
    mine = {name for name in vars(module) if name.startswith("test_")}
    ran = {item.originalname for item in request.session.items if item.module is module}
    if mine - ran:
        pytest.skip(f"only with the whole file: {sorted(mine - ran)} did not run")
    missing, unrecorded = [], []
    for name, code in pairs:
        found = [(s, region, id) for file, s, region, n, c, id in SEEN if (file, n, c) == (module.__file__, name, code)]
        if not found:
            missing.append((name, code))
            continue
        alive = [(s, region, id) for s, region, id in found if s.running]
        event = {"AccessDeniedException": "AccessDenied"}.get(code, code)
        if alive and not any(records(s, region, name).get(id, "no record") == event for s, region, id in alive[-1:]):
            unrecorded.append((name, code))
    assert not missing and not unrecorded, f"not answered: {missing}; not on record: {unrecorded}"
