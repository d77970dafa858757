package dev.keytrail.identity.op;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import dev.keytrail.call.Sha256;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;

/** Sealed statements as tokens that clients pass on unread: base64url without padding, in its one spelling. */
final class Opaque {
    private Opaque() {}

    static Secret of(Bytes sealed) {
        return Secret.adopt(Base64.getUrlEncoder().withoutPadding().encode(sealed.unsafeArray()));
    }

    /** SHA-256, base64url. */
    static String digest(Secret secret) {
        return sha256(secret.reveal());
    }

    static String digest(Bytes bytes) {
        return sha256(bytes.unsafeArray());
    }

    private static String sha256(byte[] bytes) {
        byte[] hash = Sha256.start().digest(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(hash);
    }

    static Optional<Bytes> read(Secret token) {
        try {
            byte[] text = token.reveal();
            byte[] sealed = Base64.getUrlDecoder().decode(text);
            byte[] again = Base64.getUrlEncoder().withoutPadding().encode(sealed);
            return Arrays.equals(text, again) ? Optional.of(Bytes.adopt(sealed)) : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
