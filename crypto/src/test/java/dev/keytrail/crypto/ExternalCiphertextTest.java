package dev.keytrail.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ExternalCiphertextTest {
    private static final String ACCOUNT = "111122223333";
    private static final String KEY = "1234abcd-12ab-34cd-56ef-1234567890ab";
    private static final String MATERIAL = "0123456789abcdef".repeat(4);

    @Test
    void external_encodedAndParsed_isTheSame() {
        for (int vector : new int[] {12, 16}) {
            for (int metadata : new int[] {0, 1, 20}) {
                ExternalCiphertext made = new ExternalCiphertext(bytes(vector), bytes(16), bytes(metadata), bytes(200));
                Bytes blob = made.encoded(ACCOUNT, KEY, MATERIAL);
                assertThat(ExternalCiphertext.parse(blob)).contains(made);
                assertThat(CiphertextHeader.parse(blob))
                        .contains(new CiphertextHeader(CiphertextHeader.Kind.EXTERNAL, ACCOUNT, KEY, MATERIAL));
                assertThat(TokenCiphertext.parse(blob)).isEmpty();
            }
        }
    }

    @Test
    void external_anyCutOrFlippedByte_isParsedOrRefusedButNeverThrows() {
        Bytes blob = new ExternalCiphertext(bytes(12), bytes(16), bytes(9), bytes(1)).encoded(ACCOUNT, KEY, MATERIAL);
        for (int size = 0; size < blob.size(); size++) {
            assertThat(ExternalCiphertext.parse(blob.slice(0, size))).isEmpty();
        }
        for (int at = 0; at < blob.size(); at++) {
            for (int value = 0; value < 256; value++) {
                byte[] other = blob.toArray();
                other[at] = (byte) value;
                ExternalCiphertext.parse(Bytes.adopt(other));
                TokenCiphertext.parse(Bytes.adopt(other));
            }
        }
    }

    @Test
    void token_encodedAndParsed_isTheSame() {
        TokenCiphertext made = new TokenCiphertext(bytes(12), bytes(17));
        Bytes blob = made.encoded(ACCOUNT, KEY, MATERIAL);
        assertThat(TokenCiphertext.parse(blob)).contains(made);
        assertThat(ExternalCiphertext.parse(blob)).isEmpty();
    }

    @Test
    void additionalData_differsWithContextKeyAndKind() {
        Bytes one = ExternalCiphertext.additionalData(ACCOUNT, KEY, MATERIAL, Map.of("a", "bc"));
        assertThat(one).isNotEqualTo(ExternalCiphertext.additionalData(ACCOUNT, KEY, MATERIAL, Map.of("ab", "c")));
        assertThat(one).isNotEqualTo(ExternalCiphertext.additionalData(ACCOUNT, KEY, MATERIAL, Map.of()));
        assertThat(one.slice(0, 55)).isNotEqualTo(TokenCiphertext.additionalData(ACCOUNT, KEY, MATERIAL, Map.of()));
    }

    /** The proxy of the black-box tests checks signatures with code of its own; this one pins the form. */
    @Test
    void signer_sameRequest_sameHeaders_withoutTheSecret() {
        try (Secret id = secret("ABCDEFGHIJKLMNOPQRST");
                Secret key = secret("k".repeat(43))) {
            RequestSigner signer = new RequestSigner(id, key, "us-east-1", "kms-xks-proxy");
            Instant now = Instant.parse("2026-01-02T03:04:05Z");
            RequestSigner.Headers headers =
                    signer.sign("a.example", "/kms/xks/v1/health", "application/json", bytes(3), now);
            assertThat(headers.date()).isEqualTo("20260102T030405Z");
            assertThat(headers.authorization())
                    .startsWith("AWS4-HMAC-SHA256 Credential=ABCDEFGHIJKLMNOPQRST/20260102/us-east-1/kms-xks-proxy/"
                            + "aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=")
                    .doesNotContain("kkk");
            assertThat(signer.sign("a.example", "/kms/xks/v1/health", "application/json", bytes(3), now))
                    .isEqualTo(headers);
            assertThat(signer.sign("b.example", "/kms/xks/v1/health", "application/json", bytes(3), now))
                    .isNotEqualTo(headers);
        }
    }

    private static Secret secret(String text) {
        return Secret.copyOf(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static Bytes bytes(int count) {
        return Bytes.adopt(new TestEntropy(count).bytes(count));
    }
}
