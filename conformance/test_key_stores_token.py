"""Key stores of type AWS_CLOUDHSM through boto3, over a PKCS#11 token: SoftHSM, of Debian's package softhsm2."""

import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess

import botocore.exceptions
import pytest

from conftest import Server
from test_golden_events import GOLDEN, compare
from test_key_stores import CONTEXT, certificate, code, connect, described, event, refused, state
from answers import assert_shown
from test_kms_every_operation import shown_in
from test_virtual_clock import advance, service_events

LIBRARY = next((p for p in (pathlib.Path("/usr/lib/softhsm/libsofthsm2.so"),) if p.exists()), None)
UTILITY = shutil.which("softhsm2-util")
pytestmark = pytest.mark.skipif(
    not (LIBRARY and UTILITY), reason="SKIPPED, NOT TESTED: softhsm2 is not installed (apt-get install softhsm2)")

CLUSTER = "cluster-1a23b4cdefg".replace("1", "2")
GONE = "cluster-2222222222a"
NO_LIBRARY = "cluster-2222222222b"
PIN = "kmsuser-pin-1"
REGION = "us-west-2"


class Hsm:
    """SoftHSM's tokens in a folder of their own, and a trust anchor."""

    def __init__(self, folder):
        folder.mkdir()
        (folder / "tokens").mkdir()
        self.conf = folder / "softhsm2.conf"
        self.conf.write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n")
        self.env = {"SOFTHSM2_CONF": str(self.conf)}
        self.token("kms token")
        certificate(folder / "anchor", "anchor.example.com")
        self.anchor_file = folder / "anchor" / "cert.pem"
        self.anchor = self.anchor_file.read_text()
        certificate(folder / "other", "anchor.example.com")
        self.other_anchor = (folder / "other" / "cert.pem").read_text()
        at = f"{LIBRARY};%s;{self.anchor_file}"
        self.settings = ["--set", "hsm.clusters=" + ",".join([
            f"{CLUSTER}={at % 'kms token'}", f"{GONE}={at % 'absent'}",
            f"{NO_LIBRARY}=/no/such/library.so;x;{self.anchor_file}"]), "--set", "hsm.timeout=10s"]

    def token(self, label):
        self.util("--init-token", "--free", "--label", label, "--so-pin", "so-pin-1", "--pin", PIN)

    def util(self, *arguments):
        subprocess.run([UTILITY, *arguments], env={**os.environ, **self.env}, check=True, capture_output=True, timeout=60)


@pytest.fixture(scope="module")
def hsm(tmp_path_factory):
    return Hsm(tmp_path_factory.mktemp("hsm") / "softhsm")


@pytest.fixture(scope="module")
def site(tmp_path_factory, hsm):
    running = Server(tmp_path_factory.mktemp("token") / "data", extra=hsm.settings, env=hsm.env).start()
    yield running
    assert running.stop() == 0


def make(kms, hsm, name, cluster=CLUSTER, password=PIN, anchor=None):
    return kms.create_custom_key_store(
        CustomKeyStoreName=name, CloudHsmClusterId=cluster, KeyStorePassword=password,
        TrustAnchorCertificate=anchor or hsm.anchor)


@pytest.fixture(scope="module")
def store(site, hsm):
    kms = site.client("kms", region=REGION)
    id = make(kms, hsm, "hsm")["CustomKeyStoreId"]
    connect(kms, id)
    return id


@pytest.fixture
def kms(site):
    return site.client("kms", region=REGION)


@pytest.fixture
def key(kms, store):
    return kms.create_key(Origin="AWS_CLOUDHSM", CustomKeyStoreId=store)["KeyMetadata"]


def test_store_isDescribed_andMetadataNamesIt(kms, store, key, hsm):
    one = described(kms, store)
    assert one["CustomKeyStoreType"] == "AWS_CLOUDHSM" and one["CloudHsmClusterId"] == CLUSTER
    assert one["TrustAnchorCertificate"] == hsm.anchor and "XksProxyConfiguration" not in one
    assert one["ConnectionState"] == "CONNECTED"
    assert key["Origin"] == "AWS_CLOUDHSM" and key["CloudHsmClusterId"] == CLUSTER and key["CustomKeyStoreId"] == store
    assert key["KeyState"] == "Enabled" and "CurrentKeyMaterialId" not in key and "XksKeyConfiguration" not in key


