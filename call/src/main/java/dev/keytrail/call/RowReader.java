package dev.keytrail.call;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Reads what {@link RowWriter} wrote. Throws {@link IllegalArgumentException} on anything else. */
public final class RowReader {
    private final byte[] source;
    private int at;

    public RowReader(byte[] source) {
        this.source = source;
    }

    /** The codec's version; refuses one newer than this software knows. */
    public int version(int newest) {
        long version = number();
        if (version < 1 || version > newest) {
            throw new IllegalArgumentException("row version " + version + ", newest known is " + newest);
        }
        return (int) version;
    }

    /** False at the end: members that a later version appended are absent. */
    public boolean hasMore() {
        return at < source.length;
    }

    public boolean flag() {
        return octet() != 0;
    }

    public long number() {
        long coded = unsigned();
        return (coded >>> 1) ^ -(coded & 1);
    }

    public int integer() {
        return Math.toIntExact(number());
    }

    public String text() {
        int length = length();
        String text = new String(source, at, length, StandardCharsets.UTF_8);
        at += length;
        return text;
    }

    public Bytes bytes() {
        int length = length();
        Bytes bytes = Bytes.adopt(Arrays.copyOfRange(source, at, at + length));
        at += length;
        return bytes;
    }

    public Instant instant() {
        return Instant.ofEpochSecond(number(), number());
    }

    public List<String> texts() {
        return list(RowReader::text);
    }

    /** In the order written. */
    public Map<String, String> textMap() {
        int count = count();
        Map<String, String> map = new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
            map.put(text(), text());
        }
        return map;
    }

    public <T> List<T> list(Function<RowReader, T> each) {
        int count = count();
        List<T> list = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            list.add(each.apply(this));
        }
        return list;
    }

    public <T> Optional<T> optional(Function<RowReader, T> present) {
        return flag() ? Optional.of(present.apply(this)) : Optional.empty();
    }

    public Optional<String> optionalText() {
        return optional(RowReader::text);
    }

    private int count() {
        long count = unsigned();
        // Each element takes a byte at least, so a larger count is damage, and must not become an allocation.
        if (count < 0 || count > source.length - at) {
            throw new IllegalArgumentException("count " + count + " at " + at);
        }
        return (int) count;
    }

    private int length() {
        return count();
    }

    private long unsigned() {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            int octet = octet();
            value |= (long) (octet & 0x7F) << shift;
            if ((octet & 0x80) == 0) {
                return value;
            }
        }
        throw new IllegalArgumentException("number too long at " + at);
    }

    private int octet() {
        if (at >= source.length) {
            throw new IllegalArgumentException("row ends early at " + at);
        }
        return source[at++] & 0xFF;
    }
}
