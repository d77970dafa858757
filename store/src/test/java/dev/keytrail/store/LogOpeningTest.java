package dev.keytrail.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.LedgerContract;
import dev.keytrail.call.LedgerRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a start makes of each state that a crash, or worse, may leave the log in. */
class LogOpeningTest {
    private static final String FIRST = SegmentHeader.fileName(1);

    @TempDir
    Path directory;

    /** Where frames begin in a segment, and where the last one ends. */
    private static List<Integer> bounds(byte[] segment) {
        List<Integer> bounds = new ArrayList<>(List.of(SegmentHeader.BYTES));
        ByteBuffer in = ByteBuffer.wrap(segment);
        while (in.getInt(bounds.getLast()) == FrameHeader.MAGIC) {
            bounds.add(bounds.getLast() + FrameHeader.BYTES + in.getInt(bounds.getLast() + 4));
        }
        return bounds;
    }

    private World written(int commits, int jsonBytes) throws IOException {
        World world = new World(directory);
        world.open();
        for (int i = 0; i < commits; i++) {
            world.commit(jsonBytes);
        }
        world.store.close();
        return world;
    }

    private List<String> openAndList(FaultyDisk disk) throws IOException {
        try (EmbeddedStore store =
                EmbeddedStore.open(directory, disk, LedgerContract.TABLES, World.options(), InstantSource.system())) {
            List<String> ids = LedgerContract.eventIds(store.ledger(), 0);
            assertThat(store.ledger()
                            .read()
                            .get(LedgerContract.CARDS, "count")
                            .map(LedgerContract.Card::number)
                            .orElse(0L))
                    .isEqualTo(ids.size());
            // It can be written again, whatever was found.
            store.ledger().commit(store.ledger().read(), List.of(), List.of(World.record("more", 10)));
            assertThat(LedgerContract.eventIds(store.ledger(), ids.size())).containsExactly("more");
            return ids;
        }
    }

    @Test
    void open_lastFrameTornAtAnyByte_isLeftOut() throws IOException {
        FaultyDisk disk = written(3, 10).disk;
        byte[] whole = disk.content(FIRST);
        List<Integer> bounds = bounds(whole);
        assertThat(bounds).hasSize(4);
        int from = bounds.get(2);
        int to = bounds.get(3);
        for (int cut = from; cut < to; cut++) {
            byte[] prefix = whole.clone();
            Arrays.fill(prefix, cut, to, (byte) 0);
            FaultyDisk torn = disk.copy();
            torn.replace(FIRST, prefix);
            // A last byte that is zero anyway is not missed.
            int expected = Arrays.equals(prefix, whole) ? 3 : 2;
            assertThat(openAndList(torn)).as("cut at %d", cut).hasSize(expected);
            assertThat(openAndListAgain(torn)).as("cut at %d, again", cut).hasSize(expected + 1);
        }
    }

    private List<String> openAndListAgain(FaultyDisk disk) throws IOException {
        try (EmbeddedStore store =
                EmbeddedStore.open(directory, disk, LedgerContract.TABLES, World.options(), InstantSource.system())) {
            return LedgerContract.eventIds(store.ledger(), 0);
        }
    }

    @Test
    void open_lastFrameLandedWithoutItsBeginning_isLeftOut() throws IOException {
        FaultyDisk disk = written(3, 10).disk;
        byte[] whole = disk.content(FIRST);
        List<Integer> bounds = bounds(whole);
        for (int cut = bounds.get(2) + 1; cut < bounds.get(3); cut += 3) {
            byte[] suffix = whole.clone();
            Arrays.fill(suffix, bounds.get(2), cut, (byte) 0);
            FaultyDisk torn = disk.copy();
            torn.replace(FIRST, suffix);
            assertThat(openAndList(torn)).as("missing up to %d", cut).hasSize(2);
        }
    }

    @Test
    void open_tornFrameWhosePayloadLooksLikeFrames_isLeftOut() throws IOException {
        World world = written(2, 10);
        byte[] whole = world.disk.content(FIRST);
        List<Integer> bounds = bounds(whole);
        byte[] frame = Arrays.copyOfRange(whole, bounds.get(0), bounds.get(1));
        world.open();
        LedgerRecord sample = World.record("evil", 10);
        LedgerRecord evil = new LedgerRecord(
                sample.account(),
                sample.region(),
                sample.category(),
                sample.eventId(),
                sample.eventTimeSeconds(),
                sample.eventSource(),
                sample.eventName(),
                sample.readOnly(),
                sample.username(),
                sample.accessKeyId(),
                sample.resources(),
                Bytes.copyOf(frame),
                Bytes.utf8("the end that is torn off"));
        world.store.ledger().commit(world.store.ledger().read(), List.of(), List.of(evil));
        world.store.close();
        byte[] torn = world.disk.content(FIRST);
        int end = bounds(torn).getLast();
        Arrays.fill(torn, end - 5, end, (byte) 0);
        world.disk.replace(FIRST, torn);
        assertThat(openAndList(world.disk)).hasSize(2);
    }