def test_cryptography_roundTrips_andBindsEverything(kms, key):
    id = key["KeyId"]
    for size in (1, 15, 16, 17, 4096):
        plaintext = os.urandom(size)
        answer = kms.encrypt(KeyId=id, Plaintext=plaintext, EncryptionContext=CONTEXT)
        opened = kms.decrypt(CiphertextBlob=answer["CiphertextBlob"], EncryptionContext=CONTEXT)
        assert opened["Plaintext"] == plaintext and opened["KeyId"] == key["Arn"] and "KeyMaterialId" not in opened
        assert plaintext not in answer["CiphertextBlob"] or size == 1
    blob = answer["CiphertextBlob"]
    assert code(kms.decrypt, CiphertextBlob=blob) == "InvalidCiphertextException"
    assert code(kms.decrypt, CiphertextBlob=blob, EncryptionContext={"Department": "x"}) == "InvalidCiphertextException"
    for place in (23, 54, 55, 66, 67, len(blob) - 16, len(blob) - 1):
        bad = bytearray(blob)
        bad[place] ^= 1
        assert code(kms.decrypt, CiphertextBlob=bytes(bad), EncryptionContext=CONTEXT) == "InvalidCiphertextException", place
    for kind in (1, 2):
        other = bytes([kind]) + blob[1:]
        assert code(kms.decrypt, CiphertextBlob=other, EncryptionContext=CONTEXT) == "InvalidCiphertextException"
    assert kms.decrypt(CiphertextBlob=blob, EncryptionContext=CONTEXT)["Plaintext"] == plaintext

    data = kms.generate_data_key(KeyId=id, KeySpec="AES_256")
    assert kms.decrypt(CiphertextBlob=data["CiphertextBlob"])["Plaintext"] == data["Plaintext"]
    own = kms.create_key()["KeyMetadata"]["KeyId"]
    moved = kms.re_encrypt(CiphertextBlob=data["CiphertextBlob"], DestinationKeyId=own)["CiphertextBlob"]
    back = kms.re_encrypt(CiphertextBlob=moved, DestinationKeyId=id)["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=back)["Plaintext"] == data["Plaintext"]
    second = kms.create_key(Origin="AWS_CLOUDHSM", CustomKeyStoreId=key["CustomKeyStoreId"])["KeyMetadata"]
    assert code(kms.decrypt, CiphertextBlob=blob, KeyId=second["KeyId"], EncryptionContext=CONTEXT) == "IncorrectKeyException"


def test_many_atOnce(kms, key):
    def once(i):
        blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"%d" % i)["CiphertextBlob"]
        return kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"%d" % i

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        assert all(pool.map(once, range(200)))


def test_operationsThatSuchKeysDoNotHave_andRandom(kms, key, store):
    id = key["KeyId"]
    for call, arguments in (
        (kms.enable_key_rotation, {}),
        (kms.rotate_key_on_demand, {}),
        (kms.get_parameters_for_import, {"WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"}),
        (kms.generate_data_key_pair, {"KeyPairSpec": "ECC_NIST_P256"}),
        (kms.replicate_key, {"ReplicaRegion": "eu-west-1"}),
    ):
        assert code(call, KeyId=id, **arguments) == "UnsupportedOperationException", call
    assert code(kms.create_key, Origin="AWS_CLOUDHSM", CustomKeyStoreId=store, XksKeyId="x") == "ValidationException"
    assert code(kms.create_key, Origin="EXTERNAL_KEY_STORE", CustomKeyStoreId=store, XksKeyId="x") == (
        "UnsupportedOperationException")
    assert code(kms.create_key, Origin="AWS_CLOUDHSM", CustomKeyStoreId=store, KeySpec="HMAC_256",
                KeyUsage="GENERATE_VERIFY_MAC") == "UnsupportedOperationException"
    one = kms.generate_random(NumberOfBytes=64, CustomKeyStoreId=store)["Plaintext"]
    assert len(one) == 64 and one != kms.generate_random(NumberOfBytes=64, CustomKeyStoreId=store)["Plaintext"]
    assert code(kms.generate_random, NumberOfBytes=8, CustomKeyStoreId="cks-0") == "CustomKeyStoreNotFoundException"


