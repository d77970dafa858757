package dev.keytrail.audit.trail;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.testkit.ForwardingLedger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class DeliveryTest {
    private static final DeliverySettings SETTINGS =
            new DeliverySettings(Duration.ofSeconds(5), Duration.ofHours(1), 100_000, 6, 10_000_000);

    private final DeliveryWorld world = new DeliveryWorld();

    /** Counts what is read of the ledger. */
    private static final class Counting extends ForwardingLedger {
        private final AtomicLong walked;

        Counting(Ledger real, AtomicLong walked) {
            super(real);
            this.walked = walked;
        }

        @Override
        public Cursor records(long index) {
            Cursor cursor = real.records(index);
            return new Cursor() {
                @Override
                public boolean next() {
                    boolean there = cursor.next();
                    walked.addAndGet(there ? 1 : 0);
                    return there;
                }

                @Override
                public long index() {
                    return cursor.index();
                }

                @Override
                public LedgerRecord record() {
                    return cursor.record();
                }

                @Override
                public void close() {
                    cursor.close();
                }
            };
        }
    }

    private Trail started(String account, String name) {
        Scope scope = new Scope("bucket", Optional.of(name), true, true, List.of(Selector.ALL_MANAGEMENT), false);
        Trail trail = world.create(account, name, scope);
        world.start(trail);
        return trail;
    }

    private void assertDelivered(Trail trail, String prefix) {
        assertThat(world.delivered("bucket", prefix))
                .containsExactlyInAnyOrderElementsOf(world.expected.getOrDefault(trail.id(), List.of()));
    }

    @Test
    void step_manyTrails_readEachRecordOnceAndNothingWhenIdle() {
        List<Trail> trails = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            trails.add(started("11112222" + (1000 + i), "trail-" + i));
        }
        AtomicLong read = new AtomicLong();
        Delivery delivery = new Delivery(new Counting(world.ledger, read), world.store, SETTINGS, Runnable::run);
        for (int i = 0; i < 500; i++) {
            world.event("11112222" + (1000 + i % 20), "us-east-1", "kms.amazonaws.com", true);
        }
        world.drain(delivery);
        assertThat(read.get()).isLessThanOrEqualTo(world.ledger.end());
        world.now = world.now.plusSeconds(6);
        world.drain(delivery);
        long after = read.get();
        for (int i = 0; i < 10; i++) {
            world.now = world.now.plusSeconds(6);
            world.drain(delivery);
        }
        assertThat(read.get()).as("idle").isEqualTo(after);
        for (int i = 0; i < 20; i++) {
            assertDelivered(trails.get(i), "trail-" + i);
        }
    }

    @Test
    void step_neverStartedOrStoppedTrails_readNothing() {
        Trail stopped = started(DeliveryWorld.ACCOUNT, "stopped");
        world.stop(stopped);
        AtomicLong read = new AtomicLong();
        Delivery delivery = new Delivery(new Counting(world.ledger, read), world.store, SETTINGS, Runnable::run);
        world.drain(delivery);
        world.drain(delivery);
        long after = read.get();
        for (int i = 0; i < 100; i++) {
            world.event();
        }
        world.drain(delivery);
        assertThat(read.get()).isEqualTo(after);
        world.start(stopped);
        world.drain(delivery);
        assertThat(read.get()).as("jumps to the start").isLessThan(after + 5);
    }

    @Test
    void step_aBucketThatHangs_holdsUpNoOtherTrail() throws Exception {
        Trail slow = started(DeliveryWorld.ACCOUNT, "slow");
        Trail quick = started("444455556666", "quick");
        CountDownLatch hanging = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        ObjectStore store = hangingFor("slow/", hanging, release);
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            try {
                Delivery delivery = new Delivery(world.ledger, store, SETTINGS, executor);
                delivery.step(world.now);
                world.now = world.now.plusSeconds(6);
                delivery.step(world.now);
                assertThat(hanging.await(60, TimeUnit.SECONDS)).isTrue();
                for (int i = 0; i < 20; i++) {
                    world.event(DeliveryWorld.ACCOUNT, "us-east-1", "kms.amazonaws.com", true);
                    world.event("444455556666", "us-east-1", "kms.amazonaws.com", true);
                }
                stepUntilDelivered(delivery, quick, "quick");
                assertThat(world.delivered("bucket", "slow")).isEmpty();
                release.countDown();
                stepUntilDelivered(delivery, slow, "slow");
            } finally {
                // Closing the executor waits for what hangs: a failed assertion must not become a test without end.
                release.countDown();
            }
        }
        assertDelivered(slow, "slow");
        assertDelivered(quick, "quick");
    }

    @Test
    void step_manyFailingTrails_leavePlacesForTheOthers() {
        Set<String> tried = new HashSet<>();
        for (int i = 0; i < 12; i++) {
            started("11112222" + (1000 + i), "trail-" + (10 + i));
        }
        world.store.forbidden.add("bucket");
        ObjectStore store = watched(tried);
        List<Runnable> tasks = new ArrayList<>();
        Delivery delivery = new Delivery(world.ledger, store, SETTINGS, tasks::add);
        assertThat(delivery.step(world.now)).isPositive();
        for (int round = 0; round < 2; round++) {
            world.now = world.now.plusSeconds(70);
            assertThat(delivery.step(world.now)).isPositive();
            assertThat(tasks).as("in flight").hasSize(8);
            tasks.forEach(Runnable::run);
            tasks.clear();
        }
        assertThat(tried).as("trails whose turn came").hasSize(12);
    }

    private ObjectStore watched(Set<String> tried) {
        return new ObjectStore() {
            @Override
            public Put putNew(NewObject object) {
                tried.add(object.writer().trailArn());
                return world.store.putNew(object);
            }

            @Override
            public Optional<Bytes> read(String bucket, String key, int bytesMax) {
                return world.store.read(bucket, key, bytesMax);
            }

            @Override
            public Check check(Destination destination) {
                return Check.READY;
            }
        };
    }

    private ObjectStore hangingFor(String prefix, CountDownLatch hanging, CountDownLatch release) {
        return new ObjectStore() {
            @Override
            public Put putNew(NewObject object) {
                if (object.key().startsWith(prefix)) {
                    hanging.countDown();
                    try {
                        release.await();
                    } catch (InterruptedException e) {
                        throw new Failure("RequestTimeout", "interrupted");
                    }
                }
                synchronized (world) {
                    return world.store.putNew(object);
                }
            }

            @Override
            public Optional<Bytes> read(String bucket, String key, int bytesMax) {
                synchronized (world) {
                    return world.store.read(bucket, key, bytesMax);
                }
            }

            @Override
            public Check check(Destination destination) {
                return Check.READY;
            }
        };
    }

    /** Steps the world's clock until all is there; other threads deliver, so that the bound is one of real time. */
    private void stepUntilDelivered(Delivery delivery, Trail trail, String prefix) throws InterruptedException {
        int wanted = world.expected.get(trail.id()).size();
        long start = System.nanoTime();
        while (System.nanoTime() - start < TimeUnit.SECONDS.toNanos(60)) {
            world.now = world.now.plusSeconds(6);
            delivery.step(world.now);
            synchronized (world) {
                if (world.delivered("bucket", prefix).size() == wanted) {
                    return;
                }
            }
            TimeUnit.MILLISECONDS.sleep(1);
        }
        throw new AssertionError("not delivered: " + prefix);
    }

    @Test
    void pack_sameEvents_areTheSameBytesAndAnotherLevelTheSameContent() {
        List<Bytes> events = List.of(Bytes.utf8("{\"a\":1}"), Bytes.utf8("{\"b\":\"ä\"}"));
        assertThat(LogFile.pack(events, 6)).isEqualTo(LogFile.pack(events, 6));
        assertThat(LogFile.sameContent(LogFile.pack(events, 1), LogFile.pack(events, 9)))
                .isTrue();
        assertThat(LogFile.sameContent(LogFile.pack(events, 6), LogFile.pack(events.reversed(), 6)))
                .isFalse();
        assertThat(LogFile.sameContent(LogFile.pack(events, 6), Bytes.utf8("no gzip")))
                .isFalse();
        assertThat(new String(DeliveryWorld.unzip(LogFile.pack(events, 6)), StandardCharsets.UTF_8))
                .isEqualTo("{\"Records\":[{\"a\":1},{\"b\":\"ä\"}]}");
    }

    @Test
    void settings_outOfBounds_areRefused() {
        for (Runnable bad : List.<Runnable>of(
                () -> SETTINGS.withFlushInterval(Duration.ofMillis(999)),
                () -> new DeliverySettings(Duration.ofSeconds(1), Duration.ofHours(1), 50_000_001, 6, 100_000_000),
                () -> new DeliverySettings(Duration.ofSeconds(1), Duration.ofHours(1), 1000, 0, 1000),
                () -> new DeliverySettings(Duration.ofSeconds(1), Duration.ofHours(1), 1000, 6, 999))) {
            assertThat(catchThrowable(bad::run)).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
