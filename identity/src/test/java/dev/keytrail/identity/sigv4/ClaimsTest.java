package dev.keytrail.identity.sigv4;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Bytes;
import dev.keytrail.identity.sigv4.AuthenticationFailure.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClaimsTest {
    private static final String SIGNATURE = "0123456789abcdef".repeat(4);
    private static final String CREDENTIAL = "Credential=AKIDEXAMPLE/20260101/us-east-1/kms/aws4_request";
    private static final String GOOD =
            "AWS4-HMAC-SHA256 " + CREDENTIAL + ", SignedHeaders=host;x-amz-date, Signature=" + SIGNATURE;

    @Test
    void of_headerForm_givesItsParts() {
        Claims claims = Claims.of(header(GOOD));
        assertThat(claims.accessKeyId()).isEqualTo("AKIDEXAMPLE");
        assertThat(claims.region()).isEqualTo("us-east-1");
        assertThat(claims.service()).isEqualTo("kms");
        assertThat(claims.signedHeaders()).containsExactly("host", "x-amz-date");
        assertThat(claims.signature()).isEqualTo(SIGNATURE);
        assertThat(claims.signedAt()).isEqualTo("2026-01-01T00:00:00Z");
        assertThat(claims.presigned()).isFalse();
        assertThat(claims.toString()).doesNotContain(SIGNATURE);
        assertThat(Claims.of(header(GOOD.replace(", ", ",")))).isEqualTo(claims);
        assertThat(header(GOOD).claimedService()).contains("kms");
    }

    @Test
    void of_nothingSigned_isMissing() {
        SignedRequest request =
                new SignedRequest("POST", "/", "", HeaderList.builder().build(), body());
        AuthenticationFailure failure = refused(request);
        assertThat(failure.error(Dialect.JSON))
                .isEqualTo(ApiError.of("MissingAuthenticationTokenException", 400, "Missing Authentication Token"));
        assertThat(failure.error(Dialect.QUERY))
                .isEqualTo(ApiError.of("MissingAuthenticationToken", 403, "Request is missing Authentication Token"));
        assertThat(failure.error(Dialect.S3)).isEqualTo(ApiError.of("AccessDenied", 403, "Access Denied"));
        assertThat(request.claimedService()).isEmpty();
    }

    @Test
    void of_allPartsMissing_namesThemAll() {
        SignedRequest request = new SignedRequest(
                "POST",
                "/",
                "",
                HeaderList.builder().add("authorization", "AWS4-HMAC-SHA256").build(),
                body());
        AuthenticationFailure failure = refused(request);
        assertThat(failure.reason()).isEqualTo(Reason.INCOMPLETE_HEADER);
        assertThat(failure.getMessage())
                .startsWith("Authorization header requires 'Credential' parameter. Authorization header requires"
                        + " 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter."
                        + " Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Basic dXNlcjpwYXNz",
                "Bearer abc",
                "AWS AKID:sig",
                "AWS4-ECDSA-P256-SHA256 Credential=a/b/c/d, SignedHeaders=host, Signature=00",
                "AWS4-HMAC-SHA256",
                "AWS4-HMAC-SHA256 ",
                "AWS4-HMAC-SHA256 nonsense",
                "AWS4-HMAC-SHA256 ,,,,",
                "AWS4-HMAC-SHA256 Credential=a,Credential=b",
                "AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/kms/aws4_request",
            })
    void of_unreadableHeader_isIncompleteAndNotEchoed(String authorization) {
        AuthenticationFailure failure = refused(header(authorization));
        assertThat(failure.error(Dialect.JSON).code()).isEqualTo("IncompleteSignatureException");
        assertThat(failure.error(Dialect.QUERY))
                .satisfies(e -> assertThat(e.code() + e.status()).isEqualTo("IncompleteSignature400"));
        assertThat(failure.getMessage()).doesNotContain("dXNlcjpwYXNz").hasSizeLessThan(600);
    }

    @ParameterizedTest
    @CsvSource({
        "/aws4_request, /aws4_other",
        "AKIDEXAMPLE/, ",
        "AKIDEXAMPLE/, AKID EXAMPLE/",
        "20260101/, 2026010/",
        "20260101/, 2026010x/",
        "Signature=0, Signature=",
        "Signature=0, Signature=A",
        "Signature=0, Signature=00",
        "host;, HOST;",
        "host;, host;host;",
        "host;, ;",
        "host;, ho st;",
        "Signature, signature",
    })
    void of_malformedPart_isIncomplete(String part, String instead) {
        String altered = GOOD.replace(part, instead == null ? "" : instead);
        assertThat(altered).isNotEqualTo(GOOD);
        assertThat(refused(header(altered)).reason()).isEqualTo(Reason.INCOMPLETE_HEADER);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "20260101",
                "20260101T000000",
                "2026-01-01T00:00:00Z",
                "20261301T000000Z",
                "20260101T240000Z",
                "20260101T00000xZ",
                "soon",
            })
    void of_malformedDate_isIncomplete(String date) {
        SignedRequest request = new SignedRequest(
                "POST",
                "/",
                "",
                HeaderList.builder()
                        .add("authorization", GOOD)
                        .add("x-amz-date", date)
                        .build(),
                body());
        assertThat(refused(request).reason()).isEqualTo(Reason.INCOMPLETE_HEADER);
    }

    @ParameterizedTest
    @CsvSource({"authorization", "x-amz-date", "x-amz-security-token"})
    void of_headerGivenTwice_isRefused(String name) {
        HeaderList headers = HeaderList.builder()
                .add("authorization", GOOD)
                .add("x-amz-date", "20260101T000000Z")
                .add("x-amz-security-token", "t")
                .add(name, "20260101T000000Z")
                .build();
        assertThat(refused(new SignedRequest("POST", "/", "", headers, body())).reason())
                .isEqualTo(Reason.INCOMPLETE_HEADER);
    }

    @ParameterizedTest
    @CsvSource({
        "X-Amz-Expires=60, X-Amz-Expires=0",
        "X-Amz-Expires=60, X-Amz-Expires=604801",
        "X-Amz-Expires=60, X-Amz-Expires=-1",
        "X-Amz-Expires=60, X-Amz-Expires=99999999999999999999",
        "X-Amz-Expires=60, x=y",
        "X-Amz-Expires=60, X-Amz-Expires=60&X-Amz-Expires=60",
        "X-Amz-Algorithm=AWS4-HMAC-SHA256, X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256",
        "X-Amz-Algorithm=AWS4-HMAC-SHA256, a=b",
        "X-Amz-Date=20260101T000000Z, X-Amz-Date=now",
        "X-Amz-SignedHeaders=host, X-Amz-SignedHeaders=",
    })
    void of_malformedQueryForm_isIncomplete(String part, String instead) {
        String good = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20260101T000000Z&X-Amz-Expires=60"
                + "&X-Amz-SignedHeaders=host&X-Amz-Credential=AKID%2F20260101%2Fus-east-1%2Fsts%2Faws4_request"
                + "&X-Amz-Signature=" + SIGNATURE;
        assertThat(Claims.of(query(good)).expiresSeconds()).contains(60);
        AuthenticationFailure failure = refused(query(good.replace(part, instead)));
        assertThat(failure.reason()).isEqualTo(Reason.INCOMPLETE_QUERY);
        assertThat(failure.error(Dialect.S3).code()).isEqualTo("AuthorizationQueryParametersError");
    }

    @Test
    void of_bothForms_isRefused() {
        SignedRequest request = header(GOOD);
        assertThat(refused(new SignedRequest("GET", "/", "X-Amz-Signature=x", request.headers(), request.body()))
                        .reason())
                .isEqualTo(Reason.INCOMPLETE_QUERY);
    }

    @ParameterizedTest
    @CsvSource({
        "UNKNOWN_KEY, UnrecognizedClientException, InvalidClientTokenId, 403, InvalidAccessKeyId, 403",
        "BAD_TOKEN, UnrecognizedClientException, InvalidClientTokenId, 403, InvalidToken, 400",
        "TOKEN_EXPIRED, ExpiredTokenException, ExpiredToken, 403, ExpiredToken, 400",
        "CLOCK, InvalidSignatureException, SignatureDoesNotMatch, 403, RequestTimeTooSkewed, 403",
        "MISMATCH, InvalidSignatureException, SignatureDoesNotMatch, 403, SignatureDoesNotMatch, 403",
        "URL_EXPIRED, RequestExpired, RequestExpired, 400, AccessDenied, 403",
        "SCOPE, InvalidSignatureException, SignatureDoesNotMatch, 403, AuthorizationHeaderMalformed, 400",
        "BODY_MISMATCH, InvalidSignatureException, SignatureDoesNotMatch, 403, XAmzContentSHA256Mismatch, 400",
    })
    void error_reason_isSpelledPerDialect(
            Reason reason, String json, String query, int queryStatus, String s3, int s3Status) {
        AuthenticationFailure failure = new AuthenticationFailure(reason, "m");
        assertThat(failure.error(Dialect.JSON)).isEqualTo(ApiError.of(json, 400, "m"));
        assertThat(failure.error(Dialect.QUERY)).isEqualTo(ApiError.of(query, queryStatus, "m"));
        assertThat(failure.error(Dialect.S3).code()).isEqualTo(s3);
        assertThat(failure.error(Dialect.S3).status()).isEqualTo(s3Status);
    }

    /** What is known of earlier requests makes reading quicker and nothing else. */
    @Test
    void of_headerLikeAProvenOne_readsAsWithoutIt() {
        KnownClaims known = new KnownClaims(4);
        known.proven(GOOD, Claims.of(header(GOOD)));
        long seed = 20_261_125L;
        Random random = new Random(seed);
        List<String> headers = new ArrayList<>(List.of(
                GOOD,
                GOOD.replace(SIGNATURE, "f".repeat(64)),
                GOOD.replace(SIGNATURE, "F".repeat(64)),
                GOOD + "0",
                GOOD.substring(0, GOOD.length() - 1),
                GOOD.replace("Signature=", "Signature=0"),
                SIGNATURE,
                "Signature=" + SIGNATURE,
                ""));
        for (int i = 0; i < 2000; i++) {
            StringBuilder changed = new StringBuilder(GOOD);
            changed.setCharAt(random.nextInt(changed.length()), (char) (' ' + random.nextInt(95)));
            if (random.nextBoolean()) {
                int at = random.nextInt(changed.length());
                changed.delete(at, Math.min(changed.length(), at + random.nextInt(3)));
            }
            headers.add(changed.toString());
        }
        for (String header : headers) {
            assertThat(read(header, known)).as("seed " + seed).isEqualTo(read(header, KnownClaims.NONE));
        }
        assertThat(known.like(GOOD)).isPresent();
        assertThat(known.like(GOOD.replace("kms", "sns"))).isEmpty();
    }

    @Test
    void proven_moreThanTheBound_startsOver() {
        KnownClaims known = new KnownClaims(2);
        for (String service : List.of("kms", "sns", "iam")) {
            String header = GOOD.replace("kms", service);
            known.proven(header, Claims.of(header(header)));
        }
        assertThat(known.like(GOOD)).isEmpty();
        assertThat(known.like(GOOD.replace("kms", "iam"))).isPresent();
    }

    private static String read(String authorization, KnownClaims known) {
        try {
            Claims claims = Claims.of(header(authorization), known);
            return claims + claims.signedHeaders().toString() + claims.signature() + claims.signedAt() + claims.token();
        } catch (AuthenticationFailure e) {
            return e.reason() + " " + e.getMessage();
        }
    }

    private static SignedRequest header(String authorization) {
        HeaderList headers = HeaderList.builder()
                .add("Authorization", authorization)
                .add("X-Amz-Date", "20260101T000000Z")
                .build();
        return new SignedRequest("POST", "/", "", headers, body());
    }

    private static SignedRequest query(String query) {
        return new SignedRequest("GET", "/", query, HeaderList.builder().build(), body());
    }

    private static Optional<Bytes> body() {
        return Optional.of(Bytes.EMPTY);
    }

    private static AuthenticationFailure refused(SignedRequest request) {
        return catchThrowableOfType(AuthenticationFailure.class, () -> Claims.of(request));
    }
}
