"""Every condition key that AWS documents for KMS, and every global one that matters, in a real call that has it.

A policy allows the action only if the key is present (`Null: false`), then only if it is absent (`Null: true`): the same call must be
allowed by the first and denied by the second. What has a test of its own stands in ELSEWHERE, what is never present in NEVER.
"""

import json
import pathlib
import time
import uuid

import botocore.exceptions
import pytest

from providers import Oidc, Saml, encoded
from test_federation import admin, unsigned
from test_iam_sts import session_client

NEVER = {  # DIFFERENCES.md says so
    "aws:PrincipalOrgID": "there is no organisation", "aws:SourceOrgID": "there is no organisation",
    "aws:ResourceOrgID": "there is no organisation",
    "aws:Referer": "no client of these services sends one", "aws:AssumedRoot": "AssumeRoot needs an organisation",
}

ELSEWHERE = {  # key -> the test that decides by it
    "aws:MultiFactorAuthAge": "test_mfa_login.py", "aws:CalledVia": "policy CallerContextTest", "aws:CalledViaFirst": "policy CallerContextTest",
    "aws:CalledViaLast": "policy CallerContextTest", "aws:PrincipalServiceName": "policy CallerContextTest",
    "aws:SourceArn": "test_encrypted_trail.py", "aws:SourceAccount": "policy CallerContextTest",
    "aws:SourceVpc": "test_vpc_endpoints.py", "aws:SourceVpce": "test_vpc_endpoints.py",
    "kms:ViaService": "test_forwarded_access.py",
    "kms:RecipientAttestation:ImageSha384": "test_recipient.py", "kms:RecipientAttestation:PCR0": "test_recipient.py",
}


