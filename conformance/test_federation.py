"""OpenID Connect and SAML providers, and the roles they lead to, through stock boto3."""

import http.server
import json
import ssl
import subprocess
import threading

import boto3
import botocore
import botocore.config
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from conftest import KEYTRAIL, run
from providers import ATTRIBUTES, Oidc, Saml, certificate, encoded, encrypted
from test_iam_sts import event, golden, iam, name, policy, refused, session_client, shape  # noqa: F401  (fixtures)


def unsigned(server):
    return boto3.client(
        "sts", endpoint_url=server.endpoint, region_name="us-east-1",
        config=botocore.config.Config(signature_version=botocore.UNSIGNED, retries={"max_attempts": 1}))


def admin(server, target, body):
    import os

    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials
    import urllib.error
    import urllib.request

    request = AWSRequest(
        "POST", server.endpoint + "/", data=json.dumps(body),
        headers={"X-Amz-Target": f"Keytrail.{target}", "Content-Type": "application/x-amz-json-1.1"})
    SigV4Auth(Credentials(*server.credentials), "keytrail", "us-east-1").add_auth(request)
    prepared = request.prepare()
    try:
        with urllib.request.urlopen(urllib.request.Request(
                prepared.url, data=json.dumps(body).encode(), headers=dict(prepared.headers), method="POST"), timeout=30) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as e:
        return e.code, json.loads(e.read())


def trust(action, provider, condition=None, more=()):
    statement = {"Effect": "Allow", "Principal": {"Federated": provider}, "Action": [action, *more]}
    if condition:
        statement["Condition"] = condition
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


WEB = "sts:AssumeRoleWithWebIdentity"


@pytest.fixture
def oidc(server, iam, name):
    """A provider with configured keys, and a role for its user-1234."""
    provider = Oidc(f"{name}.example.com/realm")
    arn = iam.create_open_id_connect_provider(
        Url=f"https://{provider.issuer}", ClientIDList=["app"], ThumbprintList=["0" * 40])["OpenIDConnectProviderArn"]
    assert admin(server, "PutOpenIDConnectProviderKeys", {"OpenIDConnectProviderArn": arn, "Keys": provider.jwks()}) == (200, {})
    condition = {"StringEquals": {f"{provider.issuer}:aud": "app", f"{provider.issuer}:sub": "user-1234"}}
    role = iam.create_role(
        RoleName=name, AssumeRolePolicyDocument=trust(WEB, arn, condition, ["sts:TagSession", "sts:SetSourceIdentity"]))["Role"]
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy("Allow", ["kms:Encrypt", "kms:DescribeKey"]))
    provider.arn, provider.role = arn, role
    return provider


def test_webIdentity_usesTheRole_andIsOnRecord(server, iam, oidc, key):
    tags = {"https://aws.amazon.com/tags": {
        "principal_tags": {"Project": ["Pegasus"], "CostCenter": ["24680"]}, "transitive_tag_keys": ["Project"]},
        "https://aws.amazon.com/source_identity": "MyWebIdentityUser"}
    for alg in ("RS256", "ES256"):
        answer = unsigned(server).assume_role_with_web_identity(
            RoleArn=oidc.role["Arn"], RoleSessionName="web", WebIdentityToken=oidc.token(oidc.claims(**tags), alg=alg),
            DurationSeconds=3600)
    assert (answer["SubjectFromWebIdentityToken"], answer["Audience"], answer["Provider"]) == ("user-1234", "app", oidc.arn)
    assert answer["SourceIdentity"] == "MyWebIdentityUser"
    record, page = event(server, "AssumeRoleWithWebIdentity", answer), golden("AssumeRoleWithWebIdentity")
    page["responseElements"]["packedPolicySize"] = None  # the page's session has tags, and yet not this member
    for member in ("userIdentity", "requestParameters", "responseElements", "additionalEventData"):
        assert shape(record[member]) == shape(page[member]), member
    assert record["userIdentity"] == {
        "type": "WebIdentityUser", "principalId": f"{oidc.arn}:app:user-1234", "userName": "user-1234",
        "identityProvider": oidc.arn}
    assert record["requestParameters"]["principalTags"] == {"Project": "Pegasus", "CostCenter": "24680"}
    assert record["resources"] == [{"accountId": server.account(), "type": "AWS::IAM::Role", "ARN": oidc.role["Arn"]}]
    assert record["readOnly"] is True and record["recipientAccountId"] == server.account() and "sharedEventID" not in record
    assert answer["Credentials"]["SecretAccessKey"] not in json.dumps(record)
    sealed = session_client(server, "kms", answer["Credentials"]).encrypt(KeyId=key, Plaintext=b"p")
    context = event(server, "Encrypt", sealed)["userIdentity"]["sessionContext"]
    assert context["webIdFederationData"] == {"federatedProvider": oidc.arn, "attributes": {}}
    assert context["sourceIdentity"] == "MyWebIdentityUser"


