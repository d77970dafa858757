package dev.keytrail.audit.bucket;

import java.nio.charset.StandardCharsets;

/**
 * Row keys of objects: {@code bucket/KEY}, KEY being the object key's UTF-8 bytes as one character each. So rows lie in
 * S3's order (UTF-8 bytes), which is not the order of Java strings, and ASCII keys look like themselves.
 *
 * <p>Bytes 0 and 1 are written as two characters, because not every store can hold a NUL; the order stays.
 */
final class ObjectKeys {
    /** Longest object key, in bytes of UTF-8. */
    static final int KEY_BYTES_MAX = 1024;

    /** Above every row key that starts with what it is appended to. */
    static final String AFTER_ALL = "\u00FF";

    private static final char ESCAPE = '\u0001';

    /** Never in a coded key. */
    private static final String SEPARATOR = ESCAPE + "\u0003";

    private ObjectKeys() {}

    static String row(S3Route route) {
        return row(route.bucket().orElseThrow(), route.key().orElseThrow());
    }

    static String row(String bucket, String key) {
        return base(bucket) + code(key);
    }

    /** What every row key of the bucket starts with. */
    static String base(String bucket) {
        return bucket + "/";
    }

    /**
     * Row key of a version: the object's, and the number so that newer ones come first. (After a key with a byte 0 or 1
     * in it the order of keys is not S3's; nothing is lost by that.)
     */
    static String version(String row, long number) {
        return versions(row) + "%016x".formatted(Long.MAX_VALUE - number);
    }

    /** What the row keys of all versions of an object start with. */
    static String versions(String row) {
        return row + SEPARATOR;
    }

    /** Row key of a multipart upload. */
    static String upload(String bucket, String key, String uploadId) {
        return versions(row(bucket, key)) + uploadId;
    }

    /** The coded key in a row key of {@link #version} or {@link #upload}. */
    static String codedKey(String bucket, String versionRow) {
        return versionRow.substring(base(bucket).length(), versionRow.lastIndexOf(SEPARATOR));
    }

    static String code(String key) {
        byte[] utf8 = key.getBytes(StandardCharsets.UTF_8);
        StringBuilder out = new StringBuilder(utf8.length);
        for (byte octet : utf8) {
            if (octet == 0 || octet == 1) {
                out.append(ESCAPE).append((char) (octet + 1));
            } else {
                out.append((char) (octet & 0xFF));
            }
        }
        return out.toString();
    }

    static String decode(String coded) {
        byte[] utf8 = new byte[coded.length()];
        int size = 0;
        for (int i = 0; i < coded.length(); i++) {
            char c = coded.charAt(i);
            utf8[size++] = (byte) (c == ESCAPE ? coded.charAt(++i) - 1 : c);
        }
        return new String(utf8, 0, size, StandardCharsets.UTF_8);
    }
}
