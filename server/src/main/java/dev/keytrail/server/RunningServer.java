package dev.keytrail.server;

import dev.keytrail.audit.Recorder;
import dev.keytrail.audit.chain.ChainBroken;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.Facts;
import dev.keytrail.call.ServiceEvent;
import dev.keytrail.call.State;
import dev.keytrail.crypto.RootKey;
import dev.keytrail.crypto.SystemEntropy;
import dev.keytrail.store.EmbeddedStore;
import dev.keytrail.store.LedgerDamaged;
import dev.keytrail.store.MemoryStore;
import dev.keytrail.store.Store;
import dev.keytrail.store.StoreOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A house on its ground: data directory, store, root key, loops and listener; closed in reverse. As long as the root key is
 * not to be had the server is sealed: it listens, and refuses all calls but those that open it.
 */
final class RunningServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RunningServer.class);

    /** How often a sealed server tries a keeper that needs nobody, such as another KMS that was away. */
    private static final Duration TRY_AGAIN = Duration.ofSeconds(5);

    /** A few scrapers and a load balancer's probes. */
    private static final int ADMIN_CONNECTIONS_MAX = 64;

    private final Settings settings;
    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final Loops loops = new Loops();
    private final Entropy entropy = new SystemEntropy();
    private final AtomicReference<Function<HttpRequest, HttpReply>> front =
            new AtomicReference<>(RunningServer::starting);
    private final CountDownLatch opened = new CountDownLatch(1);
    private final Site site;
    private final Store store;
    private final InstantSource clock;
    private final Custodian custodian;
    private final Vitals vitals;
    private Optional<String> adminEndpoint = Optional.empty();
    private String endpoint = "";

    /** Id and address of each VPC endpoint. */
    private final List<String> vpcEndpoints = new ArrayList<>();

    /** Written before {@link #opened} is counted down. */
    private Optional<House> house = Optional.empty();

    private Optional<FirstStart> firstStart = Optional.empty();

    private RunningServer(Settings settings, InstantSource wall) throws IOException {
        this.settings = settings;
        Listener.Prepared prepared = Listener.prepare(
                settings.host(), settings.port(), settings.connectionsMax(), ServerTls.open(settings.tls()));
        vitals = new Vitals(settings.admin().diskLowBytes());
        try {
            if (settings.admin().port().isPresent()) {
                watch(settings.admin());
            }
            site = Site.open(settings);
            open.push(site);
            store = site.ephemeral()
                    ? MemoryStore.open(House.tables())
                    : EmbeddedStore.open(
                            site.storeFolder(),
                            House.tables(),
                            StoreOptions.defaults()
                                    .withIndexing(settings.indexing())
                                    .withSegmentBytes(settings.ledger().segmentBytes()),
                            wall);
            open.push(store);
            clock = clock(settings, wall, store);
            custodian = new Custodian(store.ledger(), site.rootKeyFile(), settings.custody(), entropy);
            open.push(custodian::close);
            open.push(loops);
            Optional<RootKey> root = custodian.openAlone();
            vitals.stands(new Vitals.Ground(
                    store, site.ephemeral() ? Optional.empty() : Optional.of(site.storeFolder()), custodian));
            SettingsRecord.note(settings, store.ledger(), new Recorder(entropy), clock.instant());
            HealthWatch watch = new HealthWatch(vitals);
            loops.add(Loop.start(new House.Step("health", watch::step)));
            if (root.isPresent()) {
                furnish(root.get(), Optional.empty());
                listen(prepared);
                vitals.answers();
            } else {
                seal();
                listen(prepared);
                loops.add(Loop.start(new House.Step("custody", this::tryAlone)));
            }
        } catch (IOException | RuntimeException e) {
            closeAll(open);
            throw e;
        }
    }

    /** @throws OperatorError or IOException with a text for the operator; nothing stays open then */
    static RunningServer open(Settings settings, InstantSource clock) throws IOException {
        try {
            return new RunningServer(settings, clock);
        } catch (ChainBroken e) {
            throw broken(e);
        } catch (LedgerDamaged e) {
            throw new OperatorError(e.getMessage()
                    + ". Restore a backup, or see what can be saved: keytrail repair DATA (docs/operating.md, A damaged"
                    + " ledger).");
        }
    }

    private static OperatorError broken(ChainBroken e) {
        return new OperatorError(e.getMessage()
                + ". Nothing was changed. keytrail verify names what is wrong, keytrail repair shows a way on; see"
                + " docs/operating.md, A damaged ledger.");
    }

    /** Loops that may come later than what is opened after them, and must end after it. */
    private static final class Loops implements AutoCloseable {
        private final Deque<Loop> running = new ArrayDeque<>();
        private boolean closed;

        synchronized void add(Loop loop) {
            if (closed) {
                loop.close();
            } else {
                running.push(loop);
            }
        }

        @Override
        public void close() {
            Deque<Loop> all;
            synchronized (this) {
                closed = true;
                all = new ArrayDeque<>(running);
            }
            all.forEach(Loop::close);
        }
    }

    /** The admin port opens first and closes last, so that it can tell of everything in between. */
    private void watch(AdminSettings admin) throws IOException {
        Listener listener =
                Listener.open(admin.host(), admin.port().orElseThrow(), ADMIN_CONNECTIONS_MAX, new AdminFront(vitals));
        open.push(listener);
        adminEndpoint = Optional.of(url("http", admin.host(), listener.port()));
    }

    private static String url(String scheme, String host, int port) {
        return scheme + "://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }

    private void listen(Listener.Prepared prepared) throws IOException {
        Listener listener = prepared.open(request -> front.get().apply(request));
        open.push(listener);
        endpoint = url(settings.tls().on() ? "https" : "http", settings.host(), listener.port());
        house.ifPresent(made -> made.listensAt(settings.url().orElse(endpoint)));
        for (VpcEndpoints.Door door : settings.vpcEndpoints().doors()) {
            listen(door);
        }
    }

    private void listen(VpcEndpoints.Door door) throws IOException {
        Listener listener = Listener.prepare(
                        door.host(), door.port(), settings.connectionsMax(), ServerTls.open(settings.tls()))
                .open(request -> front.get().apply(request.through(door.endpoint())));
        open.push(listener);
        vpcEndpoints.add(
                door.endpoint().id() + " " + url(settings.tls().on() ? "https" : "http", door.host(), listener.port()));
    }

    /** Nobody gets here: the listener opens when there is a front. */
    private static HttpReply starting(HttpRequest request) {
        return HttpReply.of(503, List.of(), Bytes.EMPTY);
    }

    private void seal() {
        Replies replies = new Replies(clock);
        Counters counters = vitals.counters();
        Gate gate = new Gate(store.ledger(), new Recorder(entropy), clock, entropy, counters);
        AtomicReference<SealedFront> made = new AtomicReference<>();
        SealedFront sealed = new SealedFront(
                gate, custodian, replies, counters, () -> unsealed(made.get().sources()));
        made.set(sealed);
        front.set(sealed);
        vitals.isSealed();
    }

    /** A keeper that needs nobody is asked again and again. */
    private Duration tryAlone() {
        try {
            if (!isOpen() && custodian.root().isEmpty() && custodian.openAlone().isPresent()) {
                unsealed(List.of());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return TRY_AGAIN;
    }

    private synchronized void unsealed(List<String> sources) {
        if (isOpen()) {
            return;
        }
        Facts details = CustodyRows.facts(custodian.row()).putStrings("sourceIPAddresses", sources);
        List<String> shares =
                custodian.sharesGiven().stream().map(String::valueOf).toList();
        if (!shares.isEmpty()) {
            details.putStrings("shares", shares);
        }
        try {
            furnish(custodian.root().orElseThrow(), Optional.of(RewrapJob.event("UnsealServer", details)));
            vitals.answers();
        } catch (ChainBroken e) {
            LOG.error(
                    "custody is open, but the server stays closed: {}",
                    broken(e).getMessage());
        } catch (IOException e) {
            LOG.error("custody is open, but the server cannot start", e);
        }
    }

    /** Makes the house, brings its loops into motion and lets it answer. */
    private void furnish(RootKey root, Optional<ServiceEvent> event) throws IOException {
        House made = House.open(new House.Ground(
                store,
                root,
                clock,
                entropy,
                site.objectsFolder(),
                task -> Thread.ofPlatform().name("delivery").daemon(true).start(task),
                settings,
                settings.chain() ? Optional.of(site.chainFolder()) : Optional.empty(),
                Optional.of(custodian),
                vitals.counters()));
        if (event.isPresent()) {
            State state = store.ledger().read();
            store.ledger().commit(state, List.of(), List.of(made.recorder().record(event.get(), clock.instant())));
        }
        FirstStart first =
                FirstStart.of(site.credentialsFile(), store.ledger(), made.bootstrap(), made.recorder(), clock);
        for (House.Step step : made.steps()) {
            loops.add(Loop.start(step));
        }
        made.listensAt(settings.url().orElse(endpoint));
        house = Optional.of(made);
        firstStart = Optional.of(first);
        front.set(made::answer);
        vitals.opens(made.vitals());
        opened.countDown();
    }

    /** Time that has once run ahead must not go back: records would lie in the future. */
    private static InstantSource clock(Settings settings, InstantSource wall, Store store) {
        if (settings.virtualClock()) {
            return new VirtualClock(wall, store.ledger());
        }
        if (VirtualClock.usedOn(store.ledger())) {
            throw new OperatorError("this data directory has lived on virtual time: start it with --clock");
        }
        return wall;
    }

    String endpoint() {
        return endpoint;
    }

    /** VPC endpoints and their addresses, ready to be shown. */
    List<String> vpcEndpoints() {
        return List.copyOf(vpcEndpoints);
    }

    /** Where metrics and health are, if there is an admin port. */
    Optional<String> adminEndpoint() {
        return adminEndpoint;
    }

    /** Whether the server answers; if not, somebody has to give a share, a passphrase or a PIN. */
    boolean isOpen() {
        return opened.getCount() == 0;
    }

    /** How the root key is kept, for the sealed server's banner. */
    String keeper() {
        return custodian.row().keeper().name();
    }

    void awaitOpen() throws InterruptedException {
        opened.await();
    }

    /** Only of an open server. */
    String operatorAccount() {
        return firstStart.orElseThrow().account();
    }

    Path credentialsFile() {
        return firstStart.orElseThrow().credentialsFile();
    }

    @Override
    public void close() {
        vitals.stops();
        closeAll(open);
    }

    /** All of them, whatever one of them throws; the first failure is told. */
    private static void closeAll(Deque<AutoCloseable> open) {
        RuntimeException failure = null;
        while (!open.isEmpty()) {
            try {
                open.pop().close();
            } catch (Exception e) {
                if (failure == null) {
                    failure = new IllegalStateException("stopping: " + e.getMessage(), e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
