package dev.keytrail.kms.key;

import dev.keytrail.call.Call;
import dev.keytrail.call.Refused;
import dev.keytrail.policy.ConditionContext;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * What the record tells of a key's past use (kms.md section 23). Asked by the few operations that need it, never on the
 * way of a cryptographic call: the events that those leave are all there is to know, so nothing is written for this.
 *
 * <p>Thread-safe; reads what is durable at the time, a call that is answered already included.
 */
@FunctionalInterface
public interface UsageHistory {
    /** The operations that count as use. */
    Set<String> OPERATIONS = Set.of(
            "Encrypt",
            "Decrypt",
            "ReEncrypt",
            "GenerateDataKey",
            "GenerateDataKeyWithoutPlaintext",
            "GenerateDataKeyPair",
            "GenerateDataKeyPairWithoutPlaintext",
            "GenerateMac",
            "VerifyMac",
            "Sign",
            "Verify",
            "DeriveSharedSecret",
            "Encapsulate",
            "Decapsulate");

    /**
     * The newest successful use of the key since it was made.
     *
     * @throws Refused DependencyTimeoutException when it lies too deep among other events of the key
     */
    Optional<Use> lastUse(Key key);

    /**
     * Puts the condition key {@code kms:TrailingDaysWithoutKeyUsage}: whole days since the last use, or since the key was
     * made if it was never used. History is read only if a policy asks.
     */
    default void describe(Key key, Call call, ConditionContext.Builder to) {
        to.put(
                "kms:TrailingDaysWithoutKeyUsage",
                () -> Duration.between(lastUse(key).map(Use::at).orElse(key.created()), call.receivedAt())
                        .toDays());
    }

    /**
     * One use.
     *
     * @param eventId of the record in the key's own account
     */
    record Use(String operation, Instant at, String eventId, String requestId) {}
}
