package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.kms.key.Due;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KmsErrors;
import dev.keytrail.kms.key.RelatedKeys;
import dev.keytrail.kms.key.StateRule;
import dev.keytrail.kms.key.UsageHistory;
import dev.keytrail.kms.store.KeyStores;
import dev.keytrail.wire.shape.kms.KeyState;
import dev.keytrail.wire.shape.kms.ScheduleKeyDeletionRequest;
import dev.keytrail.wire.shape.kms.ScheduleKeyDeletionResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** ScheduleKeyDeletion: the key is gone after a waiting period of 7 to 30 days, unless it is cancelled. */
final class ScheduleKeyDeletion {
    private static final int DAYS_MIN = 7;
    private static final int DAYS_MAX = 30;

    private final KeyCare care;
    private final UsageHistory history;

    ScheduleKeyDeletion(KeyCare care, UsageHistory history) {
        this.care = care;
        this.history = history;
    }

    Operation<ScheduleKeyDeletionRequest, ScheduleKeyDeletionResponse> row() {
        return Rows.changing(
                "ScheduleKeyDeletion",
                ScheduleKeyDeletionRequest.class,
                ScheduleKeyDeletionResponse.class,
                this::run,
                ScheduleKeyDeletion::shown);
    }

    private Effect<ScheduleKeyDeletionResponse> run(Attempt attempt, ScheduleKeyDeletionRequest in) {
        int days = in.pendingWindowInDays().orElse(DAYS_MAX);
        if (days < DAYS_MIN || days > DAYS_MAX) {
            throw KmsErrors.invalid("PendingWindowInDays must be between " + DAYS_MIN + " and " + DAYS_MAX + ".");
        }
        Key key = care.readyOf(attempt, in.keyId(), StateRule.SCHEDULING_DELETION, doomed -> to -> {
            to.put("kms:ScheduleKeyDeletionPendingWindowInDays", days);
            history.describe(doomed, attempt.call(), to);
        });
        KeyStores.lifecycleFacts(key).ifPresent(attempt.notes()::additional);
        Optional<RelatedKeys> related = RelatedKeys.of(attempt.state(), key)
                .filter(set -> set.isPrimary(key) && !set.replicaRegions().isEmpty());
        return related.isPresent()
                ? wait(key, related.get(), days)
                : schedule(key, Times.of(attempt.call()).plus(Duration.ofDays(days)), days);
    }

    private static Effect<ScheduleKeyDeletionResponse> schedule(Key key, Instant date, int days) {
        Due due = Due.of(key, date);
        return Effect.of(
                        ScheduleKeyDeletionResponse.builder()
                                .keyId(key.arn())
                                .deletionDate(date)
                                .keyState(KeyState.PendingDeletion)
                                .pendingWindowInDays(days)
                                .build(),
                        Change.put(Key.TABLE, key.rowKey(), key.pendingDeletion(date)),
                        Change.put(Due.TABLE, due.rowKey(), due))
                .showing(Rows.keyArn(key.arn())
                        .put("keyState", KeyState.PendingDeletion.value())
                        .put("deletionDate", date)
                        .put("pendingWindowInDays", days));
    }

    /** A primary outlives its replicas: its waiting period begins when the last of them is gone. */
    private static Effect<ScheduleKeyDeletionResponse> wait(Key key, RelatedKeys related, int days) {
        return Effect.of(
                        ScheduleKeyDeletionResponse.builder()
                                .keyId(key.arn())
                                .keyState(KeyState.PendingReplicaDeletion)
                                .pendingWindowInDays(days)
                                .build(),
                        Change.put(
                                Key.TABLE,
                                key.rowKey(),
                                key.withState(dev.keytrail.kms.key.KeyState.PENDING_REPLICA_DELETION)),
                        related.waiting(Optional.of(days)).put())
                .showing(Rows.keyArn(key.arn())
                        .put("keyState", KeyState.PendingReplicaDeletion.value())
                        .put("pendingWindowInDays", days));
    }

    private static Optional<Facts> shown(ScheduleKeyDeletionRequest in) {
        Facts facts = Facts.facts();
        in.pendingWindowInDays().ifPresent(days -> facts.put("pendingWindowInDays", days.longValue()));
        return Optional.of(facts.put("keyId", in.keyId()));
    }
}
