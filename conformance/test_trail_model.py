"""The part of CloudTrail's model that is refused, and its small operations."""

import botocore.exceptions
import botocore.session
import pytest

LAKE = ("EventDataStore", "Query", "Queries", "Import", "Channel", "Dashboard", "Federation")


def filled(shape):
    """The least that a request of this shape may be."""
    if shape.type_name == "structure":
        return {name: filled(shape.members[name]) for name in shape.required_members}
    if shape.type_name == "list":
        return [filled(shape.member)]
    if shape.type_name == "map":
        return {filled(shape.key): filled(shape.value)}
    if shape.type_name == "string":
        return (shape.enum or ["arn:aws:cloudtrail:us-east-1:111122223333:eventdatastore/" + "e" * 36])[0]
    return {"integer": 3, "long": 3, "boolean": True, "timestamp": 1_700_000_000}[shape.type_name]


def refused(call, **arguments):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]


def test_lake_everyOperation_isRefusedWithTheReasonAndOnRecord(server, trail):
    model = botocore.session.get_session().get_service_model("cloudtrail")
    asked = [name for name in model.operation_names if any(part in name for part in LAKE)]
    assert len(asked) == 33
    for name in asked:
        method = getattr(trail, botocore.xform_name(name))
        # What the model itself forbids is refused before; a bound on a text is the only such thing here.
        error = refused(method, **filled(model.operation_model(name).input_shape))
        assert error["Code"] in ("UnsupportedOperationException", "ValidationException"), (name, error)
        if error["Code"] == "UnsupportedOperationException":
            assert "no CloudTrail Lake" in error["Message"] and name in error["Message"]
    found = {
        event["EventName"]
        for page in trail.get_paginator("lookup_events").paginate(
            LookupAttributes=[{"AttributeKey": "EventSource", "AttributeValue": "cloudtrail.amazonaws.com"}]
        )
        for event in page["Events"]
    }
    assert set(asked) <= found


def test_putAuditEvents_isRefused(server):
    data = server.client("cloudtrail-data")
    error = refused(
        data.put_audit_events,
        auditEvents=[{"id": "1", "eventData": "{}"}],
        channelArn="arn:aws:cloudtrail:us-east-1:111122223333:channel/x",
    )
    assert error["Code"] == "UnsupportedOperationException" and "no channels" in error["Message"]


def test_resourcePolicies_andEventConfiguration(server, trail):
    account = server.account()
    arn = lambda kind: f"arn:aws:cloudtrail:us-east-1:{account}:{kind}/x"
    for kind, code in (("trail", "ResourceTypeNotSupportedException"), ("channel", "ResourceNotFoundException")):
        assert refused(trail.get_resource_policy, ResourceArn=arn(kind))["Code"] == code
        assert refused(trail.delete_resource_policy, ResourceArn=arn(kind))["Code"] == code
        assert refused(trail.put_resource_policy, ResourceArn=arn(kind), ResourcePolicy="{}")["Code"] == code
    assert refused(trail.get_resource_policy, ResourceArn="arn:nothing")["Code"] == "ResourceARNNotValidException"
    assert refused(trail.get_event_configuration)["Code"] == "InvalidParameterCombinationException"
    assert refused(trail.get_event_configuration, TrailName="nowhere")["Code"] == "TrailNotFoundException"
