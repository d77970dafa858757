package dev.keytrail.server;

import dev.keytrail.audit.Audit;
import dev.keytrail.audit.chain.Chain;
import dev.keytrail.audit.chain.Witnesses;
import dev.keytrail.audit.trail.Delivery;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Service;
import dev.keytrail.kms.key.KeyPairs;
import dev.keytrail.store.Store;
import dev.keytrail.store.StoreMetrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Everything that is measured, gathered when somebody asks. Labels are names of ours: services, operations, outcomes; never an
 * account, a key, a trail or a bucket.
 */
final class Metrics {
    private static final long MICROS_PER_SECOND = 1_000_000;
    private static final double MILLIS = 1e3;

    private final Vitals vitals;

    Metrics(Vitals vitals) {
        this.vitals = vitals;
    }

    Bytes text() {
        Exposition out = new Exposition();
        server(out);
        calls(out);
        vitals.ground().ifPresent(ground -> ledger(out, ground));
        vitals.inside().ifPresent(inside -> {
            out.gauge("keytrail_calls_in_flight", "Requests being answered.")
                    .sample(inside.callsInFlight().getAsInt());
            long end = vitals.ground().orElseThrow().store().ledger().end();
            inside.chain().ifPresent(chain -> log(out, chain, end));
            inside.witnesses().ifPresent(witnesses -> witnesses(out, witnesses));
            trails(out, inside.audit(), vitals.ground().orElseThrow().store());
            slow(out, inside.pairs().status());
        });
        ProcessMetrics.write(out);
        return out.text();
    }

    private void server(Exposition out) {
        out.gauge("keytrail_build_info", "What runs; always 1.")
                .sample(
                        1,
                        "version",
                        Main.VERSION.substring(Main.VERSION.indexOf(' ') + 1),
                        "java",
                        Runtime.version().toString());
        Exposition.Family phases = out.gauge("keytrail_phase", "1 for the phase that the server is in.");
        for (Vitals.Phase phase : Vitals.Phase.values()) {
            phases.sample(phase == vitals.phase() ? 1 : 0, "phase", phase.name().toLowerCase(Locale.ROOT));
        }
        Health health = Health.of(vitals);
        out.gauge("keytrail_ready", "1 while calls are answered.").sample(health.isReady() ? 1 : 0);
        Exposition.Family checks = out.gauge("keytrail_check_well", "The health page's checks: 1 well, 0 not.");
        health.checks().forEach(check -> checks.sample(check.isWell() ? 1 : 0, "check", check.name()));
    }

    private void calls(Exposition out) {
        Counters counters = vitals.counters();
        Map<Service, Map<String, Counters.Calls>> calls = counters.calls();
        Exposition.Family count = out.counter("keytrail_calls_total", "Calls, by what they came to.");
        calls.forEach((service, operations) -> operations.forEach((operation, counted) -> {
            for (Counters.Came came : Counters.Came.values()) {
                if (counted.count(came) > 0 || came == Counters.Came.OK) {
                    count.sample(
                            counted.count(came),
                            "service",
                            service.signingName(),
                            "operation",
                            operation,
                            "outcome",
                            came.label());
                }
            }
        }));
        Exposition.Family took = out.histogram(
                "keytrail_call_duration_seconds", "From the request read to its record durable, whatever the outcome.");
        calls.forEach((service, operations) -> operations.forEach((operation, counted) -> took.samples(
                counted.micros(), MICROS_PER_SECOND, "service", service.signingName(), "operation", operation)));
        out.counter(
                        "keytrail_calls_turned_away_total",
                        "Requests answered 503 unread, at the limit of calls in flight.")
                .sample(counters.turnedAway());
        out.counter("keytrail_calls_unrecorded_total", "Calls refused because the ledger could not be written.")
                .sample(counters.unrecordedRefusals());
        out.counter("keytrail_conflicts_total", "Decisions made again because what they had read had changed.")
                .sample(counters.conflicts());
        out.counter("keytrail_defects_total", "Calls that failed unexpectedly; each is in the log.")
                .sample(counters.defects());
    }

