package dev.keytrail.audit.bucket;

import java.util.zip.Checksum;

/** CRC-64/NVME (NVM Express command set 1.0, section 5.2.1.3.4): reflected polynomial, all ones in and out. */
final class Crc64Nvme implements Checksum {
    static final long REFLECTED_POLYNOMIAL = 0x9A6C9329AC4BC9B5L;
    private static final long[] TABLE = table();

    private long remainder = -1;

    @Override
    public void update(int octet) {
        remainder = TABLE[(int) (remainder ^ octet) & 0xFF] ^ (remainder >>> 8);
    }

    @Override
    public void update(byte[] source, int offset, int length) {
        for (int i = offset; i < offset + length; i++) {
            update(source[i]);
        }
    }

    @Override
    public long getValue() {
        return ~remainder;
    }

    @Override
    public void reset() {
        remainder = -1;
    }

    private static long[] table() {
        long[] table = new long[256];
        for (int i = 0; i < 256; i++) {
            long entry = i;
            for (int bit = 0; bit < 8; bit++) {
                entry = (entry & 1) == 0 ? entry >>> 1 : (entry >>> 1) ^ REFLECTED_POLYNOMIAL;
            }
            table[i] = entry;
        }
        return table;
    }
}