def test_webIdentity_badTokens_areRefused(server, oidc):
    def ask(token, role=None):
        return refused(
            unsigned(server).assume_role_with_web_identity, RoleArn=role or oidc.role["Arn"], RoleSessionName="web",
            WebIdentityToken=token)

    other = Oidc(oidc.issuer)
    now = oidc.claims()["iat"]
    good = oidc.token()
    head, body, signature = good.split(".")
    rows = [
        (oidc.token(signer=other.rsa), "InvalidIdentityToken"),
        (oidc.token(alg="none"), "InvalidIdentityToken"),
        (oidc.token(alg="HS256", kid="o"), "InvalidIdentityToken"),
        (oidc.token(header={"alg": "HS256"}), "InvalidIdentityToken"),
        (oidc.token(header={"crit": ["b64"]}), "InvalidIdentityToken"),
        (oidc.token(alg="ES256", kid="r"), "InvalidIdentityToken"),
        (f"{head}.{body}.{'A' + signature[1:] if signature[0] != 'A' else 'B' + signature[1:]}", "InvalidIdentityToken"),
        (f"{head}.{body}.", "InvalidIdentityToken"),
        ("not.a.token", "InvalidIdentityToken"),
        ("nothing like it", "InvalidIdentityToken"),
        (oidc.token(oidc.claims(aud="other")), "InvalidIdentityToken"),
        (oidc.token(oidc.claims(aud=["app", "other"])), "InvalidIdentityToken"),
        (oidc.token(oidc.claims(aud="app", azp="other")), "InvalidIdentityToken"),
        (oidc.token(oidc.claims(iss="https://elsewhere.example.com")), "InvalidIdentityToken"),
        (oidc.token(oidc.claims(iss=f"http://{oidc.issuer}")), "InvalidIdentityToken"),
        (oidc.token(oidc.claims(sub=None)), "InvalidIdentityToken"),
        (oidc.token(oidc.claims(exp=None)), "InvalidIdentityToken"),
        (oidc.token(oidc.claims(iat=now + 4000, exp=now + 5000)), "InvalidIdentityToken"),
        (oidc.token(oidc.claims(exp=now - 1)), "ExpiredTokenException"),
        (oidc.token(oidc.claims(sub="user-9999")), "AccessDenied"),
    ]
    for token, code in rows:
        assert ask(token)[0] == code, token
    assert ask(good, oidc.role["Arn"] + "x") == ("AccessDenied", f"Not authorized to perform {WEB}")
    # The denied one is on record as whom the token proved; those that proved nothing are in nobody's history.
    events = server.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "AssumeRoleWithWebIdentity"}])["Events"]
    records = [json.loads(e["CloudTrailEvent"]) for e in events]
    mine = [r for r in records if r["userIdentity"].get("identityProvider") == oidc.arn]
    assert [(r["errorCode"], r["userIdentity"]["userName"]) for r in mine] == [
        ("AccessDenied", "user-1234"), ("AccessDenied", "user-9999")]
    assert not any(token.split(".")[1] in json.dumps(records) for token, _ in rows if len(token) > 40)


