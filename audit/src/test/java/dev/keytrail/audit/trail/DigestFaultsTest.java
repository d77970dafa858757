package dev.keytrail.audit.trail;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.call.Ledger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;

/** One unbroken chain for each trail and Region that names each file once, whatever fails or dies, wherever. */
class DigestFaultsTest {
    private static final int RUNS = 80;
    private static final String MEMBER = "444455556666";
    private static final List<String> REGIONS = List.of("eu-west-1", "us-east-1", "eu-central-1");
    private static final DeliverySettings SETTINGS =
            new DeliverySettings(Duration.ofSeconds(3), Duration.ofSeconds(10), 900, 1, 4_000);

    private int kills;
    private int digests;
    private int files;

    @Test
    void step_failingAndKilledAnywhere_keepsOneChainThatCoversAll() {
        for (long seed = 1; seed <= RUNS; seed++) {
            run(seed);
        }
        assertThat(kills).as("the runs do kill").isGreaterThan(200);
        assertThat(digests).as("the runs do write digests").isGreaterThan(10 * RUNS);
        assertThat(files).as("digests do name files").isGreaterThan(2 * RUNS);
    }

    /** Both deliveries of one process. */
    private record House(Delivery files, DigestDelivery digests) {
        static House of(Ledger ledger, ObjectStore store) {
            return new House(
                    new Delivery(ledger, store, SETTINGS, Runnable::run),
                    new DigestDelivery(ledger, store, TestKeys.over(ledger), SETTINGS, Runnable::run));
        }
    }

    private void run(long seed) {
        Random random = new Random(seed);
        Faults.Chance chance = new Faults.Chance(seed * 31);
        DeliveryWorld world = new DeliveryWorld();
        Ledger ledger = new Faults.FaultyLedger(world.ledger, chance);
        ObjectStore store = new Faults.FaultyStore(world.store, chance);
        List<Trail> made = new ArrayList<>();
        List<Trail> alive = new ArrayList<>();
        House house = House.of(ledger, store);
        for (int round = 0; round < 60; round++) {
            act(world, random, made, alive);
            chance.perMille = random.nextInt(4) == 0 ? 300 : 30;
            world.now = world.now.plusSeconds(clock(random));
            try {
                if (random.nextInt(3) > 0) {
                    house.files().step(world.now);
                }
                if (random.nextInt(3) > 0) {
                    house.digests().step(world.now);
                }
            } catch (Faults.Killed _) {
                kills++;
                house = House.of(ledger, store);
            }
        }
        chance.perMille = 0;
        settle(world, ledger, house);
        for (Trail trail : made) {
            check(world, trail, seed);
        }
        world.ledger.read().scan(Trails.CHAINS, "", "").forEach(row -> {
            long open = row.value().segments().stream().filter(s -> !s.closed()).count();
            assertThat(row.value().segments())
                    .as("seed %d, %s", seed, row.key())
                    .hasSize((int) open);
            assertThat(alive)
                    .as("seed %d, %s", seed, row.key())
                    .anyMatch(trail -> row.key().startsWith(Trails.progressKey(trail)));
        });
    }

    /** Seconds to the next round: the clock goes on, is set back, or jumps, by which digests come late. */
    private static int clock(Random random) {
        return switch (random.nextInt(24)) {
            case 0, 1 -> -40;
            case 2 -> random.nextInt(400) - 200;
            default -> random.nextInt(8);
        };
    }

    private static void settle(DeliveryWorld world, Ledger ledger, House house) {
        for (int i = 0; i < 12; i++) {
            world.now = world.now.plusSeconds(70);
            world.drain(house.files());
            for (int late = 0; late < 2 * DigestDelivery.LATE_MAX; late++) {
                house.digests().step(world.now);
            }
        }
    }

    private void check(DeliveryWorld world, Trail trail, long seed) {
        SortedMap<String, List<FoundDigest>> found = FoundDigest.in(world.store, "bucket/" + trail.id());
        List<String> events = new ArrayList<>();
        found.values()
                .forEach(chain -> chain.forEach(digest -> {
                    digests++;
                    for (Map<String, String> file : digest.files()) {
                        files++;
                        var log = Objects.requireNonNull(
                                world.store.objects.get(file.get("s3Bucket") + "/" + file.get("s3Object")));
                        DeliveryWorld.events(log.body())
                                .forEach(event -> events.add(String.valueOf(event.get("eventID"))));
                    }
                }));
        assertThat(events)
                .as("seed %d, trail %s", seed, trail.id())
                .containsExactlyInAnyOrderElementsOf(world.covered.getOrDefault(trail.id(), List.of()));
    }

    private static void act(DeliveryWorld world, Random random, List<Trail> made, List<Trail> alive) {
        int what = random.nextInt(20);
        if (what == 0 || alive.isEmpty() && what < 10) {
            Trail trail = world.create(DeliveryWorld.ACCOUNT, "trail-" + made.size(), scope(random, "p"));
            world.update(trail, scope(random, trail.id()));
            world.start(trail);
            made.add(trail);
            alive.add(trail);
        } else if (what < 4 && !alive.isEmpty()) {
            Trail trail = alive.get(random.nextInt(alive.size()));
            switch (random.nextInt(6)) {
                case 0, 1, 2 -> {
                    if (world.current(trail).logging()) {
                        world.stop(trail);
                    } else {
                        world.start(trail);
                    }
                }
                case 3, 4 -> world.update(trail, scope(random, trail.id()));
                default -> {
                    world.delete(trail);
                    alive.remove(trail);
                }
            }
        }
        int events = random.nextInt(4);
        for (int i = 0; i < events; i++) {
            world.event(
                    random.nextInt(3) == 0 ? MEMBER : DeliveryWorld.ACCOUNT,
                    REGIONS.get(random.nextInt(3)),
                    "kms.amazonaws.com",
                    random.nextBoolean());
        }
    }

    private static Scope scope(Random random, String prefix) {
        return new Scope(
                        "bucket",
                        Optional.of(prefix),
                        random.nextBoolean(),
                        true,
                        List.of(Selector.ALL_MANAGEMENT),
                        random.nextInt(4) > 0)
                .withOrganization(
                        random.nextInt(3) > 0
                                ? Optional.empty()
                                : Optional.of(new Organization(
                                        "o-0123456789",
                                        random.nextBoolean()
                                                ? List.of(DeliveryWorld.ACCOUNT, MEMBER)
                                                : List.of(DeliveryWorld.ACCOUNT))));
    }
}