class World:
    def __init__(self, server):
        self.server, self.iam, self.admin = server, server.client("iam"), server.client("kms")
        self.name = "keys-" + uuid.uuid4().hex[:8]
        self.user = self.iam.create_user(UserName=self.name, Tags=[{"Key": "team", "Value": "blue"}])["User"]["Arn"]
        made = self.iam.create_access_key(UserName=self.name)["AccessKey"]
        self.credentials = (made["AccessKeyId"], made["SecretAccessKey"])
        self.kms = server.client("kms", credentials=self.credentials)
        self.key = self.make(Tags=[{"TagKey": "team", "TagValue": "blue"}])
        self.alias = f"alias/{self.name}"
        self.admin.create_alias(AliasName=self.alias, TargetKeyId=self.key)
        self.context = {"EncryptionContext": {"team": "blue"}}
        self.blob = self.admin.encrypt(KeyId=self.key, Plaintext=b"p", **self.context)["CiphertextBlob"]
        self.pair = self.make(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
        self.agree = self.make(KeySpec="ECC_NIST_P256", KeyUsage="KEY_AGREEMENT")
        self.peer = self.admin.get_public_key(KeyId=self.agree)["PublicKey"]
        self.mac = self.make(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
        self.empty = self.make(Origin="EXTERNAL")
        self.multi = self.make(MultiRegion=True)
        self.policy = self.admin.get_key_policy(KeyId=self.key)["Policy"]

    def make(self, **more):
        return self.admin.create_key(**more)["KeyMetadata"]["Arn"]

    def grant(self, **more):
        return dict(KeyId=self.key, GranteePrincipal=self.user, Operations=["Decrypt"], **more)

    def material(self):
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import padding

        got = self.admin.get_parameters_for_import(
            KeyId=self.empty, WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec="RSA_2048")
        wrapping = serialization.load_der_public_key(got["PublicKey"])
        sealed = wrapping.encrypt(b"k" * 32, padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None))
        return dict(KeyId=self.empty, ImportToken=got["ImportToken"], EncryptedKeyMaterial=sealed)

    def session(self):
        """The user's own, temporary."""
        made = self.server.client("sts", credentials=self.credentials).get_session_token()["Credentials"]
        return session_client(self.server, "kms", made)


@pytest.fixture(scope="module")
def world(server):
    return World(server)


DESCRIBE = lambda w: w.kms.describe_key(KeyId=w.key)  # noqa: E731
CREATE = lambda w: w.kms.create_key(Tags=[{"TagKey": "team", "TagValue": "blue"}])  # noqa: E731
ENCRYPT = lambda w: w.kms.encrypt(KeyId=w.key, Plaintext=b"p", **w.context)  # noqa: E731
GRANT = lambda w: w.kms.create_grant(  # noqa: E731
    **w.grant(Constraints={"EncryptionContextSubset": {"team": "blue"}}, RetiringPrincipal=w.user))
SERVICE_GRANT = lambda w: w.kms.create_grant(  # noqa: E731
    KeyId=w.key, GranteeServicePrincipal="ec2.amazonaws.com", RetiringServicePrincipal="ec2.amazonaws.com", Operations=["Decrypt"],
    Constraints={"SourceArn": f"arn:aws:ec2:us-east-1:{w.key.split(':')[4]}:volume/*"})
IMPORT = lambda w: w.kms.import_key_material(  # noqa: E731
    **w.material(), ExpirationModel="KEY_MATERIAL_EXPIRES", ValidTo=time.time() + 86400)

CALLS = {
    **{f"aws:{key}": DESCRIBE for key in (
        "PrincipalArn", "PrincipalAccount", "PrincipalType", "userid", "username", "PrincipalTag/team", "PrincipalIsAWSService",
        "SourceIp", "SecureTransport", "UserAgent", "CurrentTime", "EpochTime", "RequestedRegion", "ViaAWSService",
        "ResourceAccount", "ResourceTag/team")},
    "aws:TokenIssueTime": lambda w: w.session().describe_key(KeyId=w.key),
    "aws:MultiFactorAuthPresent": lambda w: w.session().describe_key(KeyId=w.key),
    "aws:RequestTag/team": CREATE, "aws:TagKeys": CREATE,
    **{f"kms:{key}": DESCRIBE for key in (
        "CallerAccount", "CustomerMasterKeySpec", "CustomerMasterKeyUsage", "KeyOrigin", "KeySpec", "KeyUsage", "MultiRegion",
        "ResourceAliases")},
    "kms:RequestAlias": lambda w: w.kms.describe_key(KeyId=w.alias),
    "kms:MultiRegionKeyType": lambda w: w.kms.describe_key(KeyId=w.multi),
    "kms:BypassPolicyLockoutSafetyCheck": CREATE,
    "kms:DataKeyPairSpec": lambda w: w.kms.generate_data_key_pair(KeyId=w.key, KeyPairSpec="ECC_NIST_P256"),
    "kms:EncryptionAlgorithm": ENCRYPT, "kms:EncryptionContext:team": ENCRYPT, "kms:EncryptionContextKeys": ENCRYPT,
    "kms:ExpirationModel": IMPORT, "kms:ValidTo": IMPORT,
    **{f"kms:{key}": GRANT for key in (
        "GrantConstraintType", "GrantIsForAWSResource", "GrantOperations", "GranteePrincipal", "RetiringPrincipal")},
    **{f"kms:{key}": SERVICE_GRANT for key in (
        "GranteeServicePrincipal", "RetiringServicePrincipal", "GrantConstraintSourceArn")},
    "kms:KeyAgreementAlgorithm": lambda w: w.kms.derive_shared_secret(
        KeyId=w.agree, KeyAgreementAlgorithm="ECDH", PublicKey=w.peer),
    "kms:MacAlgorithm": lambda w: w.kms.generate_mac(KeyId=w.mac, Message=b"m", MacAlgorithm="HMAC_SHA_256"),
    "kms:MessageType": lambda w: w.kms.sign(KeyId=w.pair, Message=b"m", SigningAlgorithm="ECDSA_SHA_256"),
    "kms:SigningAlgorithm": lambda w: w.kms.sign(KeyId=w.pair, Message=b"m", SigningAlgorithm="ECDSA_SHA_256"),
    "kms:PolicyName": lambda w: w.kms.get_key_policy(KeyId=w.key),
    "kms:PrimaryRegion": lambda w: w.kms.update_primary_region(KeyId=w.multi, PrimaryRegion="us-east-1"),
    "kms:ReplicaRegion": lambda w: w.kms.replicate_key(KeyId=w.multi, ReplicaRegion="us-west-2"),
    "kms:ReEncryptOnSameKey": lambda w: w.kms.re_encrypt(
        CiphertextBlob=w.blob, SourceEncryptionContext={"team": "blue"}, DestinationKeyId=w.key),
    "kms:RotationPeriodInDays": lambda w: w.kms.enable_key_rotation(KeyId=w.key, RotationPeriodInDays=180),
    "kms:ScheduleKeyDeletionPendingWindowInDays": lambda w: w.kms.schedule_key_deletion(KeyId=w.make(), PendingWindowInDays=7),
    "kms:TrailingDaysWithoutKeyUsage": lambda w: w.kms.disable_key(KeyId=w.make()),
    "kms:WrappingAlgorithm": lambda w: w.kms.get_parameters_for_import(
        KeyId=w.empty, WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec="RSA_2048"),
    "kms:WrappingKeySpec": lambda w: w.kms.get_parameters_for_import(
        KeyId=w.empty, WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec="RSA_2048"),
}


def is_denied(call):
    """Whether it was a matter of permission; other errors come after that was settled."""
    try:
        call()
        return False
    except botocore.exceptions.ClientError as e:
        return e.response["Error"]["Code"] in ("AccessDenied", "AccessDeniedException")


def only_if(key, absent, actions=("kms:*",)):
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": list(actions), "Resource": "*", "Condition": {"Null": {key: str(absent).lower()}}},
        # A replica is made there, too, where the key of the call is none.
        *([{"Effect": "Allow", "Action": "kms:CreateKey", "Resource": "*"}] if key == "kms:ReplicaRegion" else [])]})


