package dev.keytrail.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keytrail.call.Ledger;
import dev.keytrail.call.LedgerContract;
import dev.keytrail.store.FaultyDisk.Fault;
import dev.keytrail.store.FaultyDisk.Unsynced;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Every step of the disk failing, and what the ledger says afterwards: to its clients, and after a crash. */
class CommitFaultsTest {
    /** Three commits fill a segment, so the walk meets rolls and spares too. */
    private static final int JSON_BYTES = 20 << 10;

    private static final int COMMITS = 8;

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({"LOST,LOST", "LOST,KEPT", "LANDED,LOST", "LANDED,KEPT", "TORN,LOST", "TORN,KEPT"})
    void commit_anyOneStepFails_isMadeGoodAndNothingIsLostOrInvented(Fault fault, Unsynced unsynced)
            throws IOException {
        int steps = 0;
        for (int failing = 0; failing <= steps; failing++) {
            int at = failing;
            World world = new World(directory);
            world.disk.plan(step -> step == at ? fault : Fault.NONE);
            world.openAtLast();
            for (int i = 0; i < COMMITS; i++) {
                assertThat(world.commit(JSON_BYTES)).as("step %d", at).isTrue();
            }
            world.check("live, step " + at);
            steps = Math.max(steps, world.disk.steps());
            world.crash(unsynced);
            world.check("after the crash, step " + at);
            assertThat(world.commit(10)).isTrue();
            world.check("after one more, step " + at);
            world.store.close();
        }
        assertThat(steps).isGreaterThan(20);
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"LOST", "LANDED", "TORN"})
    void commit_allStepsFailForAWhile_isRefusedAndStaysUndoneForGood(Fault fault) throws IOException {
        for (int from : new int[] {0, 1, 2, 3, 4, 5, 8}) {
            World world = new World(directory);
            world.open();
            world.commit(JSON_BYTES);
            world.disk.plan(step -> step >= from ? fault : Fault.NONE);
            while (world.commit(JSON_BYTES)) {
                // Until the disk fails.
            }
            int before = world.refusals();
            assertThat(world.commit(10)).isFalse();
            assertThat(world.refusals()).isEqualTo(before + 1);
            world.check("while it fails");
            world.disk.plan(step -> Fault.NONE);
            recover(world);
            world.check("recovered");
            world.commit(JSON_BYTES);
            world.crash(Unsynced.KEPT);
            world.check("after a crash that kept all");
            world.crash(Unsynced.LOST);
            world.check("after a crash that lost what was not synced");
            world.store.close();
        }
    }

    @Test
    void commit_diskHangs_isRefusedInTimeAndLeftOutWhenItLandsLater() throws IOException {
        World world = new World(directory);
        world.open();
        assertThat(world.commit(10)).isTrue();
        CountDownLatch stalled = world.disk.stall();
        assertThat(world.commit(10)).isFalse();
        assertThat(world.commit(10)).as("refused at once while the disk hangs").isFalse();
        world.check("hanging");
        stalled.countDown();
        recover(world);
        world.check("recovered");
        world.crash(Unsynced.KEPT);
        world.check("after the crash");
        world.store.close();
    }

    @Test
    void commit_diskIsFull_isRefusedAndTakenAgainWhenThereIsRoom() throws IOException {
        World world = new World(directory);
        world.open();
        assertThat(world.commit(10)).isTrue();
        world.disk.free(StoreOptions.defaults().headroomBytes());
        int taken = 0;
        while (world.commit(JSON_BYTES)) {
            taken++;
        }
        assertThat(taken).as("segments at hand are used up").isBetween(2, 6);
        assertThat(world.store.metrics().freeBytes())
                .isEqualTo(StoreOptions.defaults().headroomBytes());
        world.check("full");
        world.disk.free(1L << 40);
        recover(world);
        world.check("recovered");
        world.crash(Unsynced.LOST);
        world.check("after the crash");
        world.store.close();
    }

    @Test
    void close_whileTheDiskFails_refusesAndEnds() throws IOException {
        World world = new World(directory);
        world.open();
        assertThat(world.commit(10)).isTrue();
        world.disk.plan(step -> Fault.LOST);
        assertThat(world.commit(10)).isFalse();
        world.store.close();
        assertThat(world.commit(10)).isFalse();
        world.disk = world.disk.crash(Unsynced.LOST);
        world.open();
        world.check("after the next start");
        world.store.close();
    }

    @Test
    void commit_queueIsFull_isRefusedAtOnce() throws Exception {
        World world = new World(directory);
        StoreOptions options = World.options().withQueueMax(2);
        world.store = EmbeddedStore.open(
                directory, world.disk, LedgerContract.TABLES, options, java.time.InstantSource.system());
        Ledger ledger = world.store.ledger();
        CountDownLatch stalled = world.disk.stall();
        Set<String> reasons = ConcurrentHashMap.newKeySet();
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 20; i++) {
                String id = "e" + i;
                executor.submit(() -> {
                    try {
                        ledger.commit(ledger.read(), List.of(), List.of(World.record(id, 10)));
                    } catch (Ledger.LedgerUnavailable e) {
                        reasons.add(e.getMessage());
                    }
                });
            }
        }
        stalled.countDown();
        assertThat(reasons).contains("too many commits are waiting");
        world.store.close();
    }

    @Test
    void commit_tooLarge_isRefusedWithoutHarm() throws IOException {
        World world = new World(directory);
        world.open();
        assertThatThrownBy(() -> world.commit(FrameHeader.PAYLOAD_BYTES_MAX))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(world.store.ledger().end()).isZero();
        world.store.ledger().commit(world.store.ledger().read(), List.of(), List.of(World.record("large", 5 << 20)));
        assertThat(LedgerContract.eventIds(world.store.ledger(), 0)).containsExactly("large");
        world.store.close();
    }

    @Test
    void commit_manyThreadsOnAnUnreliableDisk_everyAnswerIsTrue() throws Exception {
        long seed = 20_261_125L;
        Random random = new Random(seed);
        World world = new World(directory);
        world.open();
        world.disk.plan(step -> random.nextInt(6) > 0 ? Fault.NONE : Fault.values()[1 + random.nextInt(3)]);
        Ledger ledger = world.store.ledger();
        Set<String> acknowledged = ConcurrentHashMap.newKeySet();
        Set<String> refused = ConcurrentHashMap.newKeySet();
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int t = 0; t < 16; t++) {
                int thread = t;
                executor.submit(() -> {
                    for (int i = 0; i < 60; i++) {
                        String id = thread + "/" + i;
                        try {
                            ledger.commit(ledger.read(), List.of(), List.of(World.record(id, 1000)));
                            acknowledged.add(id);
                        } catch (Ledger.LedgerUnavailable _) {
                            refused.add(id);
                        }
                    }
                });
            }
        }
        assertThat(acknowledged.size() + refused.size()).isEqualTo(16 * 60);
        checkAnswers(world, acknowledged, "live, seed " + seed);
        world.disk.plan(step -> Fault.NONE);
        world.crash(Unsynced.LOST);
        checkAnswers(world, acknowledged, "after the crash, seed " + seed);
        world.store.close();
    }

    private static void checkAnswers(World world, Set<String> acknowledged, String when) {
        assertThat(LedgerContract.eventIds(world.store.ledger(), 0))
                .as(when)
                .doesNotHaveDuplicates()
                .containsExactlyInAnyOrderElementsOf(acknowledged);
    }

    private static void recover(World world) {
        while (!world.commit(10)) {
            LockSupport.parkNanos(1_000_000);
        }
    }
}