def test_create_refusals(kms, hsm, store, site):
    assert code(make, kms=kms, hsm=hsm, name="other") == "CloudHsmClusterInUseException"
    elsewhere = site.client("kms", region="eu-west-1")
    assert code(make, kms=elsewhere, hsm=hsm, name="other") == "CloudHsmClusterInUseException"
    assert code(make, kms=kms, hsm=hsm, name="x", cluster="cluster-22222222222") == "CloudHsmClusterNotFoundException"
    assert code(make, kms=kms, hsm=hsm, name="x", cluster=GONE, anchor=hsm.other_anchor) == "IncorrectTrustAnchorException"
    assert code(make, kms=kms, hsm=hsm, name="x", cluster=GONE, anchor="no certificate") == "IncorrectTrustAnchorException"
    assert code(make, kms=kms, hsm=hsm, name="x", cluster="cluster-11111111111") == "ValidationException"
    assert code(kms.update_custom_key_store, CustomKeyStoreId=store, KeyStorePassword=PIN) == (
        "CustomKeyStoreInvalidStateException")


@pytest.mark.parametrize("cluster, error", [
    (GONE, "INSUFFICIENT_CLOUDHSM_HSMS"), (NO_LIBRARY, "INTERNAL_ERROR")])
def test_connect_tokenThatCannotServe_fails(site, hsm, cluster, error):
    kms = site.client("kms", region="eu-central-1")
    id = make(kms, hsm, error, cluster=cluster)["CustomKeyStoreId"]
    kms.connect_custom_key_store(CustomKeyStoreId=id)
    assert state(kms, id, "FAILED")["ConnectionErrorCode"] == error
    assert code(kms.create_key, Origin="AWS_CLOUDHSM", CustomKeyStoreId=id) == "CustomKeyStoreInvalidStateException"
    assert code(kms.generate_random, NumberOfBytes=8, CustomKeyStoreId=id) == "CustomKeyStoreInvalidStateException"
    kms.disconnect_custom_key_store(CustomKeyStoreId=id)
    state(kms, id, "DISCONNECTED")
    kms.delete_custom_key_store(CustomKeyStoreId=id)


