package dev.keytrail.store;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;

/**
 * A disk in memory that fails as told. Knows what is only in the cache and what is durable; as on Linux, a failed sync
 * leaves the cache clean, so that a later sync does not write what the failed one had to. Thread-safe.
 */
public final class FaultyDisk implements Disk {
    /** What happens to one step. */
    public enum Fault {
        NONE,
        /** Fails and has done nothing. */
        LOST,
        /** Has been done and reports a failure. */
        LANDED,
        /** A write of which only the first half was done; like {@link #LOST} for other steps. */
        TORN
    }

    /** Decides on each step that changes anything. */
    @FunctionalInterface
    public interface Plan {
        Fault fault(int step);
    }

    /** What a crash leaves of bytes that were written and not synced. */
    public enum Unsynced {
        LOST,
        KEPT
    }

    private final Map<String, Content> files = new TreeMap<>();
    private Plan plan = step -> Fault.NONE;
    private int step;
    private CountDownLatch gate = new CountDownLatch(0);
    private long freeBytes = 1L << 40;
    private boolean unplugged;

    private static final class Content {
        private byte[] cached;
        private byte[] durable;
        private final List<Range> dirty = new ArrayList<>();

        Content(byte[] bytes) {
            cached = bytes.clone();
            durable = bytes.clone();
        }
    }

    private record Range(int from, int to) {}

    /** Counts steps from zero again and lets the plan decide from now on. */
    public synchronized void plan(Plan next) {
        plan = next;
        step = 0;
    }

    public synchronized int steps() {
        return step;
    }

    public synchronized void free(long bytes) {
        freeBytes = bytes;
    }

    /** Syncs stop until the returned latch is counted down; then they succeed. */
    public synchronized CountDownLatch stall() {
        gate = new CountDownLatch(1);
        return gate;
    }

    /** The disk as another process finds it after a crash. This one takes nothing more. */
    public synchronized FaultyDisk crash(Unsynced unsynced) {
        unplugged = true;
        FaultyDisk after = new FaultyDisk();
        files.forEach((name, content) ->
                after.files.put(name, new Content(unsynced == Unsynced.KEPT ? content.cached : content.durable)));
        return after;
    }

    /** A copy that goes its own way. */
    public synchronized FaultyDisk copy() {
        FaultyDisk copy = new FaultyDisk();
        files.forEach((name, content) -> copy.files.put(name, new Content(content.cached)));
        return copy;
    }

    public synchronized byte[] content(String name) {
        return find(name).cached.clone();
    }

    public synchronized void replace(String name, byte[] bytes) {
        files.put(name, new Content(bytes));
    }

    @Override
    public synchronized List<String> list() {
        return List.copyOf(files.keySet());
    }

    @Override
    public synchronized DiskFile create(String name, long zeroBytes) throws IOException {
        Fault fault = next();
        if (files.containsKey(name)) {
            throw new FileAlreadyExistsException(name);
        }
        if (fault == Fault.NONE || fault == Fault.LANDED) {
            files.put(name, new Content(new byte[(int) zeroBytes]));
        }
        report(fault);
        return new OpenFile(name, find(name));
    }

    @Override
    public synchronized DiskFile open(String name) throws IOException {
        if (!files.containsKey(name)) {
            throw new FileNotFoundException(name);
        }
        return new OpenFile(name, find(name));
    }

    @Override
    public synchronized void delete(String name) throws IOException {
        Fault fault = next();
        if (fault == Fault.NONE || fault == Fault.LANDED) {
            files.remove(name);
        }
        report(fault);
    }

    @Override
    public synchronized long freeBytes() {
        return freeBytes;
    }

    private Content find(String name) {
        Content content = files.get(name);
        if (content == null) {
            throw new IllegalStateException("no file " + name);
        }
        return content;
    }

    private Fault next() throws IOException {
        if (unplugged) {
            throw new IOException("the disk is gone");
        }
        return plan.fault(step++);
    }

    private static void report(Fault fault) throws IOException {
        if (fault != Fault.NONE) {
            throw new IOException("injected: " + fault);
        }
    }

    private final class OpenFile implements DiskFile {
        private final String name;
        private final Content content;

        OpenFile(String name, Content content) {
            this.name = name;
            this.content = content;
        }

        @Override
        public void write(ByteBuffer bytes, long offset) throws IOException {
            synchronized (FaultyDisk.this) {
                Fault fault = next();
                int length = bytes.remaining();
                byte[] all = new byte[length];
                bytes.get(all);
                int landed = switch (fault) {
                    case NONE, LANDED -> length;
                    case LOST -> 0;
                    case TORN -> length / 2;
                };
                int end = (int) offset + landed;
                if (end > content.cached.length) {
                    content.cached = Arrays.copyOf(content.cached, end);
                }
                System.arraycopy(all, 0, content.cached, (int) offset, landed);
                content.dirty.add(new Range((int) offset, end));
                report(fault);
            }
        }

        @Override
        public void force() throws IOException {
            CountDownLatch wait;
            synchronized (FaultyDisk.this) {
                wait = gate;
            }
            try {
                wait.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            synchronized (FaultyDisk.this) {
                Fault fault = next();
                for (Range range : content.dirty) {
                    int to = fault == Fault.TORN ? (range.from() + range.to()) / 2 : range.to();
                    if (fault == Fault.LOST || to <= range.from()) {
                        continue;
                    }
                    if (to > content.durable.length) {
                        content.durable = Arrays.copyOf(content.durable, to);
                    }
                    System.arraycopy(content.cached, range.from(), content.durable, range.from(), to - range.from());
                }
                content.dirty.clear();
                report(fault);
            }
        }

        @Override
        public int read(ByteBuffer into, long offset) {
            synchronized (FaultyDisk.this) {
                int available = content.cached.length - (int) offset;
                if (available <= 0) {
                    return -1;
                }
                int length = Math.min(available, into.remaining());
                into.put(content.cached, (int) offset, length);
                return length;
            }
        }

        @Override
        public long sizeBytes() {
            synchronized (FaultyDisk.this) {
                return content.cached.length;
            }
        }

        @Override
        public void close() {}

        @Override
        public String toString() {
            return name;
        }
    }
}
