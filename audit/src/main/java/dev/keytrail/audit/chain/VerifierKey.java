package dev.keytrail.audit.chain;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Sha256;
import dev.keytrail.crypto.Ed25519;
import dev.keytrail.crypto.MlDsa44;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Whose signature to believe: name, kind and public key of a log or a witness, in the signed-note form {@code
 * name+hash+base64} (C2SP signed-note).
 *
 * @param name no white space, no plus, at most {@value #NAME_BYTES_MAX} bytes
 * @param publicKey raw: 32 bytes of Ed25519, 1312 of ML-DSA-44
 */
public record VerifierKey(String name, Kind kind, Bytes publicKey) {
    static final int ID_BYTES = 4;

    /** The longest name that the message of an ML-DSA-44 cosignature has room for. */
    static final int NAME_BYTES_MAX = 255;

    /** What is signed and how, with the type byte that C2SP signed-note assigns. */
    public enum Kind {
        /** The note's text as it is. */
        ED25519(1, Ed25519.PUBLIC_KEY_BYTES),
        /** A timestamp and the text: a witness. */
        COSIGNATURE_ED25519(4, Ed25519.PUBLIC_KEY_BYTES),
        /** Signer, timestamp, origin, size and root (C2SP tlog-cosignature): a log's second signature, or a witness. */
        ML_DSA_44(6, MlDsa44.PUBLIC_KEY_BYTES);

        private final byte type;
        private final int keyBytes;

        Kind(int type, int keyBytes) {
            this.type = (byte) type;
            this.keyBytes = keyBytes;
        }

        private static Optional<Kind> of(Bytes typeAndKey) {
            return Arrays.stream(values())
                    .filter(kind -> typeAndKey.size() == 1 + kind.keyBytes && typeAndKey.at(0) == kind.type)
                    .findFirst();
        }
    }

    public VerifierKey {
        if (!isName(name) || publicKey.size() != kind.keyBytes) {
            throw new IllegalArgumentException("no verifier key: " + name + ", " + publicKey);
        }
    }

    static boolean isName(String name) {
        return !name.isEmpty()
                && name.getBytes(StandardCharsets.UTF_8).length <= NAME_BYTES_MAX
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
                .flatMap(bytes ->
                        Kind.of(bytes).map(kind -> new VerifierKey(parts[0], kind, bytes.slice(1, bytes.size()))))
                .filter(key -> key.id().hex().equals(parts[1]));
    }

    /** The key id: the first four bytes of {@link #sha256}. */
    Bytes id() {
        return sha256().slice(0, ID_BYTES);
    }

    /** Over name, line feed, type and public key. */
    Bytes sha256() {
        MessageDigest digest = Sha256.start();
        digest.update(name.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) '\n');
        digest.update(typeAndKey());
        return Bytes.adopt(digest.digest());
    }

    private byte[] typeAndKey() {
        byte[] bytes = new byte[1 + publicKey.size()];
        bytes[0] = kind.type;
        System.arraycopy(publicKey.unsafeArray(), 0, bytes, 1, publicKey.size());
        return bytes;
    }

    /** The form to hand out. */
    public String text() {
        return name + "+" + HexFormat.of().formatHex(id().unsafeArray()) + "+"
                + Base64Text.encode(Bytes.adopt(typeAndKey()));
    }

    /** @param signature what follows the key id */
    boolean verifies(String text, Bytes signature) {
        return switch (kind) {
            case ED25519 -> Ed25519.verify(publicKey, Bytes.utf8(text), signature);
            case COSIGNATURE_ED25519 ->
                Cosignature.parse(signature)
                        .filter(c ->
                                Ed25519.verify(publicKey, Cosignature.ed25519Message(c.second(), text), c.signature()))
                        .isPresent();
            case ML_DSA_44 ->
                Cosignature.parse(signature)
                        .flatMap(c -> Checkpoint.parse(text)
                                .flatMap(checkpoint -> Cosignature.mlDsaMessage(name, c.second(), checkpoint))
                                .filter(message -> MlDsa44.verify(publicKey, message, c.signature())))
                        .isPresent();
        };
    }
}
