package dev.keytrail.identity.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import dev.keytrail.call.Service;
import dev.keytrail.crypto.SigningKey;
import dev.keytrail.identity.SdkSigner;
import dev.keytrail.identity.Site;
import dev.keytrail.identity.sigv4.AuthenticationFailure;
import dev.keytrail.identity.sigv4.AuthenticationFailure.Reason;
import dev.keytrail.identity.sigv4.ChunkSigner;
import dev.keytrail.identity.sigv4.Claims;
import dev.keytrail.identity.sigv4.HeaderList;
import dev.keytrail.identity.sigv4.PayloadPromise;
import dev.keytrail.identity.sigv4.SigV4;
import dev.keytrail.identity.sigv4.SignedRequest;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;

class S3SignaturesTest {
    private final Site site = new Site();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/bucket/key",
                "/bucket/a%20b/%C3%A9",
                "/bucket//double/./dot/../x",
                "/bucket/AWSLogs/1/CloudTrail/us-east-1/2026/01/01/f_T0000Z_x.json.gz",
                "/bucket/plus%2Bstar%2A%28%29%21%27",
                "/bucket?list-type=2&prefix=a%2Fb&delimiter=%2F&encoding-type=url",
                "/bucket?versioning",
            })
    void authenticate_sdkSigned_isAcceptedWithItsPathAsItIs(String uri) {
        SdkSigner.Sent sent =
                sdk().sign(SdkHttpMethod.PUT, "http://localhost:9000" + uri, Map.of(), "content", signer -> {});
        assertThat(authenticate(sent.request()).payload()).isEqualTo(new PayloadPromise.Checked());
        SignedRequest later = withBody(sent.request(), Optional.empty());
        assertThat(authenticate(later).payload())
                .isEqualTo(new PayloadPromise.Sha256(
                        sent.request().headers().first("x-amz-content-sha256").orElseThrow()));
        SignedRequest altered = withBody(sent.request(), Optional.of(Bytes.utf8("other")));
        assertThat(refused(altered).reason()).isEqualTo(Reason.BODY_MISMATCH);
    }

    @Test
    void authenticate_presigned_saysNothingOfTheBody() {
        SdkSigner.Sent sent = sdk().sign(
                        SdkHttpMethod.PUT, "http://localhost:9000/bucket/a%20b", Map.of(), "", signer -> {
                            signer.putProperty(
                                    AwsV4HttpSigner.AUTH_LOCATION, AwsV4HttpSigner.AuthLocation.QUERY_STRING);
                            signer.putProperty(AwsV4HttpSigner.EXPIRATION_DURATION, Duration.ofDays(7));
                            signer.putProperty(AwsV4HttpSigner.PAYLOAD_SIGNING_ENABLED, false);
                            signer.payload(null);
                        });
        assertThat(authenticate(withBody(sent.request(), Optional.of(Bytes.utf8("any"))))
                        .payload())
                .isEqualTo(new PayloadPromise.Unsigned());
    }

    @Test
    void authenticate_sdkChunked_chunksVerifyInOrder() throws GeneralSecurityException {
        String content = "0123456789".repeat(20_000);
        SdkSigner.Sent sent = sdk().sign(SdkHttpMethod.PUT, "http://localhost:9000/b/k", Map.of(), content, signer -> {
            signer.putProperty(AwsV4HttpSigner.CHUNK_ENCODING_ENABLED, true);
        });
        PayloadPromise promise = authenticate(sent.request()).payload();
        assertThat(promise).isInstanceOf(PayloadPromise.SignedChunks.class);
        PayloadPromise.SignedChunks chunks = (PayloadPromise.SignedChunks) promise;

        String wire = new String(sent.wireBody().toArray(), StandardCharsets.ISO_8859_1);
        int seen = 0;
        int at = 0;
        while (at < wire.length()) {
            int end = wire.indexOf("\r\n", at);
            String head = wire.substring(at, end);
            int size = Integer.parseInt(head.substring(0, head.indexOf(';')), 16);
            String data = wire.substring(end + 2, end + 2 + size);
            String signature = head.substring(head.indexOf('=') + 1);
            assertThat(chunks.signer().acceptsChunk(signature, sha256(data))).isTrue();
            at = end + 2 + size + 2;
            seen++;
        }
        assertThat(seen).isGreaterThan(2);
    }

    /** The example of AWS's page on chunked uploads. */
    @Test
    void check_publishedChunkExample_fits() throws GeneralSecurityException {
        HeaderList headers = HeaderList.builder()
                .add("Host", "s3.amazonaws.com")
                .add("x-amz-date", "20130524T000000Z")
                .add("x-amz-storage-class", "REDUCED_REDUNDANCY")
                .add(
                        "Authorization",
                        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
                                + "SignedHeaders=content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;"
                                + "x-amz-decoded-content-length;x-amz-storage-class,"
                                + "Signature=4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9")
                .add("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
                .add("Content-Encoding", "aws-chunked")
                .add("x-amz-decoded-content-length", "66560")
                .add("Content-Length", "66824")
                .build();
        SignedRequest request =
                new SignedRequest("PUT", "/examplebucket/chunkObject.txt", "", headers, Optional.empty());
        Claims claims = Claims.of(request);
        Secret secret = Secret.adopt("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".getBytes(StandardCharsets.US_ASCII));
        SigningKey key = SigningKey.derive(secret, claims.scopeDate(), claims.region(), claims.service());

        PayloadPromise promise = new SigV4().check(claims, request, key, true);

        ChunkSigner chunks = ((PayloadPromise.SignedChunks) promise).signer();
        String first = "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648";
        assertThat(chunks.acceptsChunk(first, sha256("a".repeat(65_536)))).isTrue();
        String second = "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497";
        assertThat(chunks.acceptsChunk(second, sha256("a".repeat(1_024)))).isTrue();
        String last = "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9";
        assertThat(chunks.acceptsChunk(last, sha256(""))).isTrue();

        assertThat(chunks.acceptsChunk(last, sha256(""))).isFalse();
        assertThat(chunks.acceptsChunk(first, sha256("a".repeat(65_536)))).isFalse();
    }

    @Test
    void authenticate_withoutContentHash_isRefused() {
        SdkSigner.Sent sent = new SdkSigner(
                        AwsCredentialsIdentity.create(site.adminKeyId(), site.adminSecret), "s3", Site.NOW)
                .header(SdkHttpMethod.GET, "http://localhost:9000/b", Map.of(), "");
        HeaderList.Builder headers = HeaderList.builder();
        for (String name : new String[] {"host", "x-amz-date", "authorization"}) {
            headers.add(name, sent.request().headers().first(name).orElseThrow());
        }
        SignedRequest bare = new SignedRequest("GET", "/b", "", headers.build(), Optional.of(Bytes.EMPTY));
        assertThat(refused(bare).reason()).isEqualTo(Reason.PAYLOAD_FORM);
    }

    private SdkSigner sdk() {
        return new SdkSigner(AwsCredentialsIdentity.create(site.adminKeyId(), site.adminSecret), "s3", Site.NOW);
    }

    private Authenticated authenticate(SignedRequest request) {
        return site.identity.authenticator().authenticate(site.read(), request, Service.S3, Site.NOW);
    }

    private AuthenticationFailure refused(SignedRequest request) {
        return catchThrowableOfType(AuthenticationFailure.class, () -> authenticate(request));
    }

    private static SignedRequest withBody(SignedRequest request, Optional<Bytes> body) {
        return new SignedRequest(request.method(), request.rawPath(), request.rawQuery(), request.headers(), body);
    }

    private static byte[] sha256(String text) throws GeneralSecurityException {
        return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.ISO_8859_1));
    }
}
