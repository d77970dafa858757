package dev.keytrail.kms;

import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KeySpec;
import dev.keytrail.kms.key.KeyState;
import dev.keytrail.kms.key.KeyUsage;
import java.time.Instant;
import java.util.Optional;

/** Keys that no operation makes yet. */
final class Kinds {
    private Kinds() {}

    static Key as(Key key, KeySpec spec, KeyUsage usage) {
        return copy(key, spec, usage, key.state(), key.deletionDate());
    }

    /** In any state, with a date where the state has one. */
    static Key in(Key key, KeyState state) {
        return copy(
                key,
                key.spec(),
                key.usage(),
                state,
                state == KeyState.PENDING_DELETION
                        ? Optional.of(Instant.parse("2099-01-01T00:00:00Z"))
                        : Optional.empty());
    }

    private static Key copy(Key key, KeySpec spec, KeyUsage usage, KeyState state, Optional<Instant> deletion) {
        return new Key(
                key.account(),
                key.region(),
                key.id(),
                key.arn(),
                key.created(),
                key.description(),
                spec,
                usage,
                key.origin(),
                key.awsManaged(),
                key.multiRegion(),
                state,
                key.previousState(),
                deletion,
                key.policy(),
                key.tags(),
                key.materials(),
                key.publicKey(),
                key.backing());
    }
}
