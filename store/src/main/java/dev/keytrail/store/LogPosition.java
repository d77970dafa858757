package dev.keytrail.store;

/**
 * A place between two frames of the log.
 *
 * @param segment number of the segment file
 * @param offset bytes from its start, where the next frame begins
 * @param index of the next record
 * @param chainCrc CRC of the frame before, which the next one repeats; so a frame fits in one place only
 */
record LogPosition(long segment, int offset, long index, int chainCrc) {
    boolean isAt(LogPosition other) {
        return segment == other.segment && offset == other.offset;
    }
}
