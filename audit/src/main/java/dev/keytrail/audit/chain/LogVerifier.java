package dev.keytrail.audit.chain;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Ledger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Reads a whole ledger again and holds it against the log's checkpoint and older ones that somebody remembered. Tiles say
 * which records differ, where the signed root vouches for them. Changes nothing. For one thread; hashes on all cores.
 */
public final class LogVerifier {
    private static final int BLOCK_TILES = 64;
    private static final int BLOCK_RECORDS = BLOCK_TILES * Edge.TILE_WIDTH;

    /** Ranges of differing records kept; a planted record makes all behind it differ, in one range. */
    private static final int RANGES_MAX = 1000;

    private final Ledger ledger;
    private final ChainDisk disk;

    public LogVerifier(Ledger ledger, ChainDisk disk) {
        this.ledger = ledger;
        this.disk = disk;
    }

    /** What may be wrong. */
    public enum Kind {
        /** There is no checkpoint, or it cannot be read. */
        NO_CHECKPOINT,
        /** A checkpoint is not signed by the key. */
        NOT_SIGNED,
        /** Signed records are missing at the end. */
        CUT,
        /** These records are not what was signed. */
        CHANGED,
        /** Somewhere in this range records are not what was signed. */
        TREE_DIFFERS,
        /** A remembered checkpoint is of another history. */
        REMEMBERED_DIFFERS,
        /** Tiles are missing or damaged while the ledger is as signed; they can be derived again. */
        TILES
    }

    /** @param from first record concerned, {@code to} the last */
    public record Finding(Kind kind, long from, long to, String text) {
        @Override
        public String toString() {
            return kind + " records " + from + " to " + to + ": " + text;
        }
    }

    /** @param records how many the ledger has */
    public record Report(long records, Optional<Checkpoint> checkpoint, List<Finding> findings) {
        public Report {
            findings = List.copyOf(findings);
        }

        /** Whether the history is as signed. Damaged tiles do not touch that. */
        public boolean sound() {
            return findings.stream().allMatch(finding -> finding.kind() == Kind.TILES);
        }
    }

    /** @param remembered checkpoints of this log from elsewhere, older or newer */
    public Report verify(VerifierKeys key, List<SignedNote> remembered) {
        List<Finding> findings = new ArrayList<>();
        Optional<SignedNote> note = disk.read(TilePath.CHECKPOINT).flatMap(file -> SignedNote.parse(file.utf8()));
        Optional<Checkpoint> newest = note.flatMap(n -> n.checkpoint(key));
        long end = ledger.end();
        if (newest.isEmpty()) {
            findings.add(
                    note.isEmpty()
                            ? new Finding(Kind.NO_CHECKPOINT, 0, end - 1, "the log has no readable checkpoint")
                            : new Finding(
                                    Kind.NOT_SIGNED, 0, end - 1, "the checkpoint is not signed by " + key.name()));
        }
        List<Checkpoint> marks = new ArrayList<>();
        for (SignedNote old : remembered) {
            old.checkpoint(key)
                    .ifPresentOrElse(
                            marks::add,
                            () -> findings.add(new Finding(
                                    Kind.NOT_SIGNED,
                                    0,
                                    end - 1,
                                    "a remembered checkpoint is not signed by " + key.name())));
        }
        newest.ifPresent(marks::add);
        marks.sort(Comparator.comparingLong(Checkpoint::size));
        Walk walk = new Walk(newest.map(Checkpoint::size).orElse(0L), marks);
        walk.run(end);
        judge(walk, marks, newest, end, findings);
        return new Report(end, newest, findings);
    }

    private static void judge(
            Walk walk, List<Checkpoint> marks, Optional<Checkpoint> newest, long end, List<Finding> findings) {
        long proven = 0;
        for (Checkpoint mark : marks) {
            if (mark.size() > end) {
                findings.add(new Finding(
                        Kind.CUT, end, mark.size() - 1, "a checkpoint over " + mark.size() + " records was signed"));
                continue;
            }
            if (walk.holds(mark)) {
                proven = Math.max(proven, mark.size());
            } else if (!newest.equals(Optional.of(mark))) {
                findings.add(new Finding(
                        Kind.REMEMBERED_DIFFERS,
                        proven,
                        mark.size() - 1,
                        "a remembered checkpoint over " + mark.size() + " records has another root"));
            }
        }
        if (newest.isEmpty()) {
            return;
        }
        Checkpoint signed = newest.get();
        boolean asSigned = signed.size() <= end && walk.holds(signed);
        if (asSigned) {
            walk.ranges.forEach(range -> findings.add(
                    new Finding(Kind.TILES, range.from, range.to, "tiles are missing or damaged, the ledger is not")));
        } else if (walk.tilesRoot().equals(Optional.of(signed.root()))) {
            walk.ranges.stream()
                    .filter(range -> range.from < end)
                    .forEach(range -> findings.add(
                            new Finding(Kind.CHANGED, range.from, Math.min(range.to, end - 1), "not what was signed")));
        } else if (signed.size() <= end) {
            findings.add(new Finding(
                    Kind.TREE_DIFFERS,
                    proven,
                    signed.size() - 1,
                    "the root is another, and the tiles that could say where are damaged too"));
        }
    }