def test_webIdentity_authorizedParty_isTheAudienceKey(server, iam, oidc):
    iam.update_assume_role_policy(RoleName=oidc.role["RoleName"], PolicyDocument=trust(WEB, oidc.arn, {
        "StringEquals": {f"{oidc.issuer}:aud": "app", f"{oidc.issuer}:oaud": "service"},
        "ForAnyValue:StringEquals": {f"{oidc.issuer}:amr": ["mfa"]}}))
    claims = oidc.claims(aud="service", azp="app", amr=["pwd", "mfa"])
    answer = unsigned(server).assume_role_with_web_identity(
        RoleArn=oidc.role["Arn"], RoleSessionName="web", WebIdentityToken=oidc.token(claims))
    assert answer["Audience"] == "app"
    code, _ = refused(unsigned(server).assume_role_with_web_identity, RoleArn=oidc.role["Arn"], RoleSessionName="web",
                      WebIdentityToken=oidc.token({**claims, "amr": ["pwd"]}))
    assert code == "AccessDenied"


def test_webIdentity_tagsNeedLeave_andDurationIsBounded(server, iam, oidc):
    iam.update_assume_role_policy(RoleName=oidc.role["RoleName"], PolicyDocument=trust(WEB, oidc.arn))
    ask = {"RoleArn": oidc.role["Arn"], "RoleSessionName": "web"}
    tagged = oidc.token(oidc.claims(**{"https://aws.amazon.com/tags/principal_tags/Team": "blue"}))
    assert refused(unsigned(server).assume_role_with_web_identity, **ask, WebIdentityToken=tagged) == (
        "AccessDenied", "Not authorized to perform sts:TagSession")
    assert refused(unsigned(server).assume_role_with_web_identity, **ask, WebIdentityToken=oidc.token(),
                   DurationSeconds=7200)[0] == "ValidationError"
    session = unsigned(server).assume_role_with_web_identity(
        **ask, WebIdentityToken=oidc.token(), Policy=policy("Allow", "kms:ListKeys"))["Credentials"]
    assert refused(session_client(server, "kms", session).create_key)[0] == "AccessDeniedException"


def test_oidcProvider_lifecycle(server, iam, name):
    url = f"{name}.example.com"
    arn = iam.create_open_id_connect_provider(
        Url=f"https://{url}", ClientIDList=["a"], Tags=[{"Key": "k", "Value": "v"}])["OpenIDConnectProviderArn"]
    assert arn == f"arn:aws:iam::{server.account()}:oidc-provider/{url}"
    assert refused(iam.create_open_id_connect_provider, Url=f"https://{url}")[0] == "EntityAlreadyExists"
    for bad in (f"http://{url}", "https://", "https://a b", f"https://u@{url}", f"https://{url}?q=1"):
        assert refused(iam.create_open_id_connect_provider, Url=bad) == (
            "InvalidInput", "Invalid Open ID Connect Provider URL"), bad
    iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="b")
    iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="b")
    iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="a")
    iam.update_open_id_connect_provider_thumbprint(OpenIDConnectProviderArn=arn, ThumbprintList=["a" * 40])
    got = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert (got["Url"], got["ClientIDList"], got["ThumbprintList"]) == (url, ["b"], ["a" * 40])
    assert got["Tags"] == [{"Key": "k", "Value": "v"}]
    assert arn in [p["Arn"] for p in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]]
    status, answer = admin(server, "PutOpenIDConnectProviderKeys", {"OpenIDConnectProviderArn": arn, "Keys": "{}"})
    assert (status, answer["__type"]) == (400, "ValidationException")
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert refused(iam.get_open_id_connect_provider, OpenIDConnectProviderArn=arn)[0] == "NoSuchEntity"


