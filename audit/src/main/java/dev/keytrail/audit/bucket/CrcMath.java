package dev.keytrail.audit.bucket;

/**
 * What a cyclic checksum becomes when zero bytes follow: with that, the checksum of a whole is found from those of its
 * parts. A reflected checksum is a polynomial over GF(2), its lowest bit the highest power; a zero bit after it multiplies
 * by x. The all-ones that checksums begin and end with cancel out in {@code shift(a) ^ b}.
 */
final class CrcMath {
    private static final int WIDTH_MAX = 64;

    private CrcMath() {}

    /** @param polynomial reflected; its width is that of the checksum */
    static long shifted(long checksum, long zeroBytes, long polynomial) {
        long[] operator = new long[WIDTH_MAX];
        operator[0] = polynomial;
        for (int bit = 1; bit < WIDTH_MAX; bit++) {
            operator[bit] = 1L << (bit - 1);
        }
        // One zero bit, squared to eight.
        operator = squared(squared(squared(operator)));
        long value = checksum;
        for (long left = zeroBytes; left > 0; left >>>= 1) {
            if ((left & 1) != 0) {
                value = times(operator, value);
            }
            operator = squared(operator);
        }
        return value;
    }

    private static long times(long[] matrix, long vector) {
        long sum = 0;
        for (int bit = 0; bit < WIDTH_MAX; bit++) {
            if ((vector >>> bit & 1) != 0) {
                sum ^= matrix[bit];
            }
        }
        return sum;
    }

    private static long[] squared(long[] matrix) {
        long[] square = new long[WIDTH_MAX];
        for (int bit = 0; bit < WIDTH_MAX; bit++) {
            square[bit] = times(matrix, matrix[bit]);
        }
        return square;
    }
}
