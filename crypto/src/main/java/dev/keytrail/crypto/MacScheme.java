package dev.keytrail.crypto;

import dev.keytrail.crypto.KeyKind.Family;
import java.util.Optional;

/** HMAC of FIPS 198-1, named as the {@code MacAlgorithmSpec} of the KMS model: one for each HMAC key kind. */
public enum MacScheme {
    HMAC_SHA_224("HmacSHA224", 224),
    HMAC_SHA_256("HmacSHA256", 256),
    HMAC_SHA_384("HmacSHA384", 384),
    HMAC_SHA_512("HmacSHA512", 512);

    private final String jcaName;
    private final int bits;

    MacScheme(String jcaName, int bits) {
        this.jcaName = jcaName;
        this.bits = bits;
    }

    String jcaName() {
        return jcaName;
    }

    public boolean fits(KeyKind kind) {
        return kind.family() == Family.HMAC && kind.size() == bits;
    }

    public static Optional<MacScheme> of(String name) {
        for (MacScheme scheme : values()) {
            if (scheme.name().equals(name)) {
                return Optional.of(scheme);
            }
        }
        return Optional.empty();
    }
}
