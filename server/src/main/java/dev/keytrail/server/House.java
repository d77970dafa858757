package dev.keytrail.server;

import dev.keytrail.audit.Audit;
import dev.keytrail.audit.AuditSettings;
import dev.keytrail.audit.bucket.BucketSettings;
import dev.keytrail.audit.bucket.Buckets;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.Job;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Table;
import dev.keytrail.crypto.FileCustody;
import dev.keytrail.crypto.RootKey;
import dev.keytrail.crypto.SymmetricKeys;
import dev.keytrail.crypto.SystemEntropy;
import dev.keytrail.crypto.Vault;
import dev.keytrail.identity.Identity;
import dev.keytrail.kms.Kms;
import dev.keytrail.policy.Authorizer;
import dev.keytrail.policy.PolicyCache;
import dev.keytrail.store.EmbeddedStore;
import dev.keytrail.store.MemoryStore;
import dev.keytrail.store.Store;
import dev.keytrail.store.StoreOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** The composition root: everything is made and joined here, by hand, and closed here in reverse. */
public final class House implements AutoCloseable {
    /** Compiled policy documents kept; a document is a few KiB. */
    private static final int DOCUMENTS_MAX = 10_000;

    /** How long the bytes of a deleted object stay, so that an answer under way can finish. */
    private static final Duration OBJECTS_KEPT = Duration.ofMinutes(10);

    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final FirstStart firstStart;
    private final String endpoint;

    private House(Settings settings, InstantSource clock) throws IOException {
        Entropy entropy = new SystemEntropy();
        Site site = Site.open(settings);
        open.push(site);
        List<Table<?>> tables = new ArrayList<>(Identity.tables());
        tables.addAll(Kms.tables());
        tables.addAll(Audit.tables());
        tables.addAll(Buckets.tables());
        Store store = site.ephemeral()
                ? MemoryStore.open(tables)
                : EmbeddedStore.open(site.storeFolder(), tables, StoreOptions.defaults(), clock);
        open.push(store);
        // A ledger that has records has secrets wrapped under a root key: making another one would only hide the loss.
        RootKey root = FileCustody.open(site.rootKeyFile(), store.ledger().end() == 0, entropy);
        Vault vault = new Vault(root, entropy);
        PolicyCache documents = new PolicyCache(DOCUMENTS_MAX);
        Authorizer authorizer = new Authorizer();
        Identity identity = Identity.open(
                vault,
                entropy,
                authorizer,
                documents);
        Kms kms = Kms.open(
                new SymmetricKeys(vault, entropy),
                entropy,
                authorizer,
                documents,
                identity.policies(),
                new LocalPrincipals());
        Audit audit = Audit.open(
                new Audit.Parts(entropy, store.history(), authorizer, identity.policies(), vault),
                AuditSettings.DEFAULT);
        Buckets buckets = Buckets.open(
                site.objectsFolder(),
                new BucketSettings(settings.objectBytesMax(), OBJECTS_KEPT),
                authorizer,
                documents,
                identity.policies(),
                entropy);
        Counters counters = new Counters();
        Gate gate = new Gate(store.ledger(), audit.recorder(), clock, entropy, counters);
        firstStart = FirstStart.of(site, store.ledger(), identity.bootstrap(), audit.recorder(), clock);
        List<Operation<?, ?>> rows = new ArrayList<>();
        rows.addAll(identity.rows());
        rows.addAll(kms.rows());
        rows.addAll(audit.rows());
        Replies replies = new Replies(clock);
        Endpoint front = new Endpoint(
                gate,
                new Rows(rows),
                identity.authenticator(),
                replies,
                new S3Front(buckets, gate, store.ledger(), identity.authenticator(), clock, replies),
                counters,
                settings.callsMax());
        List<Job> jobs = new ArrayList<>(kms.jobs());
        jobs.addAll(buckets.jobs());
        jobs.forEach(job -> open.push(Loop.start(job.name(), Duration.ofSeconds(1), () -> gate.step(job))));
        Listener listener = Listener.open(settings.host(), settings.port(), settings.connectionsMax(), front);
        open.push(listener);
        endpoint = "http://" + (settings.host().contains(":") ? "[" + settings.host() + "]" : settings.host()) + ":"
                + listener.port();
    }

    /** @throws OperatorError or IOException with a text for the operator; nothing stays open then */
    static House open(Settings settings, InstantSource clock) throws IOException {
        return new House(settings, clock);
    }

    String endpoint() {
        return endpoint;
    }

    String operatorAccount() {
        return firstStart.account();
    }

    Path credentialsFile() {
        return firstStart.credentialsFile();
    }

    @Override
    public void close() {
        while (!open.isEmpty()) {
            try {
                open.pop().close();
            } catch (Exception e) {
                throw new IllegalStateException("stopping", e);
            }
        }
    }
}
