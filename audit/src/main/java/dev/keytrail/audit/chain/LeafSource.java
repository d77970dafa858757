package dev.keytrail.audit.chain;

import dev.keytrail.call.Bytes;
import java.io.IOException;
import java.util.Collections;
import java.util.NavigableMap;
import java.util.Optional;

/**
 * Port: the leaf hashes of a whole log, from the records themselves, in order. Where they come from may be read by many
 * threads; {@link #next} is for one.
 */
public interface LeafSource {
    /** Hashes of consecutive leaves; empty behind the last. */
    Optional<Block> next() throws IOException;

    /** The first record that is there: those before it were dropped, rightly or not. */
    default long first() {
        return 0;
    }

    /** SHA-256 of the state that the dropped records came to, where it is kept. */
    default Optional<Bytes> base() {
        return Optional.empty();
    }

    /** Records that say what is missing, by index. When all is read. */
    default NavigableMap<Long, Declaration> declarations() {
        return Collections.emptyNavigableMap();
    }

    /** Consecutive leaf hashes. Those of records that could not be read are zeros. */
    final class Block {
        private final long first;
        private final byte[] hashes;

        /** @param hashes taken over */
        public Block(long first, byte[] hashes) {
            this.first = first;
            this.hashes = hashes;
        }

        public long first() {
            return first;
        }

        public int count() {
            return hashes.length / TreeHasher.HASH_BYTES;
        }

        /** The first eight bytes of a hash. */
        public long start(int leaf) {
            return java.nio.ByteBuffer.wrap(hashes).getLong(leaf * TreeHasher.HASH_BYTES);
        }

        byte[] hashes() {
            return hashes;
        }
    }
}
