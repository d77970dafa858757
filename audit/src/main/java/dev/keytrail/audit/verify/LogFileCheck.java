package dev.keytrail.audit.verify;

import dev.keytrail.audit.chain.Declaration;
import dev.keytrail.audit.chain.LeafSource;
import dev.keytrail.audit.chain.LogVerifier.Finding;
import dev.keytrail.audit.chain.LogVerifier.Kind;
import dev.keytrail.audit.chain.TreeHasher;
import dev.keytrail.call.Bytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;

/**
 * Holds delivered log files against the ledger: every event of a file must be a leaf of the log, byte for byte. First the
 * ledger's leaves go through here, then the files. It keeps eight bytes of each leaf.
 */
public final class LogFileCheck implements LeafSource {
    private static final byte[] HEAD = "{\"Records\":[".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] TAIL = "]}".getBytes(StandardCharsets.US_ASCII);
    private static final int FINDINGS_MAX = 10_000;

    private final LeafSource ledger;
    private final TreeHasher hasher = new TreeHasher();
    private final List<Finding> findings = new ArrayList<>();
    private long[] leaves = new long[1 << 16];
    private int count;
    private boolean sorted;
    private long events;
    private int files;

    public LogFileCheck(LeafSource ledger) {
        this.ledger = ledger;
    }

    @Override
    public Optional<Block> next() throws IOException {
        Optional<Block> block = ledger.next();
        block.ifPresent(b -> {
            if (leaves.length - count < b.count()) {
                leaves = Arrays.copyOf(leaves, Math.max(count + b.count(), leaves.length + (leaves.length >> 1)));
            }
            for (int i = 0; i < b.count(); i++) {
                leaves[count++] = b.start(i);
            }
        });
        return block;
    }

    @Override
    public long first() {
        return ledger.first();
    }

    @Override
    public Optional<Bytes> base() {
        return ledger.base();
    }

    @Override
    public NavigableMap<Long, Declaration> declarations() {
        return ledger.declarations();
    }

    public static boolean isLogFile(String key) {
        return TrailVerifier.isLogFile(key);
    }

    /** Checks all log files of a source. */
    public void checkAll(TrailSource source, String prefix) throws IOException {
        List<String> keys = new ArrayList<>();
        source.list(prefix, key -> {
            if (isLogFile(key)) {
                keys.add(key);
            }
        });
        for (String key : keys) {
            Optional<TrailSource.Stored> file = source.read(key);
            if (file.isPresent()) {
                check(key, file.get().body());
            }
        }
    }

    /** @param name how the file is called in findings */
    public void check(String name, Bytes gzip) {
        if (!sorted) {
            leaves = Arrays.copyOf(leaves, count);
            Arrays.parallelSort(leaves);
            sorted = true;
        }
        files++;
        try {
            byte[] json = Gunzip.content(gzip).unsafeArray();
            if (!startsWith(json, 0, HEAD) || !startsWith(json, json.length - TAIL.length, TAIL)) {
                throw new IOException("it is no log file");
            }
            walk(name, json);
        } catch (IOException e) {
            found(name + ": " + e.getMessage());
        }
    }

    public void found(String what) {
        if (findings.size() < FINDINGS_MAX) {
            findings.add(new Finding(Kind.LOG_FILE_DIFFERS, 0, Math.max(0, count - 1), what));
        }
    }

    private static boolean startsWith(byte[] json, int at, byte[] text) {
        return at >= 0
                && at + text.length <= json.length
                && Arrays.equals(json, at, at + text.length, text, 0, text.length);
    }

    /** Cuts the list into its elements without reading them: braces count outside of strings alone. */
    private void walk(String name, byte[] json) throws IOException {
        int end = json.length - TAIL.length;
        int at = HEAD.length;
        int number = 0;
        while (at < end) {
            int close = close(json, at, end);
            events++;
            byte[] hash = new byte[TreeHasher.HASH_BYTES];
            hasher.leaf(json, at, close - at, hash, 0);
            if (Arrays.binarySearch(leaves, ByteBuffer.wrap(hash).getLong()) < 0) {
                found(name + ", event " + number + ": the ledger has no such event");
            }
            number++;
            if (close < end && json[close] != ',') {
                throw new IOException("it is no log file");
            }
            at = close + 1;
        }
    }

    private static int close(byte[] json, int from, int end) throws IOException {
        int depth = 0;
        boolean text = false;
        for (int i = from; i < end; i++) {
            byte c = json[i];
            if (text) {
                if (c == '\\') {
                    i++;
                } else if (c == '"') {
                    text = false;
                }
            } else if (c == '"') {
                text = true;
            } else if (c == '{') {
                depth++;
            } else if (c == '}' && --depth == 0) {
                return i + 1;
            }
        }
        throw new IOException("it is no log file");
    }

    public List<Finding> findings() {
        return List.copyOf(findings);
    }

    public int files() {
        return files;
    }

    public long events() {
        return events;
    }
}
