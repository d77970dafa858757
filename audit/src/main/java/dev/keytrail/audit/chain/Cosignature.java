package dev.keytrail.audit.chain;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import dev.keytrail.crypto.AsymmetricKey;
import dev.keytrail.crypto.AsymmetricKeys;
import dev.keytrail.crypto.MessageForm;
import dev.keytrail.crypto.SignatureScheme;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * A signature with the time at which it was made (C2SP tlog-cosignature): what a witness gives, and the form of a log's
 * own ML-DSA-44 signature.
 *
 * @param second Unix time
 */
record Cosignature(long second, Bytes signature) {
    private static final byte[] LABEL = "subtree/v1\n\0".getBytes(StandardCharsets.US_ASCII);

    static Optional<Cosignature> parse(Bytes bytes) {
        if (bytes.size() <= Long.BYTES) {
            return Optional.empty();
        }
        long second = ByteBuffer.wrap(bytes.unsafeArray()).getLong();
        // Beyond 2^63 - 1 is not allowed; zero stands for subtrees, which no checkpoint is.
        return second <= 0
                ? Optional.empty()
                : Optional.of(new Cosignature(second, bytes.slice(Long.BYTES, bytes.size())));
    }

    Bytes bytes() {
        return Bytes.adopt(ByteBuffer.allocate(Long.BYTES + signature.size())
                .putLong(second)
                .put(signature.unsafeArray())
                .array());
    }

    static Bytes ed25519Message(long second, String text) {
        return Bytes.utf8("cosignature/v1\ntime " + second + "\n" + text);
    }

    /** Empty for a log whose name is too long for the form. */
    static Optional<Bytes> mlDsaMessage(String cosigner, long second, Checkpoint checkpoint) {
        byte[] signer = cosigner.getBytes(StandardCharsets.UTF_8);
        byte[] origin = checkpoint.origin().getBytes(StandardCharsets.UTF_8);
        if (origin.length > VerifierKey.NAME_BYTES_MAX) {
            return Optional.empty();
        }
        ByteBuffer out = ByteBuffer.allocate(
                LABEL.length + 2 + signer.length + origin.length + 3 * Long.BYTES + TreeHasher.HASH_BYTES);
        out.put(LABEL).put((byte) signer.length).put(signer).putLong(second);
        out.put((byte) origin.length).put(origin);
        out.putLong(0).putLong(checkpoint.size()).put(checkpoint.root().unsafeArray());
        return Optional.of(Bytes.adopt(out.array()));
    }

    /** A witness' Ed25519 form. */
    static Bytes ed25519(AsymmetricKeys keys, AsymmetricKey pair, long second, String text) {
        Bytes message = ed25519Message(second, text);
        return new Cosignature(second, sign(keys, pair, SignatureScheme.ED25519_SHA_512, message)).bytes();
    }

    static Bytes mlDsa(AsymmetricKeys keys, AsymmetricKey pair, String cosigner, long second, Checkpoint checkpoint) {
        Bytes message = mlDsaMessage(cosigner, second, checkpoint)
                .orElseThrow(() -> new IllegalArgumentException("the log's name is too long: " + checkpoint.origin()));
        return new Cosignature(second, sign(keys, pair, SignatureScheme.ML_DSA_SHAKE_256, message)).bytes();
    }

    static Bytes sign(AsymmetricKeys keys, AsymmetricKey pair, SignatureScheme scheme, Bytes message) {
        try (Secret text = Secret.copyOf(message.unsafeArray())) {
            return keys.sign(pair, scheme, MessageForm.RAW, text);
        }
    }
}
