package dev.keytrail.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.Secret;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** RFC 6238 appendix B (the last six of its eight digits), and which codes count when. */
class OneTimeCodesTest {
    /** "12345678901234567890" in base32. */
    private static Secret seed() {
        return secret("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    }

    private static Secret secret(String text) {
        return Secret.adopt(text.getBytes(StandardCharsets.US_ASCII));
    }

    @ParameterizedTest
    @CsvSource({
        "59, 287082",
        "1111111109, 081804",
        "1111111111, 050471",
        "1234567890, 005924",
        "2000000000, 279037",
        "20000000000, 353130"
    })
    void step_codeOfTheRfc_isFound(long second, String code) {
        Instant now = Instant.ofEpochSecond(second);
        assertThat(OneTimeCodes.step(seed(), code, now, 0)).hasValue(second / 30);
        assertThat(OneTimeCodes.step(seed(), code, now, second / 30))
                .as("used before")
                .isEmpty();
        assertThat(OneTimeCodes.step(seed(), code, now.plusSeconds(30), 0))
                .as("one late")
                .hasValue(second / 30);
        assertThat(OneTimeCodes.step(seed(), code, now.plusSeconds(61), 0))
                .as("two late")
                .isEmpty();
        assertThat(OneTimeCodes.step(seed(), code.substring(1), now, 0)).isEmpty();
    }

    @Test
    void stepOfSecond_onlyCodesThatFollowEachOther() {
        Instant now = Instant.ofEpochSecond(1111111111);
        assertThat(OneTimeCodes.stepOfSecond(seed(), "081804", "050471", now)).hasValue(1111111111L / 30);
        assertThat(OneTimeCodes.stepOfSecond(seed(), "050471", "081804", now)).isEmpty();
        assertThat(OneTimeCodes.stepOfSecond(seed(), "050471", "050471", now)).isEmpty();
    }

    @Test
    void seed_isBase32_andDiffers() {
        Entropy entropy = new Random(3)::nextBytes;
        String one = new String(OneTimeCodes.seed(entropy).reveal(), StandardCharsets.US_ASCII);
        assertThat(one).matches("[A-Z2-7]{64}");
        assertThat(new String(OneTimeCodes.seed(entropy).reveal(), StandardCharsets.US_ASCII))
                .isNotEqualTo(one);
    }

    @Test
    void passwords_areRecognised_andNothingElseIs() {
        Entropy entropy = new Random(4)::nextBytes;
        Bytes hash = Passwords.hash(secret("Tr0ub4dor&3"), entropy);
        assertThat(Passwords.matches(secret("Tr0ub4dor&3"), hash)).isTrue();
        assertThat(Passwords.matches(secret("tr0ub4dor&3"), hash)).isFalse();
        assertThat(Passwords.hash(secret("Tr0ub4dor&3"), entropy)).isNotEqualTo(hash);
        assertThat(Passwords.weakness(secret("Tr0ub4dor&3"))).isEmpty();
        assertThat(Passwords.weakness(secret("abcdefgh1"))).isPresent();
        assertThat(Passwords.weakness(secret("aB1!"))).isPresent();
    }
}
