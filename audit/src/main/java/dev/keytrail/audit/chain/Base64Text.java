package dev.keytrail.audit.chain;

import dev.keytrail.call.Bytes;
import java.util.Base64;
import java.util.Optional;

/** Standard base64, one spelling a value: unused bits that are set are refused, so no character can change unseen. */
final class Base64Text {
    private Base64Text() {}

    static String encode(Bytes bytes) {
        return Base64.getEncoder().encodeToString(bytes.unsafeArray());
    }

    static Optional<Bytes> decode(String text) {
        try {
            Bytes bytes = Bytes.adopt(Base64.getDecoder().decode(text));
            return encode(bytes).equals(text) ? Optional.of(bytes) : Optional.empty();
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }
}
