package dev.keytrail.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HistoryChunkTest {
    private static HistoryEntry entry(long seconds, long index, long segment, int offset) {
        return new HistoryEntry(-7, 9, seconds, index, segment, offset);
    }

    private static void requireSame(List<HistoryEntry> entries) {
        byte[] value = HistoryChunk.encode(entries);
        assertThat(HistoryChunk.decode(entries.getFirst().key(), value)).isEqualTo(entries);
    }

    @Test
    void anyEntries_comeBackAsTheyWere() {
        Random random = new Random(7);
        for (int round = 0; round < 2000; round++) {
            List<HistoryEntry> entries = new ArrayList<>();
            for (int i = 0; i <= random.nextInt(HistoryChunk.ENTRIES_MAX); i++) {
                entries.add(entry(
                        random.nextLong() >> random.nextInt(64),
                        random.nextLong() >>> 1 + random.nextInt(63),
                        random.nextLong() >>> 1 + random.nextInt(63),
                        random.nextInt() >>> 1 + random.nextInt(31)));
            }
            entries.sort(HistoryEntry.ORDER);
            requireSame(entries);
        }
        requireSame(List.of(
                entry(Long.MAX_VALUE, 0, Long.MAX_VALUE, 0),
                entry(Long.MIN_VALUE, Long.MAX_VALUE, 0, Integer.MAX_VALUE)));
    }

    @Test
    void sort_namesThatHashAlike_leaveOneEntry() {
        HistoryEntry one = entry(1000, 5, 1, 2);
        HistoryEntry older = entry(999, 4, 1, 1);
        List<HistoryEntry> entries = new ArrayList<>(List.of(older, one, one, older, one));
        HistoryEntry.sort(entries);
        assertThat(entries).containsExactly(one, older);
    }

    @Test
    void neighbours_takeFewBytes() {
        List<HistoryEntry> entries = new ArrayList<>();
        for (int i = 0; i < HistoryChunk.ENTRIES_MAX; i++) {
            entries.add(entry(1_764_000_000L, 5_000_000 - i, 17, 60_000_000 - i * 1640));
        }
        assertThat(HistoryChunk.encode(entries).length).isLessThan(6 * HistoryChunk.ENTRIES_MAX);
    }

    @Test
    void length_endsWithTheList_theSpanAndTheCount() {
        List<HistoryEntry> entries = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            entries.add(entry(1000, 1000 - i, 1, 1));
        }
        assertThat(HistoryChunk.length(entries, 0)).isEqualTo(HistoryChunk.ENTRIES_MAX);
        assertThat(HistoryChunk.length(entries, 256)).isEqualTo(44);
        assertThat(HistoryChunk.length(List.of(entry(1000, 3, 1, 1), entry(999, 2, 1, 1), entry(998, 1, 1, 1)), 0))
                .isEqualTo(2);
        assertThat(HistoryChunk.length(List.of(entry(1000, 3, 1, 1), new HistoryEntry(-7, 10, 1000, 2, 1, 1)), 0))
                .isEqualTo(1);
    }
}
