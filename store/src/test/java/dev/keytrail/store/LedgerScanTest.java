package dev.keytrail.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keytrail.audit.chain.LeafSource;
import dev.keytrail.audit.chain.LogVerifier.Finding;
import dev.keytrail.audit.chain.LogVerifier.Kind;
import dev.keytrail.audit.chain.TreeHasher;
import dev.keytrail.call.Change;
import dev.keytrail.call.LedgerContract;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.SampleRecords;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;

/** The whole ledger read without decoding: what is whole is found whole, and what is not is named. */
class LedgerScanTest {
    private static final int RECORDS = 1720;

    @TempDir
    private Path directory;

    private final List<LedgerRecord> written = new ArrayList<>();

    @BeforeEach
    void fill() throws IOException {
        try (EmbeddedStore store = open()) {
            for (int i = 0; i < RECORDS; i++) {
                LedgerRecord record = SampleRecords.event("111122223333", "eu-west-1", "id-" + i, i);
                Change<?> change = i % 7 == 3
                        ? Change.delete(LedgerContract.NAMES, "row-" + (i - 1) % 20)
                        : Change.put(LedgerContract.NAMES, "row-" + i % 20, "value-" + i);
                store.ledger().commit(store.ledger().read(), List.of(change), List.of(record));
                written.add(record);
            }
        }
    }

    private EmbeddedStore open() throws IOException {
        return EmbeddedStore.open(
                directory,
                LedgerContract.TABLES,
                StoreOptions.defaults().withSegmentBytes(64 << 10),
                InstantSource.system());
    }

    /** Indexes whose hash is not that of the record, and what was found. */
    private record Scanned(List<Long> wrong, List<Finding> findings) {}

    private Scanned scan() throws IOException {
        try (LedgerScan scan = LedgerScan.open(directory, 3)) {
            List<Long> wrong = new ArrayList<>();
            TreeHasher hasher = new TreeHasher();
            long index = 0;
            for (Optional<LeafSource.Block> block = scan.next(); block.isPresent(); block = scan.next()) {
                assertThat(block.get().first()).isEqualTo(index);
                for (int i = 0; i < block.get().count(); i++, index++) {
                    byte[] hash = new byte[TreeHasher.HASH_BYTES];
                    byte[] json = written.get((int) index).json().unsafeArray();
                    hasher.leaf(json, 0, json.length, hash, 0);
                    if (ByteBuffer.wrap(hash).getLong() != block.get().start(i)) {
                        wrong.add(index);
                    }
                }
            }
            assertThat(index).isEqualTo(RECORDS);
            return new Scanned(wrong, scan.findings());
        }
    }