def test_wrongPassword_reconnect_killAndRestart(fresh, tmp_path):
    hsm = Hsm(tmp_path / "softhsm")
    server = fresh("own", extra=hsm.settings, env=hsm.env).start()
    kms = server.client("kms")
    id = make(kms, hsm, "own", password="wrong-password")["CustomKeyStoreId"]
    kms.connect_custom_key_store(CustomKeyStoreId=id)
    assert state(kms, id, "FAILED")["ConnectionErrorCode"] == "INVALID_CREDENTIALS"
    kms.disconnect_custom_key_store(CustomKeyStoreId=id)
    state(kms, id, "DISCONNECTED")
    assert code(kms.update_custom_key_store, CustomKeyStoreId=id, CloudHsmClusterId=GONE) == (
        "CloudHsmClusterNotRelatedException")
    kms.update_custom_key_store(CustomKeyStoreId=id, KeyStorePassword=PIN)
    connect(kms, id)
    key = kms.create_key(Origin="AWS_CLOUDHSM", CustomKeyStoreId=id)["KeyMetadata"]
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"p")["CiphertextBlob"]

    kms.disconnect_custom_key_store(CustomKeyStoreId=id)
    assert refused(kms.decrypt, CiphertextBlob=blob)["Error"] == {
        "Code": "KMSInvalidStateException", "Message": f"{key['Arn']} is unavailable."}
    # The password is asked for anew: that the user was logged in before is worth nothing.
    state(kms, id, "DISCONNECTED")
    kms.update_custom_key_store(CustomKeyStoreId=id, KeyStorePassword="wrong-password")
    kms.connect_custom_key_store(CustomKeyStoreId=id)
    assert state(kms, id, "FAILED")["ConnectionErrorCode"] == "INVALID_CREDENTIALS"
    kms.disconnect_custom_key_store(CustomKeyStoreId=id)
    state(kms, id, "DISCONNECTED")
    kms.update_custom_key_store(CustomKeyStoreId=id, KeyStorePassword=PIN)
    connect(kms, id)
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"p"

    server.kill()
    server.start()
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"p"
    files = b"".join(f.read_bytes() for f in server.data.rglob("*") if f.is_file() and f.stat().st_size < 100 << 20)
    assert PIN.encode() not in files, "the password lies sealed"
    text = "".join(e["CloudTrailEvent"] for e in server.client("cloudtrail").lookup_events()["Events"])
    assert PIN not in text and "wrong-password" not in text

    # Without its token a key is no more; the answer says so, and other keys go on.
    server.stop()
    shutil.rmtree(tmp_path / "softhsm" / "tokens")
    (tmp_path / "softhsm" / "tokens").mkdir()
    server.start()
    answer = refused(kms.decrypt, CiphertextBlob=blob)
    assert answer["Error"]["Code"] == "KMSInvalidStateException" and "cluster" in answer["Error"]["Message"]
    assert kms.encrypt(KeyId=kms.create_key()["KeyMetadata"]["KeyId"], Plaintext=b"p")["CiphertextBlob"]
    server.stop()


def replaced(value, pairs):
    text = json.dumps(value)
    for old, new in pairs:
        text = text.replace(old, new)
    return json.loads(text)


def test_events_asDocumented(fresh, tmp_path):
    hsm = Hsm(tmp_path / "softhsm")
    server = fresh("events", extra=hsm.settings, env=hsm.env).start()
    kms = server.client("kms", region=REGION)
    made = make(kms, hsm, "ExampleKeyStore")
    id = made["CustomKeyStoreId"]

    def check(name, answer, also=()):
        record = event(server, name.split("-")[0], answer["ResponseMetadata"]["RequestId"])
        compare(replaced(record, [(id, "cks-1234567890abcdef0"), (CLUSTER, "cluster-1a23b4cdefg"), *also]), name)
        return record

    check("CreateCustomKeyStore", made)
    answer = kms.connect_custom_key_store(CustomKeyStoreId=id)
    check("ConnectCustomKeyStore", answer)
    state(kms, id, "CONNECTED")
    answer = kms.create_key(Origin="AWS_CLOUDHSM", CustomKeyStoreId=id)
    record = event(server, "CreateKey", answer["ResponseMetadata"]["RequestId"])
    backing = json.loads(record["additionalEventData"]["backingKey"])["backingKeyId"]
    # The page's record is older than the members tags and multiRegion of the request.
    record["requestParameters"].pop("tags"), record["requestParameters"].pop("multiRegion")
    compare(
        replaced(record, [(id, "cks-1234567890abcdef0"), (CLUSTER, "cluster-1a23b4cdefg"), (backing, "backing-key-id")]),
        "CreateKey-cloudhsm")
    key = answer["KeyMetadata"]["Arn"]
    context = {"Department": "Development", "Purpose": "Test"}
    blob = kms.encrypt(KeyId=key, Plaintext=b"p", EncryptionContext=context)["CiphertextBlob"]
    check("Decrypt-cloudhsm", kms.decrypt(KeyId=key, CiphertextBlob=blob, EncryptionContext=context))
    answer = kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=30)
    check("ScheduleKeyDeletion-cloudhsm", answer, [(backing, "backing-key-id")])
    kms.disconnect_custom_key_store(CustomKeyStoreId=id)
    state(kms, id, "DISCONNECTED")
    assert code(kms.delete_custom_key_store, CustomKeyStoreId=id) == "CustomKeyStoreHasCMKsException"

    # The page's store has no keys; a token's store that never had any goes the same way.
    answer = refused(kms.delete_custom_key_store, CustomKeyStoreId=id)
    record = event(server, "DeleteCustomKeyStore", answer["ResponseMetadata"]["RequestId"])
    assert record.pop("errorCode") == "CustomKeyStoreHasCMKsException" and record.pop("errorMessage")
    compare(replaced(record, [(id, "cks-1234567890abcdef0"), (CLUSTER, "cluster-1a23b4cdefg")]), "DeleteCustomKeyStore")
    server.stop()