@pytest.mark.parametrize("key", CALLS)
def test_key_isPresentInItsCall(world, key):
    for absent in (False, True):
        world.iam.put_user_policy(UserName=world.name, PolicyName="p", PolicyDocument=only_if(key, absent))
        assert is_denied(lambda: CALLS[key](world)) is absent, (key, absent)


def trust_if(key, absent, action, principal):
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": principal, "Action": action, "Condition": {"Null": {key: str(absent).lower()}}},
        {"Effect": "Allow", "Principal": principal, "Action": ["sts:TagSession", "sts:SetSourceIdentity"]}]})


TRUSTED = ["sts:ExternalId", "sts:RoleSessionName", "sts:SourceIdentity", "sts:TransitiveTagKeys", "aws:RequestTag/team", "aws:TagKeys"]


@pytest.mark.parametrize("key", TRUSTED)
def test_trustKey_isPresentInAssumeRole(world, key):
    role, account = f"{world.name}-{uuid.uuid4().hex[:6]}", world.server.account()
    arn = f"arn:aws:iam::{account}:role/{role}"
    sts = world.server.client("sts")
    for absent in (False, True):
        document = trust_if(key, absent, "sts:AssumeRole", {"AWS": account})
        if absent:
            world.iam.update_assume_role_policy(RoleName=role, PolicyDocument=document)
        else:
            world.iam.create_role(RoleName=role, AssumeRolePolicyDocument=document)
        assert is_denied(lambda: sts.assume_role(
            RoleArn=arn, RoleSessionName="s1", ExternalId="e1", SourceIdentity="me", TransitiveTagKeys=["team"],
            Tags=[{"Key": "team", "Value": "blue"}])) is absent, (key, absent)


@pytest.mark.parametrize("key", ["aws:SourceIdentity", "aws:PrincipalTag/session"])
def test_sessionKey_isPresentAfterAssumeRole(world, key):
    role, account = f"{world.name}-{uuid.uuid4().hex[:6]}", world.server.account()
    world.iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust_if(
        "aws:CurrentTime", False, "sts:AssumeRole", {"AWS": account}))
    session = world.server.client("sts").assume_role(
        RoleArn=f"arn:aws:iam::{account}:role/{role}", RoleSessionName="s1", SourceIdentity="me",
        Tags=[{"Key": "session", "Value": "x"}])["Credentials"]
    for absent in (False, True):
        world.iam.put_role_policy(RoleName=role, PolicyName="p", PolicyDocument=only_if(key, absent))
        assert is_denied(lambda: session_client(world.server, "kms", session).describe_key(KeyId=world.key)) is absent


