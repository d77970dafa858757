package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Operation;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.StateRule;
import dev.keytrail.kms.key.UsageHistory;
import dev.keytrail.wire.shape.kms.GetKeyLastUsageRequest;
import dev.keytrail.wire.shape.kms.GetKeyLastUsageResponse;
import dev.keytrail.wire.shape.kms.KeyLastUsageData;
import dev.keytrail.wire.shape.kms.KeyLastUsageTrackingOperation;

/** GetKeyLastUsage: when, by which call and event a key was last used; every use since it was made is known. */
final class GetKeyLastUsage {
    private final KeyCare care;
    private final UsageHistory history;

    GetKeyLastUsage(KeyCare care, UsageHistory history) {
        this.care = care;
        this.history = history;
    }

    Operation<GetKeyLastUsageRequest, GetKeyLastUsageResponse> row() {
        return Rows.reading(
                "GetKeyLastUsage",
                GetKeyLastUsageRequest.class,
                GetKeyLastUsageResponse.class,
                this::run,
                in -> KeyCare.shown(in.keyId()));
    }

    private Effect<GetKeyLastUsageResponse> run(Attempt attempt, GetKeyLastUsageRequest in) {
        Key key = care.ready(attempt, in.keyId(), StateRule.ANY);
        return Effect.of(GetKeyLastUsageResponse.builder()
                .keyId(key.arn())
                .keyCreationDate(key.created())
                .trackingStartDate(key.created())
                .keyLastUsage(history.lastUse(key)
                        .map(GetKeyLastUsage::data)
                        .orElseGet(() -> KeyLastUsageData.builder().build()))
                .build());
    }

    private static KeyLastUsageData data(UsageHistory.Use use) {
        return KeyLastUsageData.builder()
                .operation(KeyLastUsageTrackingOperation.valueOf(use.operation()))
                .timestamp(use.at())
                .cloudTrailEventId(use.eventId())
                .kmsRequestId(use.requestId())
                .build();
    }
}
