package dev.keytrail.kms;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.call.Facts;
import dev.keytrail.call.ServiceEvent;
import dev.keytrail.call.State;
import dev.keytrail.kms.World.Answer;
import dev.keytrail.kms.key.Alias;
import dev.keytrail.kms.key.AliasNames;
import dev.keytrail.kms.key.Due;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KeyState;
import dev.keytrail.wire.shape.kms.CancelKeyDeletionResponse;
import dev.keytrail.wire.shape.kms.DescribeKeyRequest;
import dev.keytrail.wire.shape.kms.DescribeKeyResponse;
import dev.keytrail.wire.shape.kms.KeyMetadata;
import dev.keytrail.wire.shape.kms.ScheduleKeyDeletionRequest;
import dev.keytrail.wire.shape.kms.ScheduleKeyDeletionResponse;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class LifecycleTest {
    private final World world = new World();
    private final Key key = world.newKey();

    private KeyMetadata described() {
        return world.<DescribeKeyRequest, DescribeKeyResponse>alice("DescribeKey", Requests.describe(key.id()))
                .reply()
                .keyMetadata()
                .orElseThrow();
    }

    @Test
    void disableAndEnable_twiceEach_areIdempotent() {
        for (int i = 0; i < 2; i++) {
            assertThat(world.alice("DisableKey", Requests.disable(key.arn())).code())
                    .isEqualTo("ok");
            assertThat(described().enabled()).contains(false);
        }
        for (int i = 0; i < 2; i++) {
            assertThat(world.alice("EnableKey", Requests.enable(key.id())).code())
                    .isEqualTo("ok");
            assertThat(described().enabled()).contains(true);
        }
    }

    @Test
    void schedule_withoutWindow_isThirtyDays() {
        Answer<ScheduleKeyDeletionResponse> answer = world.alice(
                "ScheduleKeyDeletion",
                ScheduleKeyDeletionRequest.builder().keyId(key.id()).build());

        assertThat(answer.reply().keyId()).contains(key.arn());
        assertThat(answer.reply().pendingWindowInDays()).contains(30);
        Instant date = world.clock.instant().plus(Duration.ofDays(30));
        assertThat(answer.reply().deletionDate()).contains(date);
        assertThat(described().deletionDate()).contains(date);
        assertThat(described().keyState()).contains(dev.keytrail.wire.shape.kms.KeyState.PendingDeletion);
    }

    @Test
    void schedule_windowOutsideSevenToThirty_isRefused() {
        for (int days : new int[] {1, 6, 31, 365}) {
            assertThat(world.alice("ScheduleKeyDeletion", Requests.schedule(key.id(), days))
                            .code())
                    .isEqualTo("ValidationException");
        }
        assertThat(world.alice("ScheduleKeyDeletion", Requests.schedule(key.id(), 7))
                        .code())
                .isEqualTo("ok");
    }

    @Test
    void cancel_pendingKey_endsDisabledAndIsNeverDeleted() {
        world.alice("ScheduleKeyDeletion", Requests.schedule(key.id(), 7));
        Answer<CancelKeyDeletionResponse> answer = world.alice("CancelKeyDeletion", Requests.cancel(key.id()));

        assertThat(answer.reply().keyId()).contains(key.arn());
        assertThat(world.key(key.id()).state()).isEqualTo(KeyState.DISABLED);
        assertThat(world.ledger.read().scan(Due.TABLE, "", "")).isEmpty();
        world.clock.advance(Duration.ofDays(8));
        world.runJobs();
        assertThat(world.key(key.id()).deletionDate()).isEmpty();
        assertThat(world.serviceEvents).isEmpty();
    }

    @Test
    void deletion_windowOver_takesKeyAliasesAndLeavesOneEvent() {
        world.alice("CreateAlias", Requests.createAlias("alias/one", key.id()));
        world.alice("CreateAlias", Requests.createAlias("alias/two", key.id()));
        Key kept = world.newKey();
        world.alice("CreateAlias", Requests.createAlias("alias/kept", kept.id()));
        world.alice("ScheduleKeyDeletion", Requests.schedule(key.id(), 7));
        world.alice("ScheduleKeyDeletion", Requests.schedule(kept.id(), 8));

        world.clock.advance(Duration.ofDays(7).minusMillis(1));
        world.runJobs();
        assertThat(world.serviceEvents).isEmpty();
        world.clock.advance(Duration.ofMillis(1));
        world.runJobs();
        world.runJobs();

        State state = world.ledger.read();
        assertThat(state.get(Key.TABLE, key.rowKey())).isEmpty();
        assertThat(state.get(AliasNames.TABLE, key.rowKey())).isEmpty();
        assertThat(state.scan(Alias.TABLE, "", ""))
                .extracting(row -> row.value().name())
                .containsExactly("alias/kept");
        assertThat(state.scan(Due.TABLE, "", "")).hasSize(1);
        assertThat(world.serviceEvents).singleElement().satisfies(event -> {
            assertThat(event.name()).isEqualTo("DeleteKey");
            assertThat(event.account()).isEqualTo(World.ACCOUNT);
            assertThat(event.region()).isEqualTo(World.REGION);
            assertThat(event.resources())
                    .singleElement()
                    .extracting(r -> r.arn())
                    .isEqualTo(key.arn());
            assertThat(event.responseElements()).contains(Facts.facts().put("keyId", key.arn()));
        });
        assertThat(world.alice("DescribeKey", Requests.describe(key.id())).message())
                .isEqualTo("Key '" + key.arn() + "' does not exist");
        assertThat(world.alice("DescribeKey", Requests.describe("alias/one")).code())
                .isEqualTo("NotFoundException");
    }

    @Test
    void deletion_staleHint_isDroppedWithoutTouchingTheKey() {
        Due stale = Due.of(key, world.clock.instant());
        world.ledger.put(Due.TABLE, stale.rowKey(), stale);
        world.runJobs();

        assertThat(world.ledger.read().scan(Due.TABLE, "", "")).isEmpty();
        assertThat(world.key(key.id())).isEqualTo(key);
        assertThat(world.serviceEvents).isEqualTo(java.util.List.<ServiceEvent>of());
    }

    @Test
    void due_rowKeys_sortByTime() {
        Instant early = Instant.ofEpochSecond(999_999_999, 999_000_000);
        Instant late = Instant.ofEpochSecond(1_000_000_000, 0);
        assertThat(Due.of(key, early).rowKey()).isLessThan(Due.of(key, late).rowKey());
    }
}
