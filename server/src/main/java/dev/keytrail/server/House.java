package dev.keytrail.server;

import dev.keytrail.audit.Audit;
import dev.keytrail.audit.AuditSettings;
import dev.keytrail.audit.Recorder;
import dev.keytrail.audit.bucket.BucketSettings;
import dev.keytrail.audit.bucket.Buckets;
import dev.keytrail.audit.chain.Chain;
import dev.keytrail.audit.history.HistoryIndex;
import dev.keytrail.audit.op.Permit;
import dev.keytrail.audit.topic.Topics;
import dev.keytrail.audit.topic.op.TopicRows;
import dev.keytrail.audit.trail.DataKeys;
import dev.keytrail.audit.trail.DeliverySettings;
import dev.keytrail.audit.trail.ObjectStore;
import dev.keytrail.audit.trail.S3ObjectStore;
import dev.keytrail.audit.trail.S3Settings;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.Job;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Secret;
import dev.keytrail.call.Service;
import dev.keytrail.call.Table;
import dev.keytrail.crypto.Attestations;
import dev.keytrail.crypto.Rewrapping;
import dev.keytrail.crypto.RootKey;
import dev.keytrail.crypto.Vault;
import dev.keytrail.crypto.custody.Custody;
import dev.keytrail.identity.Identity;
import dev.keytrail.identity.directory.Authenticator;
import dev.keytrail.identity.directory.Bootstrap;
import dev.keytrail.identity.federation.KeySource;
import dev.keytrail.kms.Kms;
import dev.keytrail.kms.key.Canaries;
import dev.keytrail.kms.key.Crypto;
import dev.keytrail.kms.op.RequestQuotas;
import dev.keytrail.policy.Authorizer;
import dev.keytrail.policy.PolicyCache;
import dev.keytrail.store.Store;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/**
 * The composition root: every room is made and joined here, by hand. It has no thread, socket or clock of its own, so the
 * server runs it on loops and the simulator in seeded order.
 */
public final class House {
    /** Compiled policy documents kept; a document is a few KiB. */
    private static final int DOCUMENTS_MAX = 10_000;

    /** How long the bytes of a deleted object stay, so that an answer under way can finish. */
    private static final Duration OBJECTS_KEPT = Duration.ofMinutes(10);

    private static final Duration JOB_PAUSE = Duration.ofMillis(500);
    private static final Duration POOL_PAUSE = Duration.ofMillis(50);
    private static final Duration PACKING_PAUSE = Duration.ofSeconds(10);

    private final Endpoint endpoint;
    private final List<Step> steps;
    private final Recorder recorder;
    private final Bootstrap bootstrap;
    private final Rows rows;
    private final Vitals.Inside vitals;
    private final AtomicReference<String> url;

    private House(
            Endpoint endpoint,
            List<Step> steps,
            Recorder recorder,
            Bootstrap bootstrap,
            Rows rows,
            Vitals.Inside vitals,
            AtomicReference<String> url) {
        this.endpoint = endpoint;
        this.steps = List.copyOf(steps);
        this.recorder = recorder;
        this.bootstrap = bootstrap;
        this.rows = rows;
        this.vitals = vitals;
        this.url = url;
    }

    /**
     * What a house stands on.
     *
     * @param objects folder for the bytes of the embedded buckets
     * @param deliveries runs puts of log files: threads of their own, or {@code Runnable::run} in a simulation
     * @param chain folder of the Merkle log; without one there is none
     * @param custodian whoever opened the root key, and may be asked to change its custody
     * @param counters what calls are counted with
     */
    public record Ground(
            Store store,
            RootKey rootKey,
            InstantSource clock,
            Entropy entropy,
            Path objects,
            Executor deliveries,
            Settings settings,
            Optional<Path> chain,
            Optional<Custodian> custodian,
            Counters counters) {
        /** Without a Merkle log and custody that can be changed, and with counters that nobody else looks at. */
        public Ground(
                Store store,
                RootKey rootKey,
                InstantSource clock,
                Entropy entropy,
                Path objects,
                Executor deliveries,
                Settings settings) {
            this(
                    store,
                    rootKey,
                    clock,
                    entropy,
                    objects,
                    deliveries,
                    settings,
                    Optional.empty(),
                    Optional.empty(),
                    new Counters());
        }
    }

