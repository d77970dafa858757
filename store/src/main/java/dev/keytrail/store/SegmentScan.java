package dev.keytrail.store;

import dev.keytrail.audit.chain.TreeHasher;
import dev.keytrail.call.Bytes;
import dev.keytrail.store.Disk.DiskFile;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads one segment whole, without decoding records: checks each frame's sums and its link to the one before, hashes each
 * event, keeps the changes of state as bytes. Goes on behind damage as far as it can. For one thread.
 */
final class SegmentScan {
    /** Frames and records that are not as they were written. */
    record Damage(long fromIndex, long toIndex, int offset, String what) {}

    /** Changes of state, in the frame at that offset. */
    static final class Changes {
        final int frameOffset;
        final byte[] coded;

        Changes(int frameOffset, byte[] coded) {
            this.frameOffset = frameOffset;
            this.coded = coded;
        }
    }

    final SegmentHeader header;
    final List<Changes> changes = new ArrayList<>();
    final Map<Long, Bytes> declarations = new HashMap<>();
    final List<Damage> damages = new ArrayList<>();

    private LogPosition end;

    private final Optional<SegmentHeader> next;
    private final TreeHasher hasher = new TreeHasher();
    private byte[] hashes = new byte[1 << 20];
    private long nextIndex;
    private byte[] frame = new byte[1 << 16];

    private final Intact intact;

    /** Meets the frames that are as they were written, in order. */
    interface Intact {
        /** @param payload of this call only */
        void frame(LogPosition start, FrameHeader head, ByteBuffer payload);
    }

    private SegmentScan(SegmentHeader header, Optional<SegmentHeader> next, Intact intact) {
        this.header = header;
        this.intact = intact;
        this.next = next;
        this.end = header.start();
        this.nextIndex = header.firstIndex();
    }

    /** @param next the segment behind, which says where this one ends */
    static SegmentScan of(Path directory, Disk disk, SegmentHeader header, Optional<SegmentHeader> next)
            throws IOException {
        return of(directory, disk, header, next, (_, _, _) -> {});
    }

    static SegmentScan of(Path directory, Disk disk, SegmentHeader header, Optional<SegmentHeader> next, Intact intact)
            throws IOException {
        SegmentScan scan = new SegmentScan(header, next, intact);
        Path plain = directory.resolve(header.fileName());
        if (Files.exists(plain)) {
            try (FileChannel file = FileChannel.open(plain, StandardOpenOption.READ)) {
                scan.walk(file.map(FileChannel.MapMode.READ_ONLY, 0, file.size()));
            }
        } else {
            try (DiskFile file = disk.open(header.fileName())) {
                scan.walk(unpacked(file));
            }
        }
        return scan;
    }

    /** Blocks that cannot be read are zeros, which are no frames: their records are named like any that are damaged. */
    private static ByteBuffer unpacked(DiskFile file) throws IOException {
        ByteBuffer all = ByteBuffer.allocate(Math.toIntExact(file.sizeBytes()));
        for (int at = 0; at < all.capacity(); at += PackedDisk.BLOCK_BYTES) {
            ByteBuffer block = all.slice(at, Math.min(PackedDisk.BLOCK_BYTES, all.capacity() - at));
            try {
                while (block.hasRemaining() && file.read(block, at + block.position()) > 0) {
                    // A read may give less than asked for.
                }
            } catch (IOException _) {
                Arrays.fill(all.array(), at, at + block.limit(), (byte) 0);
            }
        }
        return all;
    }

    /** 32 bytes for each record of the segment, in order; zeros for those that could not be read. */
    byte[] hashes() {
        return Arrays.copyOf(hashes, Math.toIntExact((nextIndex - header.firstIndex()) * TreeHasher.HASH_BYTES));
    }

