package dev.keytrail.audit.trail;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.call.Ledger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Each event in exactly one file of each trail that selects it, whatever fails or dies, wherever. */
class DeliveryFaultsTest {
    private static final int RUNS = 400;
    private static final List<String> ACCOUNTS = List.of("111122223333", "444455556666");
    private static final List<String> REGIONS = List.of("eu-west-1", "us-east-1", "eu-central-1");
    private static final List<String> SOURCES =
            List.of("kms.amazonaws.com", "iam.amazonaws.com", "sts.amazonaws.com", "s3.amazonaws.com");

    @Test
    void step_failingAndKilledAnywhere_deliversEachEventExactlyOnce() {
        int kills = 0;
        for (long seed = 1; seed <= RUNS; seed++) {
            kills += run(seed);
        }
        assertThat(kills).as("the runs do kill").isGreaterThan(RUNS);
    }

    /** One life of a house; returns how often it was killed. */
    private static int run(long seed) {
        Random random = new Random(seed);
        Faults.Chance chance = new Faults.Chance(seed * 31);
        DeliveryWorld world = new DeliveryWorld();
        Ledger ledger = new Faults.FaultyLedger(world.ledger, chance);
        ObjectStore store = new Faults.FaultyStore(world.store, chance);
        DeliverySettings settings = new DeliverySettings(Duration.ofSeconds(5), Duration.ofHours(1), 600, 1, 2_000);
        List<Trail> made = new ArrayList<>();
        List<Trail> alive = new ArrayList<>();
        Delivery delivery = new Delivery(ledger, store, settings, Runnable::run);
        int kills = 0;
        for (int round = 0; round < 60; round++) {
            act(world, random, made, alive);
            chance.perMille = random.nextInt(4) == 0 ? 300 : 30;
            world.now = world.now.plusSeconds(random.nextInt(10) == 0 ? random.nextInt(600) - 300 : random.nextInt(8));
            try {
                if (random.nextBoolean()) {
                    delivery.step(world.now);
                }
                if (random.nextInt(25) == 0) {
                    throw new Faults.Killed();
                }
            } catch (Faults.Killed _) {
                kills++;
                delivery = new Delivery(ledger, store, settings, Runnable::run);
            }
        }
        chance.perMille = 0;
        world.settle(ledger, settings);
        for (Trail trail : made) {
            assertThat(world.delivered("bucket", trail.id()))
                    .as("seed %d, trail %s", seed, trail.id())
                    .containsExactlyInAnyOrderElementsOf(world.expected.getOrDefault(trail.id(), List.of()));
        }
        for (Trail trail : alive) {
            if (world.current(trail).epochs() > 0) {
                Progress progress = world.trails
                        .progress(world.ledger.read(), world.current(trail))
                        .orElseThrow();
                assertThat(progress.delivered())
                        .as("seed %d", seed)
                        .isEqualTo(world.expected.get(trail.id()).size());
            }
        }
        return kills;
    }

    private static void act(DeliveryWorld world, Random random, List<Trail> made, List<Trail> alive) {
        int what = random.nextInt(20);
        if (what == 0 || alive.isEmpty() && what < 5) {
            Trail trail = create(world, random);
            made.add(trail);
            alive.add(trail);
        } else if (what < 6 && !alive.isEmpty()) {
            Trail trail = alive.get(random.nextInt(alive.size()));
            switch (random.nextInt(6)) {
                case 0, 1, 2 -> toggle(world, trail);
                case 3, 4 -> world.update(trail, scope(random, trail.id()));
                default -> {
                    world.delete(trail);
                    alive.remove(trail);
                }
            }
        }
        int events = random.nextInt(6);
        for (int i = 0; i < events; i++) {
            if (random.nextInt(3) == 0) {
                world.data(
                        ACCOUNTS.get(random.nextInt(2)),
                        REGIONS.get(random.nextInt(3)),
                        "bucket-" + random.nextInt(2),
                        random.nextBoolean());
                continue;
            }
            world.event(
                    ACCOUNTS.get(random.nextInt(2)),
                    REGIONS.get(random.nextInt(3)),
                    SOURCES.get(random.nextInt(4)),
                    random.nextBoolean());
        }
    }

    private static void toggle(DeliveryWorld world, Trail trail) {
        if (world.current(trail).logging()) {
            world.stop(trail);
        } else {
            world.start(trail);
        }
    }

    private static Trail create(DeliveryWorld world, Random random) {
        // The prefix tells each trail's files apart; names come again after a deletion.
        String account = ACCOUNTS.get(random.nextInt(2));
        String name = "trail-" + random.nextInt(1_000_000);
        Trail trail = world.create(account, name, scope(random, "p"));
        Scope own = new Scope(
                        "bucket",
                        Optional.of(trail.id()),
                        trail.scope().multiRegion(),
                        trail.scope().globalEvents(),
                        trail.scope().selectors(),
                        trail.scope().validation())
                .withOrganization(trail.scope().organization());
        world.update(trail, own);
        return trail;
    }

    private static Scope scope(Random random, String prefix) {
        Selector selector = switch (random.nextInt(6)) {
            case 0 -> new Selector(Selector.Access.WRITE_ONLY, true, List.of(), Optional.empty());
            case 1 -> new Selector(Selector.Access.ALL, true, List.of("kms.amazonaws.com"), Optional.empty());
            case 2 -> new Selector(Selector.Access.READ_ONLY, true, List.of(), Optional.empty());
            case 3 ->
                new Selector(
                        Selector.Access.ALL,
                        random.nextBoolean(),
                        List.of(),
                        Optional.empty(),
                        List.of(new Selector.DataResource("AWS::S3::Object", List.of("arn:aws:s3:::bucket-0/"))),
                        List.of());
            default -> Selector.ALL_MANAGEMENT;
        };
        return new Scope(
                        "bucket",
                        Optional.of(prefix),
                        random.nextBoolean(),
                        random.nextInt(4) > 0,
                        List.of(selector),
                        false)
                .withOrganization(
                        random.nextInt(3) > 0
                                ? Optional.empty()
                                : Optional.of(new Organization(
                                        "o-0123456789",
                                        random.nextBoolean()
                                                ? ACCOUNTS
                                                : List.of(ACCOUNTS.getFirst(), "333322221111"))));
    }
}