SAML_KEYS = ["saml:aud", "saml:doc", "saml:iss", "saml:namequalifier", "saml:sub", "saml:sub_type"]


@pytest.mark.parametrize("key", SAML_KEYS)
def test_samlKey_isPresentInAssumeRoleWithSAML(world, key):
    name = f"{world.name}-{uuid.uuid4().hex[:6]}"
    provider = Saml()
    arn = world.iam.create_saml_provider(Name=name, SAMLMetadataDocument=provider.metadata())["SAMLProviderArn"]
    role = f"arn:aws:iam::{world.server.account()}:role/{name}"
    for absent in (False, True):
        document = trust_if(key, absent, "sts:AssumeRoleWithSAML", {"Federated": arn})
        if absent:
            world.iam.update_assume_role_policy(RoleName=name, PolicyDocument=document)
        else:
            world.iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)
        xml = provider.response(provider.signed(provider.assertion(role, arn)))
        assert is_denied(lambda: unsigned(world.server).assume_role_with_saml(
            RoleArn=role, PrincipalArn=arn, SAMLAssertion=encoded(xml))) is absent, (key, absent)


@pytest.mark.parametrize("key", ["aud", "sub", "amr", "oaud", "aws:FederatedProvider"])
def test_webIdentityKey_isPresent(world, key):
    name = f"{world.name}-{uuid.uuid4().hex[:6]}"
    provider = Oidc(f"{name}.example.com/realm")
    arn = world.iam.create_open_id_connect_provider(
        Url=f"https://{provider.issuer}", ClientIDList=["app"])["OpenIDConnectProviderArn"]
    admin(world.server, "PutOpenIDConnectProviderKeys", {"OpenIDConnectProviderArn": arn, "Keys": provider.jwks()})
    role, later = f"arn:aws:iam::{world.server.account()}:role/{name}", key.startswith("aws:")
    trusted = "aws:CurrentTime" if later else f"{provider.issuer}:{key}"
    world.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust_if(
        trusted, False, "sts:AssumeRoleWithWebIdentity", {"Federated": arn}))
    claims = provider.claims(aud="service", azp="app", amr=["mfa"])

    def assume():
        return unsigned(world.server).assume_role_with_web_identity(
            RoleArn=role, RoleSessionName="s1", WebIdentityToken=provider.token(claims))["Credentials"]

    session = assume()
    if later:
        for absent in (False, True):
            world.iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=only_if(key, absent))
            assert is_denied(lambda: session_client(world.server, "kms", session).describe_key(KeyId=world.key)) is absent
        return
    world.iam.update_assume_role_policy(RoleName=name, PolicyDocument=trust_if(
        trusted, True, "sts:AssumeRoleWithWebIdentity", {"Federated": arn}))
    assert is_denied(assume)


def test_everyDocumentedKey_isAccountedFor():
    """The keys of AWS's pages on KMS, global and STS condition keys; none may be forgotten, none stand twice."""
    documented = json.loads((pathlib.Path(__file__).parent / "golden" / "condition-keys.json").read_text())
    shown = [*CALLS, *TRUSTED, *SAML_KEYS, "aws:SourceIdentity", "aws:FederatedProvider", *ELSEWHERE, *NEVER]
    assert {k.split("/")[0] for k in shown} == {k.split("/")[0] for k in documented}


@pytest.mark.parametrize("key", NEVER)
def test_neverPresent(world, key):
    world.iam.put_user_policy(UserName=world.name, PolicyName="p", PolicyDocument=only_if(key, True))
    assert is_denied(lambda: DESCRIBE(world)) is False
    world.iam.put_user_policy(UserName=world.name, PolicyName="p", PolicyDocument=only_if(key, False))
    assert is_denied(lambda: DESCRIBE(world)) is True
