package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Call;
import dev.keytrail.kms.key.Alias;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KmsErrors;

/** Looking up aliases that an operation changes. */
final class Aliases {
    private Aliases() {}

    static Alias find(Attempt attempt, String name) {
        Call call = attempt.call();
        return attempt.state()
                .get(Alias.TABLE, Alias.rowKey(call.account(), call.region(), name))
                .orElseThrow(() -> KmsErrors.noSuchAlias(Alias.arn(call.account(), call.region(), name)));
    }

    /** An alias goes with its key in one commit, so there is always one. */
    static Key keyOf(Attempt attempt, Alias alias) {
        return attempt.state()
                .get(Key.TABLE, Key.rowKey(alias.account(), alias.region(), alias.keyId()))
                .orElseThrow(() -> new IllegalStateException("alias without key: " + alias.arn()));
    }
}