class Published:
    """A web server with a certificate of its own that publishes keys, and can change them or stop answering."""

    def __init__(self, folder):
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        made = certificate(key, "localhost", ["localhost"])
        pem = folder / "server.pem"
        pem.write_bytes(
            key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
            + made.public_bytes(serialization.Encoding.PEM))
        (folder / "ca.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
        outer, self.asked = self, []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.asked.append(self.path)
                body = outer.pages.get(self.path)
                self.send_response(200 if body is not None else 404)
                self.end_headers()
                self.wfile.write((body or "").encode())

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.issuer = f"localhost:{self.server.server_port}"
        self.pages = {"/.well-known/openid-configuration": json.dumps({"jwks_uri": f"https://{self.issuer}/keys"})}
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def test_webIdentity_keysFetchedByUrl(fresh, tmp_path):
    published = Published(tmp_path)
    try:
        jdk = run([KEYTRAIL, "jdk"], env=dict(__import__("os").environ)).stdout.strip()
        if not jdk.startswith("/"):
            jdk = __import__("os").environ["JAVA_HOME"]
        subprocess.run(
            [f"{jdk}/bin/keytool", "-importcert", "-noprompt", "-alias", "test", "-file", tmp_path / "ca.pem",
             "-keystore", tmp_path / "trust.p12", "-storetype", "PKCS12", "-storepass", "changeit"],
            check=True, capture_output=True, timeout=60)
        server = fresh(env={
            "KEYTRAIL_JAVA_OPTS": f"-Djavax.net.ssl.trustStore={tmp_path}/trust.p12 -Djavax.net.ssl.trustStorePassword=changeit"
        }).start()
        iam, provider = server.client("iam"), Oidc(published.issuer)
        published.pages["/keys"] = provider.jwks()
        arn = iam.create_open_id_connect_provider(Url=f"https://{published.issuer}", ClientIDList=["app"])[
            "OpenIDConnectProviderArn"]
        role = iam.create_role(RoleName="web", AssumeRolePolicyDocument=trust(WEB, arn))["Role"]["Arn"]

        def ask(provider):
            return unsigned(server).assume_role_with_web_identity(
                RoleArn=role, RoleSessionName="web", WebIdentityToken=provider.token())

        answer = ask(provider)
        ask(provider)
        assert published.asked == ["/.well-known/openid-configuration", "/keys"], "kept for a while"
        record = event(server, "AssumeRoleWithWebIdentity", answer)
        assert record["additionalEventData"] == {"identityProviderConnectionVerificationMethod": "IAMTrustStore"}
        assert refused(ask, provider=Oidc(published.issuer))[0] == "InvalidIdentityToken"
        # Providers whose keys are not there, or not to be had safely, or too large.
        for n, page in enumerate((None, json.dumps({"jwks_uri": f"http://{published.issuer}/keys"}), "x" * 200_000, "{}")):
            published.pages[f"/gone-{n}/.well-known/openid-configuration"] = page
            gone = Oidc(f"{published.issuer}/gone-{n}")
            arn = iam.create_open_id_connect_provider(Url=f"https://{gone.issuer}", ClientIDList=["app"])[
                "OpenIDConnectProviderArn"]
            iam.update_assume_role_policy(RoleName="web", PolicyDocument=trust(WEB, arn))
            assert refused(ask, provider=gone)[0] == "IDPCommunicationError", page and page[:50]
    finally:
        published.server.shutdown()
        published.server.server_close()


# SAML

WITH_SAML = "sts:AssumeRoleWithSAML"


@pytest.fixture
def saml(iam, name):
    provider = Saml()
    provider.arn = iam.create_saml_provider(Name=name, SAMLMetadataDocument=provider.metadata())["SAMLProviderArn"]
    provider.role = iam.create_role(
        RoleName=name,
        AssumeRolePolicyDocument=trust(
            WITH_SAML, provider.arn, {"StringEquals": {"saml:aud": "https://signin.aws.amazon.com/saml", "saml:sub": "sam"}},
            ["sts:TagSession", "sts:SetSourceIdentity"]))["Role"]
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy("Allow", "kms:Encrypt"))
    return provider


def ask_saml(server, saml, xml, **more):
    return unsigned(server).assume_role_with_saml(
        RoleArn=saml.role["Arn"], PrincipalArn=saml.arn, SAMLAssertion=encoded(xml), **more)


