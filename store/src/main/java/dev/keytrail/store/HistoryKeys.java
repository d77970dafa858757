package dev.keytrail.store;

import dev.keytrail.audit.history.HistoryIndex;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.LedgerRecord.Category;
import dev.keytrail.call.Sha256;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Keys of the history index, 33 bytes: kind (1), account, Region and category hashed (8), attribute and value hashed (8), event
 * time falling (8), record index falling (8). Sorted as unsigned bytes they stand in history's own order. Neighbours are stored
 * together under the first one's key: see {@link HistoryChunk}.
 *
 * <p>Hashes collide now and then; whoever reads the index checks the record itself. The hash of the account is a
 * cryptographic one, so that nobody can make another account's look-ups slow.
 */
final class HistoryKeys {
    static final byte KIND = 'h';
    private static final int BYTES = 33;

    private static final int SHELVES_MAX = 4096;
    private static final long PRIME = 0x9E37_79B9_7F4A_7C15L;
    private static final HistoryIndex.Attribute[] ATTRIBUTES = HistoryIndex.Attribute.values();

    private final Map<Shelf, Long> shelves = new ConcurrentHashMap<>();

    private record Shelf(String account, String region, Category category) {}

    /** Every place in the lists in which a record is found. */
    void of(long index, LedgerRecord record, LogPosition frame, Consumer<HistoryEntry> entries) {
        of(index, record, frame.segment(), frame.offset(), true, true, entries);
    }

    /** The same, of one whose place in the ledger is not told. */
    void of(long index, LedgerRecord record, Consumer<HistoryEntry> entries) {
        of(index, record, 0, 0, true, true, entries);
    }

    /** Those that go when history forgets the record. */
    void forgettable(long index, LedgerRecord record, Consumer<HistoryEntry> entries) {
        of(index, record, 0, 0, true, false, entries);
    }

    /** Those that stay. */
    void lasting(long index, LedgerRecord record, LogPosition frame, Consumer<HistoryEntry> entries) {
        of(index, record, frame.segment(), frame.offset(), false, true, entries);
    }

    private void of(
            long index,
            LedgerRecord record,
            long segment,
            int offset,
            boolean forgettable,
            boolean lasting,
            Consumer<HistoryEntry> entries) {
        long shelf = shelf(record.account(), record.region(), record.category());
        long seconds = record.eventTimeSeconds();
        if (forgettable) {
            entries.accept(new HistoryEntry(shelf, everything(), seconds, index, segment, offset));
        }
        for (HistoryIndex.Attribute attribute : ATTRIBUTES) {
            if (!(HistoryIndex.outlives(record, attribute) ? lasting : forgettable)) {
                continue;
            }
            for (String value : attribute.valuesIn(record)) {
                entries.accept(new HistoryEntry(shelf, hash(attribute, value), seconds, index, segment, offset));
            }
        }
    }

    /** The place at or behind which the look-up's first event stands. */
    HistoryEntry first(HistoryIndex.Lookup lookup) {
        long shelf = shelf(lookup.account(), lookup.region(), lookup.category());
        long match = lookup.match().map(m -> hash(m.attribute(), m.value())).orElse(everything());
        HistoryIndex.Position newest = new HistoryIndex.Position(lookup.toSecond(), Long.MAX_VALUE);
        Optional<HistoryIndex.Position> after = lookup.after().filter(position -> position.compareTo(newest) > 0);
        HistoryIndex.Position first = after.orElse(newest);
        return new HistoryEntry(shelf, match, first.eventTimeSeconds(), first.index(), 0, 0);
    }

    /** Whether it stands in the list of all of a shelf, not in an attribute's. */
    static boolean isOfAll(HistoryEntry entry) {
        return entry.match() == everything();
    }

    /** The first key of the shelf behind that of the entry; empty behind the last one. */
    static Optional<byte[]> nextShelf(HistoryEntry entry) {
        long next = entry.shelf() + 1;
        return next == 0
                ? Optional.empty()
                : Optional.of(ByteBuffer.allocate(1 + Long.BYTES)
                        .put(KIND)
                        .putLong(next)
                        .array());
    }

    /** On the entry's shelf, among all its events: where those older than the second begin. */
    static HistoryEntry before(HistoryEntry entry, long second) {
        return new HistoryEntry(
                entry.shelf(), everything(), Math.max(second, Long.MIN_VALUE + 1) - 1, Long.MAX_VALUE, 0, 0);
    }

    static boolean isOne(byte[] key) {
        return key.length == BYTES && key[0] == KIND;
    }

    static HistoryEntry entry(byte[] key, long segment, int offset) {
        ByteBuffer in = ByteBuffer.wrap(key, 1, BYTES - 1);
        return new HistoryEntry(
                in.getLong(), in.getLong(), ~in.getLong() ^ Long.MIN_VALUE, ~in.getLong(), segment, offset);
    }

    static byte[] key(long shelf, long match, long seconds, long index) {
        return ByteBuffer.allocate(BYTES)
                .put(KIND)
                .putLong(shelf)
                .putLong(match)
                .putLong(~(seconds ^ Long.MIN_VALUE))
                .putLong(~index)
                .array();
    }

    private long shelf(String account, String region, Category category) {
        Shelf shelf = new Shelf(account, region, category);
        Long known = shelves.get(shelf);
        if (known != null) {
            return known;
        }
        long hashed = hashStrongly(account + "/" + region + (category == Category.MANAGEMENT ? "" : "/" + category));
        if (shelves.size() < SHELVES_MAX) {
            shelves.put(shelf, hashed);
        }
        return hashed;
    }

    private static long hashStrongly(String text) {
        byte[] digest = Sha256.start().digest(text.getBytes(StandardCharsets.UTF_8));
        return ByteBuffer.wrap(digest).getLong();
    }

    private static long everything() {
        return 0;
    }

    /** Part of the stored format. */
    private static long number(HistoryIndex.Attribute attribute) {
        return switch (attribute) {
            case EVENT_ID -> 1;
            case EVENT_NAME -> 2;
            case READ_ONLY -> 3;
            case USERNAME -> 4;
            case RESOURCE_TYPE -> 5;
            case RESOURCE_NAME -> 6;
            case EVENT_SOURCE -> 7;
            case ACCESS_KEY_ID -> 8;
            case REQUEST_ID -> 9;
        };
    }

    /** Part of the stored format. */
    private static long hash(HistoryIndex.Attribute attribute, String value) {
        long hash = number(attribute) * PRIME;
        for (int i = 0; i < value.length(); i++) {
            hash = Long.rotateLeft((hash ^ value.charAt(i)) * PRIME, 29);
        }
        hash ^= hash >>> 32;
        hash *= PRIME;
        return hash ^ (hash >>> 29);
    }
}
