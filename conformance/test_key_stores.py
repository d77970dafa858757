"""External key stores through boto3 against a running server, with a proxy of ours behind them (xks_proxy.py)."""

import base64
import concurrent.futures
import datetime
import functools
import ipaddress
import json
import re
import ssl
import time

import botocore.exceptions
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from conftest import eventually
from test_golden_events import compare
from xks_proxy import PATH, Proxy
from answers import assert_shown
from test_kms_every_operation import STORES, shown_in

ENDPOINT = "https://xks.example.com"
REGION = "us-west-2"
CONTEXT = {"Department": "Engineering", "Purpose": "Test"}


@pytest.fixture(scope="module")
def proxy():
    one = Proxy()
    yield one
    one.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory, proxy):
    """A server that may talk to the proxy, and to one that is not there."""
    from conftest import Server

    running = Server(
        tmp_path_factory.mktemp("xks") / "data",
        extra=[
            "--set", f"xks.endpoints={ENDPOINT}={proxy.url},https://down.example.com=http://127.0.0.1:9",
            "--set", "xks.timeout=3s",
            "--set", "xks.calls.max=4",
        ],
    ).start()
    yield running
    assert running.stop() == 0


@pytest.fixture
def kms(site, proxy):
    """Each test begins without stores of others, in a Region of its own account's."""
    proxy.mood.clear()
    client = site.client("kms", region=REGION)
    yield client
    proxy.mood.clear()


def refused(call, **arguments):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**arguments)
    return caught.value.response


def code(call, **arguments):
    return refused(call, **arguments)["Error"]["Code"]


def make(kms, proxy, name, path=PATH, endpoint=ENDPOINT, credential=None):
    return kms.create_custom_key_store(
        CustomKeyStoreName=name,
        CustomKeyStoreType="EXTERNAL_KEY_STORE",
        XksProxyConnectivity="PUBLIC_ENDPOINT",
        XksProxyUriEndpoint=endpoint,
        XksProxyUriPath=path,
        XksProxyAuthenticationCredential=credential or proxy.credential,
    )


def described(kms, store):
    (one,) = kms.describe_custom_key_stores(CustomKeyStoreId=store)["CustomKeyStores"]
    return one


def state(kms, store, wanted):
    return eventually(lambda: described(kms, store)["ConnectionState"] == wanted and described(kms, store))


def connect(kms, store):
    kms.connect_custom_key_store(CustomKeyStoreId=store)
    return state(kms, store, "CONNECTED")


def remove(kms, store):
    if described(kms, store)["ConnectionState"] not in ("DISCONNECTED", "DISCONNECTING"):
        kms.disconnect_custom_key_store(CustomKeyStoreId=store)
    state(kms, store, "DISCONNECTED")
    try:
        kms.delete_custom_key_store(CustomKeyStoreId=store)
    except kms.exceptions.CustomKeyStoreHasCMKsException:
        pass


@pytest.fixture(scope="module")
def store(site, proxy):
    """One connected store for the tests that only use it."""
    kms = site.client("kms", region=REGION)
    proxy.mood.clear()
    made = make(kms, proxy, "shared")["CustomKeyStoreId"]
    connect(kms, made)
    return made


@pytest.fixture
def key(kms, proxy, store):
    return kms.create_key(Origin="EXTERNAL_KEY_STORE", CustomKeyStoreId=store, XksKeyId=proxy.key(f"k{time.time_ns()}"))[
        "KeyMetadata"
    ]


def event(site, name, request):
    trail = site.client("cloudtrail", region=REGION)
    found = trail.lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": name}])["Events"]
    (record,) = [r for e in found if (r := json.loads(e["CloudTrailEvent"])).get("requestID") == request]
    return record


