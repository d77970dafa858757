package dev.keytrail.audit.chain;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.Job;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.Table;
import dev.keytrail.crypto.AsymmetricKeys;
import dev.keytrail.crypto.Rewrapping;
import dev.keytrail.crypto.Vault;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log over a ledger: follows it, keeps tiles, signs checkpoints, gives proofs.
 *
 * <p>{@link #step} is for one thread; everything else is thread-safe and takes no lock. Under load a checkpoint is at most
 * {@link #INTERVAL} and one portion old.
 */
public final class Chain {
    /** Records hashed in one step: some 50 ms of a core. */
    static final int PORTION_RECORDS = 16_384;

    /** How often the ledger is looked at, and so how long a record waits for its checkpoint. */
    static final Duration INTERVAL = Duration.ofMillis(400);

    /** How long the newest checkpoint may wait for witnesses while one that they have cosigned is shown instead. */
    private static final Duration COSIGNED_AGE_MAX = Duration.ofSeconds(5);

    private static final Duration BROKEN_PAUSE = Duration.ofMinutes(1);
    private static final Logger LOG = LoggerFactory.getLogger(Chain.class);

    private final Ledger ledger;
    private final ChainDisk disk;
    private final AsymmetricKeys keys;
    private final LogKeyJob keyJob;
    private final WitnessPolicy witnesses;
    private final TreeHasher hasher = new TreeHasher();

    private Optional<Frontier> frontier = Optional.empty();

    /** What is signed already, while the tiles for it are being derived anew. */
    private Optional<Signed> pinned = Optional.empty();

    private Instant signedAt = Instant.MIN;
    private boolean keyShown;
    private volatile Instant steppedAt = Instant.EPOCH;
    private volatile Optional<Published> published = Optional.empty();
    private volatile Optional<Published> witnessed = Optional.empty();
    private volatile Optional<ChainBroken> broken = Optional.empty();

    private record Signed(Checkpoint checkpoint, SignedNote note) {}

    private Chain(
            Ledger ledger, ChainDisk disk, AsymmetricKeys keys, Optional<String> origin, WitnessPolicy witnesses) {
        this.ledger = ledger;
        this.disk = disk;
        this.keys = keys;
        this.keyJob = new LogKeyJob(keys, origin);
        this.witnesses = witnesses;
    }

    public static List<Table<?>> tables() {
        return List.of(LogKey.TABLE, Dropped.TABLE, DropRequest.TABLE);
    }

    /** How the log's keys come under a new root key. */
    public static List<Rewrapping<?>> rewrappings() {
        return List.of(new Rewrapping<>(LogKey.TABLE, (vault, key) -> key.renewed(vault)));
    }

    /**
     * Checks the last checkpoint against the ledger's end, the tiles' edge and the newest records.
     *
     * @param origin the log's name if this is its first start; later starts may leave it out
     * @throws ChainBroken if the ledger is not the one that was signed, or the log has another name
     */
    public static Chain open(
            Ledger ledger,
            ChainDisk disk,
            Vault vault,
            Entropy entropy,
            Optional<String> origin,
            WitnessPolicy witnesses) {
        origin.filter(name -> !VerifierKey.isName(name)).ifPresent(name -> {
            throw new IllegalArgumentException(
                    "a log's name has no white space, no plus and at most 255 bytes: " + name);
        });
        Optional<String> known = LogKey.find(ledger.read()).map(LogKey::origin);
        if (known.isPresent() && origin.isPresent() && !known.equals(origin)) {
            throw new ChainBroken("the log is named " + known.get() + " since its first start and cannot become "
                    + origin.get() + ": checkpoints signed under two names prove nothing of one another");
        }
        Chain chain = new Chain(ledger, disk, new AsymmetricKeys(vault, entropy), origin, witnesses);
        chain.load();
        return chain;
    }

    /** Makes the log's key; without it nothing is signed. */
    public Job keyJob() {
        return keyJob;
    }

    /** Empty until the keys are made. */
    public Optional<VerifierKeys> verifierKeys() {
        return LogKey.find(ledger.read()).map(LogKey::verifiers);
    }

    /**
     * The checkpoint to show: one with witnesses' cosignatures unless it has become old; the newest of all where witnesses
     * are not required. Empty before the first.
     */
    public Optional<SignedNote> checkpoint() {
        return shown().map(Published::note);
    }

    /** Whoever has its note has all that can be proven: the tree as it is shown. */
    private Optional<Published> shown() {
        Optional<Published> cosigned = witnessed;
        Optional<Published> newest = published;
        if (witnesses.quorum() > 0 || newest.isEmpty()) {
            return cosigned;
        }
        boolean overdue = steppedAt.isAfter(newest.get().signedAt().plus(COSIGNED_AGE_MAX));
        return cosigned.filter(c -> !overdue || c.size() == newest.get().size()).or(() -> newest);
    }

    /** Records that the shown checkpoint covers. */
    long shownSize() {
        return shown().map(Published::size).orElse(0L);
    }

    /**
     * How the log stands, for metrics.
     *
     * @param signed records that the newest checkpoint covers, whatever the witnesses say
     * @param shown records that the checkpoint covers that is shown
     * @param broken whether the ledger was found to be another than was signed
     */
    public record Status(long signed, long shown, boolean broken) {}

    public Status status() {
        return new Status(published.map(Published::size).orElse(0L), shownSize(), broken.isPresent());
    }

    /** The newest checkpoint that is signed and durable, whatever the witnesses say. */
    Optional<Published> newest() {
        return broken.isPresent() ? Optional.empty() : published;
    }

    /** Takes a checkpoint that has its cosignatures; durable on return. One caller at a time. */
    void witnessed(Published cosigned) {
        disk.writeDurably(TilePath.WITNESSED, Bytes.utf8(cosigned.note().note()));
        witnessed = Optional.of(cosigned);
    }

    WitnessPolicy witnesses() {
        return witnesses;
    }

    /** Takes in what the ledger has more, signs when it is time, and says how long to wait. */
    public Duration step(Instant now) {
        if (broken.isPresent()) {
            return BROKEN_PAUSE;
        }
        steppedAt = now;
        Optional<LogKey> key = LogKey.find(ledger.read());
        if (key.isEmpty()) {
            return INTERVAL;
        }
        try {
            return follow(key.get(), now);
        } catch (ChainBroken e) {
            broken = Optional.of(e);
            throw e;
        } catch (RuntimeException e) {
            // Nothing is known of what reached the disk: the next step begins at the last checkpoint.
            frontier = Optional.empty();
            throw e;
        }
    }

    /**
     * Proves that a record is in the log.
     *
     * @return empty while no checkpoint covers the record
     * @throws ChainBroken when the record, or the ledger around it, is not what was signed
     */
    Optional<Receipt> receipt(long index, LedgerRecord record) {
        broken.ifPresent(e -> {
            throw e;
        });
        Optional<Published> covering = witnessed
                .filter(p -> index < p.size())
                .or(() -> published.filter(p -> witnesses.quorum() == 0 && index < p.size()));
        if (covering.isEmpty()) {
            return Optional.empty();
        }
        Published in = covering.get();
        TreeHasher hash = new TreeHasher();
        List<Bytes> proof =
                new MerkleTree(new TileReader(in.edge(), disk, ledger, hash), hash).inclusion(index, in.size());
        Bytes root = in.checkpoint().root();
        if (!MerkleProofs.included(hash.leaf(record.json()), index, in.size(), proof, root)) {
            throw new ChainBroken("record " + index + " is not what was signed");
        }
        return Optional.of(new Receipt(record.json(), index, proof, in.note().note(), witnesses.signersOf(in.note())));
    }

    /** Proves that the newest checkpoint's log begins with the log as it was at {@code size} records. */
    Optional<List<Bytes>> consistency(long size) {
        return published.filter(p -> size >= 1 && size <= p.size()).map(p -> consistency(size, p));
    }

    /** The same for a checkpoint of before. */
    List<Bytes> consistency(long size, Published in) {
        TreeHasher hash = new TreeHasher();
        return new MerkleTree(new TileReader(in.edge(), disk, ledger, hash), hash).consistency(size, in.size());
    }

    private Duration follow(LogKey key, Instant now) {
        if (frontier.isEmpty()) {
            load();
        }
        Frontier tree = frontier.orElseThrow();
        long end = pinned.map(p -> p.checkpoint().size()).orElse(ledger.end());
        take(tree, Math.min(end, tree.size() + PORTION_RECORDS));
        boolean more = tree.size() < end;
        if (pinned.isPresent()) {
            if (!more) {
                settle(tree, pinned.get());
            }
            return Duration.ZERO;
        }
        boolean due = !more || !now.isBefore(signedAt.plus(INTERVAL));
        if (due && tree.size() > published.map(Published::size).orElse(0L)) {
            publish(tree.edge(), key, now);
            signedAt = now;
        }
        return more ? Duration.ZERO : INTERVAL;
    }

    private void take(Frontier tree, long until) {
        if (tree.size() == until) {
            return;
        }
        long dropped = Math.min(until, ledger.first());
        while (tree.size() < dropped) {
            takeHashes(tree, dropped);
        }
        try (Ledger.Cursor cursor = ledger.records(tree.size())) {
            while (tree.size() < until && cursor.next()) {
                tree.append(LostRecord.leaf(hasher, cursor.json()));
            }
        }
    }

    /** Of records that were dropped, the leaf hashes are there alone. Whether they are right, the signed root says. */
    private void takeHashes(Frontier tree, long until) {
        long number = tree.size() / Edge.TILE_WIDTH;
        Bytes tile = leafTile(number)
                .orElseThrow(() -> new ChainBroken(TilePath.full(0, number) + " is missing, and its records were"
                        + " dropped: put the log's folder back from a backup"));
        while (tree.size() < until && tree.size() / Edge.TILE_WIDTH == number) {
            tree.append(tile.unsafeArray(), (int) (tree.size() % Edge.TILE_WIDTH) * TreeHasher.HASH_BYTES);
        }
    }

    private Optional<Bytes> leafTile(long number) {
        return disk.tile(0, number, Edge.TILE_WIDTH);
    }

    /**
     * Before records are dropped: makes sure that the tiles have their hashes, durably, for nothing could derive them again.
     *
     * @return the root over all records before {@code end}; empty while no checkpoint that is shown covers the tiles
     * @throws ChainBroken when records or tiles are not what was signed
     */
    public Optional<Bytes> secure(long first, long end) {
        Optional<Published> newest = newest();
        long lastTile = (end - 1) / Edge.TILE_WIDTH;
        if (newest.isEmpty() || shownSize() < (lastTile + 1) * Edge.TILE_WIDTH) {
            return Optional.empty();
        }
        Published in = newest.get();
        TreeHasher hash = new TreeHasher();
        TileReader tiles = new TileReader(in.edge(), disk, ledger, hash);
        try (Ledger.Cursor cursor = ledger.records(first)) {
            while (cursor.next() && cursor.index() < end) {
                if (!LostRecord.leaf(hash, cursor.json()).equals(tiles.node(0, cursor.index()))) {
                    throw new ChainBroken("record " + cursor.index() + " is not what was signed");
                }
            }
        }
        disk.syncTiles(0, first / Edge.TILE_WIDTH, lastTile);
        MerkleTree tree = new MerkleTree(tiles, hash);
        Bytes root = tree.root(end);
        if (!MerkleProofs.consistent(end, root, in.size(), in.checkpoint().root(), tree.consistency(end, in.size()))) {
            throw new ChainBroken("the tiles of the first " + end + " records are not those that were signed");
        }
        return Optional.of(root);
    }

    /** Whether a checkpoint that is shown, cosigned where witnesses are required, covers the record. */
    public boolean covers(long index) {
        return broken.isEmpty() && index < shownSize();
    }

    /** The tiles are whole again up to what is signed: is it the same? */
    private void settle(Frontier tree, Signed signed) {
        Edge edge = tree.edge();
        if (!edge.root(hasher).equals(signed.checkpoint().root())) {
            throw new ChainBroken("the first " + edge.size()
                    + " records of the ledger are not those that were signed; keytrail verify names the changed ones");
        }
        requireDropSigned(edge);
        writePartials(edge);
        published = Optional.of(new Published(signed.checkpoint(), signed.note(), edge, Instant.EPOCH));
        pinned = Optional.empty();
        loadWitnessed(signed.checkpoint());
    }

    private void publish(Edge edge, LogKey key, Instant now) {
        writePartials(edge);
        Checkpoint checkpoint = new Checkpoint(key.origin(), edge.size(), edge.root(hasher));
        SignedNote note = key.sign(checkpoint, keys, now);
        if (!keyShown) {
            disk.write(TilePath.VERIFIER_KEY, Bytes.utf8(key.verifiers().text() + "\n"));
            keyShown = key.second().isPresent();
        }
        disk.writeDurably(TilePath.CHECKPOINT, Bytes.utf8(note.note()));
        published = Optional.of(new Published(checkpoint, note, edge, now));
    }

    private void writePartials(Edge edge) {
        Edge before = published.map(Published::edge).orElse(Edge.EMPTY);
        for (int level = 0; level < edge.partials().size(); level++) {
            boolean grown = edge.number(level) > before.number(level) || edge.width(level) > before.width(level);
            if (grown && edge.width(level) > 0) {
                disk.putTile(level, edge.number(level), edge.partials().get(level));
            }
        }
    }

    private void load() {
        pinned = Optional.empty();
        Optional<Bytes> stored = disk.read(TilePath.CHECKPOINT);
        if (stored.isEmpty()) {
            if (ledger.first() > 0) {
                throw new ChainBroken(
                        "records before " + ledger.first() + " were dropped, and the log's checkpoint that"
                                + " would prove it is missing: put the log's folder back from a backup");
            }
            begin(Edge.EMPTY);
            return;
        }
        VerifierKey key = LogKey.find(ledger.read())
                .map(LogKey::verifier)
                .orElseThrow(() -> new ChainBroken("the log's folder belongs to another ledger: this one has no log key"
                        + " yet. Move the folder away to begin anew"));
        SignedNote note = SignedNote.parse(stored.get().utf8())
                .orElseThrow(() -> new ChainBroken("the log's checkpoint file is damaged"));
        Checkpoint checkpoint = note.checkpoint(key)
                .orElseThrow(() -> new ChainBroken("the log's checkpoint is not signed by this ledger's log key"));
        if (checkpoint.size() > ledger.end()) {
            throw new ChainBroken("the ledger has been cut: it ends before record " + ledger.end()
                    + ", but a checkpoint over " + checkpoint.size() + " records was signed");
        }
        Signed signed = new Signed(checkpoint, note);
        Optional<Edge> edge =
                Edge.read(disk, checkpoint.size()).filter(e -> e.root(hasher).equals(checkpoint.root()));
        if (edge.isEmpty()) {
            LOG.warn("the log's tiles do not fit its checkpoint: deriving them again from the ledger");
            pinned = Optional.of(signed);
            begin(Edge.EMPTY);
            if (ledger.first() > 0) {
                // Whether the drop is a signed one is known only when the tiles are there: nothing starts before.
                Frontier tree = frontier.orElseThrow();
                take(tree, checkpoint.size());
                settle(tree, signed);
            }
            return;
        }
        requireDropSigned(edge.get());
        compareNewest(edge.get());
        begin(edge.get());
        published = Optional.of(new Published(checkpoint, note, edge.get(), Instant.EPOCH));
        loadWitnessed(checkpoint);
    }

    /** The last checkpoint that witnesses have cosigned. Whatever cannot be used of it, the witnesses will give again. */
    private void loadWitnessed(Checkpoint newest) {
        VerifierKey key = LogKey.find(ledger.read()).map(LogKey::verifier).orElseThrow();
        Optional<SignedNote> note = disk.read(TilePath.WITNESSED).flatMap(file -> SignedNote.parse(file.utf8()));
        Optional<Checkpoint> cosigned = note.flatMap(n -> n.checkpoint(key));
        if (cosigned.filter(c -> c.size() > newest.size()).isPresent()) {
            throw new ChainBroken("witnesses have cosigned " + cosigned.get().size()
                    + " records of this log, and its own checkpoint has " + newest.size() + ": it was put back");
        }
        witnessed = cosigned.filter(c -> witnesses.satisfiedBy(note.get()))
                .flatMap(c -> Edge.read(disk, c.size())
                        .filter(edge -> edge.root(hasher).equals(c.root()))
                        .map(edge -> new Published(c, note.get(), edge, Instant.EPOCH)));
    }

    private void begin(Edge edge) {
        frontier = Optional.of(new Frontier(edge, hasher, disk::putTile));
    }

    /**
     * That records are gone must be signed: under the checkpoint there has to be a record that says of just these that they
     * were dropped, and what they came to, and the tree has to begin with the root that it names. Whoever forges a drop can
     * write everything else.
     */
    private void requireDropSigned(Edge edge) {
        long first = ledger.first();
        if (first == 0) {
            return;
        }
        Dropped dropped = Dropped.of(ledger.read(), first - 1)
                .filter(known -> known.end() == first)
                .orElseThrow(() -> new ChainBroken("records before " + first + " are missing, and nothing says why"));
        TileReader tiles = new TileReader(edge, disk, ledger, hasher);
        if (edge.size() < first || !new MerkleTree(tiles, hasher).root(first).equals(dropped.root())) {
            throw new ChainBroken("the log's hashes of the " + first + " records that were dropped are not theirs");
        }
        OptionalLong noted = dropped.recordedAt();
        boolean known = noted.isPresent() && isSigned(noted.getAsLong(), edge, tiles);
        Optional<Bytes> record = known ? json(noted.getAsLong()) : Optional.empty();
        if (record.filter(dropped::isSaidBy).isPresent()) {
            return;
        }
        OptionalLong found = dropped.find(ledger, edge.size());
        if (found.isPresent() && isSigned(found.getAsLong(), edge, tiles)) {
            return;
        }
        // One that is not signed yet would be, once this has started.
        if (record.filter(LostRecord::is).isPresent()
                && dropped.find(ledger, ledger.end()).isEmpty()) {
            LOG.error(
                    "record {}, which said that records before {} were dropped, was itself lost to damage: nothing proves"
                            + " the drop any more, and keytrail verify says so",
                    noted.getAsLong(),
                    first);
            return;
        }
        throw new ChainBroken(
                "records before " + first + " are missing, and no signed record says that they were dropped");
    }

    /** Whether the ledger has the record that was signed at that index, or what stands for it. */
    private boolean isSigned(long index, Edge edge, TileReader tiles) {
        return index >= ledger.first()
                && index < edge.size()
                && json(index)
                        .filter(json -> LostRecord.leaf(hasher, json).equals(tiles.node(0, index)))
                        .isPresent();
    }

    private Optional<Bytes> json(long index) {
        try (Ledger.Cursor cursor = ledger.records(index)) {
            return cursor.next() ? Optional.of(cursor.json()) : Optional.empty();
        }
    }

    /** The last tile's worth of signed records, against the ledger. */
    private void compareNewest(Edge edge) {
        TileReader tiles = new TileReader(edge, disk, ledger, hasher);
        try (Ledger.Cursor cursor = ledger.records(Math.max(ledger.first(), edge.size() - Edge.TILE_WIDTH))) {
            while (cursor.next() && cursor.index() < edge.size()) {
                if (!LostRecord.leaf(hasher, cursor.json()).equals(tiles.node(0, cursor.index()))) {
                    throw new ChainBroken("record " + cursor.index() + " of the ledger is not what was signed");
                }
            }
        }
    }
}