    private List<Path> segments() throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("ledger"))) {
            return files.sorted()
                    .filter(file -> {
                        try {
                            return ByteBuffer.wrap(Files.readAllBytes(file)).getLong() != 0;
                        } catch (IOException e) {
                            throw new java.io.UncheckedIOException(e);
                        }
                    })
                    .toList();
        }
    }

    private static void flip(Path file, int at) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[at] ^= 4;
        Files.write(file, bytes);
    }

    @Test
    void wholeLedger_isReadWhole_andNothingIsChanged() throws IOException {
        assertThat(segments().size()).isGreaterThan(2);
        List<byte[]> before = contents();
        Scanned scanned = scan();
        assertThat(scanned.findings()).isEmpty();
        assertThat(scanned.wrong()).isEmpty();
        List<byte[]> after = contents();
        for (int i = 0; i < before.size(); i++) {
            assertThat(after.get(i)).isEqualTo(before.get(i));
        }
    }

    private List<byte[]> contents() throws IOException {
        List<byte[]> all = new ArrayList<>();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                all.add(Files.readAllBytes(file));
            }
        }
        return all;
    }

    @Test
    void changedBytes_areNamedByFrame_andTheRestIsStillRead() throws IOException {
        Path segment = segments().get(1);
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(segment));
        int first = SegmentHeader.BYTES;
        long index = bytes.getLong(first + 8);
        int second = first + FrameHeader.BYTES + bytes.getInt(first + 4);
        for (int at : new int[] {first + 60, second - 1, first, first + 9, first + 21, first + 30}) {
            flip(segment, at);
            Scanned scanned = scan();
            // A change of state may be lost with the frame that said it, and is named too.
            assertThat(scanned.findings())
                    .as("byte %d", at)
                    .anySatisfy(finding -> assertThat(finding.from()).isEqualTo(index))
                    .filteredOn(finding -> finding.kind() == Kind.DAMAGED)
                    .hasSizeBetween(1, 2);
            assertThat(scanned.wrong()).allMatch(wrong -> wrong == index);
            flip(segment, at);
        }
        assertThat(scan().findings()).isEmpty();
    }

    @Test
    void packedSegments_areReadWhole_andDamageInThemIsNamed() throws IOException {
        try (EmbeddedStore store = open()) {
            assertThat(store.pack()).isTrue();
            while (store.pack()) {
                // Until none is left.
            }
        }
        Path packed = directory.resolve("ledger").resolve(SegmentHeader.fileName(2) + ".pack");
        assertThat(packed).exists();
        assertThat(scan().findings()).isEmpty();
        int at = (int) Files.size(packed) / 2;
        flip(packed, at);
        Scanned scanned = scan();
        assertThat(scanned.findings())
                .anySatisfy(finding -> assertThat(finding.kind()).isEqualTo(Kind.DAMAGED));
        assertThat(scanned.wrong()).doesNotContain(0L, (long) RECORDS - 1);
        flip(packed, at);
        assertThat(scan().findings()).isEmpty();
    }

    @Test
    void missingSegment_isNamedWithItsRecords() throws IOException {
        Path segment = segments().get(1);
        Files.delete(segment);
        Scanned scanned = scan();
        assertThat(scanned.findings())
                .anySatisfy(finding -> assertThat(finding.text()).contains("is missing"));
        assertThat(scanned.wrong()).isNotEmpty().doesNotContain(0L, (long) RECORDS - 1);
    }

    @Test
    void tornTail_isNoPartOfTheLedger() throws IOException {
        Path last = segments().getLast();
        byte[] bytes = Files.readAllBytes(last);
        int end = SegmentHeader.BYTES;
        while (ByteBuffer.wrap(bytes).getInt(end) == FrameHeader.MAGIC) {
            end += FrameHeader.BYTES + ByteBuffer.wrap(bytes).getInt(end + 4);
        }
        System.arraycopy(bytes, SegmentHeader.BYTES, bytes, end, 50);
        Files.write(last, bytes);
        assertThat(scan().findings()).isEmpty();
    }

    @Test
    void servedState_thatTheLedgerDoesNotSay_isNamed() throws Exception {
        try (Options options = new Options();
                RocksDB views = RocksDB.open(options, directory.resolve("views").toString())) {
            views.put(row("row-5"), new byte[] {1, 2});
            views.put(row("planted"), new byte[] {1, 2});
            views.delete(row("row-6"));
        }
        assertThat(scan().findings().stream().map(Finding::text).sorted().toList())
                .satisfiesExactly(
                        one -> assertThat(one).contains("planted", "never written"),
                        two -> assertThat(two).contains("row-5", "another"),
                        three -> assertThat(three).contains("row-6", "missing"));
    }

    private static byte[] row(String key) {
        return ("s" + LedgerContract.NAMES.name() + '\0' + key).getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void storeInUse_orNone_isRefused() throws IOException {
        try (EmbeddedStore _ = open()) {
            assertThatThrownBy(() -> LedgerScan.open(directory, 1)).hasMessageContaining("in use");
        }
        assertThatThrownBy(() -> LedgerScan.open(directory.resolve("none"), 1)).isInstanceOf(IOException.class);
    }
}
