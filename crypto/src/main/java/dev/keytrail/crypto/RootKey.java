package dev.keytrail.crypto;

import dev.keytrail.call.Entropy;
import dev.keytrail.call.Secret;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The 256-bit keys that wrap everything at rest: the newest wraps, older ones still open what has not been wrapped anew.
 * Each has a generation, counted from 1, which is the first byte of what it wraps. Immutable; had once from custody.
 */
public final class RootKey {
    public static final int KEY_BYTES = 32;

    /** The first byte of a wrapping has room for no more; a rotation a week lasts two years. */
    public static final int GENERATION_MAX = 127;

    private static final int ENTRY_BYTES = 1 + KEY_BYTES;

    private final SortedMap<Integer, Secret> keys;

    private RootKey(SortedMap<Integer, Secret> keys) {
        this.keys = keys;
    }

    /** The first generation alone. */
    public RootKey(Secret key) {
        this(new TreeMap<>());
        requireSize(key);
        keys.put(1, key);
    }

    private static void requireSize(Secret key) {
        if (key.sizeBytes() != KEY_BYTES) {
            throw new IllegalArgumentException("root key of " + key.sizeBytes() + " bytes");
        }
    }

    /** The generation that wraps. */
    public int generation() {
        return keys.lastKey();
    }

    public boolean hasOlder() {
        return keys.size() > 1;
    }

    /** With a fresh key of the next generation. @throws IllegalStateException after the last generation */
    public RootKey next(Entropy entropy) {
        if (generation() == GENERATION_MAX) {
            throw new IllegalStateException("the root key has been rotated " + GENERATION_MAX + " times");
        }
        SortedMap<Integer, Secret> more = copies();
        more.put(generation() + 1, Secret.adopt(entropy.bytes(KEY_BYTES)));
        return new RootKey(more);
    }

    /** Without the generations that nothing is wrapped under any more. */
    public RootKey newestOnly() {
        SortedMap<Integer, Secret> one = new TreeMap<>();
        one.put(generation(), Objects.requireNonNull(keys.get(generation())).copy());
        return new RootKey(one);
    }

    private SortedMap<Integer, Secret> copies() {
        SortedMap<Integer, Secret> copies = new TreeMap<>();
        keys.forEach((generation, key) -> copies.put(generation, key.copy()));
        return copies;
    }

    SortedMap<Integer, Secret> keys() {
        return keys;
    }

    /** Generation (1 byte) and key (32) of each, oldest first. */
    public Secret encode() {
        byte[] out = new byte[keys.size() * ENTRY_BYTES];
        int at = 0;
        for (var entry : keys.entrySet()) {
            out[at] = entry.getKey().byteValue();
            System.arraycopy(entry.getValue().reveal(), 0, out, at + 1, KEY_BYTES);
            at += ENTRY_BYTES;
        }
        return Secret.adopt(out);
    }

    /** Empty when the bytes are no encoded root keys. */
    public static Optional<RootKey> decode(Secret encoded) {
        byte[] in = encoded.reveal();
        if (in.length == 0 || in.length % ENTRY_BYTES != 0) {
            return Optional.empty();
        }
        SortedMap<Integer, Secret> keys = new TreeMap<>();
        for (int at = 0; at < in.length; at += ENTRY_BYTES) {
            if (in[at] < 1) {
                return Optional.empty();
            }
            keys.put((int) in[at], Secret.adopt(Arrays.copyOfRange(in, at + 1, at + ENTRY_BYTES)));
        }
        return Optional.of(new RootKey(keys));
    }

    /** Zeroes the keys. Vaults over them have their own. */
    public void close() {
        keys.values().forEach(Secret::close);
    }

    @Override
    public String toString() {
        return "RootKey[generations " + keys.keySet() + "]";
    }
}
