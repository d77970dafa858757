package dev.keytrail.audit.bucket;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;

/** The checksums that S3's {@code x-amz-checksum-*} headers carry, in base64. */
enum Checksum {
    CRC32(4),
    CRC32C(4),
    CRC64NVME(8),
    SHA1(20),
    SHA256(32);

    private static final String HEADER_PREFIX = "x-amz-checksum-";

    private final int bytes;

    Checksum(int bytes) {
        this.bytes = bytes;
    }

    /** Size of the value before base64. */
    int bytes() {
        return bytes;
    }

    /** E.g. {@code x-amz-checksum-crc32}. */
    String header() {
        return HEADER_PREFIX + name().toLowerCase(Locale.ROOT);
    }

    /** Empty for a header that is none of them. */
    static Optional<Checksum> ofHeader(String name) {
        return Arrays.stream(values()).filter(c -> c.header().equals(name)).findFirst();
    }

    /** E.g. {@code ChecksumCRC32}, of listings and results. */
    String element() {
        return "Checksum" + name();
    }

    /** By the name in {@code x-amz-checksum-algorithm}. @throws dev.keytrail.call.Refused InvalidRequest */
    static Checksum named(String name) {
        return Arrays.stream(values())
                .filter(c -> c.name().equals(name))
                .findFirst()
                .orElseThrow(() -> S3Error.INVALID_REQUEST.refused(
                        "Checksum algorithm provided is unsupported. Please try again with any of the valid types:"
                                + " [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]"));
    }

    /** Whether the checksum of a whole can be made of those of its parts. */
    boolean combines() {
        return this == CRC32 || this == CRC32C || this == CRC64NVME;
    }

    /** Of two parts that follow one another, of the second that many bytes; both in base64. */
    String combined(String first, String second, long secondBytes) {
        long polynomial = switch (this) {
            case CRC32 -> 0xEDB88320L;
            case CRC32C -> 0x82F63B78L;
            case CRC64NVME -> Crc64Nvme.REFLECTED_POLYNOMIAL;
            case SHA1, SHA256 -> throw new IllegalStateException(this + " does not combine");
        };
        long sum = CrcMath.shifted(number(first), secondBytes, polynomial) ^ number(second);
        byte[] all = ByteBuffer.allocate(8).putLong(sum).array();
        return Base64.getEncoder().encodeToString(Arrays.copyOfRange(all, 8 - bytes, 8));
    }

    private static long number(String base64) {
        long value = 0;
        for (byte octet : Base64.getDecoder().decode(base64)) {
            value = value << 8 | octet & 0xFF;
        }
        return value;
    }

    Running start() {
        return switch (this) {
            case CRC32 -> new Cyclic(new CRC32(), bytes);
            case CRC32C -> new Cyclic(new CRC32C(), bytes);
            case CRC64NVME -> new Cyclic(new Crc64Nvme(), bytes);
            case SHA1 -> new Digest(digest("SHA-1"));
            case SHA256 -> new Digest(digest("SHA-256"));
        };
    }

    static MessageDigest digest(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has " + algorithm, e);
        }
    }

    /** A checksum under way. */
    interface Running {
        void update(byte[] source, int offset, int length);

        String base64();
    }

    private record Cyclic(java.util.zip.Checksum sum, int bytes) implements Running {
        @Override
        public void update(byte[] source, int offset, int length) {
            sum.update(source, offset, length);
        }

        @Override
        public String base64() {
            byte[] all = ByteBuffer.allocate(8).putLong(sum.getValue()).array();
            return Base64.getEncoder().encodeToString(Arrays.copyOfRange(all, 8 - bytes, 8));
        }
    }

    private record Digest(MessageDigest digest) implements Running {
        @Override
        public void update(byte[] source, int offset, int length) {
            digest.update(source, offset, length);
        }

        @Override
        public String base64() {
            return Base64.getEncoder().encodeToString(digest.digest());
        }
    }
}