    private static void ledger(Exposition out, Vitals.Ground ground) {
        Store store = ground.store();
        StoreMetrics now = store.metrics();
        out.gauge("keytrail_ledger_records", "Records in the ledger: the index of the next one.")
                .sample(store.ledger().end());
        out.gauge("keytrail_ledger_bytes", "Bytes of the ledger as they were written, before packing.")
                .sample(store.bytesFrom(0));
        ground.storeFolder().ifPresent(folder -> {
            out.gauge("keytrail_ledger_disk_bytes", "Bytes that its files take, allocated ahead or packed.")
                    .sample(sizeOf(folder.resolve("ledger")));
            out.gauge("keytrail_views_disk_bytes", "Bytes of state rows and history index.")
                    .sample(sizeOf(folder.resolve("views")));
        });
        out.gauge("keytrail_ledger_writable", "1 while the ledger takes records.")
                .sample(now.refusal().isEmpty() ? 1 : 0);
        out.gauge("keytrail_commits_waiting", "Commits handed in and not yet durable.")
                .sample(now.waitingCommits());
        out.histogram("keytrail_commit_write_seconds", "Writes to the ledger's disk, sync included.")
                .samples(now.syncMicros(), MICROS_PER_SECOND);
        out.histogram("keytrail_commit_batch_size", "Commits that shared one write.")
                .samples(now.batchCommits(), 1);
        out.gauge("keytrail_history_lag_records", "Durable records that the history index has still to take in.")
                .sample(now.indexLagRecords());
        out.gauge("keytrail_disk_free_bytes", "Room where the store writes.").sample(now.freeBytes());
        out.gauge("keytrail_custody_info", "Who keeps the root key; always 1.")
                .sample(1, "keeper", ground.custodian().keeperName());
        out.gauge("keytrail_root_key_generation", "Of the newest root key.")
                .sample(ground.custodian().generation());
    }

    private static void log(Exposition out, Chain chain, long end) {
        Chain.Status status = chain.status();
        out.gauge("keytrail_log_signed_records", "Records that the newest checkpoint covers.")
                .sample(status.signed());
        out.gauge("keytrail_log_lag_records", "Records that no checkpoint covers yet.")
                .sample(Math.max(0, end - status.signed()));
        out.gauge(
                        "keytrail_log_shown_lag_records",
                        "The same for the checkpoint that is shown: witnesses may be awaited.")
                .sample(Math.max(0, end - status.shown()));
        out.gauge("keytrail_log_broken", "1 when the ledger is not the one that was signed.")
                .sample(status.broken() ? 1 : 0);
    }

    private static void witnesses(Exposition out, Witnesses witnesses) {
        long disputing =
                witnesses.status().stream().filter(Witnesses.Status::disputes).count();
        long failing = witnesses.status().stream()
                .filter(witness -> !witness.disputes() && witness.failures() > 0)
                .count();
        out.gauge("keytrail_witnesses", "Witnesses, by how they do.")
                .sample(witnesses.status().size() - disputing - failing, "state", "well")
                .sample(failing, "state", "failing")
                .sample(disputing, "state", "disputing");
    }

    private static void trails(Exposition out, Audit audit, Store store) {
        Delivery.Status status = audit.delivery().status();
        out.gauge("keytrail_trails", "Trails that are delivered.").sample(status.trails());
        out.gauge("keytrail_trails_failing", "Trails whose last delivery failed.")
                .sample(status.failing());
        out.gauge("keytrail_digests_failing", "Chains of digests whose last one could not be put.")
                .sample(audit.digests().status().failing());
        out.gauge("keytrail_trail_lag_records", "Ledger records behind the trail that is farthest behind.")
                .sample(status.backlogRecords());
        out.gauge("keytrail_trail_lag_seconds", "How long the event has waited that waits longest for its log file.")
                .sample(Math.max(0, status.oldestAge().toMillis()) / MILLIS);
        out.gauge("keytrail_trail_pending_bytes", "Ledger bytes behind the trail that is farthest behind.")
                .sample(status.backlogRecords() == 0 ? 0 : store.bytesFrom(status.oldestIndex()));
        out.counter("keytrail_trail_files_total", "Log files put.").sample(status.files());
        out.counter("keytrail_trail_failures_total", "Deliveries that failed; each is tried again.")
                .sample(status.failures(), "what", "log")
                .sample(audit.digests().status().failures(), "what", "digest")
                .sample(audit.notices().status().failures(), "what", "notice");
        out.gauge("keytrail_notices_waiting", "Notices of deliveries that are not published yet.")
                .sample(audit.notices().status().waiting());
    }

    private static void slow(Exposition out, KeyPairs.Status status) {
        out.gauge("keytrail_slow_work_waiting", "Asymmetric operations that wait for a core.")
                .sample(status.waitingToUse(), "work", "use")
                .sample(status.waitingToMake(), "work", "make");
        Exposition.Family pooled = out.gauge("keytrail_key_pool_ready", "RSA key pairs made ahead.");
        status.pooled().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(kind ->
                        pooled.sample(kind.getValue(), "kind", kind.getKey().name()));
    }

    /** Of a folder without folders that matter; files that go meanwhile do not count. */
    private static long sizeOf(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.mapToLong(file -> {
                        try {
                            return Files.isRegularFile(file) ? Files.size(file) : 0;
                        } catch (IOException _) {
                            return 0;
                        }
                    })
                    .sum();
        } catch (NoSuchFileException _) {
            return 0;
        } catch (IOException | java.io.UncheckedIOException _) {
            return -1;
        }
    }
}