    /**
     * Background work: call {@code run} again and again; it does what is due and says how long to wait.
     *
     * @param last whether it is to run once more at a clean stop, when no call can come any more
     */
    public record Step(String name, Supplier<Duration> run, boolean last) {
        Step(String name, Supplier<Duration> run) {
            this(name, run, false);
        }
    }

    /** Every table; a store must know them before it opens. */
    public static List<Table<?>> tables() {
        List<Table<?>> tables = new ArrayList<>(Identity.tables());
        tables.addAll(Kms.tables());
        tables.addAll(Audit.tables());
        tables.addAll(Buckets.tables());
        tables.addAll(Chain.tables());
        tables.addAll(Topics.tables());
        tables.add(VirtualClock.TABLE);
        tables.add(Custody.TABLE);
        tables.add(SettingsRecord.TABLE);
        return List.copyOf(tables);
    }

    /** Every secret in every table, for a change of the root key. */
    static List<Rewrapping<?>> rewrappings() {
        List<Rewrapping<?>> all = new ArrayList<>(Identity.rewrappings());
        all.addAll(Kms.rewrappings());
        all.addAll(Audit.rewrappings());
        all.addAll(Buckets.rewrappings());
        all.addAll(Chain.rewrappings());
        all.addAll(Topics.rewrappings());
        return List.copyOf(all);
    }

    /** Time that a house can make run ahead of another's, for its {@link Ground}; how far ahead lies in its ledger. */
    public static InstantSource virtualTime(InstantSource wall, Ledger ledger) {
        return new VirtualClock(wall, ledger);
    }

