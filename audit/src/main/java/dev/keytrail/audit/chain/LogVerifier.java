package dev.keytrail.audit.chain;

import dev.keytrail.call.Bytes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Takes the leaves of a whole log and holds them against the log's checkpoint and older ones that somebody remembered. Tiles say
 * which records differ, where the signed root vouches for them. Changes nothing. For one run.
 */
public final class LogVerifier {
    /** Ranges of differing records kept; a planted record makes all behind it differ, in one range. */
    private static final int RANGES_MAX = 1000;

    private final LeafSource source;
    private final ChainDisk disk;

    public LogVerifier(LeafSource source, ChainDisk disk) {
        this.source = source;
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
        /** What lies on the disk is not what was written there: its checksum is wrong, or it is missing. */
        DAMAGED,
        /** Records are missing at the beginning, and no signed record says that they were dropped. */
        UNDECLARED,
        /** These records are not what was signed: they were lost, and a record of the log says so. */
        LOST,
        /** The state that is served is not what the ledger's changes come to. */
        STATE_DIFFERS,
        /** A delivered log file has an event that the ledger has not, or is itself not what was put. */
        LOG_FILE_DIFFERS,
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

    /**
     * @param records how many the ledger has, those that were dropped included
     * @param dropped how many were dropped under the operator's retention, as a signed record says
     */
    public record Report(long records, long dropped, Optional<Checkpoint> checkpoint, List<Finding> findings) {
        public Report {
            findings = List.copyOf(findings);
        }

        /** Whether the history is as signed. Damaged tiles do not touch that. */
        public boolean sound() {
            return findings.stream().allMatch(finding -> finding.kind() == Kind.TILES);
        }
    }

    /**
     * @param remembered checkpoints of this log from elsewhere, older or newer
     * @throws IOException when the records cannot be read
     */
    public Report verify(VerifierKeys key, List<SignedNote> remembered) throws IOException {
        List<Finding> findings = new ArrayList<>();
        Optional<SignedNote> note = disk.read(TilePath.CHECKPOINT).flatMap(file -> SignedNote.parse(file.utf8()));
        Optional<Checkpoint> newest = note.flatMap(n -> n.checkpoint(key));
        List<Checkpoint> marks = new ArrayList<>();
        remembered.forEach(old -> old.checkpoint(key).ifPresent(marks::add));
        newest.ifPresent(marks::add);
        marks.sort(Comparator.comparingLong(Checkpoint::size));
        long signed = newest.map(Checkpoint::size).orElse(0L);
        Walk walk = new Walk(signed, marks);
        walk.run();
        long end = walk.ofLedger.size();
        if (newest.isEmpty()) {
            findings.add(
                    note.isEmpty()
                            ? new Finding(Kind.NO_CHECKPOINT, 0, end - 1, "the log has no readable checkpoint")
                            : new Finding(
                                    Kind.NOT_SIGNED, 0, end - 1, "the checkpoint is not signed by " + key.name()));
        }
        for (SignedNote old : remembered) {
            if (old.checkpoint(key).isEmpty()) {
                findings.add(new Finding(
                        Kind.NOT_SIGNED, 0, end - 1, "a remembered checkpoint is not signed by " + key.name()));
            }
        }
        judge(walk, marks, newest, end, findings);
        boolean declared = source.first() == 0 || declared(walk, signed, findings);
        return new Report(end, declared ? source.first() : 0, newest, tellLost(findings, walk.ofTheLog));
    }

    /**
     * Whether a record under the signed root says that just these records were dropped. One that is not signed yet does not
     * count: whoever cuts can write it, and the server removes nothing before it is signed.
     */
    private boolean declared(Walk walk, long signed, List<Finding> findings) {
        long first = source.first();
        long most = 0;
        for (Declaration declaration : source.declarations().headMap(signed).values()) {
            if (declaration instanceof Declaration.Drop drop) {
                boolean fits = drop.end() == first
                        && walk.droppedRoot.equals(Optional.of(drop.root()))
                        && source.base().map(drop.base()::equals).orElse(true);
                if (fits) {
                    return true;
                }
                most = Math.max(most, drop.end());
            }
        }
        String what = most == 0
                ? "missing, and no signed record says that they were dropped"
                : most == first
                        ? "missing, and what stands for them is not what the record of their dropping says"
                        : "missing, and the signed records speak of those before " + most + " alone";
        findings.add(new Finding(Kind.UNDECLARED, most < first ? most : 0, first - 1, what));
        return false;
    }

    /** What differs and is said to be lost is told as that: it is not as signed either, but no secret. */
    private List<Finding> tellLost(List<Finding> findings, Set<Long> ofTheLog) {
        List<Declaration.Range> lost = source.declarations().values().stream()
                .flatMap(declaration ->
                        declaration instanceof Declaration.Loss loss ? loss.ranges().stream() : Stream.of())
                .toList();
        List<Finding> told = new ArrayList<>();
        for (Finding finding : findings) {
            if (finding.kind() != Kind.CHANGED) {
                told.add(finding);
                continue;
            }
            long at = finding.from();
            while (at <= finding.to()) {
                long from = at;
                Optional<Declaration.Range> in = lost.stream()
                        .filter(range -> range.from() <= from && from <= range.to())
                        .findFirst();
                long to = in.map(Declaration.Range::to)
                        .orElseGet(() -> lost.stream()
                                        .mapToLong(Declaration.Range::from)
                                        .filter(start -> start > from)
                                        .min()
                                        .orElse(Long.MAX_VALUE)
                                - 1);
                to = Math.min(to, finding.to());
                told.add(
                        in.isEmpty()
                                ? new Finding(Kind.CHANGED, from, to, finding.text())
                                : new Finding(Kind.LOST, from, to, "lost, as the record of a repair says"));
                at = to + 1;
            }
        }
        // The log is the remembered one: it is only that the ledger has not all of it any more.
        told.removeIf(finding -> finding.kind() == Kind.REMEMBERED_DIFFERS
                && ofTheLog.contains(finding.to() + 1)
                && told.stream().noneMatch(other -> other.kind() == Kind.CHANGED && other.from() <= finding.to()));
        return told;
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
                if (walk.isOfTheLog(mark, newest)) {
                    walk.ofTheLog.add(mark.size());
                }
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
            findings.addAll(walk.upperTiles);
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
        private final Frontier ofLedger = new Frontier(Edge.EMPTY, hasher, this::compareUpper);
        private final List<Finding> upperTiles = new ArrayList<>();

        /** The tree over the stored hashes, from where it is another than the ledger's. */
        private Optional<Frontier> ofTiles = Optional.empty();

        private boolean tilesWhole = true;
        private final Map<Long, Bytes> roots = new HashMap<>();
        private final Set<Long> markSizes;
        private final Set<Long> ofTheLog = new HashSet<>();
        private final Map<Long, Bytes> tileRoots = new HashMap<>();
        private final List<Range> ranges = new ArrayList<>();
        private int nextMark;

        /** Over the records that were dropped. */
        private Optional<Bytes> droppedRoot = Optional.empty();

        private Bytes stored = Bytes.EMPTY;
        private long storedFrom = -1;

        Walk(long signedSize, List<Checkpoint> marks) {
            this.signedSize = signedSize;
            this.marks = marks;
            this.markSizes = marks.stream().map(Checkpoint::size).collect(Collectors.toSet());
        }

        void run() throws IOException {
            mark();
            for (Optional<LeafSource.Block> block = source.next(); block.isPresent(); block = source.next()) {
                if (block.get().first() != ofLedger.size()) {
                    throw new IllegalStateException("leaves out of order");
                }
                take(block.get());
            }
            // What is signed beyond the ledger's end: its tiles still tell whether they are the signed ones.
            if (ofLedger.size() < signedSize && tilesWhole) {
                Frontier tiles = ofTiles.orElseGet(this::diverge);
                while (tilesWhole && tiles.size() < signedSize) {
                    stored = stored(tiles.size());
                }
            }
        }

        /** Whether the ledger's first records are those of the checkpoint. */
        boolean holds(Checkpoint mark) {
            Bytes root = roots.get(mark.size());
            return root != null && root.equals(mark.root());
        }

        /** Whether the log, as its tiles under the signed root have it, was the checkpoint's, whatever became of the records. */
        boolean isOfTheLog(Checkpoint mark, Optional<Checkpoint> newest) {
            return newest.isPresent()
                    && tilesRoot().equals(newest.map(Checkpoint::root))
                    && Optional.ofNullable(tileRoots.get(mark.size())).equals(Optional.of(mark.root()));
        }

        Optional<Bytes> tilesRoot() {
            return tilesWhole
                    ? ofTiles.filter(tiles -> tiles.size() == signedSize)
                            .map(tiles -> tiles.edge().root(hasher))
                    : Optional.empty();
        }

        private void take(LeafSource.Block block) {
            byte[] hashes = block.hashes();
            for (int i = 0; i < block.count(); i++) {
                long index = ofLedger.size();
                int inTile = (int) (index % Edge.TILE_WIDTH);
                if (inTile == 0) {
                    stored = stored(index);
                }
                int from = i * TreeHasher.HASH_BYTES;
                int at = inTile * TreeHasher.HASH_BYTES;
                boolean same = at + TreeHasher.HASH_BYTES <= stored.size()
                        && Arrays.equals(
                                stored.unsafeArray(),
                                at,
                                at + TreeHasher.HASH_BYTES,
                                hashes,
                                from,
                                from + TreeHasher.HASH_BYTES);
                if (!same && index < signedSize) {
                    if (ofTiles.isEmpty()) {
                        diverge();
                    }
                    differs(index);
                }
                ofLedger.append(hashes, from);
                mark();
            }
        }

        /** Tiles of level 0 are compared leaf by leaf; those above are here. */
        private void compareUpper(int level, long number, Bytes tile) {
            long records = 1L << (Edge.TILE_HEIGHT * (level + 1));
            long first = number * records;
            if (level > 0 && first + records <= signedSize && upperTiles.size() < RANGES_MAX) {
                if (!disk.tile(level, number, Edge.TILE_WIDTH).equals(Optional.of(tile))) {
                    String reason = TilePath.full(level, number) + " is missing or not what the records say";
                    upperTiles.add(new Finding(Kind.TILES, first, first + records - 1, reason));
                }
            }
        }

        /** From the tile on in which the ledger stands, the stored hashes make a tree of their own. */
        private Frontier diverge() {
            Edge edge = ofLedger.edge();
            long tileStart = edge.size() - edge.width(0);
            List<Bytes> partials = new ArrayList<>(edge.partials());
            if (!partials.isEmpty()) {
                partials.set(0, Bytes.EMPTY);
            }
            Frontier tiles = new Frontier(new Edge(tileStart, partials), hasher, (_, _, _) -> {});
            ofTiles = Optional.of(tiles);
            if (edge.width(0) > 0 || edge.size() == storedFrom) {
                appendStored(tiles, stored);
            }
            return tiles;
        }

        private void appendStored(Frontier tiles, Bytes hashes) {
            for (int at = 0; at < hashes.size(); at += TreeHasher.HASH_BYTES) {
                tiles.append(hashes.unsafeArray(), at);
                if (markSizes.contains(tiles.size())) {
                    tileRoots.put(tiles.size(), tiles.edge().root(hasher));
                }
            }
        }

        /** The stored hashes from {@code first} on, as far as they are signed; they also go into the tree of tiles. */
        private Bytes stored(long first) {
            int width = (int) Math.min(Edge.TILE_WIDTH, signedSize - first);
            if (width <= 0) {
                return Bytes.EMPTY;
            }
            Optional<Bytes> tile = disk.tile(0, first / Edge.TILE_WIDTH, width);
            tilesWhole &= tile.isPresent();
            Bytes hashes = tile.orElse(Bytes.EMPTY);
            storedFrom = first;
            if (tilesWhole) {
                ofTiles.ifPresent(tiles -> appendStored(tiles, hashes));
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
            if (ofLedger.size() == source.first()) {
                droppedRoot = Optional.of(ofLedger.edge().root(hasher));
            }
        }
    }
}
