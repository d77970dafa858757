package dev.keytrail.audit.chain;

import dev.keytrail.call.Bytes;
import dev.keytrail.crypto.Ed25519;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Whose signature to believe: name and Ed25519 public key of a log, in the signed-note form
 * {@code name+hash+base64} (C2SP signed-note).
 *
 * @param name no white space, no plus
 * @param publicKey 32 bytes
 */
public record VerifierKey(String name, Bytes publicKey) {
    static final int ID_BYTES = 4;

    private static final byte ED25519 = 1;

    public VerifierKey {
        if (!isName(name) || publicKey.size() != Ed25519.PUBLIC_KEY_BYTES) {
            throw new IllegalArgumentException("no verifier key: " + name + ", " + publicKey);
        }
    }

    static boolean isName(String name) {
        return !name.isEmpty()
                && name.chars().noneMatch(c -> c == '+' || Character.isWhitespace(c) || Character.isSpaceChar(c))
                && name.chars().noneMatch(Character::isISOControl);
    }

    /** Empty when the text is no such key, or its hash does not fit. */
    public static Optional<VerifierKey> parse(String text) {
        String[] parts = text.strip().split("\\+", 3);
        if (parts.length != 3 || !isName(parts[0])) {
            return Optional.empty();
        }
        return Base64Text.decode(parts[2])
                .filter(key -> key.size() == 1 + Ed25519.PUBLIC_KEY_BYTES && key.at(0) == ED25519)
                .map(key -> new VerifierKey(parts[0], key.slice(1, key.size())))
                .filter(key -> key.id().hex().equals(parts[1]));
    }

    /** The key id: the first four bytes of SHA-256 over name, line feed, algorithm and public key. */
    Bytes id() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(name.getBytes(StandardCharsets.UTF_8));
            digest.update((byte) '\n');
            digest.update(algorithmAndKey());
            return Bytes.copyOf(Arrays.copyOf(digest.digest(), ID_BYTES));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JDK lacks SHA-256", e);
        }
    }

    private byte[] algorithmAndKey() {
        byte[] bytes = new byte[1 + publicKey.size()];
        bytes[0] = ED25519;
        System.arraycopy(publicKey.unsafeArray(), 0, bytes, 1, publicKey.size());
        return bytes;
    }

    /** The form to hand out. */
    public String text() {
        return name + "+" + HexFormat.of().formatHex(id().unsafeArray()) + "+"
                + Base64Text.encode(Bytes.adopt(algorithmAndKey()));
    }
}