    @Test
    void open_anyBitOfAnEarlierFrameFlipped_stopsAndSaysWhere() throws IOException {
        long seed = 7;
        Random random = new Random(seed);
        FaultyDisk disk = written(3, 10).disk;
        byte[] whole = disk.content(FIRST);
        List<Integer> bounds = bounds(whole);
        for (int at = bounds.get(1); at < bounds.get(2); at++) {
            byte[] flipped = whole.clone();
            flipped[at] ^= (byte) (1 << random.nextInt(8));
            FaultyDisk damaged = disk.copy();
            damaged.replace(FIRST, flipped);
            assertThatThrownBy(() -> openAndList(damaged))
                    .as("byte %d, seed %d", at, seed)
                    .isInstanceOf(LedgerDamaged.class)
                    .hasMessageContaining(FIRST)
                    .hasMessageContaining("offset " + bounds.get(1))
                    .hasMessageContaining("record 1");
        }
    }

    @Test
    void open_anyByteOfALinkedSegmentsHeaderChanged_stops() throws IOException {
        FaultyDisk disk = written(8, 20 << 10).disk;
        List<String> begun = disk.list().stream()
                .filter(name -> disk.content(name)[0] != 0)
                .sorted()
                .toList();
        assertThat(begun).hasSizeGreaterThan(2);
        for (String name : begun) {
            for (int at = 0; at < 44; at++) {
                byte[] changed = disk.content(name);
                changed[at] ^= 1;
                FaultyDisk damaged = disk.copy();
                damaged.replace(name, changed);
                assertThatThrownBy(() -> openAndList(damaged))
                        .as("%s byte %d", name, at)
                        .isInstanceOf(LedgerDamaged.class);
            }
        }
    }

    @Test
    void open_missingMiddleSegment_stops() throws IOException {
        FaultyDisk disk = written(8, 20 << 10).disk;
        List<String> names = disk.list().stream().sorted().toList();
        disk.delete(names.get(1));
        assertThatThrownBy(() -> openAndList(disk))
                .isInstanceOf(LedgerDamaged.class)
                .hasMessageContaining(names.get(1))
                .hasMessageContaining("missing");
    }

    @Test
    void open_damageInAnEarlierSegment_stops() throws IOException {
        FaultyDisk disk = written(8, 20 << 10).disk;
        byte[] changed = disk.content(FIRST);
        changed[bounds(changed).get(1) + 100] ^= 4;
        disk.replace(FIRST, changed);
        assertThatThrownBy(() -> openAndList(disk))
                .isInstanceOf(LedgerDamaged.class)
                .hasMessageContaining(FIRST);
    }

    @Test
    void records_damageWhileOpen_isFoundByTheCursor() throws IOException {
        World world = written(3, 10);
        world.open();
        byte[] changed = world.disk.content(FIRST);
        changed[bounds(changed).get(1) + 100] ^= 4;
        // The open store reads the very file, so it is changed in place.
        try (Disk.DiskFile file = world.disk.open(FIRST)) {
            file.write(ByteBuffer.wrap(changed), 0);
        }
        assertThatThrownBy(() -> LedgerContract.eventIds(world.store.ledger(), 0))
                .isInstanceOf(LedgerDamaged.class)
                .hasMessageContaining("record 1");
        world.store.close();
    }

    @Test
    void open_foreignFiles_areLeftAlone() throws IOException {
        FaultyDisk disk = written(2, 10).disk;
        disk.replace("notes.txt", new byte[] {1, 2, 3});
        assertThat(openAndList(disk)).hasSize(2);
        assertThat(disk.content("notes.txt")).containsExactly(1, 2, 3);
    }

    @Test
    void open_segmentBegunAndTorn_isRemoved() throws IOException {
        FaultyDisk disk = written(2, 10).disk;
        byte[] half = new byte[World.SEGMENT_BYTES];
        ByteBuffer header = new SegmentHeader(99, 2, 1, 500, 0).encode();
        header.get(half, 0, 20);
        disk.replace(SegmentHeader.fileName(99), half);
        assertThat(openAndList(disk)).hasSize(2);
        assertThatCode(() -> openAndListAgain(disk)).doesNotThrowAnyException();
    }
}
