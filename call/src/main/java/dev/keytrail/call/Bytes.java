package dev.keytrail.call;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/** An immutable run of bytes, equal by value. For what is not secret; secrets travel as {@link Secret}. */
public final class Bytes implements Comparable<Bytes> {
    public static final Bytes EMPTY = new Bytes(new byte[0]);

    private final byte[] content;

    private Bytes(byte[] content) {
        this.content = content;
    }

    public static Bytes copyOf(byte[] source) {
        return source.length == 0 ? EMPTY : new Bytes(source.clone());
    }

    /** Takes the array over without copying: the giver must not touch it again. */
    public static Bytes adopt(byte[] source) {
        return source.length == 0 ? EMPTY : new Bytes(source);
    }

    public static Bytes utf8(String text) {
        return adopt(text.getBytes(StandardCharsets.UTF_8));
    }

    public int size() {
        return content.length;
    }

    public boolean isEmpty() {
        return content.length == 0;
    }

    public byte at(int index) {
        return content[index];
    }

    public byte[] toArray() {
        return content.clone();
    }

    /** The bytes themselves, for a reader that promises not to change or keep them. */
    public byte[] unsafeArray() {
        return content;
    }

    public Bytes slice(int from, int to) {
        return adopt(Arrays.copyOfRange(content, from, to));
    }

    /** Lower-case hexadecimal digits. */
    public String hex() {
        return HexFormat.of().formatHex(content);
    }

    public String utf8() {
        return new String(content, StandardCharsets.UTF_8);
    }

    @Override
    public int compareTo(Bytes other) {
        return Arrays.compareUnsigned(content, other.content);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Bytes that && Arrays.equals(content, that.content);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(content);
    }

    /** Says the size only, so that a log line never grows with its payload. */
    @Override
    public String toString() {
        return "Bytes[" + content.length + "]";
    }
}
