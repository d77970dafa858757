package dev.keytrail.kms.key;

import dev.keytrail.policy.ConditionContext;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;

/** The pairs that a ciphertext is bound to (kms.md section 8). An absent map and an empty one are the same. */
public record EncryptionContext(Map<String, String> pairs) {
    /** All keys and values together, in UTF-8 (kms.md section 8). */
    public static final int BYTES_MAX = 8192;

    public static final EncryptionContext NONE = new EncryptionContext(Map.of());

    /** @throws dev.keytrail.call.Refused ValidationException beyond {@link #BYTES_MAX} */
    public static EncryptionContext of(Optional<Map<String, String>> given) {
        if (given.isEmpty() || given.get().isEmpty()) {
            return NONE;
        }
        long bytes = 0;
        for (Map.Entry<String, String> pair : given.get().entrySet()) {
            bytes += pair.getKey().getBytes(StandardCharsets.UTF_8).length;
            bytes += pair.getValue().getBytes(StandardCharsets.UTF_8).length;
        }
        if (bytes > BYTES_MAX) {
            throw KmsErrors.invalid("The encryption context is larger than " + BYTES_MAX + " bytes.");
        }
        return new EncryptionContext(given.get());
    }

    /** {@code kms:EncryptionContext:<key>} for each pair, and {@code kms:EncryptionContextKeys}. */
    public void describe(ConditionContext.Builder conditions) {
        if (pairs.isEmpty()) {
            return;
        }
        pairs.forEach((key, value) -> conditions.put("kms:EncryptionContext:" + key, value));
        conditions.putAll("kms:EncryptionContextKeys", pairs.keySet());
    }
}
