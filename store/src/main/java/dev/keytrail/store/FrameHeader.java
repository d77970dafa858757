package dev.keytrail.store;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * The {@value #BYTES} bytes before a frame's payload, big-endian: magic with version (4), payload length (4), first
 * record index (8), record count (4), CRC of the frame before (4), CRC32C of all that and the payload (4), CRC32C of the
 * header (4).
 *
 * <p>One frame is one write to the disk and holds all commits that share it. A frame is written only after the one
 * before is durable, so an incomplete frame can be the last one alone. The header has a CRC of its own so that the
 * length of a torn frame can be trusted, and what stands in its payload is never taken for a frame.
 */
record FrameHeader(int payloadBytes, long firstIndex, int records, int previousCrc, int crc) {
    static final int BYTES = 32;

    /** "KTF" and the format's version. */
    static final int MAGIC = 0x4B54_4601;

    /** Longest payload; bounds what a damaged length can make a reader allocate. */
    static final int PAYLOAD_BYTES_MAX = 32 << 20;

    private static final int FRAME_CRC_AT = 24;
    private static final int HEADER_CRC_AT = 28;

    int frameBytes() {
        return BYTES + payloadBytes;
    }

    /**
     * Fills the header in before the payload that is already in the buffer, from byte {@link #BYTES} to its position,
     * and makes the buffer ready to be written.
     *
     * @return the frame's CRC
     */
    static int complete(ByteBuffer frame, LogPosition at, int records) {
        frame.flip();
        frame.putInt(0, MAGIC).putInt(4, frame.limit() - BYTES).putLong(8, at.index());
        frame.putInt(16, records).putInt(20, at.chainCrc());
        int crc = crcOf(frame, frame.limit());
        frame.putInt(FRAME_CRC_AT, crc);
        frame.putInt(HEADER_CRC_AT, headerCrcOf(frame));
        return crc;
    }

    /** The header at the buffer's start; empty when there is no intact one. Payload is not looked at. */
    static Optional<FrameHeader> decode(ByteBuffer in) {
        if (in.limit() < BYTES || in.getInt(0) != MAGIC || in.getInt(HEADER_CRC_AT) != headerCrcOf(in)) {
            return Optional.empty();
        }
        FrameHeader header =
                new FrameHeader(in.getInt(4), in.getLong(8), in.getInt(16), in.getInt(20), in.getInt(FRAME_CRC_AT));
        boolean sane = header.payloadBytes >= 0 && header.payloadBytes <= PAYLOAD_BYTES_MAX && header.records >= 0;
        return sane ? Optional.of(header) : Optional.empty();
    }

    /** Whether the frame at the buffer's start, wholly in it, is what was written. */
    boolean matches(ByteBuffer frame) {
        return crcOf(frame, frameBytes()) == crc;
    }

    private static int crcOf(ByteBuffer frame, int end) {
        CRC32C crc = new CRC32C();
        crc.update(frame.duplicate().position(0).limit(FRAME_CRC_AT));
        crc.update(frame.duplicate().limit(end).position(BYTES));
        return (int) crc.getValue();
    }

    private static int headerCrcOf(ByteBuffer frame) {
        CRC32C crc = new CRC32C();
        crc.update(frame.duplicate().limit(HEADER_CRC_AT).position(0));
        return (int) crc.getValue();
    }
}