def test_deleteKey_whoseTokenIsAway_isOnRecordAsFailed_asDocumented(fresh, tmp_path):
    """The page's record is of 2021, when keys in clusters had handles besides their ids."""
    hsm = Hsm(tmp_path / "softhsm")
    server = fresh("failure", extra=[*hsm.settings, "--clock"], env=hsm.env).start()
    kms = server.client("kms", region="eu-west-1")
    id = make(kms, hsm, "hsm")["CustomKeyStoreId"]
    connect(kms, id)
    kept, lost = (kms.create_key(Origin="AWS_CLOUDHSM", CustomKeyStoreId=id)["KeyMetadata"] for _ in range(2))

    def backing(key):
        found = server.client("cloudtrail", region="eu-west-1").lookup_events(
            LookupAttributes=[{"AttributeKey": "ResourceName", "AttributeValue": key["Arn"]}])["Events"]
        (record,) = [json.loads(e["CloudTrailEvent"]) for e in found if e["EventName"] == "CreateKey"]
        return json.loads(record["additionalEventData"]["backingKey"])["backingKeyId"]

    ids = {key["Arn"]: backing(key) for key in (kept, lost)}
    kms.schedule_key_deletion(KeyId=kept["KeyId"], PendingWindowInDays=7)
    advance(server, "8d")
    kms.schedule_key_deletion(KeyId=lost["KeyId"], PendingWindowInDays=7)
    server.stop()
    (tmp_path / "softhsm" / "tokens").rename(tmp_path / "softhsm" / "away")
    (tmp_path / "softhsm" / "tokens").mkdir()
    server.start()
    advance(server, "8d")
    events = {e["resources"][0]["ARN"]: e for e in service_events(server, "DeleteKey", region="eu-west-1")}
    assert events.keys() == ids.keys()
    status = lambda key: json.loads(events[key]["additionalEventData"]["backingKeysDeletionStatus"])
    assert status(kept["Arn"]) == [{"backingKeyId": ids[kept["Arn"]], "deletionStatus": "SUCCESS"}]
    assert events[kept["Arn"]]["responseElements"] == {"keyId": kept["Arn"]}
    name = "DeleteKey-cloudhsm-failure"
    page = json.loads((GOLDEN / f"{name}.json").read_text())
    record = replaced(events[lost["Arn"]], [
        (id, "cks-1234567890abcdef0"), (CLUSTER, "cluster-1a23b4cdefg"), (ids[lost["Arn"]], "backing-key-id"),
        (lost["Arn"], page["resources"][0]["ARN"]), (server.account(), page["recipientAccountId"])])
    shown = record["additionalEventData"]
    shown["backingKeys"] = shown["backingKeys"].replace('{"', '{"keyHandle":"01","')
    shown["backingKeysDeletionStatus"] = shown["backingKeysDeletionStatus"].replace('{"', '{"keyHandle":"16","')
    for one in (record, page):
        for varies in ("eventTime", "eventID", "eventVersion"):
            assert one.pop(varies)
    assert record == page
    assert code(kms.describe_key, KeyId=lost["KeyId"]) == "NotFoundException"
    # Nothing stands in the store's way any more: that its token is away is no reason to keep it.
    kms.disconnect_custom_key_store(CustomKeyStoreId=id)
    state(kms, id, "DISCONNECTED")
    kms.delete_custom_key_store(CustomKeyStoreId=id)
    server.stop()


def test_everyErrorOfOurs_wasAnswered_andIsOnRecord(request):
    assert_shown(request, shown_in(__file__))