def test_store_wholeLife(kms, proxy, site):
    with_slash = PATH.replace("tenant-1", "tenant-1/a")
    assert code(make, kms=kms, proxy=proxy, name="life", path=with_slash) == "XksProxyInvalidConfigurationException"
    client = site.client("kms", region="eu-west-1")
    answer = make(client, proxy, "life")
    id = answer["CustomKeyStoreId"]
    assert id.startswith("cks-") and len(id) == 21
    one = described(client, id)
    assert one["ConnectionState"] == "DISCONNECTED" and one["CustomKeyStoreType"] == "EXTERNAL_KEY_STORE"
    assert one["XksProxyConfiguration"] == {
        "Connectivity": "PUBLIC_ENDPOINT",
        "AccessKeyId": proxy.access_key_id,
        "UriEndpoint": ENDPOINT,
        "UriPath": PATH,
    }
    assert "ConnectionErrorCode" not in one and "CloudHsmClusterId" not in one
    assert code(make, kms=client, proxy=proxy, name="life") == "CustomKeyStoreNameInUseException"
    assert code(make, kms=client, proxy=proxy, name="other") == "XksProxyUriInUseException"
    assert code(client.disconnect_custom_key_store, CustomKeyStoreId=id) == "CustomKeyStoreInvalidStateException"
    proxy.key("life-key")
    made = dict(Origin="EXTERNAL_KEY_STORE", CustomKeyStoreId=id, XksKeyId="life-key")
    assert code(client.create_key, **made) == "CustomKeyStoreInvalidStateException"

    connect(client, id)
    client.connect_custom_key_store(CustomKeyStoreId=id)
    assert code(client.delete_custom_key_store, CustomKeyStoreId=id) == "CustomKeyStoreInvalidStateException"
    key = client.create_key(**made)["KeyMetadata"]
    assert key["KeyState"] == "Enabled" and key["CustomKeyStoreId"] == id
    assert key["XksKeyConfiguration"] == {"Id": "life-key"} and "CurrentKeyMaterialId" not in key
    blob = client.encrypt(KeyId=key["KeyId"], Plaintext=b"p")["CiphertextBlob"]

    client.update_custom_key_store(CustomKeyStoreId=id, NewCustomKeyStoreName="renamed")
    assert client.describe_custom_key_stores(CustomKeyStoreName="renamed")["CustomKeyStores"][0]["CustomKeyStoreId"] == id
    assert (
        code(client.update_custom_key_store, CustomKeyStoreId=id, XksProxyUriEndpoint="https://down.example.com")
        == "CustomKeyStoreInvalidStateException"
    )

    client.disconnect_custom_key_store(CustomKeyStoreId=id)
    assert client.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] == "Unavailable"
    for call in (
        lambda: client.encrypt(KeyId=key["KeyId"], Plaintext=b"p"),
        lambda: client.decrypt(CiphertextBlob=blob),
        lambda: client.generate_data_key(KeyId=key["KeyId"], KeySpec="AES_256"),
    ):
        error = refused(call)["Error"]
        assert error == {"Code": "KMSInvalidStateException", "Message": f"{key['Arn']} is unavailable."}
    client.disable_key(KeyId=key["KeyId"])
    state(client, id, "DISCONNECTED")
    assert code(client.delete_custom_key_store, CustomKeyStoreId=id) == "CustomKeyStoreHasCMKsException"
    connect(client, id)
    assert client.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] == "Disabled"
    client.enable_key(KeyId=key["KeyId"])
    assert client.decrypt(CiphertextBlob=blob)["Plaintext"] == b"p"
    client.disconnect_custom_key_store(CustomKeyStoreId=id)
    client.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=7)
    assert client.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] == "PendingDeletion"
    client.cancel_key_deletion(KeyId=key["KeyId"])
    assert client.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] == "Unavailable"

    empty = site.client("kms", region="eu-west-2")
    other = make(empty, proxy, "empty")["CustomKeyStoreId"]
    empty.delete_custom_key_store(CustomKeyStoreId=other)
    assert code(empty.describe_custom_key_stores, CustomKeyStoreId=other) == "CustomKeyStoreNotFoundException"
    assert empty.describe_custom_key_stores()["CustomKeyStores"] == []
    for call in (
        empty.connect_custom_key_store, empty.disconnect_custom_key_store, empty.delete_custom_key_store,
        functools.partial(empty.update_custom_key_store, NewCustomKeyStoreName="x"),
    ):
        assert code(call, CustomKeyStoreId=other) == "CustomKeyStoreNotFoundException"


def test_cryptography_isDouble_andTellsTheProxyWho(kms, proxy, key, store):
    proxy.requests.clear()
    answer = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x" * 4096, EncryptionContext=CONTEXT)
    ((path, body),) = proxy.requests
    xks_key = key["XksKeyConfiguration"]["Id"]
    assert path == f"{PATH}/keys/{xks_key}/encrypt"
    assert body["requestMetadata"] == {
        "awsPrincipalArn": key["Arn"].split(":")[4] and body["requestMetadata"]["awsPrincipalArn"],
        "kmsKeyArn": key["Arn"],
        "kmsOperation": "Encrypt",
        "kmsRequestId": answer["ResponseMetadata"]["RequestId"],
    }
    assert body["requestMetadata"]["awsPrincipalArn"].endswith(":user/admin")
    sent = base64.b64decode(body["plaintext"])
    assert b"xxxx" not in sent and len(sent) <= 4300, "what leaves is encrypted already"
    assert len(answer["CiphertextBlob"]) <= 6144 and answer["KeyId"] == key["Arn"]
    opened = kms.decrypt(CiphertextBlob=answer["CiphertextBlob"], EncryptionContext=CONTEXT)
    assert opened["Plaintext"] == b"x" * 4096 and "KeyMaterialId" not in opened

    data = kms.generate_data_key(KeyId=key["KeyId"], KeySpec="AES_256")
    assert kms.decrypt(CiphertextBlob=data["CiphertextBlob"])["Plaintext"] == data["Plaintext"]
    assert "KeyMaterialId" not in data
    without = kms.generate_data_key_without_plaintext(KeyId=key["KeyId"], NumberOfBytes=1)
    assert len(kms.decrypt(CiphertextBlob=without["CiphertextBlob"])["Plaintext"]) == 1

    own = kms.create_key()["KeyMetadata"]["KeyId"]
    moved = kms.re_encrypt(CiphertextBlob=data["CiphertextBlob"], DestinationKeyId=own)
    back = kms.re_encrypt(CiphertextBlob=moved["CiphertextBlob"], DestinationKeyId=key["KeyId"])
    assert kms.decrypt(CiphertextBlob=back["CiphertextBlob"])["Plaintext"] == data["Plaintext"]


