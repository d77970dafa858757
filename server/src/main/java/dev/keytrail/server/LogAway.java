package dev.keytrail.server;

import dev.keytrail.audit.chain.ChainDisk;
import dev.keytrail.audit.chain.Declaration;
import dev.keytrail.audit.chain.LeafSource;
import dev.keytrail.audit.chain.TilePath;
import dev.keytrail.audit.chain.TreeHasher;
import dev.keytrail.call.Bytes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * A running server's log as an auditor reads it over HTTP: hashes as a disk, entries as leaves. Some requests are always
 * under way. For one thread; close it.
 */
final class LogAway implements ChainDisk, LeafSource, AutoCloseable {
    private static final int REQUESTS_AHEAD = 16;
    private static final int REQUESTS_AT_ONCE = 4;
    private static final int BUNDLE = 256;
    private static final int GONE = 410;

    private final SigningClient client;
    private final String region;
    private final Bytes checkpoint;
    private final long size;
    private final Deque<Future<Block>> coming = new ArrayDeque<>();
    private final ExecutorService pool = Executors.newFixedThreadPool(
            REQUESTS_AT_ONCE,
            Thread.ofPlatform().name("reader-", 0).daemon(true).factory());
    private final NavigableMap<Long, Declaration> declarations = new ConcurrentSkipListMap<>();
    private long first;
    private long asked;

    private LogAway(SigningClient client, String region, Bytes checkpoint, long size) {
        this.client = client;
        this.region = region;
        this.checkpoint = checkpoint;
        this.size = size;
    }

    /** The log as its newest checkpoint shows it now. */
    static LogAway open(SigningClient client, String region) throws IOException {
        SigningClient.Got got = client.get("keytrail", region, LogFront.LOG + "checkpoint");
        if (got.status() != 200) {
            throw new OperatorError("the checkpoint cannot be read: HTTP " + got.status() + " "
                    + got.body().utf8());
        }
        String[] lines = got.body().utf8().split("\n", 3);
        if (lines.length < 3 || !lines[1].matches("0|[1-9][0-9]{0,17}")) {
            throw new OperatorError("the server shows no checkpoint");
        }
        return new LogAway(client, region, got.body(), Long.parseLong(lines[1]));
    }

    long size() {
        return size;
    }

    /** Looks for the first record that is there, in some twenty requests where any was dropped. */
    LogAway find() throws IOException {
        long gone = -1;
        long there = Math.max(0, size - 1) / BUNDLE;
        for (long at = 0; size > 0 && gone + 1 < there; at = (gone + 1 + there) / 2) {
            if (get(at).status() == GONE) {
                gone = at;
            } else {
                there = at;
            }
        }
        if (there > 0 || (size > 0 && get(0).status() != GONE)) {
            ByteBuffer in = ByteBuffer.wrap(get(there).body().unsafeArray());
            first = there * BUNDLE;
            while (in.remaining() >= Integer.BYTES && in.getInt() == 0) {
                first++;
            }
        }
        asked = first;
        return this;
    }

    @Override
    public long first() {
        return first;
    }

    @Override
    public NavigableMap<Long, Declaration> declarations() {
        return declarations;
    }

    @Override
    public Optional<Bytes> read(String path) {
        if (path.equals("checkpoint")) {
            return Optional.of(checkpoint); // the one that all else is held against
        }
        try {
            SigningClient.Got got = client.get("keytrail", region, LogFront.LOG + path);
            if (got.status() != 200 && got.status() != 404) {
                throw new IOException(
                        path + ": HTTP " + got.status() + " " + got.body().utf8());
            }
            return got.status() == 200 ? Optional.of(got.body()) : Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Optional<Block> next() throws IOException {
        while (asked < size && coming.size() < REQUESTS_AHEAD) {
            long from = asked;
            long end = Math.min(size, (from / BUNDLE + 1) * BUNDLE);
            coming.add(pool.submit(() -> bundle(from, end)));
            asked = end;
        }
        Future<Block> block = coming.poll();
        if (block == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(block.get());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } catch (ExecutionException e) {
            throw new IOException("reading the log: " + e.getCause(), e);
        }
    }

    private SigningClient.Got get(long number) throws IOException {
        int width = (int) Math.min(BUNDLE, size - number * BUNDLE);
        String path = LogFront.LOG + "bundle/" + TilePath.digits(number) + (width < BUNDLE ? ".p/" + width : "");
        return client.get("keytrail", region, path);
    }

    /** Entries that are missing, or of which there are too many, leave zeros: the root then is another. */
    private Block bundle(long from, long end) throws IOException {
        long number = from / BUNDLE;
        SigningClient.Got got = get(number);
        if (got.status() != 200) {
            throw new IOException("bundle " + number + ": HTTP " + got.status() + " "
                    + got.body().utf8());
        }
        byte[] hashes = new byte[(int) (end - from) * TreeHasher.HASH_BYTES];
        byte[] bytes = got.body().unsafeArray();
        ByteBuffer in = ByteBuffer.wrap(bytes);
        TreeHasher hasher = new TreeHasher();
        for (long index = number * BUNDLE; index < end && in.remaining() >= Integer.BYTES; index++) {
            int length = in.getInt();
            if (length < 0 || length > in.remaining()) {
                break;
            }
            if (index >= from) {
                int at = (int) (index - from) * TreeHasher.HASH_BYTES;
                hasher.leaf(bytes, in.position(), length, hashes, at);
                note(index, got.body().slice(in.position(), in.position() + length));
            }
            in.position(in.position() + length);
        }
        return new Block(from, hashes);
    }

    private void note(long index, Bytes event) {
        if (Declaration.isNamedIn(event)) {
            Declaration.parse(event).ifPresent(declaration -> declarations.put(index, declaration));
        }
    }

    @Override
    public void write(String path, Bytes content) {
        throw new UnsupportedOperationException("the log of another is only read");
    }

    @Override
    public void writeDurably(String path, Bytes content) {
        write(path, content);
    }

    /** A log may take a partial tile away when the full one is there. */
    @Override
    public Optional<Bytes> tile(int level, long number, int width) {
        return read(TilePath.of(level, number, width))
                .or(() -> width < BUNDLE ? read(TilePath.of(level, number, BUNDLE)) : Optional.empty())
                .filter(tile -> tile.size() >= width * TreeHasher.HASH_BYTES)
                .map(tile -> tile.slice(0, width * TreeHasher.HASH_BYTES));
    }

    @Override
    public void putTile(int level, long number, Bytes hashes) {
        write(TilePath.of(level, number, BUNDLE), hashes);
    }

    @Override
    public void syncTiles(int level, long first, long last) {
        // Never put, so there is nothing to make durable.
        throw new UnsupportedOperationException("the log of another is only read");
    }

    @Override
    public void close() {
        pool.shutdownNow();
    }
}