    private static final class Range {
        private final long from;
        private long to;

        Range(long at) {
            from = at;
            to = at;
        }
    }

    /** One pass over the ledger, the tree over it and the tree over the stored hashes side by side. */
    private final class Walk {
        private final long signedSize;
        private final List<Checkpoint> marks;
        private final TreeHasher hasher = new TreeHasher();
        private final Frontier ofLedger = new Frontier(Edge.EMPTY, hasher, (_, _, _) -> {});
        private final Frontier ofTiles = new Frontier(Edge.EMPTY, hasher, (_, _, _) -> {});
        private boolean tilesWhole = true;
        private final Map<Long, Bytes> roots = new HashMap<>();
        private final List<Range> ranges = new ArrayList<>();
        private int nextMark;

        Walk(long signedSize, List<Checkpoint> marks) {
            this.signedSize = signedSize;
            this.marks = marks;
        }

        void run(long end) {
            mark();
            try (Ledger.Cursor cursor = ledger.records(0)) {
                List<Bytes> block = new ArrayList<>(BLOCK_RECORDS);
                while (ofLedger.size() < end) {
                    block.clear();
                    while (block.size() < BLOCK_RECORDS && cursor.next()) {
                        block.add(cursor.record().json());
                    }
                    Bytes[] leaves = hash(block);
                    for (int i = 0; i < leaves.length; i += Edge.TILE_WIDTH) {
                        compare(Arrays.copyOfRange(leaves, i, Math.min(i + Edge.TILE_WIDTH, leaves.length)));
                    }
                }
            }
            // What is signed beyond the ledger's end: its tiles still tell whether they are the signed ones.
            while (tilesWhole && ofTiles.size() < signedSize) {
                stored(ofTiles.size());
            }
        }

        /** Whether the ledger's first records are those of the checkpoint. */
        boolean holds(Checkpoint mark) {
            Bytes root = roots.get(mark.size());
            return root != null && root.equals(mark.root());
        }

        Optional<Bytes> tilesRoot() {
            return tilesWhole && ofTiles.size() == signedSize
                    ? Optional.of(ofTiles.edge().root(hasher))
                    : Optional.empty();
        }

        private static Bytes[] hash(List<Bytes> block) {
            Bytes[] leaves = new Bytes[block.size()];
            int tiles = (block.size() + Edge.TILE_WIDTH - 1) / Edge.TILE_WIDTH;
            IntStream.range(0, tiles).parallel().forEach(tile -> {
                TreeHasher hasher = new TreeHasher();
                int to = Math.min((tile + 1) * Edge.TILE_WIDTH, leaves.length);
                for (int i = tile * Edge.TILE_WIDTH; i < to; i++) {
                    leaves[i] = hasher.leaf(block.get(i));
                }
            });
            return leaves;
        }

        private void compare(Bytes[] leaves) {
            long first = ofLedger.size();
            Bytes tile = stored(first);
            for (int i = 0; i < leaves.length; i++) {
                int at = i * TreeHasher.HASH_BYTES;
                boolean same = at + TreeHasher.HASH_BYTES <= tile.size()
                        && tile.slice(at, at + TreeHasher.HASH_BYTES).equals(leaves[i]);
                if (!same && first + i < signedSize) {
                    differs(first + i);
                }
                ofLedger.append(leaves[i]);
                mark();
            }
        }

        /** The stored hashes from {@code first} on, as far as they are signed; they also go into the tree of tiles. */
        private Bytes stored(long first) {
            int width = (int) Math.min(Edge.TILE_WIDTH, signedSize - first);
            if (width <= 0) {
                return Bytes.EMPTY;
            }
            long number = first / Edge.TILE_WIDTH;
            int bytes = width * TreeHasher.HASH_BYTES;
            Optional<Bytes> tile = (width == Edge.TILE_WIDTH
                            ? disk.read(TilePath.full(0, number))
                            : disk.read(TilePath.partial(0, number, width))
                                    .or(() -> disk.read(TilePath.full(0, number))))
                    .filter(t -> t.size() >= bytes);
            tilesWhole &= tile.isPresent();
            Bytes hashes = tile.map(t -> t.slice(0, bytes)).orElse(Bytes.EMPTY);
            for (int at = 0; at < hashes.size() && tilesWhole; at += TreeHasher.HASH_BYTES) {
                ofTiles.append(hashes.slice(at, at + TreeHasher.HASH_BYTES));
            }
            return hashes;
        }

        private void differs(long index) {
            if (!ranges.isEmpty() && ranges.getLast().to == index - 1) {
                ranges.getLast().to = index;
            } else if (ranges.size() < RANGES_MAX) {
                ranges.add(new Range(index));
            }
        }

        private void mark() {
            while (nextMark < marks.size() && marks.get(nextMark).size() == ofLedger.size()) {
                roots.computeIfAbsent(ofLedger.size(), _ -> ofLedger.edge().root(hasher));
                nextMark++;
            }
        }
    }
}
