package dev.keytrail.crypto;

import dev.keytrail.call.Secret;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.RSAPrivateCrtKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import javax.crypto.spec.SecretKeySpec;

/**
 * An RSA private key of PEM text (PKCS#8 or PKCS#1, not encrypted) that opens what XML Encryption sealed (XML Encryption 1.1
 * sections 5.2 and 5.5): a content key under OAEP, contents under AES. Not for keys of KMS. Immutable.
 */
public final class DecryptionKey {
    private static final int BITS_MIN = 2048;
    private static final int BITS_MAX = 8192;
    private static final int GCM_NONCE_BYTES = 12;
    private static final int GCM_TAG_BITS = 128;
    private static final int BLOCK_BYTES = 16;

    private final PrivateKey key;

    private DecryptionKey(PrivateKey key) {
        this.key = key;
    }

    /** Empty when the text is no such key, or one of fewer than 2048 bits. */
    public static Optional<DecryptionKey> parse(Secret pem) {
        String text = new String(pem.reveal(), StandardCharsets.ISO_8859_1);
        boolean old = text.contains("-----BEGIN RSA PRIVATE KEY-----");
        if (!old && !text.contains("-----BEGIN PRIVATE KEY-----")) {
            return Optional.empty();
        }
        byte[] der = new byte[0];
        try {
            der = Base64.getMimeDecoder().decode(text.replaceAll("(?s).*?-----BEGIN[A-Z ]*-----|-----END.*", ""));
            KeyFactory factory = KeyFactory.getInstance("RSA");
            PrivateKey key = factory.generatePrivate(old ? ofPkcs1(der) : new PKCS8EncodedKeySpec(der));
            return key instanceof RSAPrivateCrtKey rsa
                            && rsa.getModulus().bitLength() >= BITS_MIN
                            && rsa.getModulus().bitLength() <= BITS_MAX
                    ? Optional.of(new DecryptionKey(key))
                    : Optional.empty();
        } catch (GeneralSecurityException | IllegalArgumentException | IllegalStateException e) {
            return Optional.empty();
        } finally {
            Arrays.fill(der, (byte) 0);
        }
    }

    private static RSAPrivateCrtKeySpec ofPkcs1(byte[] der) {
        var rsa = org.bouncycastle.asn1.pkcs.RSAPrivateKey.getInstance(der);
        return new RSAPrivateCrtKeySpec(
                rsa.getModulus(),
                rsa.getPublicExponent(),
                rsa.getPrivateExponent(),
                rsa.getPrime1(),
                rsa.getPrime2(),
                rsa.getExponent1(),
                rsa.getExponent2(),
                rsa.getCoefficient());
    }

    /**
     * How a content key was wrapped.
     *
     * @param digest of OAEP, e.g. {@code SHA-1}, which is XML Encryption's default
     * @param mask the digest of its mask generation function
     */
    public record Oaep(String digest, String mask) {}

    /**
     * The contents, or empty for whatever is wrong with them.
     *
     * @param gcm else CBC: that has no proof of its own, so look at nothing of it before a signature was checked
     * @param keyBytes 16, 24 or 32
     */
    public Optional<byte[]> open(byte[] wrappedKey, Oaep oaep, byte[] contents, boolean gcm, int keyBytes) {
        byte[] contentKey = new byte[0];
        try {
            Cipher rsa = Cipher.getInstance("RSA/ECB/OAEPPadding");
            rsa.init(
                    Cipher.DECRYPT_MODE,
                    key,
                    new OAEPParameterSpec(
                            oaep.digest(), "MGF1", new MGF1ParameterSpec(oaep.mask()), PSource.PSpecified.DEFAULT));
            contentKey = rsa.doFinal(wrappedKey);
            if (contentKey.length != keyBytes) {
                return Optional.empty();
            }
            SecretKeySpec aes = new SecretKeySpec(contentKey, "AES");
            return gcm ? Optional.of(gcm(aes, contents)) : cbc(aes, contents);
        } catch (GeneralSecurityException e) {
            return Optional.empty();
        } finally {
            Arrays.fill(contentKey, (byte) 0);
        }
    }

    private static byte[] gcm(SecretKeySpec aes, byte[] contents) throws GeneralSecurityException {
        if (contents.length < GCM_NONCE_BYTES) {
            throw new GeneralSecurityException("shorter than its nonce");
        }
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(Cipher.DECRYPT_MODE, aes, new GCMParameterSpec(GCM_TAG_BITS, contents, 0, GCM_NONCE_BYTES));
        return cipher.doFinal(contents, GCM_NONCE_BYTES, contents.length - GCM_NONCE_BYTES);
    }

    /** The last byte says how many bytes of padding there are; the others may be anything. */
    private static Optional<byte[]> cbc(SecretKeySpec aes, byte[] contents) throws GeneralSecurityException {
        if (contents.length < 2 * BLOCK_BYTES || contents.length % BLOCK_BYTES != 0) {
            return Optional.empty();
        }
        Cipher cipher = Cipher.getInstance("AES/CBC/NoPadding");
        cipher.init(Cipher.DECRYPT_MODE, aes, new IvParameterSpec(contents, 0, BLOCK_BYTES));
        byte[] padded = cipher.doFinal(contents, BLOCK_BYTES, contents.length - BLOCK_BYTES);
        int padding = padded[padded.length - 1] & 0xFF;
        return padding < 1 || padding > BLOCK_BYTES
                ? Optional.empty()
                : Optional.of(Arrays.copyOf(padded, padded.length - padding));
    }
}
