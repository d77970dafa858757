package dev.keytrail.crypto;

import dev.keytrail.call.Entropy;
import dev.keytrail.call.Secret;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Arrays;
import java.util.OptionalLong;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Time-based one-time codes as authenticator apps make them (RFC 6238: HMAC-SHA-1, six digits, 30 seconds a step), over a
 * seed kept as its base32 text (RFC 4648). Stateless: whoever asks remembers the last step that was used.
 */
public final class OneTimeCodes {
    private static final String BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private static final int SEED_BYTES = 40;
    private static final int STEP_SECONDS = 30;
    private static final int DIGITS = 6;

    /** Clocks differ, and people are slow. */
    private static final int STEPS_LATE = 1;

    private static final int STEPS_EARLY = 1;

    /** Of two codes typed one after the other, the first may be older. */
    private static final int STEPS_LATE_PAIR = 4;

    private OneTimeCodes() {}

    /** A fresh seed: 64 characters of base32. */
    public static Secret seed(Entropy entropy) {
        byte[] random = entropy.bytes(SEED_BYTES);
        byte[] text = new byte[SEED_BYTES * 8 / 5];
        int bits = 0;
        int held = 0;
        int at = 0;
        for (byte octet : random) {
            held = held << 8 | octet & 0xFF;
            bits += 8;
            while (bits >= 5) {
                bits -= 5;
                text[at++] = (byte) BASE32.charAt(held >>> bits & 31);
            }
        }
        Arrays.fill(random, (byte) 0);
        return Secret.adopt(text);
    }

    /** The step whose code this is, if it is one of about now, later than {@code lastUsed}. */
    public static OptionalLong step(Secret seed, String code, Instant now, long lastUsed) {
        long current = now.getEpochSecond() / STEP_SECONDS;
        OptionalLong found = OptionalLong.empty();
        for (long step = current - STEPS_LATE; step <= current + STEPS_EARLY; step++) {
            // All of them are tried, whichever fits.
            if (isCode(seed, step, code) && step > lastUsed) {
                found = OptionalLong.of(step);
            }
        }
        return found;
    }

    /** The step of the second of two codes that follow each other, of about now. */
    public static OptionalLong stepOfSecond(Secret seed, String first, String second, Instant now) {
        long current = now.getEpochSecond() / STEP_SECONDS;
        OptionalLong found = OptionalLong.empty();
        for (long step = current - STEPS_LATE_PAIR; step <= current + STEPS_EARLY; step++) {
            if (isCode(seed, step, first) & isCode(seed, step + 1, second)) {
                found = OptionalLong.of(step + 1);
            }
        }
        return found;
    }

    private static boolean isCode(Secret seed, long step, String code) {
        byte[] wanted = code(seed, step);
        byte[] given = code.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
        return MessageDigest.isEqual(wanted, given);
    }

    private static byte[] code(Secret seed, long step) {
        byte[] key = decode(seed.reveal());
        try {
            Mac mac = Mac.getInstance("HmacSHA1");
            mac.init(new SecretKeySpec(key, "HmacSHA1"));
            byte[] hash = mac.doFinal(ByteBuffer.allocate(8).putLong(step).array());
            int offset = hash[hash.length - 1] & 15;
            int number = ByteBuffer.wrap(hash).getInt(offset) & 0x7FFF_FFFF;
            byte[] digits = new byte[DIGITS];
            for (int i = DIGITS - 1; i >= 0; i--) {
                digits[i] = (byte) ('0' + number % 10);
                number /= 10;
            }
            return digits;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK lacks HmacSHA1", e);
        } finally {
            Arrays.fill(key, (byte) 0);
        }
    }

    private static byte[] decode(byte[] base32) {
        byte[] out = new byte[base32.length * 5 / 8];
        int bits = 0;
        int held = 0;
        int at = 0;
        for (byte character : base32) {
            held = held << 5 | BASE32.indexOf(character);
            bits += 5;
            if (bits >= 8) {
                bits -= 8;
                out[at++] = (byte) (held >>> bits);
            }
        }
        return out;
    }
}
