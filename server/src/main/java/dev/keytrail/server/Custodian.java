package dev.keytrail.server;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.Secret;
import dev.keytrail.call.State;
import dev.keytrail.crypto.FileCustody;
import dev.keytrail.crypto.RootKey;
import dev.keytrail.crypto.Vault;
import dev.keytrail.crypto.custody.Custody;
import dev.keytrail.crypto.custody.CustodyRefused;
import dev.keytrail.crypto.custody.Keeper;
import dev.keytrail.crypto.custody.Share;
import dev.keytrail.crypto.custody.Sharing;
import dev.keytrail.crypto.custody.WrappingKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens custody and keeps what was opened: the root keys, and the key that seals them. Thread-safe.
 *
 * <p>A change is decided by a call ({@link #change}, {@link #rotate}), which only makes things ready; the gate commits the new
 * row with its record; {@link #step} sees the row and puts it into force. So a crash at any point leaves one custody that
 * opens: the old one before the commit, the new one after it.
 */
final class Custodian {
    private static final Logger LOG = LoggerFactory.getLogger(Custodian.class);

    private static final Duration PAUSE = Duration.ofMillis(200);

    /** Changes made ready whose calls lost a race, or whose commit failed; the oldest is forgotten. */
    private static final int READY_MAX = 8;

    private final Ledger ledger;
    private final Path keyFile;
    private final Keepers keepers;
    private final Entropy entropy;

    /** How long what opened custody before a change may still ask for another one. */
    private static final Duration FORMER = Duration.ofHours(1);

    /**
     * People's custody before the last change. New shares are on their way in an answer that may get lost, and without this
     * nobody could ever ask for others: the data would be lost with the next stop of the server.
     */
    private record Former(Keeper keeper, String keyId, Instant until) {}

    private Optional<Former> former = Optional.empty();

    /** Guarded by this, as are all below. */
    private Optional<Opened> opened = Optional.empty();

    private Optional<Vault> vault = Optional.empty();
    private final Map<Bytes, Opened> ready = new HashMap<>();
    private final TreeMap<Integer, Share> given = new TreeMap<>();

    /** @param row empty for a root key that lies in its file as it is */
    private record Opened(Optional<Custody> row, RootKey root, Optional<WrappingKey> key) {
        long epoch() {
            return row.map(Custody::epoch).orElse(0L);
        }

        void close() {
            root.close();
            key.ifPresent(WrappingKey::close);
        }
    }

    Custodian(Ledger ledger, Path keyFile, CustodySettings settings, Entropy entropy) {
        this.ledger = ledger;
        this.keyFile = keyFile;
        this.keepers = new Keepers(keyFile, settings, entropy);
        this.entropy = entropy;
    }

    /** How far an opening is. */
    record Progress(boolean open, List<Integer> given, int needed) {
        Progress {
            given = List.copyOf(given);
        }
    }

    /**
     * Opens custody if that takes nobody: an empty ledger gets a root key of its own in the key file.
     *
     * @return empty when somebody must give a passphrase, a PIN or shares first
     * @throws IOException or OperatorError when it should open and does not
     */
    synchronized Optional<RootKey> openAlone() throws IOException {
        Optional<Custody> row = Custody.find(ledger.read());
        if (row.isEmpty()) {
            // A ledger that has records has secrets wrapped under a root key: making another would only hide the loss.
            RootKey root = FileCustody.open(keyFile, ledger.end() == 0, entropy);
            keepers.dropUncommitted();
            opened = Optional.of(new Opened(row, root, Optional.empty()));
            return Optional.of(root);
        }
        try {
            Optional<WrappingKey> key = keepers.openAlone(row.get().keeper());
            return key.isEmpty() ? Optional.empty() : Optional.of(openWith(row.get(), key.get()));
        } catch (CustodyRefused e) {
            LOG.warn("custody does not open by itself, so the server is sealed: {}", e.getMessage());
            return Optional.empty();
        }
    }

    private RootKey openWith(Custody row, WrappingKey key) throws IOException {
        Optional<RootKey> root = row.open(key);
        if (root.isEmpty()) {
            key.close();
            throw new CustodyRefused(
                    row.keeper() instanceof Keeper.Passphrase
                            ? "the passphrase is wrong"
                            : "the key does not open the root keys: it is another one, or custody's row was altered");
        }
        keepers.settle(row.keeper());
        opened = Optional.of(new Opened(Optional.of(row), root.get(), Optional.of(key)));
        return root.get();
    }

    /** The row in force; empty for a root key that lies in its file as it is. */
    synchronized Optional<Custody> rowIfAny() {
        return opened.flatMap(Opened::row);
    }

    Optional<Keeper> keeper() {
        return rowIfAny().map(Custody::keeper);
    }

    /** The 32 bytes of the key file, where custody is by file; to be closed. */
    synchronized Secret keyFileContent() {
        Opened now = opened.orElseThrow();
        try {
            return now.key().isPresent() ? now.key().get().copy() : FileCustody.read(keyFile);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Who keeps the root key, sealed or open. */
    String keeperName() {
        return Custody.find(ledger.read()).map(row -> row.keeper().name()).orElse("file");
    }

    /** The newest root key's. */
    int generation() {
        return Custody.find(ledger.read()).map(Custody::generation).orElse(1);
    }

    /** The sealed server's custody. */
    Custody row() {
        return Custody.find(ledger.read()).orElseThrow(() -> new IllegalStateException("there is no custody row"));
    }

    synchronized Progress progress() {
        int needed = row().keeper() instanceof Keeper.Shares shares ? shares.threshold() : 1;
        return new Progress(opened.isPresent(), List.copyOf(given.keySet()), needed);
    }

    /** Which shares have opened it; empty for other keepers. */
    synchronized List<Integer> sharesGiven() {
        return List.copyOf(given.keySet());
    }

    /**
     * Takes one share, a passphrase or a PIN. What was given stays given until enough is there.
     *
     * @throws CustodyRefused that says what is wrong with it
     */
    synchronized Progress give(Secret secret) throws IOException {
        Custody row = row();
        if (opened.isPresent()) {
            return progress();
        }
        if (!(row.keeper() instanceof Keeper.Shares keeper)) {
            openWith(row, keepers.open(row.keeper(), secret));
            return progress();
        }
        Share share = Share.parse(secret);
        try {
            Sharing.check(keeper, share);
        } catch (CustodyRefused e) {
            share.close();
            throw e;
        }
        Optional.ofNullable(given.put(share.number(), share)).ifPresent(Share::close);
        if (given.size() >= keeper.threshold()) {
            try {
                openWith(row, Sharing.combine(keeper, given.values()));
            } finally {
                given.values().forEach(Share::close);
            }
        }
        return progress();
    }

    synchronized Optional<RootKey> root() {
        return opened.map(Opened::root);
    }

    /** The vault that follows the root keys from now on. */
    synchronized void attach(Vault follower) {
        vault = Optional.of(follower);
    }

    /** Whether this epoch's custody is in force here. */
    synchronized boolean isInForce(Custody row) {
        return opened.isPresent() && opened.get().epoch() == row.epoch();
    }

    /** A change made ready: the row to commit, and shares to hand out. */
    record Change(Custody row, List<Share> shares) {
        Change {
            shares = List.copyOf(shares);
        }
    }

    /** Another keeper for the same root keys. @throws CustodyRefused with a text for whoever asks */
    synchronized Change change(State state, Keepers.Wanted wanted, Instant now) {
        Opened present = inForce(state);
        Keepers.Made made = keepers.make(wanted);
        Optional<Custody.Rotation> rotation = present.row().flatMap(Custody::rotation);
        return ready(present.epoch() + 1, now, made.keeper(), made.key(), present.root(), rotation, made.shares());
    }

    /** A new root key with the same keeper. A key file gets a new key too, for the old one may be the old root key itself. */
    synchronized Change rotate(State state, Instant now) {
        Opened present = inForce(state);
        if (present.root().hasOlder()) {
            throw new CustodyRefused(
                    "the last rotation of the root key is not over yet: sessions of its time still live");
        }
        if (present.root().generation() == RootKey.GENERATION_MAX) {
            throw new CustodyRefused(
                    "the root key has been rotated " + RootKey.GENERATION_MAX + " times, which is the end");
        }
        Optional<Custody.Rotation> rotation = Optional.of(new Custody.Rotation(now, false));
        Keeper keeper = present.row().map(Custody::keeper).orElse(new Keeper.File(""));
        if (keeper instanceof Keeper.File) {
            Keepers.Made made = keepers.make(
                    new Keepers.Wanted("file", Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty()));
            return ready(
                    present.epoch() + 1,
                    now,
                    made.keeper(),
                    made.key(),
                    present.root().next(entropy),
                    rotation,
                    List.of());
        }
        Instant since = present.row().orElseThrow().since();
        return ready(
                present.epoch() + 1,
                since,
                keeper,
                WrappingKey.of(present.key().orElseThrow().copy()),
                present.root().next(entropy),
                rotation,
                List.of());
    }

    /** The row without the root keys that nothing needs any more. */
    synchronized Custody retire(Custody row) {
        Opened now = opened.orElseThrow();
        return ready(
                        row.epoch() + 1,
                        row.since(),
                        row.keeper(),
                        WrappingKey.of(now.key().orElseThrow().copy()),
                        now.root().newestOnly(),
                        Optional.empty(),
                        List.of())
                .row();
    }

    /** Custody as {@code state} has it. A change that is committed comes into force here, if the step has not seen to it yet. */
    private Opened inForce(State state) {
        try {
            step();
        } catch (UncheckedIOException e) {
            LOG.warn("a change of custody waits for the key file", e);
        }
        long epoch = Custody.find(state).map(Custody::epoch).orElse(0L);
        Opened now = opened.orElseThrow(() -> new IllegalStateException("custody is not open"));
        if (now.epoch() != epoch) {
            throw new CustodyRefused("another change of custody is coming into force: try again in a second");
        }
        return now;
    }

    private Change ready(
            long epoch,
            Instant since,
            Keeper keeper,
            WrappingKey key,
            RootKey root,
            Optional<Custody.Rotation> rotation,
            List<Share> shares) {
        Custody row = Custody.seal(epoch, since, keeper, key, root, rotation, entropy);
        if (ready.size() >= READY_MAX) {
            ready.clear();
        }
        ready.put(row.sealed(), new Opened(Optional.of(row), root, Optional.of(key)));
        return new Change(row, shares);
    }

    /**
     * Whether whoever asks for a change holds what the present keeper wants: the passphrase, or enough shares. Permission
     * alone must not take custody away from the people who have it. For an hour after a change those of before may ask too.
     *
     * @throws CustodyRefused if not
     */
    synchronized void prove(State state, Optional<Secret> passphrase, List<Secret> shares, Instant now) {
        Opened present = inForce(state);
        if (present.row().isEmpty()) {
            return;
        }
        try {
            prove(present.row().get().keeper(), present.key().orElseThrow().id(), passphrase, shares);
        } catch (CustodyRefused refused) {
            Former before = former.filter(known -> now.isBefore(known.until())).orElseThrow(() -> refused);
            try {
                prove(before.keeper(), before.keyId(), passphrase, shares);
            } catch (CustodyRefused _) {
                throw refused;
            }
            LOG.warn("custody is asked for by those who had it before the last change");
        }
    }

    private static void prove(Keeper keeper, String keyId, Optional<Secret> passphrase, List<Secret> shares) {
        switch (keeper) {
            case Keeper.Passphrase stretched -> {
                Secret said = passphrase.orElseThrow(
                        () -> new CustodyRefused("a change of custody needs the present passphrase"));
                try (WrappingKey key = stretched.stretching().key(said)) {
                    requireSame(key, keyId, "the present passphrase is wrong");
                }
            }
            case Keeper.Shares shared -> {
                List<Share> parsed = new ArrayList<>();
                try {
                    shares.forEach(text -> parsed.add(Share.parse(text)));
                    try (WrappingKey key = Sharing.combine(shared, parsed)) {
                        requireSame(key, keyId, "the shares are not those of the present key");
                    }
                } finally {
                    parsed.forEach(Share::close);
                }
            }
            case Keeper.File _, Keeper.Token _, Keeper.Kms _ -> {
                // These keepers open to the machine; who may ask is a matter of policy.
            }
        }
    }

    private static void requireSame(WrappingKey key, String known, String otherwise) {
        if (!Bytes.utf8(known).equals(Bytes.utf8(key.id()))) {
            throw new CustodyRefused(otherwise);
        }
    }

    /** Puts a committed change into force. */
    synchronized Duration step() {
        Optional<Custody> row = Custody.find(ledger.read());
        if (row.isEmpty()
                || opened.isEmpty()
                || row.get().epoch() == opened.get().epoch()) {
            return PAUSE;
        }
        Optional<Opened> next = Optional.ofNullable(ready.remove(row.get().sealed()));
        if (next.isEmpty()) {
            throw new IllegalStateException("custody of epoch " + row.get().epoch() + " was not made ready here");
        }
        try {
            keepers.settle(row.get().keeper());
        } catch (IOException e) {
            // The row counts already; the files are looked at again at the next start.
            ready.put(row.get().sealed(), next.get());
            throw new UncheckedIOException("the key file cannot be brought to the new custody", e);
        }
        Opened before = opened.get();
        remember(before, row.get());
        opened = next;
        vault.ifPresent(follower -> follower.adopt(next.get().root()));
        if (before.root() != next.get().root()) {
            before.root().close();
        }
        before.key().ifPresent(WrappingKey::close);
        LOG.info(
                "custody of epoch {}, by {}, is in force",
                row.get().epoch(),
                row.get().keeper().name());
        return PAUSE;
    }

    private void remember(Opened before, Custody now) {
        Optional<Keeper> keeper = before.row().map(Custody::keeper);
        boolean people = keeper.filter(k -> k instanceof Keeper.Shares || k instanceof Keeper.Passphrase)
                .isPresent();
        if (people && !keeper.get().equals(now.keeper())) {
            former = Optional.of(new Former(
                    keeper.get(), before.key().orElseThrow().id(), now.since().plus(FORMER)));
        }
    }

    /** On an empty ledger: fresh root keys for a keeper, never in a file. */
    synchronized Change found(Keepers.Wanted wanted, Instant now) {
        RootKey root = new RootKey(Secret.adopt(entropy.bytes(RootKey.KEY_BYTES)));
        Keepers.Made made = keepers.make(wanted);
        return ready(1, now, made.keeper(), made.key(), root, Optional.empty(), made.shares());
    }

    /** At a clean stop. */
    synchronized void close() {
        opened.ifPresent(Opened::close);
        opened = Optional.empty();
        given.values().forEach(Share::close);
    }
}
