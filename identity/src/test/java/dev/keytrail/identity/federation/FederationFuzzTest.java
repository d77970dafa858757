package dev.keytrail.identity.federation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.keytrail.call.Secret;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Whatever comes, the parsers answer with their own refusals and nothing else. */
class FederationFuzzTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final long SEED = Long.getLong("keytrail.seed", 20261125L);

    @FuzzTest
    void token_anyBytes_isRefusedOrRead(byte[] input) {
        try {
            JsonWebToken.parse(Secret.copyOf(input)).claimedIssuer();
        } catch (Distrusted expected) {
            assertThat(expected.reason()).isNotEmpty();
        }
    }

    @FuzzTest
    void keys_anyText_isRefusedOrRead(byte[] input) {
        try {
            JsonWebKeys.parse(new String(input, StandardCharsets.UTF_8));
        } catch (IllegalArgumentException expected) {
            assertThat(expected).hasMessageNotContaining("\n");
        }
    }

    @FuzzTest
    void metadata_anyText_isRefusedOrRead(byte[] input) {
        try {
            SamlMetadata.parse(new String(input, StandardCharsets.UTF_8));
        } catch (IllegalArgumentException expected) {
            assertThat(expected.getMessage()).isNotEmpty();
        }
    }

    /** Of a good token every single changed byte makes it worthless. */
    @Test
    void token_anyByteChanged_isDistrusted() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        KeyPair pair = generator.generateKeyPair();
        String token = token(pair);
        JsonWebKeys keys = JsonWebKeys.parse("{\"keys\":[{\"kty\":\"RSA\",\"n\":\""
                + encode(((RSAPublicKey) pair.getPublic()).getModulus().toByteArray()) + "\",\"e\":\"AQAB\"}]}");
        assertThat(claims(token, keys).subject()).isEqualTo("someone");
        Random random = new Random(SEED);
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+";
        for (int i = 0; i < token.length(); i++) {
            char other = alphabet.charAt(random.nextInt(alphabet.length()));
            // The last character of a part may have bits that stand for nothing.
            boolean last = i + 1 == token.length() || token.charAt(i + 1) == '.';
            if (other == token.charAt(i) || last) {
                continue;
            }
            String changed = token.substring(0, i) + other + token.substring(i + 1);
            assertThatThrownBy(() -> claims(changed, keys))
                    .as("seed %s, %s", SEED, changed)
                    .isInstanceOf(Distrusted.class);
        }
    }

    private static JsonWebToken.Claims claims(String token, JsonWebKeys keys) throws Distrusted {
        return JsonWebToken.parse(Secret.adopt(token.getBytes(StandardCharsets.US_ASCII)))
                .verify(keys, "https://issuer.example.com", List.of("app"), NOW);
    }

    private static String token(KeyPair pair) throws Exception {
        long now = NOW.getEpochSecond();
        String text = encode("{\"alg\":\"RS256\"}".getBytes(StandardCharsets.UTF_8)) + "."
                + encode(("{\"iss\":\"https://issuer.example.com\",\"sub\":\"someone\",\"aud\":\"app\",\"iat\":" + now
                                + ",\"exp\":" + (now + 60) + "}")
                        .getBytes(StandardCharsets.UTF_8));
        Signature signature = Signature.getInstance("SHA256withRSA");
        signature.initSign(pair.getPrivate());
        signature.update(text.getBytes(StandardCharsets.US_ASCII));
        return text + "." + encode(signature.sign());
    }

    private static String encode(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
