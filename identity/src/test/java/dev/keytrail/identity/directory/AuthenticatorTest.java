package dev.keytrail.identity.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Change;
import dev.keytrail.call.Principal;
import dev.keytrail.call.Service;
import dev.keytrail.identity.SdkSigner;
import dev.keytrail.identity.Site;
import dev.keytrail.identity.TestSigner;
import dev.keytrail.identity.sigv4.AuthenticationFailure;
import dev.keytrail.identity.sigv4.AuthenticationFailure.Reason;
import dev.keytrail.identity.sigv4.HeaderList;
import dev.keytrail.identity.sigv4.PayloadPromise;
import dev.keytrail.identity.sigv4.SignedRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;

class AuthenticatorTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final Site site = new Site();

    @Test
    void authenticate_adminsRequest_isAdminInTheScopesRegion() {
        Authenticated who =
                authenticate(TestSigner.admin(site).region("eu-west-1").sign(), Service.KMS);

        User admin = site.admin();
        assertThat(who.caller().principal()).isEqualTo(new Principal.User(site.account(), admin.id(), "/", "admin"));
        assertThat(who.caller().accessKeyId()).contains(site.adminKeyId());
        assertThat(who.caller().session()).isEmpty();
        assertThat(who.region()).isEqualTo("eu-west-1");
        assertThat(who.payload()).isEqualTo(new PayloadPromise.Checked());
    }

    @Test
    void authenticate_rootKey_isRoot() {
        Bootstrap.NewAccount other = site.identity.bootstrap().createAccount(site.read(), "other", Site.NOW);
        site.commit(other.changes());

        Authenticated who = authenticate(
                TestSigner.of(other.key().row().id(), Site.text(other.key().secret()))
                        .sign(),
                Service.KMS);

        assertThat(who.caller().principal())
                .isEqualTo(new Principal.Root(other.account().id()));
    }

    @Test
    void authenticate_iam_isAlwaysInUsEast1() {
        assertThat(authenticate(
                                TestSigner.admin(site)
                                        .service("iam")
                                        .region("eu-west-1")
                                        .sign(),
                                Service.IAM)
                        .region())
                .isEqualTo("us-east-1");
    }

    /** What clients sign beside host and x-amz-date, and what they send unsigned, as recorded. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "boto3 | content-type;x-amz-target | accept-encoding;user-agent;amz-sdk-invocation-id;amz-sdk-request",
                "go-v2 | amz-sdk-invocation-id;amz-sdk-request;content-length;content-type;x-amz-target | user-agent;accept-encoding",
                "python-new | content-length;content-type;x-amz-target | user-agent",
                "js-v3 | amz-sdk-invocation-id;amz-sdk-request;content-length;content-type;x-amz-content-sha256;x-amz-target;x-amz-user-agent | user-agent",
                "java-2 | amz-sdk-invocation-id;amz-sdk-request;content-length;content-type;x-amz-content-sha256;x-amz-target | user-agent;accept-encoding",
                "java-1 | amz-sdk-invocation-id;amz-sdk-request;amz-sdk-retry;content-length;content-type;user-agent;x-amz-target | connection",
                "ruby-3 | content-type;x-amz-content-sha256;x-amz-target | accept-encoding;accept;user-agent",
                "go-v1 | content-length;content-type;x-amz-target | connection;user-agent",
                "libmongocrypt | content-length;content-type;x-amz-target | connection",
            })
    void authenticate_knownClient_isAccepted(String client, String signed, String unsigned) {
        String body = "{\"KeyId\":\"alias/" + client + "\"}";
        TestSigner signer = TestSigner.admin(site).body(body);
        for (String name : signed.split(";", -1)) {
            String value = name.equals("x-amz-content-sha256") ? TestSigner.hash(body) : "  some   " + name + " ";
            signer.signed(name.equals("content-type") ? "Content-Type" : name, value);
        }
        for (String name : unsigned.split(";", -1)) {
            signer.unsigned(name, name.equals("accept-encoding") ? "" : "x");
        }
        assertThat(authenticate(signer.sign(), Service.KMS).caller().accessKeyId())
                .contains(site.adminKeyId());
    }

    @ParameterizedTest
    @CsvSource({
        "kms, /, KMS",
        "sts, /, STS",
        "kms, /a/../b//c%20d/, KMS",
        "sns, /?Action=ListTopics&Version=2010-03-31&b=%2F+x&a=2&a=1&c, SNS",
        "cloudtrail, /?q=%E1%88%B4&~=%7E, CLOUDTRAIL",
    })
    void authenticate_sdkSigned_isAccepted(String name, String uri, Service service) {
        SdkSigner.Sent sent = sdk(name)
                .header(
                        SdkHttpMethod.POST,
                        "http://localhost:8080" + uri,
                        Map.of("X-Amz-Target", "TrentService.ListKeys", "X-Many", " a  b "),
                        "{}");
        assertThat(authenticate(sent.request(), service).region()).isEqualTo("eu-west-1");
    }

    @Test
    void authenticate_sdkPresigned_holdsUntilItsEnd() {
        SignedRequest request = sdk("sts")
                .presigned(
                        SdkHttpMethod.GET,
                        "http://localhost:8080/?Action=GetCallerIdentity&Version=2011-06-15",
                        Duration.ofMinutes(1))
                .request();
        assertThat(authenticate(request, Service.STS).caller().accessKeyId()).contains(site.adminKeyId());
        assertThat(authenticate(request, Service.STS, Site.NOW.plusSeconds(60)).region())
                .isEqualTo("eu-west-1");
        assertThat(refused(request, Service.STS, Site.NOW.plusSeconds(61)).reason())
                .isEqualTo(Reason.URL_EXPIRED);
        assertThat(refused(request, Service.STS, Site.NOW.minus(MINUTE.multipliedBy(16)))
                        .reason())
                .isEqualTo(Reason.CLOCK);
    }

    @Test
    void authenticate_anyByteOfAPresignedQueryAltered_isRefused() {
        SignedRequest request = sdk("sts")
                .presigned(SdkHttpMethod.GET, "http://localhost:8080/?Action=GetCallerIdentity", MINUTE)
                .request();
        String query = request.rawQuery();
        for (int i = 0; i < query.length(); i++) {
            SignedRequest altered = new SignedRequest(
                    request.method(), request.rawPath(), alter(query, i), request.headers(), request.body());
            assertThat(refused(altered, Service.STS)).as(altered.rawQuery()).isNotNull();
        }
    }

    @Test
    void authenticate_anyByteOfHeadersOrBodyAltered_isRefused() {
        SignedRequest request = TestSigner.admin(site)
                .signed("x-amz-target", "TrentService.Encrypt")
                .signed("content-type", "x/y")
                .sign();
        assertThat(authenticate(request, Service.KMS)).isNotNull();
        Map<String, String> sent = Map.of(
                "host",
                "localhost:8080",
                "x-amz-target",
                "TrentService.Encrypt",
                "content-type",
                "x/y",
                "x-amz-date",
                "20260101T000000Z",
                "authorization",
                request.headers().first("authorization").orElseThrow());
        sent.forEach((name, value) -> {
            for (int i = 0; i < value.length(); i++) {
                SignedRequest altered = with(request, name, alter(value, i));
                assertThat(refused(altered, Service.KMS))
                        .as(name + ": " + alter(value, i))
                        .isNotNull();
            }
        });
        byte[] body = request.body().orElseThrow().toArray();
        for (int i = 0; i < body.length; i++) {
            byte[] other = body.clone();
            other[i] ^= 1;
            assertThat(refused(withBody(request, other), Service.KMS).reason()).isEqualTo(Reason.MISMATCH);
        }
    }

    @Test
    void authenticate_replayedElsewhere_isRefused() {
        SignedRequest r = TestSigner.admin(site).sign();
        assertThat(List.of(
                        new SignedRequest("PUT", "/", "", r.headers(), r.body()),
                        new SignedRequest("POST", "/x", "", r.headers(), r.body()),
                        new SignedRequest("POST", "/", "a=b", r.headers(), r.body()),
                        with(r, "host", "other.example"),
                        withBody(r, new byte[0])))
                .allSatisfy(altered ->
                        assertThat(refused(altered, Service.KMS).reason()).isEqualTo(Reason.MISMATCH));
    }

    @ParameterizedTest
    @ValueSource(strings = {"x-amz-target", "X-Amz-Security-Header", "x-amz-user-agent"})
    void authenticate_unsignedAmzHeader_isRefused(String name) {
        AuthenticationFailure refused =
                refused(TestSigner.admin(site).unsigned(name, "x").sign(), Service.KMS);
        assertThat(refused.reason()).isEqualTo(Reason.UNSIGNED_HEADERS);
        assertThat(refused.error(dev.keytrail.identity.sigv4.Dialect.JSON).code())
                .isEqualTo("InvalidSignatureException");
    }

    @Test
    void authenticate_proxysTraceHeader_isAccepted() {
        assertThat(authenticate(
                        TestSigner.admin(site)
                                .unsigned("X-Amzn-Trace-Id", "Root=1")
                                .sign(),
                        Service.KMS))
                .isNotNull();
    }

    @ParameterizedTest
    @CsvSource({
        "KMS, kms, 5",
        "CLOUDTRAIL, cloudtrail, 5",
        "STS, sts, 15",
        "IAM, iam, 15",
    })
    void authenticate_skewedClock_isRefusedBeyondTheServicesBound(Service service, String name, int minutes) {
        SignedRequest request = TestSigner.admin(site).service(name).sign();
        Duration bound = Duration.ofMinutes(minutes);
        assertThat(authenticate(request, service, Site.NOW.plus(bound))).isNotNull();
        assertThat(authenticate(request, service, Site.NOW.minus(bound))).isNotNull();

        AuthenticationFailure late =
                refused(request, service, Site.NOW.plus(bound).plusSeconds(1));
        assertThat(late.reason()).isEqualTo(Reason.CLOCK);
        if (minutes == 5) {
            assertThat(late)
                    .hasMessage("Signature expired: 20260101T000000Z is now earlier than 20260101T000001Z"
                            + " (20260101T000501Z - 5 min.)");
        }
        AuthenticationFailure early =
                refused(request, service, Site.NOW.minus(bound).minusSeconds(1));
        assertThat(early.reason()).isEqualTo(Reason.CLOCK);
        if (minutes == 5) {
            assertThat(early)
                    .hasMessage("Signature not yet current: 20260101T000000Z is still later than"
                            + " 20251231T235959Z (20251231T235459Z + 5 min.)");
        }
    }

    @Test
    void authenticate_deactivatedKey_bindsTheNextRequest() {
        SignedRequest request = TestSigner.admin(site).sign();
        authenticate(request, Service.KMS);
        AccessKey key = site.adminKey();

        site.commit(Change.put(IdentityTables.ACCESS_KEYS, key.id(), key.withActive(false)));
        assertThat(refused(request, Service.KMS).reason()).isEqualTo(Reason.UNKNOWN_KEY);

        site.commit(Change.put(IdentityTables.ACCESS_KEYS, key.id(), key.withActive(true)));
        assertThat(authenticate(request, Service.KMS)).isNotNull();

        site.commit(Change.delete(IdentityTables.ACCESS_KEYS, key.id()));
        assertThat(refused(request, Service.KMS).claimedAccessKeyId()).contains(key.id());
    }

    @Test
    void authenticate_userMadeAgain_oldKeyIsNotItsKey() {
        SignedRequest request = TestSigner.admin(site).sign();
        User admin = site.admin();
        site.put(User.of(
                        admin.account(),
                        "AIDAOTHER00000000000A",
                        admin.path(),
                        admin.name(),
                        admin.created(),
                        Map.of(),
                        Optional.empty())
                .withPolicies(admin.policies())
                .withAccessKeys(admin.accessKeys()));
        assertThat(refused(request, Service.KMS).reason()).isEqualTo(Reason.UNKNOWN_KEY);
    }

    @Test
    void authenticate_accountGone_isRefused() {
        SignedRequest request = TestSigner.admin(site).sign();
        site.commit(Change.delete(IdentityTables.ACCOUNTS, site.account()));
        assertThat(refused(request, Service.KMS).reason()).isEqualTo(Reason.UNKNOWN_KEY);
    }

    @Test
    void authenticate_unknownKey_isRefusedBeforeItsClock() {
        SignedRequest request =
                TestSigner.of("AKIAAAAAAAAAAAAAAAAA", "x").at(Instant.EPOCH).sign();
        assertThat(refused(request, Service.KMS).reason()).isEqualTo(Reason.UNKNOWN_KEY);
    }

    @ParameterizedTest
    @CsvSource({
        "sts, us-east-1, Credential should be scoped to correct service: 'kms'.",
        "kms, us_east_1, Credential should be scoped to a valid region.",
        "kms, us-gov-west-1, Credential should be scoped to a valid region.",
    })
    void authenticate_otherScope_isRefused(String service, String region, String message) {
        AuthenticationFailure refused =
                refused(TestSigner.admin(site).service(service).region(region).sign(), Service.KMS);
        assertThat(refused.reason()).isEqualTo(Reason.SCOPE);
        assertThat(refused).hasMessage(message);
    }

    @Test
    void authenticate_scopeOfAnotherDay_isRefused() {
        AuthenticationFailure refused =
                refused(TestSigner.admin(site).scopeDate("20251231").sign(), Service.KMS);
        assertThat(refused.reason()).isEqualTo(Reason.CLOCK);
        assertThat(refused.getMessage()).contains("'20251231' != '20260101', from '20260101T000000Z'");
    }

    @Test
    void authenticate_dateHeaderInsteadOfAmzDate_isAccepted() {
        assertThat(authenticate(
                        TestSigner.admin(site)
                                .withoutDate()
                                .unsigned("Date", "Thu, 01 Jan 2026 00:00:00 GMT")
                                .sign(),
                        Service.KMS))
                .isNotNull();
    }

    @ParameterizedTest
    @CsvSource({
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD, PAYLOAD_FORM",
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER, PAYLOAD_FORM",
        "UNSIGNED-PAYLOAD, PAYLOAD_FORM",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855, BODY_MISMATCH",
    })
    void authenticate_otherPayloadThanTheBody_isRefused(String announced, Reason reason) {
        SignedRequest request =
                TestSigner.admin(site).signed("x-amz-content-sha256", announced).sign();
        assertThat(refused(request, Service.KMS).reason()).isEqualTo(reason);
    }

    private SdkSigner sdk(String service) {
        return new SdkSigner(AwsCredentialsIdentity.create(site.adminKeyId(), site.adminSecret), service, Site.NOW);
    }

    private Authenticated authenticate(SignedRequest request, Service service) {
        return authenticate(request, service, Site.NOW);
    }

    private Authenticated authenticate(SignedRequest request, Service service, Instant now) {
        return site.identity.authenticator().authenticate(site.read(), request, service, now);
    }

    private AuthenticationFailure refused(SignedRequest request, Service service) {
        return refused(request, service, Site.NOW);
    }

    private AuthenticationFailure refused(SignedRequest request, Service service, Instant now) {
        return catchThrowableOfType(AuthenticationFailure.class, () -> authenticate(request, service, now));
    }

    /** Another character of the same kind, so that the change is not one of mere form. */
    private static String alter(String text, int at) {
        char other = text.charAt(at) == 'a' ? 'b' : 'a';
        return text.substring(0, at) + other + text.substring(at + 1);
    }

    private static SignedRequest with(SignedRequest request, String name, String value) {
        HeaderList.Builder headers = HeaderList.builder();
        for (String each : List.of("host", "x-amz-target", "content-type", "x-amz-date", "authorization")) {
            Optional<String> sent =
                    each.equals(name) ? Optional.of(value) : request.headers().first(each);
            sent.ifPresent(v -> headers.add(each, v));
        }
        return new SignedRequest(
                request.method(), request.rawPath(), request.rawQuery(), headers.build(), request.body());
    }

    private static SignedRequest withBody(SignedRequest request, byte[] body) {
        return new SignedRequest(
                request.method(),
                request.rawPath(),
                request.rawQuery(),
                request.headers(),
                Optional.of(Bytes.copyOf(body)));
    }
}
