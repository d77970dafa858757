package dev.keytrail.sim;

import dev.keytrail.server.House;
import dev.keytrail.sim.Scenario.Defect;
import dev.keytrail.sim.World.Fate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/** One run: some hundred steps out of one seed, with a full inspection after each restart and at the end. */
public final class Simulation {
    /** Of a thousand steps, so many meet the thing. */
    private static final int DISK_FAULT = 60;

    private static final int REFUSAL = 20;
    private static final int CONFLICT = 30;
    private static final int RACE = 120;
    private static final int KILL = 10;
    private static final int OUTAGE = 6;
    private static final int FULL = 5;
    private static final int STOP = 3;

    private static final int LIE_AT = 100;
    private static final int LIE_SHOWS_AT = 130;

    private final Scenario scenario;
    private final SplittableRandom random;
    private final Site site;
    private final World world;
    private final List<Login> logins = new ArrayList<>();
    private final Inspection inspection;
    private final Asks asks;
    private Optional<TrailLog> trail = Optional.empty();
    /** Steps that the present outage has still to last; negative when there is none. */
    private int outageLeft = -1;

    private Simulation(Scenario scenario, Path folder) throws IOException {
        this.scenario = scenario;
        this.random = new SplittableRandom(scenario.seed());
        this.site = new Site(scenario, folder);
        this.world = new World(site);
        this.inspection = new Inspection(world, logins, random);
        this.asks = new Asks(world, logins, random);
    }

    /** What a run came to. */
    public record Summary(int calls, int records, int refusals, int restarts) {
        public Summary plus(Summary other) {
            return new Summary(
                    calls + other.calls, records + other.records, refusals + other.refusals, restarts + other.restarts);
        }
    }

    /**
     * Runs a scenario in a folder of its own, which it removes.
     *
     * @throws SimulationFailure the house did not do what it promises
     */
    public static Summary run(Scenario scenario) throws IOException {
        return run(scenario, step -> {});
    }

    /** The same, telling all steps when it has come to its end. */
    static Summary run(Scenario scenario, Consumer<String> steps) throws IOException {
        Path folder = Files.createTempDirectory("keytrail-sim");
        Simulation simulation = new Simulation(scenario, folder);
        try {
            simulation.run();
            simulation.world.steps.forEach(steps);
            return simulation.summary();
        } catch (RuntimeException e) {
            String finding = e instanceof Mismatch ? String.valueOf(e.getMessage()) : "unexpected " + e;
            throw new SimulationFailure(scenario, finding, simulation.world.steps, e);
        } finally {
            simulation.site.close();
            Site.deleteTree(folder);
        }
    }

    private Summary summary() {
        return new Summary(world.calls(), world.chronicle.all().size(), world.refusals(), world.restarts());
    }

    private void run() throws IOException {
        logins.add(world.begin());
        inspection.must(createAccount());
        if (scenario.trails()) {
            TrailLog log = new TrailLog(world, logins.getFirst(), inspection);
            log.setUp();
            trail = Optional.of(log);
        }
        for (int i = 0; i < scenario.steps(); i++) {
            lie(i);
            passTime();
            arm();
            Fate fate = act();
            site.ledger().disarm();
            site.disk.cutAfter(-1);
            if (fate == Fate.GONE || site.isDown()) {
                crash(unsynced());
            } else {
                weather();
            }
        }
        heal();
        inspection.run();
        trail.ifPresent(TrailLog::check);
        stop();
    }

    private Ask createAccount() {
        return Ask.json(
                "CreateAccount",
                logins.getFirst(),
                "keytrail",
                "Keytrail.CreateAccount",
                Map.of("AccountName", "other"),
                Ask.ALWAYS,
                Ask.NOTHING_TO_SEE,
                (model, answer, own, now) -> answer.ifPresent(told -> logins.add(new Login(
                        "other",
                        Json.text(told, "AccountId"),
                        Json.text(told, "AccessKeyId"),
                        Json.text(told, "SecretAccessKey")))));
    }

    private Fate act() {
        int dice = random.nextInt(100);
        if (dice < 10) {
            List<House.Step> steps = site.house().steps();
            return world.step(steps.get(random.nextInt(steps.size())));
        }
        if (dice < 12 && trail.isPresent()) {
            return world.ask(
                    random.nextBoolean() ? trail.get().start() : trail.get().stop());
        }
        return world.ask(asks.any());
    }