def test_saml_usesTheRole_andIsOnRecord(server, saml, key):
    tag = ATTRIBUTES + "PrincipalTag:"
    more = (saml.attribute(tag + "CostCenter", "987654") + saml.attribute(tag + "Project", "Unicorn")
            + saml.attribute(tag + "Department", "Engineering")
            + saml.attribute(ATTRIBUTES + "TransitiveTagKeys", "CostCenter", "Project")
            + saml.attribute(ATTRIBUTES + "SourceIdentity", "MySAMLUser"))
    xml = saml.response(saml.signed(saml.assertion(saml.role["Arn"], saml.arn, more=more)))
    answer = ask_saml(server, saml, xml, DurationSeconds=1800)
    assert (answer["Subject"], answer["SubjectType"], answer["Issuer"]) == ("sam", "persistent", saml.entity)
    assert answer["Audience"] == "https://signin.aws.amazon.com/saml"
    assert answer["AssumedRoleUser"]["Arn"].endswith("/sam-session")
    record, page = event(server, "AssumeRoleWithSAML", answer), golden("AssumeRoleWithSAML")
    for member in ("userIdentity", "requestParameters", "responseElements"):
        assert shape(record[member]) == shape(page[member]), member
    assert record["userIdentity"] == {
        "type": "SAMLUser", "principalId": answer["NameQualifier"] + ":sam", "userName": "sam",
        "identityProvider": answer["NameQualifier"]}
    assert record["requestParameters"]["sAMLAssertionID"] == saml.id
    assert [r["type"] for r in record["resources"]] == ["AWS::IAM::Role", "AWS::IAM::SAMLProvider"]
    sealed = session_client(server, "kms", answer["Credentials"]).encrypt(KeyId=key, Plaintext=b"p")
    assert event(server, "Encrypt", sealed)["userIdentity"]["sessionContext"]["sourceIdentity"] == "MySAMLUser"


def test_saml_signedResponse_isAsGood(server, saml):
    inside = saml.assertion(saml.role["Arn"], saml.arn)
    xml = saml.response(inside)
    response_id = xml.split('ID="')[1].split('"')[0]
    at = xml.index("<samlp:Status>")
    xml = xml[:at] + saml.signature(xml, response_id) + xml[at:]
    assert ask_saml(server, saml, xml)["Subject"] == "sam"


def test_saml_whatIsNotSigned_isRefused(server, saml):
    make, role = saml.assertion, saml.role["Arn"]
    good = saml.signed(make(role, saml.arn))
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    evil = good.replace(">sam<", ">root<")
    other_id = make(role, saml.arn, subject="root")  # sets saml.id anew
    signature = good[good.index("<ds:Signature"):good.index("</ds:Signature>") + len("</ds:Signature>")]
    good_id = good.split('ID="')[1].split('"')[0]
    wrapped_in = other_id.replace("</saml:Issuer>", "</saml:Issuer>" + signature)
    nested = other_id.replace("</saml:Issuer>", "</saml:Issuer>" + signature.replace(
        "</ds:Signature>", f"<ds:Object>{good}</ds:Object></ds:Signature>"))
    doctype = '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    rows = {
        "unsigned": saml.response(make(role, saml.arn)),
        "altered": saml.response(evil),
        "another's key": saml.response(saml.signed(make(role, saml.arn), key=stranger)),
        "two assertions": saml.response(other_id, good),
        "two assertions, signed first": saml.response(good, other_id),
        "signature of another element": saml.response(wrapped_in, f"<x>{good}</x>"),
        "signed one in the signature": saml.response(nested),
        "signed one in an extension": saml.response(other_id, before=f"<samlp:Extensions>{good}</samlp:Extensions>"),
        "the same ID twice": saml.response(other_id.replace(saml.id, good_id).replace(
            "</saml:Issuer>", "</saml:Issuer>" + signature), f'<x ID="{good_id}"/>'),
        "document type": saml.response(good, prolog=doctype),
        "bare assertion": good,
        "no XML": "<a>",
        "failed sign-in": saml.response(good, status="urn:oasis:names:tc:SAML:2.0:status:Responder"),
    }
    for row, xml in rows.items():
        code, message = refused(ask_saml, server=server, saml=saml, xml=xml)
        assert code in ("InvalidIdentityToken", "IDPRejectedClaim"), (row, code, message)
    ask_saml(server, saml, saml.response(good))  # the plain one is good, so the rows above failed for their reasons


