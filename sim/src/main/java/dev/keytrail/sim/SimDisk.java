package dev.keytrail.sim;

import dev.keytrail.store.Disk;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A disk in memory under an embedded store. It knows what is only in the cache and what is durable, fails as told, and
 * its power can be cut in the middle of a step.
 *
 * <p>Faults hit the committer's steps alone: those come in an order that the calls decide, while the spare segments are
 * filled by another thread at its own pace. Thread-safe.
 */
final class SimDisk implements Disk {
    private static final String COMMITTER = "ledger-committer";

    /** What becomes of a step. */
    enum Fault {
        NONE,
        /** Fails, has done nothing. */
        LOST,
        /** Fails, was done all the same. */
        LANDED,
        /** A write of which a part was done; fails. */
        TORN
    }

    /** A step that can be told to fail. */
    enum Kind {
        WRITE,
        SYNC,
        CREATE,
        DELETE
    }

    /** What a power cut leaves of bytes that were written and not synced. */
    enum Unsynced {
        LOST,
        KEPT,
        HALF
    }

    /** The ways to fail. */
    static final List<Fault> FAILURES = List.of(Fault.LOST, Fault.LANDED, Fault.TORN);

    static final List<Unsynced> UNSYNCED = List.of(Unsynced.LOST, Unsynced.KEPT, Unsynced.HALF);

    private final Map<String, Content> files = new TreeMap<>();
    private Fault once = Fault.NONE;
    private Kind onceAt = Kind.WRITE;
    private Fault always = Fault.NONE;
    private boolean full;
    private boolean lying;
    private int stepsToCut = -1;
    private boolean cut;

    private static final class Content {
        private byte[] cached;
        private byte[] durable;
        private final List<Range> dirty = new ArrayList<>();

        Content(byte[] bytes) {
            cached = bytes.clone();
            durable = bytes.clone();
        }

        void keep(int from, int to) {
            if (to > durable.length) {
                durable = Arrays.copyOf(durable, to);
            }
            System.arraycopy(cached, from, durable, from, Math.max(0, to - from));
        }
    }

    private record Range(int from, int to) {}

    /** The next write, or the next sync, fails so. */
    synchronized void failOnce(Kind at, Fault fault) {
        once = fault;
        onceAt = at;
    }

    /** All writes and syncs fail so until told otherwise. */
    synchronized void failAlways(Fault fault) {
        always = fault;
    }

    /** No file can be made or grown. */
    synchronized void full(boolean now) {
        full = now;
    }

    /** Syncs report success and do nothing. */
    synchronized void lie() {
        lying = true;
    }

    /** The power goes after so many more steps of the committer, in the middle of one; negative: it does not. */
    synchronized void cutAfter(int steps) {
        stepsToCut = steps;
    }

    synchronized void cutNow() {
        cut = true;
    }

    synchronized boolean isCut() {
        return cut;
    }

    synchronized void heal() {
        once = Fault.NONE;
        always = Fault.NONE;
        full = false;
    }

    /** Whether a whole segment of zeros lies ready, which makes the next roll independent of the filler's pace. */
    synchronized boolean hasSpare(int segmentBytes) {
        return files.values().stream().anyMatch(file -> file.cached.length >= segmentBytes && file.cached[0] == 0);
    }

    /** The disk as the next start finds it. This one takes nothing more. */
    synchronized SimDisk afterCut(Unsynced unsynced) {
        cut = true;
        SimDisk after = new SimDisk();
        files.forEach((name, content) -> {
            for (Range range : content.dirty) {
                switch (unsynced) {
                    case LOST -> {}
                    case KEPT -> content.keep(range.from(), range.to());
                    case HALF -> content.keep(range.from(), (range.from() + range.to()) / 2);
                }
            }
            after.files.put(name, new Content(content.durable));
        });
        return after;
    }

    private Fault next(Kind kind) throws IOException {
        if (cut) {
            throw new IOException("the power is off");
        }
        if (full && kind == Kind.CREATE) {
            throw new IOException("no space left on device");
        }
        if (!Thread.currentThread().getName().equals(COMMITTER)) {
            return Fault.NONE;
        }
        if (stepsToCut >= 0 && stepsToCut-- == 0) {
            cut = true;
            return kind == Kind.SYNC ? Fault.LOST : Fault.TORN;
        }
        if (once != Fault.NONE && kind == onceAt) {
            Fault fault = once;
            once = Fault.NONE;
            return fault;
        }
        return always;
    }

    private static void report(Fault fault) throws IOException {
        if (fault != Fault.NONE) {
            throw new IOException("simulated: " + fault);
        }
    }

    @Override
    public synchronized List<String> list() {
        return List.copyOf(files.keySet());
    }

    @Override
    public synchronized DiskFile create(String name, long zeroBytes) throws IOException {
        Fault fault = next(Kind.CREATE);
        if (files.containsKey(name)) {
            throw new FileAlreadyExistsException(name);
        }
        if (fault != Fault.LOST) {
            int length = fault == Fault.TORN ? (int) zeroBytes / 2 : (int) zeroBytes;
            files.put(name, new Content(new byte[length]));
        }
        report(fault);
        return open(name);
    }

    @Override
    public synchronized DiskFile open(String name) throws IOException {
        Content content = files.get(name);
        if (content == null) {
            throw new FileNotFoundException(name);
        }
        return new OpenFile(content);
    }

    @Override
    public synchronized void delete(String name) throws IOException {
        Fault fault = next(Kind.DELETE);
        if (fault != Fault.LOST) {
            files.remove(name);
        }
        report(fault);
    }

    @Override
    public synchronized long freeBytes() {
        return full ? 0 : 1L << 40;
    }

    private final class OpenFile implements DiskFile {
        private final Content content;

        OpenFile(Content content) {
            this.content = content;
        }

        @Override
        public void write(ByteBuffer bytes, long offset) throws IOException {
            synchronized (SimDisk.this) {
                Fault fault = next(Kind.WRITE);
                byte[] all = new byte[bytes.remaining()];
                bytes.get(all);
                int from = (int) offset;
                int landed = switch (fault) {
                    case NONE, LANDED -> all.length;
                    case LOST -> 0;
                    case TORN -> all.length / 2;
                };
                int end = from + landed;
                if (end > content.cached.length) {
                    if (full) {
                        throw new IOException("no space left on device");
                    }
                    content.cached = Arrays.copyOf(content.cached, end);
                }
                System.arraycopy(all, 0, content.cached, from, landed);
                content.dirty.add(new Range(from, end));
                report(fault);
            }
        }

        @Override
        public void force() throws IOException {
            synchronized (SimDisk.this) {
                Fault fault = next(Kind.SYNC);
                if (cut) {
                    report(fault);
                }
                if (lying) {
                    return;
                }
                // As on Linux: what a failed sync did not write is clean afterwards, and no later sync writes it.
                for (Range range : content.dirty) {
                    switch (fault) {
                        case NONE, LANDED -> content.keep(range.from(), range.to());
                        case TORN -> content.keep(range.from(), (range.from() + range.to()) / 2);
                        case LOST -> {}
                    }
                }
                content.dirty.clear();
                report(fault);
            }
        }

        @Override
        public int read(ByteBuffer into, long offset) {
            synchronized (SimDisk.this) {
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
            synchronized (SimDisk.this) {
                return content.cached.length;
            }
        }

        @Override
        public void close() {}
    }
}