    private void passTime() {
        int dice = random.nextInt(100);
        if (dice < 50) {
            site.clock.advance(Duration.ofMillis(random.nextInt(3_000)));
        } else if (dice < 56) {
            advance(Duration.ofSeconds(random.nextInt(3_600)));
        } else if (dice < 59) {
            advance(Duration.ofHours(1 + random.nextInt(240)));
        }
    }

    private void advance(Duration time) {
        site.clock.advance(time);
        world.note("clock +" + time);
    }

    /** Prepares what befalls the next step. */
    private void arm() {
        int dice = random.nextInt(1_000);
        boolean embedded = site.isEmbedded();
        SimLedger ledger = site.ledger();
        if ((dice -= DISK_FAULT) < 0) {
            SimDisk.Kind at = random.nextBoolean() ? SimDisk.Kind.WRITE : SimDisk.Kind.SYNC;
            SimDisk.Fault fault = pick(SimDisk.FAILURES);
            if (embedded) {
                world.note("disk: next " + at + " " + fault);
                site.disk.failOnce(at, fault);
            }
        } else if ((dice -= REFUSAL) < 0) {
            world.note("ledger: refuses");
            ledger.next(SimLedger.Fault.REFUSED);
        } else if ((dice -= CONFLICT) < 0) {
            world.note("ledger: conflict");
            ledger.next(SimLedger.Fault.CONFLICT);
        } else if ((dice -= RACE) < 0) {
            race();
        } else if ((dice -= KILL) < 0) {
            armKill(embedded);
        } else if ((dice -= OUTAGE) < 0 && outageLeft < 0) {
            outage(embedded);
        } else if ((dice -= FULL) < 0 && outageLeft < 0 && embedded) {
            outageLeft = 30 + random.nextInt(60);
            world.note("disk: full");
            site.disk.full(true);
        }
    }

    /** Somebody is faster than the next call, which is one that must notice. */
    private void race() {
        Ask slow = asks.decided();
        Ask fast = asks.decided();
        site.ledger().race(() -> world.ask(fast));
        world.note("race");
        Fate fate = world.ask(slow);
        site.ledger().disarm();
        if (fate == Fate.GONE) {
            crash(unsynced());
        }
    }

    private void armKill(boolean embedded) {
        int how = random.nextInt(embedded ? 5 : 2);
        switch (how) {
            case 0 -> site.ledger().next(SimLedger.Fault.KILLED_BEFORE);
            case 1 -> site.ledger().next(SimLedger.Fault.KILLED_AFTER);
            default -> {
                // While the disk fails, the committer's steps come at its own pace, which no seed decides.
                if (outageLeft >= 0) {
                    site.disk.cutNow();
                } else {
                    site.disk.cutAfter(random.nextInt(2));
                }
            }
        }
        world.note("kill armed " + how);
    }

    private void outage(boolean embedded) {
        outageLeft = 1 + random.nextInt(4);
        SimDisk.Fault fault = pick(SimDisk.FAILURES);
        world.note("outage " + fault);
        if (embedded) {
            site.disk.failAlways(fault);
        } else {
            site.ledger().outage(true);
        }
    }

    /** Time goes on for outages; now and then a clean stop. */
    private void weather() {
        if (outageLeft >= 0 && outageLeft-- == 0) {
            heal();
        }
        if (outageLeft < 0 && random.nextInt(1_000) < STOP) {
            stop();
        }
    }

    private void heal() {
        world.note("all well");
        outageLeft = -1;
        site.disk.heal();
        site.ledger().outage(false);
        world.recover();
    }

    private SimDisk.Unsynced unsynced() {
        return pick(SimDisk.UNSYNCED);
    }

    private <T> T pick(List<T> from) {
        return from.get(random.nextInt(from.size()));
    }

    private void crash(SimDisk.Unsynced unsynced) {
        world.note("crash, unsynced bytes " + unsynced);
        site.kill(unsynced);
        again();
    }

    private void stop() {
        world.note("clean stop");
        site.stop();
        again();
    }

    private void again() {
        outageLeft = -1;
        try {
            if (site.isEmbedded()) {
                switch (random.nextInt(4)) {
                    case 0 -> site.keepIndex();
                    case 1 -> {
                        world.note("older index");
                        site.olderIndex();
                    }
                    default -> {}
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException("the folder of the simulation fails", e);
        }
        world.restart(logins.getFirst());
        inspection.run();
    }

    private void lie(int step) {
        if (scenario.defect() != Defect.SYNC_LIES) {
            return;
        }
        if (step == LIE_AT) {
            site.disk.lie();
        } else if (step == LIE_SHOWS_AT) {
            crash(SimDisk.Unsynced.LOST);
        }
    }
}