    private void walk(ByteBuffer file) {
        int limit = next.map(SegmentHeader::previousEnd).orElse(file.limit());
        int at = SegmentHeader.BYTES;
        int chain = header.chainCrc();
        while (at < limit) {
            Optional<FrameHeader> found = header(file, at, limit);
            if (found.isEmpty()) {
                int resumed = nextFrame(file, at + 1, limit);
                if (resumed < 0) {
                    break;
                }
                FrameHeader later = header(file, resumed, limit).orElseThrow();
                damage(nextIndex, later.firstIndex() - 1, at, "what stands there is no frame");
                skipTo(later.firstIndex());
                at = resumed;
                chain = later.previousCrc();
                continue;
            }
            FrameHeader head = found.get();
            boolean linked = head.firstIndex() == nextIndex && head.previousCrc() == chain;
            int length = head.frameBytes();
            copy(file, at, length);
            boolean whole = head.matches(ByteBuffer.wrap(frame, 0, length));
            if (!whole && next.isEmpty() && nextFrame(file, at + length, limit) < 0) {
                break; // A torn frame at the ledger's end was never acknowledged.
            }
            if (!linked || !whole) {
                damage(
                        head.firstIndex(),
                        head.firstIndex() + head.records() - 1,
                        at,
                        whole ? "the frame does not follow the one before" : "the frame's checksum is wrong");
            }
            if (whole && head.firstIndex() >= nextIndex) {
                intact.frame(
                        new LogPosition(header.number(), at, head.firstIndex(), head.previousCrc()),
                        head,
                        ByteBuffer.wrap(frame, FrameHeader.BYTES, head.payloadBytes())
                                .slice());
            }
            take(head, at, length);
            at += length;
            chain = head.crc();
            end = new LogPosition(header.number(), at, nextIndex, chain);
        }
        next.ifPresent(this::requireLink);
    }

    private void requireLink(SegmentHeader behind) {
        if (end.offset() != behind.previousEnd()
                || end.chainCrc() != behind.chainCrc()
                || nextIndex != behind.firstIndex()) {
            damage(nextIndex, behind.firstIndex() - 1, end.offset(), "the segment does not end where the next begins");
            if (behind.firstIndex() - nextIndex <= behind.previousEnd()) {
                skipTo(behind.firstIndex());
            }
        }
    }

    /** A header that can be believed: what it says is bounded by the bytes that there are. */
    private Optional<FrameHeader> header(ByteBuffer file, int at, int limit) {
        return at + FrameHeader.BYTES > limit
                ? Optional.empty()
                : FrameHeader.decode(file.slice(at, FrameHeader.BYTES))
                        .filter(head -> (long) at + head.frameBytes() <= limit
                                && head.records() <= head.payloadBytes()
                                && head.firstIndex() >= header.firstIndex()
                                && head.firstIndex() - nextIndex <= limit);
    }

    /** Where the next frame with an intact header begins; -1 if there is none. */
    private int nextFrame(ByteBuffer file, int from, int limit) {
        for (int at = from; at + FrameHeader.BYTES <= limit; at++) {
            if (file.getInt(at) == FrameHeader.MAGIC && header(file, at, limit).isPresent()) {
                return at;
            }
        }
        return -1;
    }

    private void copy(ByteBuffer file, int at, int length) {
        if (frame.length < length) {
            frame = new byte[Math.max(length, 2 * frame.length)];
        }
        file.get(at, frame, 0, length);
    }

    private void take(FrameHeader head, int offset, int length) {
        long last = head.firstIndex() + head.records();
        skipTo(head.firstIndex());
        try {
            CommitCodec.visit(
                    ByteBuffer.wrap(frame, FrameHeader.BYTES, length - FrameHeader.BYTES),
                    new CommitCodec.PartVisitor() {
                        @Override
                        public void changes(ByteBuffer coded) {
                            byte[] bytes = new byte[coded.remaining()];
                            coded.get(bytes);
                            changes.add(new Changes(offset, bytes));
                        }

                        @Override
                        public void record(ByteBuffer coded) {
                            if (nextIndex < last) {
                                ByteBuffer json = CommitCodec.jsonIn(coded);
                                if (CommitCodec.mayDeclare(coded)) {
                                    byte[] bytes = new byte[json.remaining()];
                                    json.duplicate().get(bytes);
                                    declarations.put(nextIndex, Bytes.adopt(bytes));
                                }
                                leaf(json);
                            }
                        }
                    });
        } catch (BufferUnderflowException | IllegalArgumentException | IndexOutOfBoundsException e) {
            damage(nextIndex, last - 1, offset, "the frame's content cannot be read");
        }
        skipTo(last);
    }

    private void leaf(ByteBuffer json) {
        int at = room();
        hasher.leaf(json.array(), json.arrayOffset() + json.position(), json.remaining(), hashes, at);
        nextIndex++;
    }

    /** Zeros stand for what cannot be read. */
    private void skipTo(long index) {
        while (nextIndex < index) {
            room();
            nextIndex++;
        }
    }

    private int room() {
        int at = Math.toIntExact((nextIndex - header.firstIndex()) * TreeHasher.HASH_BYTES);
        if (at + TreeHasher.HASH_BYTES > hashes.length) {
            hashes = Arrays.copyOf(hashes, hashes.length * 2);
        }
        return at;
    }

    private void damage(long from, long to, int offset, String what) {
        damages.add(new Damage(from, to, offset, what));
    }
}