def test_ciphertext_alteredOrWithAnotherContext_isRefused(kms, key, site):
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"secret", EncryptionContext=CONTEXT)["CiphertextBlob"]
    text = (
        "The external key store proxy rejected the request because the specified ciphertext or additional authenticated"
        " data is corrupted, missing, or otherwise invalid."
    )
    for place in (len(blob) - 1, 56, 75, 90):
        bad = bytearray(blob)
        bad[place] ^= 1
        answer = refused(kms.decrypt, CiphertextBlob=bytes(bad), EncryptionContext=CONTEXT)
        assert answer["Error"] == {"Code": "KMSInvalidStateException", "Message": text}, place
    assert code(kms.decrypt, CiphertextBlob=blob) == "KMSInvalidStateException"
    for cut in (blob[:60], blob[:-50], blob[:1], b"\x02" + bytes(100)):
        assert code(kms.decrypt, CiphertextBlob=cut, EncryptionContext=CONTEXT) in (
            "InvalidCiphertextException", "KMSInvalidStateException", "AccessDeniedException")
    own = bytearray(blob)
    own[0] = 1
    assert code(kms.decrypt, CiphertextBlob=bytes(own), EncryptionContext=CONTEXT) == "InvalidCiphertextException"


def test_createKey_badExternalKeys_andMembersThatDoNotGoTogether(kms, proxy, store):
    def made(**more):
        return code(kms.create_key, **{"Origin": "EXTERNAL_KEY_STORE", "CustomKeyStoreId": store, **more})

    assert made(XksKeyId="no-such-key") == "XksKeyNotFoundException"
    assert made(XksKeyId=proxy.key("short", spec="AES_128")) == "XksKeyInvalidConfigurationException"
    assert made(XksKeyId=proxy.key("wrong", usage=["ENCRYPT"])) == "XksKeyInvalidConfigurationException"
    assert made(XksKeyId=proxy.key("off", status="DISABLED")) == "XksKeyInvalidConfigurationException"
    kms.create_key(Origin="EXTERNAL_KEY_STORE", CustomKeyStoreId=store, XksKeyId=proxy.key("once"))
    assert made(XksKeyId="once") == "XksKeyAlreadyInUseException"
    assert made() == "ValidationException"
    assert made(XksKeyId="..") == "ValidationException"
    assert made(XksKeyId="a/b") == "ValidationException"
    assert made(XksKeyId="once", MultiRegion=True) == "UnsupportedOperationException"
    assert made(XksKeyId="once", KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY") == "UnsupportedOperationException"
    assert made(XksKeyId="once", CustomKeyStoreId="cks-0") == "CustomKeyStoreNotFoundException"
    assert code(kms.create_key, CustomKeyStoreId=store) == "ValidationException"
    assert code(kms.create_key, XksKeyId="once") == "ValidationException"
    assert code(kms.create_key, Origin="EXTERNAL_KEY_STORE", XksKeyId="once") == "ValidationException"
    assert code(kms.create_key, Origin="AWS_CLOUDHSM", CustomKeyStoreId=store) == "UnsupportedOperationException"
    proxy.key("tries")
    proxy.mood["metadata"] = (403, "AccessDeniedException")
    assert made(XksKeyId="tries") == "CustomKeyStoreInvalidStateException"
    proxy.mood["metadata"] = b'{"keySpec":"AES_256"}'
    assert made(XksKeyId="tries") == "CustomKeyStoreInvalidStateException"


def test_operationsThatSuchKeysDoNotHave(kms, key, store):
    id = key["KeyId"]
    for call, arguments in (
        (kms.enable_key_rotation, {}),
        (kms.disable_key_rotation, {}),
        (kms.get_key_rotation_status, {}),
        (kms.rotate_key_on_demand, {}),
        (kms.list_key_rotations, {}),
        (kms.get_parameters_for_import, {"WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"}),
        (kms.delete_imported_key_material, {}),
        (kms.replicate_key, {"ReplicaRegion": "eu-west-1"}),
        (kms.generate_data_key_pair, {"KeyPairSpec": "ECC_NIST_P256"}),
        (kms.generate_data_key_pair_without_plaintext, {"KeyPairSpec": "ECC_NIST_P256"}),
    ):
        assert code(call, KeyId=id, **arguments) == "UnsupportedOperationException", call
    assert code(kms.generate_random, NumberOfBytes=8, CustomKeyStoreId=store) == "UnsupportedOperationException"
    kms.tag_resource(KeyId=id, Tags=[{"TagKey": "a", "TagValue": "b"}])
    kms.create_alias(AliasName=f"alias/{id}", TargetKeyId=id)
    assert code(kms.encrypt, KeyId=f"alias/{id}", Plaintext=b"p", DryRun=True) == "DryRunOperationException"


@pytest.mark.parametrize(
    "mood, part",
    [
        ((400, "ValidationException"), "parameter"),
        ((400, "InvalidStateException"), "not enabled"),
        ((400, "InvalidKeyUsageException"), "does not support the requested operation"),
        ((401, "AuthenticationFailedException"), "could not authenticate"),
        ((403, "AccessDeniedException"), "denied access"),
        ((404, "KeyNotFoundException"), "could not find the external key"),
        ((404, "InvalidUriPathException"), "URI path"),
        ((429, "ThrottlingException"), "very high request rate"),
        ((500, "InternalException"), "internal"),
        ((501, "UnsupportedOperationException"), "does not support"),
        ((503, "DependencyTimeoutException"), "timed out"),
        ((502, "not a name we know"), "cannot communicate"),
        (b"{not json", "cannot interpret"),
        (b"[]", "cannot interpret"),
        (b"[" * 5000, "cannot interpret"),
        (b'{"ciphertext":"AAAA"}', "cannot interpret"),
        (b'{"a":"' + b"x" * 200_000 + b'"}', "cannot interpret"),
        ({"ciphertextDataIntegrityValue": base64.b64encode(bytes(32)).decode()}, "cannot interpret"),
        ({"initializationVector": "AAAA"}, "cannot interpret"),
        ({"ciphertextMetadata": base64.b64encode(bytes(21)).decode()}, "cannot interpret"),
        ({"authenticationTag": "!"}, "cannot interpret"),
        ("drop", "cannot communicate"),
        ("slow", "did not respond in time"),
    ],
    ids=lambda value: str(value)[:40] if not isinstance(value, (bytes, dict)) else type(value).__name__,
)
def test_encrypt_proxyFails_isInvalidState_recorded(kms, proxy, key, site, mood, part):
    proxy.release.clear()
    proxy.mood["encrypt"] = mood
    try:
        answer = refused(kms.encrypt, KeyId=key["KeyId"], Plaintext=b"p")
    finally:
        proxy.release.set()
    assert answer["Error"]["Code"] == "KMSInvalidStateException" and part in answer["Error"]["Message"]
    record = event(site, "Encrypt", answer["ResponseMetadata"]["RequestId"])
    assert record["errorCode"] == "KMSInvalidStateException" and record["errorMessage"] == answer["Error"]["Message"]
    assert record["additionalEventData"] == {
        "customKeyStoreId": key["CustomKeyStoreId"],
        "xksKeyId": key["XksKeyConfiguration"]["Id"],
    }
    proxy.mood.clear()
    assert kms.encrypt(KeyId=key["KeyId"], Plaintext=b"p")["CiphertextBlob"]


@pytest.mark.parametrize(
    "mood, on_create, on_connect",
    [
        ((401, "AuthenticationFailedException"), "XksProxyIncorrectAuthenticationCredentialException", "INVALID_CREDENTIALS"),
        ((403, "AccessDeniedException"), "XksProxyInvalidConfigurationException", "XKS_PROXY_ACCESS_DENIED"),
        ((404, "InvalidUriPathException"), "XksProxyInvalidConfigurationException", "XKS_PROXY_INVALID_CONFIGURATION"),
        ((429, "ThrottlingException"), "XksProxyUriUnreachableException", "XKS_PROXY_NOT_REACHABLE"),
        ((500, "InternalException"), "XksProxyInvalidResponseException", "XKS_PROXY_INVALID_RESPONSE"),
        (b"garbage", "XksProxyInvalidResponseException", "XKS_PROXY_INVALID_RESPONSE"),
        ({"ekmFleetDetails": []}, "XksProxyInvalidResponseException", "XKS_PROXY_INVALID_RESPONSE"),
        (
            {"ekmFleetDetails": [{"id": "1", "model": "m", "healthStatus": "UNAVAILABLE"}]},
            "XksProxyUriUnreachableException",
            "XKS_PROXY_NOT_REACHABLE",
        ),
        ("slow", "XksProxyUriUnreachableException", "XKS_PROXY_TIMED_OUT"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_health_failures(proxy, site, mood, on_create, on_connect):
    kms = site.client("kms", region="ap-south-1")
    proxy.mood.clear()
    proxy.mood["health"] = mood
    proxy.release.clear()
    assert code(make, kms=kms, proxy=proxy, name="health") == on_create
    proxy.release.set()
    proxy.mood.clear()
    id = make(kms, proxy, "health")["CustomKeyStoreId"]
    proxy.release.clear()
    try:
        proxy.mood["health"] = mood
        assert code(kms.update_custom_key_store, CustomKeyStoreId=id, XksProxyUriPath=PATH) == on_create
        kms.connect_custom_key_store(CustomKeyStoreId=id)
        assert state(kms, id, "FAILED")["ConnectionErrorCode"] == on_connect
        assert code(kms.connect_custom_key_store, CustomKeyStoreId=id) == "CustomKeyStoreInvalidStateException"
        assert code(kms.update_custom_key_store, CustomKeyStoreId=id, XksProxyUriPath=PATH) == (
            "CustomKeyStoreInvalidStateException")
    finally:
        proxy.release.set()
        proxy.mood.clear()
        remove(kms, id)


def test_wrongCredential_andUnknownOrMissingProxies(kms, proxy, site):
    wrong = {"AccessKeyId": proxy.access_key_id, "RawSecretAccessKey": "a" * 43}
    client = site.client("kms", region="sa-east-1")
    assert code(make, kms=client, proxy=proxy, name="w", credential=wrong) == (
        "XksProxyIncorrectAuthenticationCredentialException")
    for endpoint in ("https://down.example.com", "https://not-listed.example.com"):
        assert code(make, kms=client, proxy=proxy, name="w", endpoint=endpoint) == "XksProxyUriUnreachableException"
    for bad in ("http://xks.example.com", "https://xks.example.com:8443", "https://x/", "ftp://xks.example.com"):
        assert code(make, kms=client, proxy=proxy, name="w", endpoint=bad) == "ValidationException"
    assert code(make, kms=client, proxy=proxy, name="w", path="/kms/xks/v1/..") == "ValidationException"
    base = dict(CustomKeyStoreName="w", CustomKeyStoreType="EXTERNAL_KEY_STORE")
    assert code(client.create_custom_key_store, **base) == "ValidationException"
    assert code(client.create_custom_key_store, **base, KeyStorePassword="1234567") == "ValidationException"
    assert code(client.create_custom_key_store, CustomKeyStoreName="w") == "ValidationException"
    assert code(
        client.create_custom_key_store,
        **base,
        XksProxyConnectivity="VPC_ENDPOINT_SERVICE",
        XksProxyUriEndpoint=ENDPOINT,
        XksProxyUriPath=PATH,
        XksProxyVpcEndpointServiceName="com.amazonaws.vpce.us-east-1.vpce-svc-1",
        XksProxyAuthenticationCredential=proxy.credential,
    ) == "XksProxyVpcEndpointServiceNotFoundException"
    # The credential may change while the store is connected, and is tried before it is taken.
    id = make(client, proxy, "w")["CustomKeyStoreId"]
    connect(client, id)
    assert code(
        client.update_custom_key_store, CustomKeyStoreId=id, XksProxyAuthenticationCredential=wrong
    ) == "XksProxyIncorrectAuthenticationCredentialException"
    client.update_custom_key_store(CustomKeyStoreId=id, XksProxyAuthenticationCredential=proxy.credential)
    assert code(client.update_custom_key_store, CustomKeyStoreId=id) == "ValidationException"
    remove(client, id)


def test_describe_pages_andQuota(proxy, site):
    kms = site.client("kms", region="ca-central-1")
    proxy.mood["*"] = json.dumps({
        "xksProxyFleetSize": 1, "xksProxyVendor": "v", "xksProxyModel": "m", "ekmVendor": "e",
        "ekmFleetDetails": [{"id": "1", "model": "m", "healthStatus": "DEGRADED"}]}).encode()
    try:
        made = sorted(make(kms, proxy, f"n{i}", path=f"/t{i}/kms/xks/v1")["CustomKeyStoreId"] for i in range(10))
        assert code(make, kms=kms, proxy=proxy, name="n11", path="/t11/kms/xks/v1") == "LimitExceededException"
        change = lambda **to: code(kms.update_custom_key_store, CustomKeyStoreId=made[0], **to)
        other = described(kms, made[1])
        assert change(NewCustomKeyStoreName=other["CustomKeyStoreName"]) == "CustomKeyStoreNameInUseException"
        taken = other["XksProxyConfiguration"]["UriPath"]
        assert change(XksProxyUriPath=taken) == "XksProxyUriInUseException"
        assert change(
            XksProxyConnectivity="VPC_ENDPOINT_SERVICE",
            XksProxyVpcEndpointServiceName="com.amazonaws.vpce.us-east-1.vpce-svc-1",
        ) == "XksProxyVpcEndpointServiceNotFoundException"
    finally:
        proxy.mood.clear()
    seen, marker = [], {}
    while True:
        page = kms.describe_custom_key_stores(Limit=3, **marker)
        seen += [one["CustomKeyStoreId"] for one in page["CustomKeyStores"]]
        assert page["Truncated"] == ("NextMarker" in page)
        if not page["Truncated"]:
            break
        marker = {"Marker": page["NextMarker"]}
    assert seen == made
    assert code(kms.describe_custom_key_stores, Marker="bad") == "InvalidMarkerException"
    assert code(kms.describe_custom_key_stores, CustomKeyStoreName="absent") == "CustomKeyStoreNotFoundException"
    assert code(kms.describe_custom_key_stores, CustomKeyStoreName="n1", CustomKeyStoreId=made[0]) == "ValidationException"


def test_denied_isRecorded(site, proxy, store):
    import conftest  # noqa: F401

    iam = site.client("iam")
    iam.create_user(UserName="nobody")
    made = iam.create_access_key(UserName="nobody")["AccessKey"]
    kms = site.client("kms", region=REGION, credentials=(made["AccessKeyId"], made["SecretAccessKey"]))
    for name, call, arguments in (
        ("CreateCustomKeyStore", make, dict(kms=kms, proxy=proxy, name="x")),
        ("DescribeCustomKeyStores", kms.describe_custom_key_stores, {}),
        ("ConnectCustomKeyStore", kms.connect_custom_key_store, {"CustomKeyStoreId": store}),
        ("DisconnectCustomKeyStore", kms.disconnect_custom_key_store, {"CustomKeyStoreId": store}),
        ("UpdateCustomKeyStore", kms.update_custom_key_store, {"CustomKeyStoreId": store, "NewCustomKeyStoreName": "y"}),
        ("DeleteCustomKeyStore", kms.delete_custom_key_store, {"CustomKeyStoreId": store}),
    ):
        answer = refused(call, **arguments)
        assert answer["Error"]["Code"] == "AccessDeniedException", name
        assert event(site, name, answer["ResponseMetadata"]["RequestId"])["errorCode"] == "AccessDenied"


def test_deadProxy_neverStarvesOtherCalls(kms, proxy, key):
    """Of many calls that wait for a proxy only so many may; the others are told at once, and other keys never wait."""
    own = kms.create_key()["KeyMetadata"]["KeyId"]
    proxy.release.clear()
    proxy.mood["encrypt"] = "slow"
    try:
        with concurrent.futures.ThreadPoolExecutor(24) as pool:
            waiting = [pool.submit(code, kms.encrypt, KeyId=key["KeyId"], Plaintext=b"p") for _ in range(24)]
            began = time.monotonic()
            for _ in range(10):
                kms.encrypt(KeyId=own, Plaintext=b"p")
            took = time.monotonic() - began
            codes = [one.result(timeout=60) for one in waiting]
    finally:
        proxy.release.set()
        proxy.mood.clear()
    assert set(codes) == {"ThrottlingException", "KMSInvalidStateException"}
    assert took < 10
    assert kms.encrypt(KeyId=key["KeyId"], Plaintext=b"p")["CiphertextBlob"]


def test_restart_storesAndKeysAreThere(fresh, proxy):
    proxy.mood.clear()
    extra = ["--set", f"xks.endpoints={ENDPOINT}={proxy.url}", "--set", "xks.timeout=5s"]
    server = fresh("again", extra=extra).start()
    kms = server.client("kms")
    id = make(kms, proxy, "again")["CustomKeyStoreId"]
    connect(kms, id)
    key = kms.create_key(Origin="EXTERNAL_KEY_STORE", CustomKeyStoreId=id, XksKeyId=proxy.key("again"))["KeyMetadata"]
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"p")["CiphertextBlob"]
    server.kill()
    server.start()
    assert described(kms, id)["ConnectionState"] == "CONNECTED"
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"p"
    files = b"".join(f.read_bytes() for f in server.data.rglob("*") if f.is_file() and f.stat().st_size < 100 << 20)
    assert proxy.secret.encode() not in files, "the credential lies sealed"
    server.stop()


def test_requestQuota_eachStoreHasItsOwn(fresh, proxy):
    extra = ["--set", f"xks.endpoints={ENDPOINT}={proxy.url}", "--set", "xks.timeout=5s"]
    extra += ["--set", "kms.request-quotas=key-store=0.01"]
    site = fresh(extra=extra).start()
    kms, keys = site.client("kms", region=REGION), []
    for region in (REGION, "eu-west-1"):
        client = site.client("kms", region=region)
        store = make(client, proxy, "paced")["CustomKeyStoreId"]
        connect(client, store)  # takes nothing
        keys.append((client, client.create_key(
            Origin="EXTERNAL_KEY_STORE", CustomKeyStoreId=store, XksKeyId=proxy.key(f"q{time.time_ns()}"))["KeyMetadata"]["Arn"]))
    for client, key in keys:
        assert client.encrypt(KeyId=key, Plaintext=b"p")["CiphertextBlob"]
        answer = refused(client.generate_data_key, KeyId=key, KeySpec="AES_256")
        assert answer["Error"]["Code"] == "ThrottlingException"
    client, key = keys[0]
    assert event(site, "GenerateDataKey", refused(client.generate_data_key, KeyId=key, KeySpec="AES_256")
                 ["ResponseMetadata"]["RequestId"])["errorCode"] == "ThrottlingException"
    other = kms.create_key()["KeyMetadata"]["KeyId"]
    for _ in range(5):
        kms.encrypt(KeyId=other, Plaintext=b"p")


def certificate(folder, host, clients=None):
    """Its own root. With `clients`, another such folder, connections without a certificate of that root are turned away."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host), x509.IPAddress(ipaddress.ip_address("127.0.0.2"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    folder.mkdir(exist_ok=True)
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").touch(0o600)
    (folder / "key.pem").write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    if clients:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(clients / "cert.pem")
    return context


def test_tls_trustedNamedCertificate_andNoOther(fresh, tmp_path):
    good = Proxy(tls=certificate(tmp_path / "good", "localhost"))
    other = Proxy(tls=certificate(tmp_path / "other", "localhost"))
    try:
        server = fresh("tls", extra=[
            "--set", f"xks.endpoints={ENDPOINT}={good.url},https://other.example.com={other.url},"
            f"https://name.example.com=https://127.0.0.1:{good.port}",
            "--set", f"xks.trust={tmp_path / 'good' / 'cert.pem'}", "--set", "xks.timeout=5s"]).start()
        kms = server.client("kms")
        id = make(kms, good, "tls")["CustomKeyStoreId"]
        connect(kms, id)
        key = kms.create_key(Origin="EXTERNAL_KEY_STORE", CustomKeyStoreId=id, XksKeyId=good.key("k"))["KeyMetadata"]
        assert kms.encrypt(KeyId=key["KeyId"], Plaintext=b"p")["CiphertextBlob"]
        for endpoint in ("https://other.example.com", "https://name.example.com"):
            answer = refused(make, kms=kms, proxy=other, name=endpoint[8:], endpoint=endpoint)
            assert answer["Error"]["Code"] == "XksProxyUriUnreachableException" and "TLS" in answer["Error"]["Message"]
        server.stop()
    finally:
        good.close()
        other.close()


def test_tls_proxyThatAsksForACertificate_getsTheConfiguredOne(fresh, tmp_path):
    """Mutual TLS: the proxy takes certificates of one root alone and sees whose it was."""
    ours, stranger = tmp_path / "ours", tmp_path / "stranger"
    certificate(ours, "cks.kms.us-east-1.amazonaws.com")
    certificate(stranger, "cks.kms.us-east-1.amazonaws.com")
    proxy = Proxy(tls=certificate(tmp_path / "proxy", "localhost", clients=ours))
    try:
        shown = tmp_path / "shown"
        shown.mkdir()
        secrets = []

        def show(folder):
            for name in ("cert.pem", "key.pem"):
                (shown / name).touch(0o600)
                (shown / name).write_bytes((folder / name).read_bytes())
            secrets.append((folder / "key.pem").read_text().splitlines()[1])

        common = ["--set", f"xks.endpoints={ENDPOINT}={proxy.url}", "--set", "xks.timeout=5s",
                  "--set", f"xks.trust={tmp_path / 'proxy' / 'cert.pem'}"]
        server = fresh("mtls", extra=common).start()
        answer = refused(make, kms=server.client("kms"), proxy=proxy, name="nothing to show")
        assert answer["Error"]["Code"] == "XksProxyUriUnreachableException"
        server.stop()

        show(stranger)
        server.extra = common + ["--set", f"xks.client.cert={shown / 'cert.pem'}", "--set", f"xks.client.key={shown / 'key.pem'}"]
        server.start()
        kms = server.client("kms")
        answer = refused(make, kms=kms, proxy=proxy, name="stranger")
        assert answer["Error"]["Code"] == "XksProxyUriUnreachableException"
        assert proxy.requests == []

        show(ours)  # and is read again, without a restart
        id = eventually(lambda: accepted(kms, proxy, "ours"))
        connect(kms, id)
        key = kms.create_key(Origin="EXTERNAL_KEY_STORE", CustomKeyStoreId=id, XksKeyId=proxy.key("k"))["KeyMetadata"]
        blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"p")["CiphertextBlob"]
        assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"p"
        assert {dict(pair for part in one["subject"] for pair in part)["commonName"] for one in proxy.peers} == {
            "cks.kms.us-east-1.amazonaws.com"
        }
        server.stop()
        said = log(server) + "".join(
            file.read_bytes().decode("latin-1") for file in server.data.rglob("*") if file.is_file())
        assert not any(secret in said for secret in secrets)
    finally:
        proxy.close()


def log(server):
    return "\n".join(server.lines) + (server.data.parent / f"{server.data.name}.log").read_text()


def accepted(kms, proxy, name):
    try:
        return make(kms, proxy, name)["CustomKeyStoreId"]
    except kms.exceptions.XksProxyUriUnreachableException:
        return None


@pytest.mark.parametrize("settings, says", [
    (["xks.client.cert={cert}"], "go together"),
    (["xks.client.cert={cert}", "xks.client.key={cert}"], "no PKCS#8 private key"),
    (["xks.client.cert={cert}", "xks.client.key={open}"], "chmod 600"),
    (["xks.client.cert={key}", "xks.client.key={key}"], "cannot be read as certificates|no certificate"),
])
def test_tls_clientCertificateThatCannotBeUsed_stopsTheStart(fresh, tmp_path, settings, says):
    certificate(tmp_path, "a")
    (tmp_path / "open.pem").write_bytes((tmp_path / "key.pem").read_bytes())
    (tmp_path / "open.pem").chmod(0o644)
    (tmp_path / "cert.pem").chmod(0o600)
    files = {name: tmp_path / f"{name}.pem" for name in ("cert", "key", "open")}
    server = fresh("mtls-bad", extra=[word for one in settings for word in ("--set", one.format(**files))])
    with pytest.raises(RuntimeError):
        server.start()
    said = log(server)
    assert re.search(says, said) and (tmp_path / "key.pem").read_text().splitlines()[1] not in said


def test_plainHttp_beyondLoopback_stopsTheStart(fresh):
    server = fresh("plain", extra=["--set", "xks.endpoints=https://a.example=http://10.0.0.1:80"])
    with pytest.raises(RuntimeError):
        server.start()


def test_events_asDocumented(site, proxy, kms, store):
    """Against the guide's records; the page's store has a cluster, which a proxy's has not."""
    proxy.key("documented")
    answer = kms.create_key(Origin="EXTERNAL_KEY_STORE", CustomKeyStoreId=store, XksKeyId="documented")
    record = event(site, "CreateKey", answer["ResponseMetadata"]["RequestId"])
    for place in (record["requestParameters"], record["responseElements"]["keyMetadata"]):
        assert place.pop("customKeyStoreId") == store
        place["customKeyStoreId"] = "cks-1234567890abcdef0"
    assert record["requestParameters"].pop("xksKeyId") == "documented"
    record["requestParameters"]["xksKeyId"] = "bb8562717f809024"
    assert record["responseElements"]["keyMetadata"].pop("xksKeyConfiguration") == {"id": "documented"}
    record["responseElements"]["keyMetadata"]["xksKeyConfiguration"] = {"id": "bb8562717f809024"}
    compare(record, "CreateKey-xks")

    key = answer["KeyMetadata"]["Arn"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"p", EncryptionContext=CONTEXT)["CiphertextBlob"]
    answer = kms.decrypt(KeyId=key, CiphertextBlob=blob, EncryptionContext=CONTEXT)
    record = event(site, "Decrypt", answer["ResponseMetadata"]["RequestId"])
    assert record["additionalEventData"] == {"customKeyStoreId": store, "xksKeyId": "documented"}
    record["additionalEventData"] = {"customKeyStoreId": "cks-9876543210fedcba9", "xksKeyId": "abc01234567890fe"}
    compare(record, "Decrypt-xks")

    bad = blob[:-1] + bytes([blob[-1] ^ 1])
    answer = refused(kms.decrypt, KeyId=key, CiphertextBlob=bad, EncryptionContext=CONTEXT)
    record = event(site, "Decrypt", answer["ResponseMetadata"]["RequestId"])
    record["additionalEventData"] = {"customKeyStoreId": "cks-9876543210fedcba9", "xksKeyId": "abc01234567890fe"}
    compare(record, "Decrypt-xks-failure")

    answer = kms.describe_custom_key_stores(CustomKeyStoreId=store)
    record = event(site, "DescribeCustomKeyStores", answer["ResponseMetadata"]["RequestId"])
    record["requestParameters"]["customKeyStoreId"] = "cks-1234567890abcdef0"
    compare(record, "DescribeCustomKeyStores")

    client = site.client("kms", region="us-west-1")
    answer = make(client, proxy, "ExampleKeyStore")
    trail = site.client("cloudtrail", region="us-west-1")
    (found,) = trail.lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "CreateCustomKeyStore"}])["Events"]
    record = json.loads(found["CloudTrailEvent"])
    assert record["requestParameters"] == {
        "customKeyStoreName": "ExampleKeyStore",
        "customKeyStoreType": "EXTERNAL_KEY_STORE",
        "xksProxyUriEndpoint": ENDPOINT,
        "xksProxyUriPath": PATH,
        "xksProxyConnectivity": "PUBLIC_ENDPOINT",
    }
    assert record["responseElements"] == {"customKeyStoreId": answer["CustomKeyStoreId"]}
    assert "resources" not in record and proxy.secret not in found["CloudTrailEvent"]
    assert proxy.access_key_id not in found["CloudTrailEvent"]


def test_everyErrorOfOurs_wasAnswered_andIsOnRecord(request):
    assert_shown(request, shown_in(__file__) + [(name, code) for name in STORES for code in (None, "AccessDeniedException")])
