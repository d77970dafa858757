package dev.keytrail.server;

import dev.keytrail.audit.chain.ChainBroken;
import dev.keytrail.call.Entropy;
import dev.keytrail.crypto.FileCustody;
import dev.keytrail.crypto.RootKey;
import dev.keytrail.crypto.SystemEntropy;
import dev.keytrail.store.EmbeddedStore;
import dev.keytrail.store.MemoryStore;
import dev.keytrail.store.Store;
import dev.keytrail.store.StoreOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/** A house on its ground: data directory, store, root key, loops and listener; closed in reverse. */
final class RunningServer implements AutoCloseable {
    private final Deque<AutoCloseable> open;
    private final FirstStart firstStart;
    private final String endpoint;

    private RunningServer(Deque<AutoCloseable> open, FirstStart firstStart, String endpoint) {
        this.open = open;
        this.firstStart = firstStart;
        this.endpoint = endpoint;
    }

    /** @throws OperatorError or IOException with a text for the operator; nothing stays open then */
    static RunningServer open(Settings settings, InstantSource clock) throws IOException {
        Deque<AutoCloseable> open = new ArrayDeque<>();
        try {
            return build(settings, clock, open);
        } catch (ChainBroken e) {
            closeAll(open);
            throw new OperatorError(e.getMessage()
                    + ". Nothing was changed. See docs/operating.md, The log; --set chain=false starts without it.");
        } catch (IOException | RuntimeException e) {
            closeAll(open);
            throw e;
        }
    }

    private static RunningServer build(Settings settings, InstantSource wall, Deque<AutoCloseable> open)
            throws IOException {
        Listener.Prepared prepared = Listener.prepare(settings.host(), settings.port(), settings.connectionsMax());
        Entropy entropy = new SystemEntropy();
        Site site = Site.open(settings);
        open.push(site);
        Store store = site.ephemeral()
                ? MemoryStore.open(House.tables())
                : EmbeddedStore.open(
                        site.storeFolder(),
                        House.tables(),
                        StoreOptions.defaults().withIndexing(settings.indexing()),
                        wall);
        open.push(store);
        InstantSource clock = clock(settings, wall, store);
        // A ledger that has records has secrets wrapped under a root key: making another one would only hide the loss.
        RootKey root = FileCustody.open(site.rootKeyFile(), store.ledger().end() == 0, entropy);
        House house = House.open(new House.Ground(
                store,
                root,
                clock,
                entropy,
                site.objectsFolder(),
                task -> Thread.ofPlatform().name("delivery").daemon(true).start(task),
                settings,
                settings.chain() ? Optional.of(site.chainFolder()) : Optional.empty()));
        FirstStart first =
                FirstStart.of(site.credentialsFile(), store.ledger(), house.bootstrap(), house.recorder(), clock);
        for (House.Step step : house.steps()) {
            open.push(Loop.start(step));
        }
        Listener listener = prepared.open(house::answer);
        open.push(listener);
        String host = settings.host().contains(":") ? "[" + settings.host() + "]" : settings.host();
        String endpoint = "http://" + host + ":" + listener.port();
        house.listensAt(settings.url().orElse(endpoint));
        return new RunningServer(open, first, endpoint);
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

    String operatorAccount() {
        return firstStart.account();
    }

    Path credentialsFile() {
        return firstStart.credentialsFile();
    }

    @Override
    public void close() {
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
