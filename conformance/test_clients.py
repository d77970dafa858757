"""Other stock clients: AWS CLI v1 and v2, sops, AWS Encryption SDK."""

import base64
import json
import pathlib
import subprocess

import pytest

from conftest import CLIENTS, TOOLS, run

CLI_V2 = pathlib.Path("/usr/bin/aws")


def cli_v2_present():
    return CLI_V2.exists() and subprocess.run([CLI_V2, "--version"], capture_output=True, text=True).stdout.startswith("aws-cli/2")


CLIS = [pytest.param(CLIENTS / "aws", id="v1")] + ([pytest.param(CLI_V2, id="v2")] if cli_v2_present() else [])


@pytest.mark.parametrize("aws", CLIS)
def test_awsCli(server, tmp_path, aws):
    environment = server.environment()

    def call(*arguments, fails=None):
        # Version 2.9 does not know AWS_ENDPOINT_URL.
        done = run([aws, "--endpoint-url", server.endpoint, "--output", "json", *arguments], environment)
        if fails:
            assert done.returncode != 0 and fails in done.stderr, done
            return None
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    key = call("kms", "create-key", "--description", "from the shell")["KeyMetadata"]["Arn"]
    (tmp_path / "plain").write_bytes(b"attack at dawn")
    sealed = call("kms", "encrypt", "--key-id", key, "--plaintext", f"fileb://{tmp_path / 'plain'}", "--encryption-context", "who=me")
    (tmp_path / "sealed").write_bytes(base64.b64decode(sealed["CiphertextBlob"]))
    opened = call("kms", "decrypt", "--ciphertext-blob", f"fileb://{tmp_path / 'sealed'}", "--encryption-context", "who=me")
    assert base64.b64decode(opened["Plaintext"]) == b"attack at dawn"
    call("kms", "decrypt", "--ciphertext-blob", f"fileb://{tmp_path / 'sealed'}", fails="InvalidCiphertextException")
    call("kms", "tag-resource", "--key-id", key, "--tags", *(f"TagKey=k{i},TagValue=v" for i in range(3)))
    tags = ("kms", "list-resource-tags", "--key-id", key)
    assert len(call(*tags, "--page-size", "1")["Tags"]) == 3
    first = call(*tags, "--max-items", "2")
    rest = call(*tags, "--max-items", "2", "--starting-token", first["NextToken"])
    assert [t["TagKey"] for t in first["Tags"] + rest["Tags"]] == ["k0", "k1", "k2"] and "NextToken" not in rest
    call("kms", "disable-key", "--key-id", key)
    call("kms", "encrypt", "--key-id", key, "--plaintext", f"fileb://{tmp_path / 'plain'}", fails="DisabledException")
    events = call("cloudtrail", "lookup-events", "--lookup-attributes", f"AttributeKey=ResourceName,AttributeValue={key}")
    names = [e["EventName"] for e in events["Events"] if e["EventName"] != "ListResourceTags"]
    assert names == ["Encrypt", "DisableKey", "TagResource", "Decrypt", "Decrypt", "Encrypt", "CreateKey"]


def test_sops(server, kms, tmp_path):
    keys = [kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2)]
    environment = server.environment(AWS_ENDPOINT_URL_KMS=server.endpoint)
    secret = tmp_path / "secret.yaml"
    secret.write_text("password: hunter2\n")
    done = run([CLIENTS / "sops", "encrypt", "--kms", ",".join(keys), "--encryption-context", "env:prod", secret], environment)
    assert done.returncode == 0, done.stderr
    assert "hunter2" not in done.stdout
    sealed = tmp_path / "sealed.yaml"
    sealed.write_text(done.stdout)
    kms.disable_key(KeyId=keys[0])
    done = run([CLIENTS / "sops", "decrypt", sealed], environment)
    assert done.returncode == 0 and done.stdout == "password: hunter2\n", done.stderr
    kms.disable_key(KeyId=keys[1])
    assert run([CLIENTS / "sops", "decrypt", sealed], environment).returncode != 0


ENCRYPTION_SDK = '''
import os, sys, boto3
import aws_encryption_sdk
from aws_cryptographic_material_providers.mpl import AwsCryptographicMaterialProviders
from aws_cryptographic_material_providers.mpl.config import MaterialProvidersConfig
from aws_cryptographic_material_providers.mpl.models import CreateAwsKmsKeyringInput, CreateAwsKmsDiscoveryKeyringInput, DiscoveryFilter

endpoint, key = sys.argv[1:3]
kms = boto3.client("kms", endpoint_url=endpoint, region_name="us-east-1")
client = aws_encryption_sdk.EncryptionSDKClient()
providers = AwsCryptographicMaterialProviders(config=MaterialProvidersConfig())
keyring = providers.create_aws_kms_keyring(CreateAwsKmsKeyringInput(kms_key_id=key, kms_client=kms))
discovery = providers.create_aws_kms_discovery_keyring(CreateAwsKmsDiscoveryKeyringInput(kms_client=kms,
    discovery_filter=DiscoveryFilter(account_ids=[key.split(":")[4]], partition="aws")))
plain = os.urandom(100_000)
sealed, _ = client.encrypt(source=plain, keyring=keyring, encryption_context={"purpose": "tést"})
assert client.decrypt(source=sealed, keyring=keyring)[0] == plain
assert client.decrypt(source=sealed, keyring=discovery)[0] == plain
kms.disable_key(KeyId=key)
try:
    client.decrypt(source=sealed, keyring=keyring)
except Exception:
    print("refused")
'''


def test_encryptionSdk(server, key):
    done = run([TOOLS / "python", "-c", ENCRYPTION_SDK, server.endpoint, key], server.environment())
    assert done.stdout.strip() == "refused", done.stderr
    # The encryption context reached the record, non-ASCII intact.
    events = server.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "ResourceName", "AttributeValue": key}]
    )["Events"]
    records = [json.loads(e["CloudTrailEvent"]) for e in events]
    assert [(r["eventName"], r.get("errorCode")) for r in records] == [
        ("Decrypt", "DisabledException"), ("DisableKey", None), ("Decrypt", None), ("Decrypt", None),
        ("GenerateDataKey", None), ("CreateKey", None),
    ]
    assert records[2]["requestParameters"]["encryptionContext"]["purpose"] == "tést"
