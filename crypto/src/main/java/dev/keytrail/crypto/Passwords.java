package dev.keytrail.crypto;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.Secret;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Optional;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;

/**
 * Passwords of people: never kept, only recognised. Argon2id (RFC 9106), 19 MiB, two passes; stored as version 1 (one byte),
 * 16 bytes of salt, 32 of hash. Takes some 50 ms, by intent. Stateless.
 */
public final class Passwords {
    private static final byte VERSION = 1;
    private static final int SALT_BYTES = 16;
    private static final int HASH_BYTES = 32;
    private static final int MEMORY_KIB = 19 << 10;
    private static final int PASSES = 2;

    private static final int CHARACTERS_MIN = 8;
    private static final int KINDS_MIN = 3;
    private static final String SYMBOLS = "!@#$%^&*()_+-=[]{}|'";

    private Passwords() {}

    /** Why AWS's default password policy does not take it; empty when it does. */
    public static Optional<String> weakness(Secret password) {
        byte[] text = password.reveal();
        if (text.length < CHARACTERS_MIN) {
            return Optional.of("Password should have a minimum length of " + CHARACTERS_MIN);
        }
        boolean upper = false;
        boolean lower = false;
        boolean digit = false;
        boolean symbol = false;
        for (byte octet : text) {
            char c = (char) (octet & 0xFF);
            upper |= c >= 'A' && c <= 'Z';
            lower |= c >= 'a' && c <= 'z';
            digit |= c >= '0' && c <= '9';
            symbol |= SYMBOLS.indexOf(c) >= 0;
        }
        int kinds = (upper ? 1 : 0) + (lower ? 1 : 0) + (digit ? 1 : 0) + (symbol ? 1 : 0);
        return kinds < KINDS_MIN
                ? Optional.of("Password should have at least " + KINDS_MIN
                        + " of the following: uppercase letters, lowercase letters, numbers, symbols")
                : Optional.empty();
    }

    public static Bytes hash(Secret password, Entropy entropy) {
        byte[] out = new byte[1 + SALT_BYTES + HASH_BYTES];
        out[0] = VERSION;
        byte[] salt = entropy.bytes(SALT_BYTES);
        System.arraycopy(salt, 0, out, 1, SALT_BYTES);
        System.arraycopy(derive(password, salt), 0, out, 1 + SALT_BYTES, HASH_BYTES);
        return Bytes.adopt(out);
    }

    /** Whether the hash was made of this password. */
    public static boolean matches(Secret password, Bytes hash) {
        byte[] stored = hash.unsafeArray();
        if (stored.length != 1 + SALT_BYTES + HASH_BYTES || stored[0] != VERSION) {
            throw new IllegalArgumentException("not a password hash of a known version");
        }
        byte[] salt = Arrays.copyOfRange(stored, 1, 1 + SALT_BYTES);
        byte[] wanted = Arrays.copyOfRange(stored, 1 + SALT_BYTES, stored.length);
        return MessageDigest.isEqual(derive(password, salt), wanted);
    }

    /** Takes the time of {@link #matches}, where there is no hash: nobody is to learn that from a clock. */
    public static boolean matchesNothing(Secret password) {
        return derive(password, new byte[SALT_BYTES]).length == 0;
    }

    private static byte[] derive(Secret password, byte[] salt) {
        Argon2BytesGenerator argon2 = new Argon2BytesGenerator();
        argon2.init(new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
                .withVersion(Argon2Parameters.ARGON2_VERSION_13)
                .withIterations(PASSES)
                .withMemoryAsKB(MEMORY_KIB)
                .withParallelism(1)
                .withSalt(salt)
                .build());
        byte[] hash = new byte[HASH_BYTES];
        argon2.generateBytes(password.reveal(), hash);
        return hash;
    }
}
