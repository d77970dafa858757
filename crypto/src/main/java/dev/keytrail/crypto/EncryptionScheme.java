package dev.keytrail.crypto;

import dev.keytrail.crypto.KeyKind.Family;
import java.util.Optional;

/** Ways to encrypt with a public key, named as the {@code EncryptionAlgorithmSpec} of the KMS model. */
public enum EncryptionScheme {
    /** RFC 8017 section 7.1; MGF1 with the same hash, empty label. */
    RSAES_OAEP_SHA_1("SHA-1", 20),
    RSAES_OAEP_SHA_256("SHA-256", 32),
    /** GB/T 32918.4 with SM3; the ciphertext is the DER sequence of GB/T 35276: x, y, hash, ciphertext. */
    SM2PKE("SM3", 32);

    private static final int SM2_PLAINTEXT_BYTES_MAX = 1024;

    private final String hash;
    private final int hashBytes;

    EncryptionScheme(String hash, int hashBytes) {
        this.hash = hash;
        this.hashBytes = hashBytes;
    }

    String hash() {
        return hash;
    }

    public boolean fits(KeyKind kind) {
        return kind.family() == (this == SM2PKE ? Family.SM2 : Family.RSA);
    }

    /** The longest plaintext for a key of this kind. */
    public int plaintextBytesMax(KeyKind kind) {
        return this == SM2PKE ? SM2_PLAINTEXT_BYTES_MAX : kind.size() / 8 - 2 * hashBytes - 2;
    }

    public static Optional<EncryptionScheme> of(String name) {
        for (EncryptionScheme scheme : values()) {
            if (scheme.name().equals(name)) {
                return Optional.of(scheme);
            }
        }
        return Optional.empty();
    }
}
