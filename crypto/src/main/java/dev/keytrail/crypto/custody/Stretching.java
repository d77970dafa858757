package dev.keytrail.crypto.custody;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.Secret;
import dev.keytrail.crypto.RootKey;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;

/**
 * How a passphrase becomes a key: Argon2id, version 1.3 (RFC 9106). Every member is bounded, when it is set and when it is
 * read, so that a forged row or backup can neither weaken it below the floor nor ask for all memory.
 *
 * @param memoryKib in KiB
 * @param salt 16 random bytes
 */
public record Stretching(int memoryKib, int passes, int lanes, Bytes salt) {
    /** RFC 9106 section 4, second choice: 64 MiB, three passes, four lanes. */
    public static final int MEMORY_KIB_DEFAULT = 64 << 10;

    public static final int PASSES_DEFAULT = 3;
    public static final int LANES_DEFAULT = 4;

    private static final int MEMORY_KIB_MIN = 19 << 10;
    private static final int MEMORY_KIB_MAX = 256 << 10;
    private static final int PASSES_MIN = 2;
    private static final int PASSES_MAX = 10;
    private static final int LANES_MAX = 8;
    private static final int SALT_BYTES = 16;

    /** A passphrase is bytes, as typed in UTF-8. */
    public static final int PASSPHRASE_BYTES_MIN = 12;

    public static final int PASSPHRASE_BYTES_MAX = 1024;

    public Stretching {
        if (memoryKib < MEMORY_KIB_MIN || memoryKib > MEMORY_KIB_MAX) {
            throw new CustodyRefused(
                    "Argon2id memory must be from " + MEMORY_KIB_MIN + " to " + MEMORY_KIB_MAX + " KiB");
        }
        if (passes < PASSES_MIN || passes > PASSES_MAX || lanes < 1 || lanes > LANES_MAX) {
            throw new CustodyRefused("Argon2id takes " + PASSES_MIN + " to " + PASSES_MAX + " passes in 1 to "
                    + LANES_MAX + " lanes here");
        }
        if (salt.size() != SALT_BYTES) {
            throw new CustodyRefused("Argon2id salt must have " + SALT_BYTES + " bytes");
        }
    }

    public static Stretching fresh(Entropy entropy) {
        return new Stretching(
                MEMORY_KIB_DEFAULT, PASSES_DEFAULT, LANES_DEFAULT, Bytes.adopt(entropy.bytes(SALT_BYTES)));
    }

    /**
     * Takes a fraction of a second and {@link #memoryKib} of heap. The library's copies of the passphrase go with the
     * garbage.
     *
     * @throws CustodyRefused when the passphrase is too short or too long
     */
    public WrappingKey key(Secret passphrase) {
        if (passphrase.sizeBytes() < PASSPHRASE_BYTES_MIN || passphrase.sizeBytes() > PASSPHRASE_BYTES_MAX) {
            throw new CustodyRefused(
                    "a passphrase has " + PASSPHRASE_BYTES_MIN + " to " + PASSPHRASE_BYTES_MAX + " bytes");
        }
        Argon2BytesGenerator argon = new Argon2BytesGenerator();
        argon.init(new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
                .withVersion(Argon2Parameters.ARGON2_VERSION_13)
                .withMemoryAsKB(memoryKib)
                .withIterations(passes)
                .withParallelism(lanes)
                .withSalt(salt.unsafeArray())
                .build());
        byte[] key = new byte[RootKey.KEY_BYTES];
        argon.generateBytes(passphrase.reveal(), key);
        return WrappingKey.of(Secret.adopt(key));
    }
}
