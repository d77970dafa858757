package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Facts;
import dev.keytrail.kms.key.Circumstances;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.Keyring;
import dev.keytrail.kms.key.Keyring.Accepts;
import dev.keytrail.kms.key.Named;
import dev.keytrail.kms.key.Permissions;
import dev.keytrail.kms.key.StateRule;
import java.util.Optional;
import java.util.function.Function;

/** The steps that management operations on one of the caller's own keys share. Thread-safe. */
final class KeyCare {
    private final Permissions permissions;

    KeyCare(Permissions permissions) {
        this.permissions = permissions;
    }

    /** Finds the key (by id or ARN), asks for permission, looks at its state. */
    Key ready(Attempt attempt, String keyId, StateRule rule) {
        return ready(attempt, keyId, rule, Permissions.NOTHING_MORE);
    }

    Key ready(Attempt attempt, String keyId, StateRule rule, Circumstances more) {
        return readyOf(attempt, keyId, rule, key -> more);
    }

    /** The same where what the request brings to the decision hangs on the key. */
    Key readyOf(Attempt attempt, String keyId, StateRule rule, Function<Key, Circumstances> more) {
        String action = attempt.call().action();
        Named named = Keyring.find(attempt, keyId, Accepts.OWN_KEY, action);
        permissions.demand(attempt, named, action, more.apply(named.key()));
        rule.demand(named.key());
        return named.key();
    }

    /** The same for a key that may be another account's. */
    Named anyones(Attempt attempt, String keyId, Circumstances more) {
        String action = attempt.call().action();
        Named named = Keyring.find(attempt, keyId, Accepts.ANY_KEY, action);
        permissions.demand(attempt, named, action, more);
        return named;
    }

    /** What the event shows of an operation that takes a KeyId alone. */
    static Optional<Facts> shown(String keyId) {
        return Optional.of(Facts.facts().put("keyId", keyId));
    }

    /** What the event shows of a listing of one key's things. */
    static Optional<Facts> shown(String keyId, Optional<Integer> limit, Optional<String> marker) {
        Facts facts = Facts.facts().put("keyId", keyId);
        Pages.show(facts, limit, marker);
        return Optional.of(facts);
    }
}
