package dev.keytrail.identity.sigv4;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import dev.keytrail.crypto.SigningKey;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Whatever is sent, reading and checking it ends in a refusal and nothing else. Seeds lie among the test resources. */
class SigV4FuzzTest {
    private final SigV4 sigV4 = new SigV4();

    @FuzzTest
    void authorizationHeader_anyText_isRefused(byte[] data) {
        String text = new String(data, StandardCharsets.ISO_8859_1);
        HeaderList headers = HeaderList.builder()
                .add("Host", "localhost")
                .add("X-Amz-Date", "20260101T000000Z")
                .add("Authorization", text)
                .build();
        expectRefusal(new SignedRequest("POST", "/", "", headers, Optional.of(Bytes.EMPTY)));
    }

    @FuzzTest
    void pathAndQuery_anyText_isRefused(byte[] data) {
        String text = new String(data, StandardCharsets.ISO_8859_1);
        int question = text.indexOf('?');
        HeaderList headers = HeaderList.builder().add("Host", "localhost").build();
        expectRefusal(new SignedRequest(
                "GET",
                question < 0 ? "/" : text.substring(0, question),
                text.substring(question + 1),
                headers,
                Optional.of(Bytes.EMPTY)));
    }

    private void expectRefusal(SignedRequest request) {
        for (boolean s3 : new boolean[] {false, true}) {
            try {
                Claims claims = Claims.of(request);
                if (claims.signature().length() != 64 || claims.accessKeyId().isEmpty()) {
                    throw new IllegalStateException("accepted: " + claims);
                }
                SigningKey key = SigningKey.derive(
                        Secret.adopt(new byte[40]), claims.scopeDate(), claims.region(), claims.service());
                sigV4.check(claims, request, key, s3);
                throw new IllegalStateException("accepted: " + claims);
            } catch (AuthenticationFailure expected) {
                for (Dialect dialect : Dialect.values()) {
                    if (expected.error(dialect).message().orElse("").length() > 1024) {
                        throw new IllegalStateException("a message without bound", expected);
                    }
                }
            }
        }
    }
}
