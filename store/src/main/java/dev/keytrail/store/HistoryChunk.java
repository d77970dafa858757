package dev.keytrail.store;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Neighbours in one list of the history index as they are stored together: what comes under one key, newest first. The key
 * is the newest entry's; the value is its place in the ledger (12 bytes: segment, offset), then for each further entry the
 * difference of event time, record index, segment and offset to the one before it, as zigzag varints of 7 bits a byte.
 *
 * <p>A chunk has at most {@link #ENTRIES_MAX} entries and spans at most {@link #SPAN_SECONDS}, so that a reader knows how
 * far before a place it has to begin. Chunks of one list may overlap: events come by the end of their calls and are listed by
 * their beginning.
 */
final class HistoryChunk {
    static final int ENTRIES_MAX = 256;
    static final long SPAN_SECONDS = 1;

    private static final int PLACE_BYTES = 12;

    /** No entry's differences need more. */
    private static final int ENTRY_BYTES_MAX = 4 * 10;

    private HistoryChunk() {}

    /**
     * How many of the entries, from the first of them on, make one chunk.
     *
     * @param entries of one list, newest first
     */
    static int length(List<HistoryEntry> entries, int from) {
        HistoryEntry newest = entries.get(from);
        int most = Math.min(entries.size() - from, ENTRIES_MAX);
        int length = 1;
        while (length < most) {
            HistoryEntry next = entries.get(from + length);
            if (!next.isOfListOf(newest) || newest.seconds() - next.seconds() > SPAN_SECONDS) {
                break;
            }
            length++;
        }
        return length;
    }

    static byte[] encode(List<HistoryEntry> entries) {
        ByteBuffer out = ByteBuffer.allocate(PLACE_BYTES + (entries.size() - 1) * ENTRY_BYTES_MAX);
        HistoryEntry before = entries.getFirst();
        out.putLong(before.segment()).putInt(before.offset());
        for (HistoryEntry entry : entries.subList(1, entries.size())) {
            put(out, before.seconds() - entry.seconds());
            put(out, before.index() - entry.index());
            put(out, before.segment() - entry.segment());
            put(out, (long) before.offset() - entry.offset());
            before = entry;
        }
        byte[] value = new byte[out.position()];
        out.flip().get(value);
        return value;
    }

    /** All entries, newest first; at least one. */
    static List<HistoryEntry> decode(byte[] key, byte[] value) {
        ByteBuffer in = ByteBuffer.wrap(value);
        HistoryEntry entry = HistoryKeys.entry(key, in.getLong(), in.getInt());
        List<HistoryEntry> entries = new ArrayList<>(Math.min(ENTRIES_MAX, 1 + in.remaining() / 4));
        entries.add(entry);
        while (in.hasRemaining()) {
            entry = new HistoryEntry(
                    entry.shelf(),
                    entry.match(),
                    entry.seconds() - take(in),
                    entry.index() - take(in),
                    entry.segment() - take(in),
                    entry.offset() - (int) take(in));
            entries.add(entry);
        }
        return entries;
    }

    private static void put(ByteBuffer out, long value) {
        long rest = value << 1 ^ value >> 63;
        while ((rest & ~0x7FL) != 0) {
            out.put((byte) (rest | 0x80));
            rest >>>= 7;
        }
        out.put((byte) rest);
    }

    private static long take(ByteBuffer in) {
        long value = 0;
        byte octet;
        int shift = 0;
        do {
            octet = in.get();
            value |= (octet & 0x7FL) << shift;
            shift += 7;
        } while (octet < 0);
        return value >>> 1 ^ -(value & 1);
    }
}
