package dev.keytrail.server;

import dev.keytrail.audit.Audit;
import dev.keytrail.audit.AuditSettings;
import dev.keytrail.audit.Recorder;
import dev.keytrail.audit.bucket.BucketSettings;
import dev.keytrail.audit.bucket.Buckets;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.Job;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Table;
import dev.keytrail.crypto.RootKey;
import dev.keytrail.crypto.SymmetricKeys;
import dev.keytrail.crypto.Vault;
import dev.keytrail.identity.Identity;
import dev.keytrail.identity.directory.Bootstrap;
import dev.keytrail.kms.Kms;
import dev.keytrail.policy.Authorizer;
import dev.keytrail.policy.PolicyCache;
import dev.keytrail.store.Store;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/**
 * The composition root: every room is made and joined here, by hand. It has no thread, socket or clock of its own, so the
 * server runs it on loops and the simulator in seeded order.
 */
public final class House {
    /** Compiled policy documents kept; a document is a few KiB. */
    private static final int DOCUMENTS_MAX = 10_000;

    /** How long the bytes of a deleted object stay, so that an answer under way can finish. */
    private static final Duration OBJECTS_KEPT = Duration.ofMinutes(10);

    private final Endpoint endpoint;
    private final List<Step> steps;
    private final Recorder recorder;
    private final Bootstrap bootstrap;
    private final Rows rows;
    private final Counters counters;

    private House(
            Endpoint endpoint, List<Step> steps, Recorder recorder, Bootstrap bootstrap, Rows rows, Counters counters) {
        this.endpoint = endpoint;
        this.steps = List.copyOf(steps);
        this.recorder = recorder;
        this.bootstrap = bootstrap;
        this.rows = rows;
        this.counters = counters;
    }

    /**
     * What a house stands on.
     *
     * @param objects folder for the bytes of the embedded buckets
     */
    public record Ground(
            Store store, RootKey rootKey, InstantSource clock, Entropy entropy, Path objects, Settings settings) {}

    /** Background work: call {@code run} again and again; it does what is due and returns. */
    public record Step(String name, Runnable run) {}

    /** Every table; a store must know them before it opens. */
    public static List<Table<?>> tables() {
        List<Table<?>> tables = new ArrayList<>(Identity.tables());
        tables.addAll(Kms.tables());
        tables.addAll(Audit.tables());
        tables.addAll(Buckets.tables());
        return List.copyOf(tables);
    }

    public static House open(Ground ground) throws IOException {
        Entropy entropy = ground.entropy();
        InstantSource clock = ground.clock();
        Store store = ground.store();
        Settings settings = ground.settings();
        Vault vault = new Vault(ground.rootKey(), entropy);
        PolicyCache documents = new PolicyCache(DOCUMENTS_MAX);
        Authorizer authorizer = new Authorizer();
        Recorder recorder = new Recorder(entropy);
        Counters counters = new Counters();
        Gate gate = new Gate(store.ledger(), recorder, clock, entropy, counters);
        Identity identity = Identity.open(vault, entropy, authorizer, documents);
        Kms kms = Kms.open(
                new SymmetricKeys(vault, entropy),
                entropy,
                authorizer,
                documents,
                identity.policies(),
                new LocalPrincipals());
        Buckets buckets = Buckets.open(
                ground.objects(),
                new BucketSettings(settings.objectBytesMax(), OBJECTS_KEPT),
                authorizer,
                documents,
                identity.policies(),
                entropy);
        Audit audit = Audit.open(
                new Audit.Parts(entropy, store.history(), authorizer, identity.policies(), vault),
                AuditSettings.DEFAULT);
        List<Operation<?, ?>> all = new ArrayList<>(identity.rows());
        all.addAll(kms.rows());
        all.addAll(audit.rows());
        Rows rows = new Rows(all);
        List<Step> steps = new ArrayList<>();
        List<Job> jobs = new ArrayList<>(kms.jobs());
        jobs.addAll(buckets.jobs());
        jobs.forEach(job -> steps.add(new Step(job.name(), () -> gate.step(job))));
        Replies replies = new Replies(clock);
        S3Front s3 = new S3Front(buckets, gate, store.ledger(), identity.authenticator(), clock, replies);
        Endpoint endpoint =
                new Endpoint(gate, rows, identity.authenticator(), replies, s3, counters, settings.callsMax());
        return new House(endpoint, steps, recorder, identity.bootstrap(), rows, counters);
    }

    /** Answers one request; blocks until its record is durable. Thread-safe. */
    public HttpReply answer(HttpRequest request) {
        return endpoint.apply(request);
    }

    public List<Step> steps() {
        return steps;
    }

    Recorder recorder() {
        return recorder;
    }

    Bootstrap bootstrap() {
        return bootstrap;
    }

    Rows rows() {
        return rows;
    }

    Counters counters() {
        return counters;
    }
}
