package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Operation;
import dev.keytrail.kms.key.Named;
import dev.keytrail.kms.key.Permissions;
import dev.keytrail.kms.key.RelatedKeys;
import dev.keytrail.wire.shape.kms.DescribeKeyRequest;
import dev.keytrail.wire.shape.kms.DescribeKeyResponse;

/** DescribeKey: by any name, of any account that lets the caller. A service's predefined alias gets its key. */
final class DescribeKey {
    private final KeyUse use;

    DescribeKey(KeyUse use) {
        this.use = use;
    }

    Operation<DescribeKeyRequest, DescribeKeyResponse> row() {
        return Rows.reading(
                "DescribeKey",
                DescribeKeyRequest.class,
                DescribeKeyResponse.class,
                this::run,
                in -> KeyCare.shown(in.keyId()));
    }

    private Effect<DescribeKeyResponse> run(Attempt attempt, DescribeKeyRequest in) {
        String action = attempt.call().action();
        use.demandGenuineTokens(in.grantTokens());
        Named named = use.managed().find(attempt, in.keyId(), action);
        use.permissions().demand(attempt, named, action, Permissions.NOTHING_MORE);
        return named.settled(Effect.of(DescribeKeyResponse.builder()
                .keyMetadata(Metadata.of(named.key(), RelatedKeys.of(attempt.state(), named.key())))
                .build()));
    }
}