    public static House open(Ground ground) throws IOException {
        Entropy entropy = ground.entropy();
        InstantSource clock = ground.clock();
        Store store = ground.store();
        Settings settings = ground.settings();
        Vault vault = new Vault(ground.rootKey(), entropy);
        PolicyCache documents = new PolicyCache(DOCUMENTS_MAX);
        Authorizer authorizer = new Authorizer(settings.vpcEndpoints().openPolicies());
        Recorder recorder = new Recorder(entropy);
        Counters counters = ground.counters();
        HistoryIndex history = settings.indexing() ? store.history() : new NoHistory();
        Identity identity = Identity.open(
                vault,
                entropy,
                authorizer,
                documents,
                settings.oidcFetch() ? new PublishedKeys(clock) : KeySource.NONE,
                new AccessKeyUses(history));
        Gate.Denials denials =
                settings.encodedDenials() ? new EncodedDenials(identity.messages()) : (_, _, error) -> error;
        Gate gate =
                new Gate(store.ledger(), recorder, clock, entropy, counters, denials, new EndpointCheck(authorizer));
        Crypto crypto = Crypto.over(
                vault,
                entropy,
                Runtime.getRuntime().availableProcessors(),
                attestations(settings),
                settings.keysPooled());
        RequestQuotas requestQuotas = RequestQuotas.parse(settings.kmsRequestQuotas());
        Kms kms = Kms.open(
                crypto,
                entropy,
                authorizer,
                documents,
                identity.policies(),
                new LocalPrincipals(),
                new KeyUses(history),
                settings.kmsQuotas(),
                settings.kmsCustomIds(),
                settings.keyStores().openProxies(),
                settings.keyStores().openClusters(),
                requestQuotas::admitToStore);
        ServiceCalls calls = new ServiceCalls(gate, clock, entropy);
        DataKeys keys = new KmsDataKeys(calls, kms.rows(), store.ledger());
        Buckets buckets = Buckets.open(
                ground.objects(),
                new BucketSettings(settings.objectBytesMax(), OBJECTS_KEPT),
                authorizer,
                documents,
                identity.policies(),
                entropy,
                keys,
                vault);
        ObjectStore trailBuckets = new TrailBuckets(
                buckets.objectStore(new ServiceDoor(gate), store.ledger(), entropy, clock),
                settings.s3().map(s3 -> bucketsAt(s3, settings.s3Timeout())),
                keys);
        AtomicReference<String> url = new AtomicReference<>(
                settings.url().orElse((settings.tls().on() ? "https" : "http") + "://127.0.0.1:" + settings.port()));
        Topics topics = Topics.open(new Topics.Parts(
                store.ledger(),
                vault,
                entropy,
                authorizer,
                documents,
                identity.policies(),
                new HttpSubscriber(),
                url::get,
                ground.deliveries()));
        LocalAccounts accounts = new LocalAccounts();
        Audit audit = Audit.open(
                new Audit.Parts(
                        store.ledger(),
                        history,
                        trailBuckets,
                        new TrailTopics(
                                topics, calls, store.ledger(), settings.sns().map(sns -> topicsAt(sns, clock))),
                        keys,
                        authorizer,
                        identity.policies(),
                        vault,
                        entropy,
                        accounts,
                        ground.deliveries()),
                new AuditSettings(
                        settings.retention(),
                        DeliverySettings.DEFAULT
                                .withFlushInterval(settings.flush())
                                .withDigestInterval(settings.digest()),
                        settings.extendedSelectors()));
        List<Operation<?, ?>> all = new ArrayList<>(identity.rows());
        all.addAll(kms.rows());
        all.addAll(audit.rows());
        all.addAll(TopicRows.rows(topics));
        Proof proof = Proof.open(ground, vault, authorizer, identity.policies());
        all.addAll(proof.rows());
        Optional<VirtualClock> virtual = clock instanceof VirtualClock known ? Optional.of(known) : Optional.empty();
        OperatorOnly operator = new OperatorOnly(new Permit(authorizer, identity.policies()));
        virtual.ifPresent(c -> all.addAll(new ClockRows(c, operator).rows()));
        proof.chain().ifPresent(_ -> all.addAll(new LedgerRows(store.ledger(), settings.ledger(), operator).rows()));
        ground.custodian().ifPresent(c -> {
            all.addAll(new CustodyRows(c, operator).rows());
            Backup backup = new Backup(store, ground.objects(), ground.chain(), new Canaries(crypto));
            all.addAll(new BackupRows(backup, c, vault, operator, store.ledger(), recorder, clock, entropy).rows());
        });
        Rows rows = new Rows(all);
        counters.know(rows);
        // The log's step stands first, so that it is ended last and covers what the others still do.
        List<Step> steps = new ArrayList<>(proof.steps());
        List<Job> jobs = new ArrayList<>(kms.jobs());
        jobs.addAll(buckets.jobs());
        jobs.addAll(topics.jobs());
        jobs.addAll(proof.jobs());
        ground.custodian().ifPresent(c -> {
            c.attach(vault);
            steps.add(new Step("custody", c::step));
            jobs.add(new RewrapJob(c, vault, rewrappings()));
        });
        for (Job job : jobs) {
            steps.add(new Step(job.name(), () -> {
                gate.step(job);
                return JOB_PAUSE;
            }));
        }
        virtual.ifPresent(c ->
                steps.add(new Step("virtual clock", () -> c.step(List.of(() -> jobs.forEach(gate::step))))));
        steps.add(new Step("trail delivery", () -> audit.delivery().step(clock.instant())));
        steps.add(new Step("trail digests", () -> audit.digests().step(clock.instant())));
        steps.add(new Step("trail notices", () -> audit.notices().step(clock.instant())));
        steps.add(new Step("insights", () -> audit.insights().step(clock.instant())));
        steps.add(new Step("history retention", () -> audit.retention().step(clock.instant())));
        steps.add(new Step("messages", () -> topics.postman().step(clock.instant())));
        steps.add(new Step("ledger packing", () -> store.pack() ? JOB_PAUSE : PACKING_PAUSE));
        proof.chain().ifPresent(chain -> {
            LedgerRetention retention =
                    new LedgerRetention(store, chain, recorder, audit.retention(), settings.ledger());
            steps.add(new Step("ledger retention", () -> retention.step(clock.instant())));
        });
        if (settings.keysPooled() > 0) {
            steps.add(new Step("key pool", () -> pooled(crypto)));
        }
        // Clients sign by the real time, and correct themselves by what answers say of it.
        Authenticator authenticator = virtual.map(c -> identity.authenticator().onClientTime(_ -> c.real()))
                .orElse(identity.authenticator());
        Replies replies = new Replies(virtual.<InstantSource>map(c -> c::real).orElse(clock));
        S3Front s3 = new S3Front(buckets, gate, store.ledger(), authenticator, clock, replies);
        Endpoint endpoint = new Endpoint(
                gate,
                rows,
                authenticator,
                replies,
                s3,
                new SignInFront(identity.signIn(), gate, replies, clock),
                topics,
                proof.front(gate, rows, authenticator, replies),
                counters,
                settings.callsMax(),
                admission(requestQuotas, kms));
        Vitals.Inside vitals =
                new Vitals.Inside(endpoint::callsInFlight, audit, crypto.pairs(), proof.chain(), proof.witnesses());
        return new House(endpoint, steps, recorder, identity.bootstrap(), rows, vitals, url);
    }

