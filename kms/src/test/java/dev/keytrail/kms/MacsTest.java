package dev.keytrail.kms;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import dev.keytrail.kms.World.Answer;
import dev.keytrail.kms.key.Key;
import dev.keytrail.wire.shape.kms.GenerateMacRequest;
import dev.keytrail.wire.shape.kms.GenerateMacResponse;
import dev.keytrail.wire.shape.kms.KeySpec;
import dev.keytrail.wire.shape.kms.KeyUsageType;
import dev.keytrail.wire.shape.kms.MacAlgorithmSpec;
import dev.keytrail.wire.shape.kms.VerifyMacRequest;
import dev.keytrail.wire.shape.kms.VerifyMacResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** GenerateMac and VerifyMac. */
class MacsTest {
    private final World world = new World();

    private static VerifyMacRequest verify(Key key, String message, MacAlgorithmSpec algorithm, Bytes mac) {
        return VerifyMacRequest.builder()
                .keyId(key.id())
                .message(Requests.plain(message))
                .macAlgorithm(algorithm)
                .mac(mac)
                .build();
    }

    private Bytes mac(Key key, String message, MacAlgorithmSpec algorithm) {
        return world.<GenerateMacRequest, GenerateMacResponse>alice(
                        "GenerateMac",
                        GenerateMacRequest.builder()
                                .keyId(key.id())
                                .message(Requests.plain(message))
                                .macAlgorithm(algorithm)
                                .build())
                .reply()
                .mac()
                .orElseThrow();
    }

    @ParameterizedTest
    @CsvSource({"224,28", "256,32", "384,48", "512,64"})
    void mac_isAsLongAsTheDigest_repeats_andVerifies(String bits, int bytes) {
        Key key = Pairs.make(world, KeySpec.valueOf("HMAC_" + bits), KeyUsageType.GENERATE_VERIFY_MAC);
        MacAlgorithmSpec algorithm = MacAlgorithmSpec.valueOf("HMAC_SHA_" + bits);
        Bytes mac = mac(key, "message", algorithm);

        assertThat(mac.size()).isEqualTo(bytes);
        assertThat(mac(key, "message", algorithm)).isEqualTo(mac);
        VerifyMacResponse verified = world.<VerifyMacRequest, VerifyMacResponse>alice(
                        "VerifyMac", verify(key, "message", algorithm, mac))
                .reply();
        assertThat(verified.macValid()).contains(true);
        assertThat(verified.keyId()).contains(key.arn());
        assertThat(verified.macAlgorithm()).contains(algorithm);
    }

    @Test
    void verifyMac_otherMessageOtherKeyOrCut_isRefusedWithoutMessage() {
        Key key = Pairs.make(world, KeySpec.HMAC_256, KeyUsageType.GENERATE_VERIFY_MAC);
        Key other = Pairs.make(world, KeySpec.HMAC_256, KeyUsageType.GENERATE_VERIFY_MAC);
        MacAlgorithmSpec algorithm = MacAlgorithmSpec.HMAC_SHA_256;
        Bytes mac = mac(key, "message", algorithm);

        for (VerifyMacRequest bad : java.util.List.of(
                verify(key, "massage", algorithm, mac),
                verify(other, "message", algorithm, mac),
                verify(key, "message", algorithm, mac.slice(0, 31)))) {
            Answer<?> answer = world.alice("VerifyMac", bad);
            assertThat(answer.code()).isEqualTo("KMSInvalidMacException");
            assertThat(answer.error().orElseThrow().message()).isEmpty();
        }
    }

    @Test
    void generateMac_onAnEncryptionKey_usageComesBeforeTheAlgorithm() {
        Key key = world.newKey();
        Answer<?> answer = world.alice(
                "GenerateMac",
                GenerateMacRequest.builder()
                        .keyId(key.id())
                        .message(Secret.copyOf(new byte[1]))
                        .macAlgorithm(MacAlgorithmSpec.HMAC_SHA_224)
                        .build());
        assertThat(answer.message())
                .isEqualTo(key.arn() + " key usage is ENCRYPT_DECRYPT which is not valid for GenerateMac.");
    }
}
