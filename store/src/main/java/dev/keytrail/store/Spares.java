package dev.keytrail.store;

import java.io.Closeable;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one zero-filled segment ahead of the writer, so that going on to the next one costs no allocation. Filled by a
 * platform thread of its own; taken by the committer. Leaves the headroom free.
 */
final class Spares implements Closeable {
    /** Size of the first segment and of those begun in need: made on the spot, so small. */
    static final int SMALL_BYTES = 8 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(Spares.class);
    private static final long RETRY_NANOS = 500_000_000L;

    private final Disk disk;
    private final int segmentBytes;
    private final long headroomBytes;
    private final AtomicLong newestNumber;
    private final AtomicReference<@Nullable Spare> ready = new AtomicReference<>();
    private final Thread filler;
    private volatile boolean closed;

    /** An open file of zeros that may become a segment. */
    record Spare(long number, Disk.DiskFile file, int capacityBytes) {}

    Spares(Disk disk, StoreOptions options, long newestNumber) {
        this.disk = disk;
        this.segmentBytes = options.segmentBytes();
        this.headroomBytes = options.headroomBytes();
        this.newestNumber = new AtomicLong(newestNumber);
        this.filler = Thread.ofPlatform().name("ledger-spares").daemon(true).unstarted(this::fill);
    }

    void start() {
        filler.start();
    }

    /** Takes over a spare that an earlier run has left. */
    void adopt(Spare spare) {
        ready.set(spare);
    }

    /** A file for a segment behind the given one: the spare, or a small one made now. */
    Spare takeAfter(long number) throws IOException {
        Spare spare = ready.getAndSet(null);
        LockSupport.unpark(filler);
        if (spare != null && spare.number() > number) {
            return spare;
        }
        if (spare != null) {
            discard(spare);
        }
        int bytes = Math.min(SMALL_BYTES, segmentBytes);
        return make(bytes, 0);
    }

    /** A file that failed, or that is not wanted: what it holds is no part of the ledger. */
    void discard(Spare spare) {
        try (Disk.DiskFile _ = spare.file()) {
            disk.delete(SegmentHeader.fileName(spare.number()));
        } catch (IOException e) {
            // The next start removes it.
            LOG.debug("cannot remove spare segment {}", spare.number(), e);
        }
    }

    private Spare make(int capacityBytes, long zeroBytes) throws IOException {
        long free = disk.freeBytes();
        if (free - capacityBytes < headroomBytes) {
            throw new IOException("only " + (free >> 20) + " MiB of disk are free, " + (headroomBytes >> 20)
                    + " MiB are kept for a clean stop");
        }
        long number = newestNumber.incrementAndGet();
        String name = SegmentHeader.fileName(number);
        try {
            return new Spare(number, disk.create(name, zeroBytes), capacityBytes);
        } catch (IOException failed) {
            try {
                disk.delete(name);
            } catch (IOException alsoFailed) {
                failed.addSuppressed(alsoFailed);
            }
            throw failed;
        }
    }

    private void fill() {
        while (!closed) {
            if (ready.get() != null) {
                LockSupport.park(this);
                continue;
            }
            try {
                Spare spare = make(segmentBytes, segmentBytes);
                if (!ready.compareAndSet(null, spare)) {
                    discard(spare);
                }
            } catch (IOException | RuntimeException e) {
                LOG.warn("cannot allocate the next segment: {}", e.getMessage());
                LockSupport.parkNanos(this, RETRY_NANOS);
            }
        }
    }

    @Override
    public void close() throws IOException {
        closed = true;
        LockSupport.unpark(filler);
        try {
            filler.join(500);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        Spare spare = ready.getAndSet(null);
        if (spare != null) {
            spare.file().close();
        }
    }
}
