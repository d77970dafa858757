package dev.keytrail.crypto;

import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;

/**
 * AES-256-GCM under a key that is used for one message only: HMAC-SHA-256 of a base key over an input that contains a
 * fresh 128-bit nonce. Because no key meets two messages, the IV is constant, and no count of messages wears a base key
 * out the way random 96-bit IVs would.
 *
 * <p>Holds the JDK's cipher objects, which are dear to make; one thread at a time, see {@link CipherPool}. The JDK keeps
 * a copy of the last key inside these objects until their next use.
 */
final class KeyedCipher {
    static final int KEY_BYTES = 32;
    static final int NONCE_BYTES = 16;
    static final int TAG_BYTES = 16;

    private static final GCMParameterSpec CONSTANT_IV = new GCMParameterSpec(TAG_BYTES * 8, new byte[12]);

    private final Mac mac;
    private final Cipher gcm;
    private final RawKey base = new RawKey("HmacSHA256");
    private final RawKey message = new RawKey("AES");

    /** Scratch for the caller's nonce, so that one need not be allocated per message. */
    final byte[] nonce = new byte[NONCE_BYTES];

    /** Scratch for the caller's base key; zeroed by {@link #derive}. */
    final byte[] baseKey = base.content;

    /** The key of the next message. */
    final byte[] messageKey = message.content;

    private final GCMParameterSpec iv;

    KeyedCipher() {
        this(CONSTANT_IV);
    }

    /** With another IV: to be held against published vectors, which have theirs. */
    KeyedCipher(GCMParameterSpec iv) {
        this.iv = iv;
        try {
            // By name: a provider that someone else installs in this process must not take over.
            mac = Mac.getInstance("HmacSHA256", "SunJCE");
            gcm = Cipher.getInstance("AES/GCM/NoPadding", "SunJCE");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK lacks HmacSHA256 or AES/GCM in SunJCE", e);
        }
    }

    /** Keys the next message from {@link #baseKey}, which is zeroed, and {@code input}. */
    void derive(byte[] input) {
        try {
            mac.init(base);
            mac.update(input);
            mac.doFinal(message.content, 0);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("HmacSHA256 refuses its key", e);
        } finally {
            Arrays.fill(base.content, (byte) 0);
        }
    }

    /** Writes ciphertext and tag to {@code out} from {@code at} on; its first {@code at} bytes are authenticated too. */
    void seal(byte[] plaintext, byte[] out, int at, byte[] aad) {
        try {
            gcm.init(Cipher.ENCRYPT_MODE, message, iv);
            gcm.updateAAD(out, 0, at);
            gcm.updateAAD(aad);
            gcm.doFinal(plaintext, 0, plaintext.length, out, at);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM refuses to seal", e);
        } finally {
            Arrays.fill(message.content, (byte) 0);
        }
    }

    /** The inverse of {@link #seal}; false, and {@code plaintext} all zero, when the tag does not match. */
    boolean open(byte[] sealed, int at, byte[] aad, byte[] plaintext) {
        try {
            gcm.init(Cipher.DECRYPT_MODE, message, iv);
            gcm.updateAAD(sealed, 0, at);
            gcm.updateAAD(aad);
            gcm.doFinal(sealed, at, sealed.length - at, plaintext, 0);
            return true;
        } catch (AEADBadTagException _) {
            Arrays.fill(plaintext, (byte) 0);
            return false;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM refuses to open", e);
        } finally {
            Arrays.fill(message.content, (byte) 0);
        }
    }

    /** A key over one array that is overwritten in place, unlike {@code SecretKeySpec}, which keeps a copy for ever. */
    private static final class RawKey implements SecretKey {
        private static final long serialVersionUID = 1L;

        @SuppressWarnings("serial") // never serialised
        final byte[] content = new byte[KEY_BYTES];

        private final String algorithm;

        RawKey(String algorithm) {
            this.algorithm = algorithm;
        }

        @Override
        public String getAlgorithm() {
            return algorithm;
        }

        @Override
        public String getFormat() {
            return "RAW";
        }

        @Override
        public byte[] getEncoded() {
            return content.clone();
        }
    }
}
