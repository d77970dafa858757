package dev.keytrail.kms;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.kms.World.Answer;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.UsageHistory;
import dev.keytrail.wire.NoOutput;
import dev.keytrail.wire.shape.kms.DisableKeyRequest;
import dev.keytrail.wire.shape.kms.GetKeyLastUsageRequest;
import dev.keytrail.wire.shape.kms.GetKeyLastUsageResponse;
import dev.keytrail.wire.shape.kms.KeyLastUsageData;
import dev.keytrail.wire.shape.kms.KeyLastUsageTrackingOperation;
import dev.keytrail.wire.shape.kms.ScheduleKeyDeletionRequest;
import dev.keytrail.wire.shape.kms.ScheduleKeyDeletionResponse;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class LastUsageTest {
    private final World world = new World();
    private final Key key = world.newKey();

    private Answer<GetKeyLastUsageResponse> ask(String keyId) {
        return world.alice(
                "GetKeyLastUsage", GetKeyLastUsageRequest.builder().keyId(keyId).build());
    }

    private void usedAt(Instant at) {
        world.lastUses.put(key.arn(), new UsageHistory.Use("Sign", at, "event", "request"));
    }

    @Test
    void neverUsed_answersEmptyData_trackedSinceCreation() {
        GetKeyLastUsageResponse answer = ask(key.id()).reply();

        assertThat(answer.keyId()).contains(key.arn());
        assertThat(answer.keyCreationDate()).contains(key.created());
        assertThat(answer.trackingStartDate()).contains(key.created());
        assertThat(answer.keyLastUsage()).contains(KeyLastUsageData.builder().build());
    }

    @Test
    void used_answersOperationTimeAndBothIds() {
        Instant at = world.clock.instant();
        usedAt(at);

        assertThat(ask(key.arn()).reply().keyLastUsage())
                .contains(KeyLastUsageData.builder()
                        .operation(KeyLastUsageTrackingOperation.Sign)
                        .timestamp(at)
                        .cloudTrailEventId("event")
                        .kmsRequestId("request")
                        .build());
    }

    @Test
    void operations_areTheModels() {
        for (KeyLastUsageTrackingOperation operation : KeyLastUsageTrackingOperation.values()) {
            assertThat(UsageHistory.OPERATIONS).contains(operation.value());
        }
        assertThat(UsageHistory.OPERATIONS).hasSize(KeyLastUsageTrackingOperation.values().length);
    }

    @Test
    void alias_isNoKeyIdHere() {
        world.alice("CreateAlias", Requests.createAlias("alias/x", key.id()));

        assertThat(ask("alias/x").code()).isEqualTo("NotFoundException");
    }

    @Test
    void otherAccount_isDenied() {
        world.allow(World.MALLORY, "kms:*");

        assertThat(world.as(
                                World.MALLORY,
                                "GetKeyLastUsage",
                                GetKeyLastUsageRequest.builder()
                                        .keyId(key.arn())
                                        .build())
                        .code())
                .isEqualTo("AccessDeniedException");
    }

    @Test
    void trailingDays_belowThePolicysBound_deniesDisablingAndDeleting() {
        world.identity(
                World.ALICE,
                World.statement("Allow", "\"kms:*\"", "*", ""),
                World.statement(
                        "Deny",
                        "\"kms:DisableKey\",\"kms:ScheduleKeyDeletion\"",
                        "*",
                        "{\"NumericLessThan\":{\"kms:TrailingDaysWithoutKeyUsage\":\"30\"}}"));
        // Never used: the days since it was made count.
        world.clock.advance(Duration.ofDays(29));
        assertThat(disable().code()).isEqualTo("AccessDeniedException");
        assertThat(schedule().code()).isEqualTo("AccessDeniedException");
        world.clock.advance(Duration.ofDays(1));
        usedAt(world.clock.instant());
        assertThat(disable().code()).isEqualTo("AccessDeniedException");
        world.clock.advance(Duration.ofDays(30).minusSeconds(1));
        assertThat(schedule().code()).isEqualTo("AccessDeniedException");

        world.clock.advance(Duration.ofSeconds(1));

        assertThat(disable().code()).isEqualTo("ok");
        assertThat(schedule().code()).isEqualTo("ok");
    }

    private Answer<NoOutput> disable() {
        return world.<DisableKeyRequest, NoOutput>alice("DisableKey", Requests.disable(key.id()));
    }

    private Answer<ScheduleKeyDeletionResponse> schedule() {
        return world.<ScheduleKeyDeletionRequest, ScheduleKeyDeletionResponse>alice(
                "ScheduleKeyDeletion", Requests.schedule(key.id(), 7));
    }
}
