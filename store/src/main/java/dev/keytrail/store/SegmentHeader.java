package dev.keytrail.store;

import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.zip.CRC32C;

/**
 * The first {@value #BYTES} bytes of a segment, big-endian: magic with version (8), number (8), first record index (8),
 * previous segment (8, {@code -1} for the first of all), where that one ends (4), CRC of its last frame (4), CRC32C of
 * the bytes before (4), zeros.
 *
 * <p>The link backwards is what counts: whatever stands in the previous segment behind {@code previousEnd} is no part of
 * the ledger, and a segment that no later one links to, but for the last, is not either.
 */
record SegmentHeader(long number, long firstIndex, long previous, int previousEnd, int chainCrc) {
    static final int BYTES = 64;
    static final long NO_PREVIOUS = -1;
    static final long ROOT_NUMBER = 1;

    /** "KTLEDG" and the format's version. */
    private static final long MAGIC = 0x4B54_4C45_4447_0001L;

    private static final int CHECKED_BYTES = 40;
    private static final String SUFFIX = ".log";
    private static final int NAME_DIGITS = 12;

    static SegmentHeader root() {
        return new SegmentHeader(ROOT_NUMBER, 0, NO_PREVIOUS, 0, 0);
    }

    static String fileName(long number) {
        return String.format(Locale.ROOT, "%0" + NAME_DIGITS + "d" + SUFFIX, number);
    }

    /** Empty for a file that is none of the log's. */
    static OptionalLong numberOf(String fileName) {
        String digits = fileName.endsWith(SUFFIX) ? fileName.substring(0, fileName.length() - SUFFIX.length()) : "";
        boolean ours = digits.length() == NAME_DIGITS && digits.chars().allMatch(c -> c >= '0' && c <= '9');
        return ours ? OptionalLong.of(Long.parseLong(digits)) : OptionalLong.empty();
    }

    String fileName() {
        return fileName(number);
    }

    LogPosition start() {
        return new LogPosition(number, BYTES, firstIndex, chainCrc);
    }

    ByteBuffer encode() {
        ByteBuffer out = ByteBuffer.allocate(BYTES);
        out.putLong(MAGIC).putLong(number).putLong(firstIndex).putLong(previous);
        out.putInt(previousEnd).putInt(chainCrc);
        out.putInt(crcOf(out.array()));
        return out.clear();
    }

    /** Empty when the bytes are no intact header. */
    static Optional<SegmentHeader> decode(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        if (bytes.length != BYTES || in.getLong() != MAGIC) {
            return Optional.empty();
        }
        SegmentHeader header = new SegmentHeader(in.getLong(), in.getLong(), in.getLong(), in.getInt(), in.getInt());
        return in.getInt() == crcOf(bytes) ? Optional.of(header) : Optional.empty();
    }

    private static int crcOf(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, CHECKED_BYTES);
        return (int) crc.getValue();
    }
}