def test_saml_whatDoesNotFit_isRefused(server, iam, saml):
    def row(code, **changes):
        xml = saml.response(saml.signed(saml.assertion(saml.role["Arn"], saml.arn, **changes)))
        assert refused(ask_saml, server=server, saml=saml, xml=xml)[0] == code, changes

    row("ExpiredTokenException", issued=-400)
    row("ExpiredTokenException", ends=-1)
    row("InvalidIdentityToken", issued=600)
    row("InvalidIdentityToken", audience="https://other.example.com")
    row("InvalidIdentityToken", recipient="https://evil.example.com/saml")
    row("InvalidIdentityToken", issuer="https://other.example.com")
    row("InvalidIdentityToken", session=None)
    row("AccessDenied", subject="root")
    # A comment does not cut a name short: the text is read as it was signed.
    row("AccessDenied", name_id="sam<!-- -->.root")
    xml = saml.response(saml.signed(saml.assertion("arn:aws:iam::111122223333:role/other", saml.arn)))
    assert refused(ask_saml, server=server, saml=saml, xml=xml) == ("AccessDenied", f"Not authorized to perform {WITH_SAML}")


def test_samlProvider_lifecycle(server, iam, name):
    first, second = Saml(), Saml("https://other.example.com/saml")
    arn = iam.create_saml_provider(
        Name=name, SAMLMetadataDocument=first.metadata(), Tags=[{"Key": "k", "Value": "v"}])["SAMLProviderArn"]
    assert arn == f"arn:aws:iam::{server.account()}:saml-provider/{name}"
    assert refused(iam.create_saml_provider, Name=name, SAMLMetadataDocument=first.metadata())[0] == "EntityAlreadyExists"
    got = iam.get_saml_provider(SAMLProviderArn=arn)
    assert got["SAMLMetadataDocument"] == first.metadata() and got["Tags"] == [{"Key": "k", "Value": "v"}]
    assert abs((got["ValidUntil"] - first.certificate.not_valid_after_utc).total_seconds()) < 1
    iam.update_saml_provider(SAMLProviderArn=arn, SAMLMetadataDocument=second.metadata())
    assert iam.get_saml_provider(SAMLProviderArn=arn)["SAMLMetadataDocument"] == second.metadata()
    assert arn in [p["Arn"] for p in iam.list_saml_providers()["SAMLProviderList"]]
    bad = "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>" + first.metadata()
    assert refused(iam.create_saml_provider, Name=name + "b", SAMLMetadataDocument=bad)[0] == "InvalidInput"
    assert refused(iam.create_saml_provider, Name=name + "b", SAMLMetadataDocument="x" * 1000)[0] == "InvalidInput"
    iam.delete_saml_provider(SAMLProviderArn=arn)
    assert refused(iam.get_saml_provider, SAMLProviderArn=arn)[0] == "NoSuchEntity"


# --- encrypted assertions ---


def pem(key, form="PKCS8"):
    from cryptography.hazmat.primitives import serialization

    forms = {"PKCS8": serialization.PrivateFormat.PKCS8, "PKCS1": serialization.PrivateFormat.TraditionalOpenSSL}
    return key.private_bytes(serialization.Encoding.PEM, forms[form], serialization.NoEncryption()).decode()


def rsa_key(bits=2048):
    from cryptography.hazmat.primitives.asymmetric import rsa

    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


GCM = "http://www.w3.org/2009/xmlenc11#aes256-gcm"


