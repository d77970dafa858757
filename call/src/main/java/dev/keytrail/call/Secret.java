package dev.keytrail.call;

import java.security.MessageDigest;
import java.util.Arrays;

/**
 * Bytes that must not leak: owned by one holder, zeroed on {@link #close()}, printed as their size only, never equal to
 * anything but themselves. Only crypto and the codecs may {@link #reveal()} (held by an ArchUnit rule).
 *
 * <p>Not thread-safe: one thread at a time.
 */
public final class Secret implements AutoCloseable {
    private final byte[] content;
    private boolean closed;

    private Secret(byte[] content) {
        this.content = content;
    }

    public static Secret copyOf(byte[] source) {
        return new Secret(source.clone());
    }

    /** Takes the array over without copying: the giver must not touch it again. */
    public static Secret adopt(byte[] source) {
        return new Secret(source);
    }

    /** Another secret of the same bytes, with an owner of its own. */
    public Secret copy() {
        return copyOf(reveal());
    }

    /** Whether the bytes are the same; takes the same time whatever they are. */
    public boolean sameAs(Secret other) {
        return MessageDigest.isEqual(reveal(), other.reveal());
    }

    public int sizeBytes() {
        return content.length;
    }

    /** The bytes themselves, not a copy. Do not keep them past {@link #close()}. */
    public byte[] reveal() {
        if (closed) {
            throw new IllegalStateException("secret was closed");
        }
        return content;
    }

    @Override
    public void close() {
        closed = true;
        Arrays.fill(content, (byte) 0);
    }

    @Override
    public String toString() {
        return "Secret[" + content.length + "]";
    }
}
