package dev.keytrail.kms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.Notes;
import dev.keytrail.call.Operation;
import dev.keytrail.call.State;
import dev.keytrail.kms.key.AliasNames;
import dev.keytrail.kms.key.Key;
import dev.keytrail.wire.shape.kms.ListAliasesRequest;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Two decisions on one state: the later commit must be refused wherever the first one bears on it. */
class RacesTest {
    private final World world = new World();
    private final Key key = world.newKey();

    /** A decision that is not committed yet. */
    private record Decided(State basis, List<Change<?>> changes) {}

    private <I> Decided decide(String operation, I request) {
        State basis = world.ledger.read();
        Operation<I, ?> row = world.row(operation);
        Attempt attempt = new Attempt(world.call(World.ALICE, World.REGION, operation), basis, new Notes());
        return new Decided(basis, row.handler().handle(attempt, request).changes());
    }

    private Decided decideJob() {
        State basis = world.ledger.read();
        var work = world.kms
                .jobs()
                .iterator()
                .next()
                .next(basis, world.clock.instant())
                .orElseThrow();
        return new Decided(basis, work.changes());
    }

    private void commit(Decided decided) {
        world.ledger.commit(decided.basis(), decided.changes(), List.of());
    }

    private void secondIsRefused(Decided first, Decided second) {
        commit(first);
        assertThatThrownBy(() -> commit(second)).isInstanceOf(Ledger.Conflict.class);
    }

    @Test
    void useOfAKey_afterDisableOrPolicyChange_isDecidedAgain() {
        secondIsRefused(
                decide("DisableKey", Requests.disable(key.id())), decide("Encrypt", Requests.encrypt(key.id())));
        world.alice("EnableKey", Requests.enable(key.id()));
        secondIsRefused(
                decide("PutKeyPolicy", Requests.putPolicy(key.id(), World.keyPolicy())),
                decide("Encrypt", Requests.encrypt(key.id())));
    }

    @Test
    void useOfAnAlias_afterItMoved_isDecidedAgain() {
        world.alice("CreateAlias", Requests.createAlias("alias/x", key.id()));
        String other = world.newKey().id();
        secondIsRefused(
                decide("UpdateAlias", Requests.updateAlias("alias/x", other)),
                decide("Encrypt", Requests.encrypt("alias/x")));
    }

    @Test
    void twoUsesOfOneKey_doNotDisturbEachOther() {
        Decided first = decide("Encrypt", Requests.encrypt(key.id()));
        Decided second = decide("Encrypt", Requests.encrypt(key.id()));
        commit(first);
        commit(second);
    }

    @Test
    void aliasOfOneName_madeTwice_onlyOneIs() {
        String other = world.newKey().id();
        secondIsRefused(
                decide("CreateAlias", Requests.createAlias("alias/x", key.id())),
                decide("CreateAlias", Requests.createAlias("alias/x", other)));
    }

    @Test
    void lastAliasUnderTheQuota_madeTwice_onlyOneIs() {
        for (int i = 1; i < AliasNames.COUNT_MAX; i++) {
            world.alice("CreateAlias", Requests.createAlias("alias/n" + i, key.id()));
        }
        secondIsRefused(
                decide("CreateAlias", Requests.createAlias("alias/x", key.id())),
                decide("CreateAlias", Requests.createAlias("alias/y", key.id())));
    }

    @Test
    void deletion_againstCancelling_oneOfThemHappens() {
        world.alice("ScheduleKeyDeletion", Requests.schedule(key.id(), 7));
        world.clock.advance(Duration.ofDays(7));
        secondIsRefused(decide("CancelKeyDeletion", Requests.cancel(key.id())), decideJob());
        world.runJobs();
        assertThat(world.key(key.id()).deletionDate()).isEmpty();

        world.alice("ScheduleKeyDeletion", Requests.schedule(key.id(), 7));
        world.clock.advance(Duration.ofDays(7));
        secondIsRefused(decideJob(), decide("CancelKeyDeletion", Requests.cancel(key.id())));
        assertThat(world.ledger.read().get(Key.TABLE, key.rowKey())).isEmpty();
    }

    @Test
    void deletion_againstMovingItsAliasAway_isDecidedAgain() {
        world.alice("CreateAlias", Requests.createAlias("alias/x", key.id()));
        String other = world.newKey().id();
        world.alice("ScheduleKeyDeletion", Requests.schedule(key.id(), 7));
        world.clock.advance(Duration.ofDays(7));
        secondIsRefused(decide("UpdateAlias", Requests.updateAlias("alias/x", other)), decideJob());
        world.runJobs();
        assertThat(world.alice("DescribeKey", Requests.describe("alias/x")).code())
                .isEqualTo("ok");
    }

    @Test
    void tagsAndDescription_changedAtOnce_loseNothing() {
        secondIsRefused(
                decide("TagResource", Requests.tag(key.id(), "a", "1")),
                decide("UpdateKeyDescription", Requests.describeAs(key.id(), "new")));
    }

    @Test
    void listingByKey_afterAnAliasWasMade_isDecidedAgain() {
        secondIsRefused(
                decide("CreateAlias", Requests.createAlias("alias/x", key.id())),
                decide(
                        "ListAliases",
                        ListAliasesRequest.builder().keyId(key.id()).build()));
    }
}