def test_saml_encryptedAssertions(server, iam, saml):
    from cryptography.hazmat.primitives import hashes

    old, new = rsa_key(), rsa_key()

    def plain():
        return saml.signed(saml.assertion(saml.role["Arn"], saml.arn))

    def refusal(xml):
        return refused(ask_saml, server=server, saml=saml, xml=xml)

    sealed = ("InvalidIdentityToken", "The encrypted assertion cannot be decrypted, or is not signed by its provider")
    assert refusal(saml.response(encrypted(plain(), old)))[1] == (
        "The assertion is encrypted, and the provider has no private key")
    for bad in ("nonsense", pem(rsa_key(1024)), pem(old).replace("PRIVATE KEY", "PUBLIC KEY")):
        assert refused(iam.update_saml_provider, SAMLProviderArn=saml.arn, AddPrivateKey=bad)[0] == "InvalidInput"
    assert refused(iam.update_saml_provider, SAMLProviderArn=saml.arn, AssertionEncryptionMode="Required")[0] == "InvalidInput"
    changed = iam.update_saml_provider(SAMLProviderArn=saml.arn, AddPrivateKey=pem(old, "PKCS1"), AssertionEncryptionMode="Allowed")
    record = event(server, "UpdateSAMLProvider", changed)
    assert record["requestParameters"] == {"sAMLProviderArn": saml.arn, "assertionEncryptionMode": "Allowed"}
    got = iam.get_saml_provider(SAMLProviderArn=saml.arn)
    (kept,) = got["PrivateKeyList"]
    assert got["AssertionEncryptionMode"] == "Allowed" and "PRIVATE" not in json.dumps(got, default=str)
    ask_saml(server, saml, saml.response(plain()))
    for more in ({}, {"method": GCM}, {"digest": hashes.SHA256}, {"method": "http://www.w3.org/2001/04/xmlenc#aes128-cbc"}):
        ask_saml(server, saml, saml.response(encrypted(plain(), old, **more)))
    # The response's own signature is enough too, for it is over the envelope.
    envelope = encrypted(saml.assertion(saml.role["Arn"], saml.arn), old)
    whole = saml.response(envelope)
    own = whole.split('ID="')[1].split('"')[0]
    ask_saml(server, saml, whole.replace("<samlp:Status>", saml.signature(whole, own) + "<samlp:Status>", 1))
    # Two keys while they change, then the new one alone, and nothing in clear any more.
    iam.update_saml_provider(SAMLProviderArn=saml.arn, AddPrivateKey=pem(new))
    assert refused(iam.update_saml_provider, SAMLProviderArn=saml.arn, AddPrivateKey=pem(new))[0] == "LimitExceeded"
    for key in (old, new):
        ask_saml(server, saml, saml.response(encrypted(plain(), key)))
    iam.update_saml_provider(SAMLProviderArn=saml.arn, RemovePrivateKey=kept["KeyId"], AssertionEncryptionMode="Required")
    assert refused(iam.update_saml_provider, SAMLProviderArn=saml.arn, RemovePrivateKey=kept["KeyId"])[0] == "NoSuchEntity"
    ask_saml(server, saml, saml.response(encrypted(plain(), new)))
    assert refusal(saml.response(plain()))[1] == "The provider's assertions must be encrypted"
    # Whatever is wrong inside is told in the same words.
    good = encrypted(plain(), new)
    value = good.split("<xenc:CipherValue>")[2].split("<")[0]
    swapped = ("A" if value[100] != "A" else "B")
    other = Saml()
    forged = saml.signed(saml.assertion(saml.role["Arn"], saml.arn), other.key)
    twice = plain().replace("</saml:Assertion>", plain() + "</saml:Assertion>")
    for bad in (
        encrypted(plain(), old), good.replace(value, value[:100] + swapped + value[101:]), good.replace(value, value[:64]),
        good.replace(value, ""), encrypted(saml.assertion(saml.role["Arn"], saml.arn), new), encrypted(forged, new),
        encrypted("<x/>", new), encrypted("not xml", new), encrypted(twice, new), encrypted(plain(), new, named=GCM),
        encrypted(plain(), new, named="http://www.w3.org/2001/04/xmlenc#tripledes-cbc"),
        good.replace("rsa-oaep-mgf1p", "rsa-1_5"),
    ):
        assert refusal(saml.response(bad)) == sealed, bad[:80]
    for bad in (good + good, good + plain()):
        assert refusal(saml.response(bad))[1] == "The response must have exactly one assertion"
    # Neither key stands readable in the ledger.
    ledger = b"".join(f.read_bytes() for f in server.data.rglob("*") if f.is_file() and "ledger" in str(f))
    for key in (old, new):
        assert pem(key).splitlines()[3].encode() not in ledger