    /** Where this house is reached, for links in messages; unless the settings say it. */
    void listensAt(String address) {
        url.set(address);
    }

    private static SigningClient topicsAt(Settings.S3Endpoint sns, InstantSource clock) {
        return new SigningClient(URI.create(sns.url()), sns.accessKeyId(), sns.secretAccessKey(), clock);
    }

    private static Admission admission(RequestQuotas parsed, Kms kms) {
        RequestQuotas quotas =
                parsed.of(kms.rows().stream().map(Operation::name).toList());
        return (call, input) -> {
            if (call.service() == Service.KMS) {
                quotas.admit(call, input);
            }
        };
    }

    /** What clients ask for comes first: with no place free in time, the pool waits. */
    private static Duration pooled(Crypto crypto) {
        try {
            return crypto.pairs().fillPool() ? POOL_PAUSE : JOB_PAUSE;
        } catch (Refused _) {
            return JOB_PAUSE;
        }
    }

    private static Attestations attestations(Settings settings) throws IOException {
        if (settings.attestationRoot().isEmpty()) {
            return Attestations.NONE;
        }
        Path file = settings.attestationRoot().get();
        try {
            return Attestations.trusting(Bytes.adopt(Files.readAllBytes(file)));
        } catch (IllegalArgumentException e) {
            throw new IOException("attestation.root: " + file + ": " + e.getMessage(), e);
        }
    }

    private static final class NoHistory implements HistoryIndex {
        @Override
        public Page find(Lookup lookup) {
            throw new Ledger.LedgerUnavailable("event history is switched off for measuring");
        }

        @Override
        public int forget(ToLongFunction<String> earliestSecond, int most) {
            return 0;
        }
    }

    private static ObjectStore bucketsAt(Settings.S3Endpoint s3, Duration timeout) {
        return new S3ObjectStore(new S3Settings(
                Optional.of(URI.create(s3.url())),
                s3.region(),
                s3.accessKeyId(),
                Secret.copyOf(s3.secretAccessKey().getBytes(StandardCharsets.UTF_8)),
                timeout));
    }

    /** Answers one request; blocks until its record is durable. Thread-safe. */
    public HttpReply answer(HttpRequest request) {
        return endpoint.apply(request);
    }

    public List<Step> steps() {
        return steps;
    }

    public Recorder recorder() {
        return recorder;
    }

    public Bootstrap bootstrap() {
        return bootstrap;
    }

    Rows rows() {
        return rows;
    }

    Vitals.Inside vitals() {
        return vitals;
    }
}
