package dev.keytrail.call;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * Writes a row compactly: unsigned LEB128 integers, length-prefixed UTF-8. Members follow each other untagged; a codec
 * begins with a {@link #version} and appends new members at the end, which {@link RowReader#hasMore()} makes optional.
 */
public final class RowWriter {
    private byte[] buffer;
    private int size;

    public RowWriter() {
        this(256);
    }

    /** @param capacity bytes that are likely to be written */
    public RowWriter(int capacity) {
        buffer = new byte[capacity];
    }

    public RowWriter version(int version) {
        return number(version);
    }

    public RowWriter flag(boolean value) {
        return octet(value ? 1 : 0);
    }

    /** A long of any sign, zig-zag coded. */
    public RowWriter number(long value) {
        return unsigned((value << 1) ^ (value >> 63));
    }

    public RowWriter text(String value) {
        return raw(value.getBytes(StandardCharsets.UTF_8));
    }

    public RowWriter bytes(Bytes value) {
        return raw(value.unsafeArray());
    }

    /** Seconds and nanoseconds. */
    public RowWriter instant(Instant value) {
        return number(value.getEpochSecond()).number(value.getNano());
    }

    public RowWriter texts(Collection<String> values) {
        return list(values, (v, out) -> out.text(v));
    }

    public RowWriter texts(Map<String, String> values) {
        unsigned(values.size());
        values.forEach((k, v) -> text(k).text(v));
        return this;
    }

    public <T> RowWriter list(Collection<T> values, BiConsumer<T, RowWriter> each) {
        unsigned(values.size());
        values.forEach(v -> each.accept(v, this));
        return this;
    }

    public <T> RowWriter optional(Optional<T> value, BiConsumer<T, RowWriter> present) {
        flag(value.isPresent());
        value.ifPresent(v -> present.accept(v, this));
        return this;
    }

    public RowWriter optionalText(Optional<String> value) {
        return optional(value, (v, out) -> out.text(v));
    }

    /** Bytes written so far. */
    public int size() {
        return size;
    }

    public byte[] toByteArray() {
        return Arrays.copyOf(buffer, size);
    }

    private RowWriter raw(byte[] value) {
        unsigned(value.length);
        ensure(value.length);
        System.arraycopy(value, 0, buffer, size, value.length);
        size += value.length;
        return this;
    }

    private RowWriter unsigned(long value) {
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            octet((int) (rest & 0x7F) | 0x80);
            rest >>>= 7;
        }
        return octet((int) rest);
    }

    private RowWriter octet(int value) {
        ensure(1);
        buffer[size++] = (byte) value;
        return this;
    }

    private void ensure(int more) {
        if (buffer.length - size < more) {
            buffer = Arrays.copyOf(buffer, Math.max(buffer.length * 2, size + more));
        }
    }
}
