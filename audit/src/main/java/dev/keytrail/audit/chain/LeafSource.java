package dev.keytrail.audit.chain;

import java.io.IOException;
import java.util.Optional;

/**
 * Port: the leaf hashes of a whole log, from the records themselves, in order. Where they come from may be read by many
 * threads; {@link #next} is for one.
 */
public interface LeafSource {
    /** Hashes of consecutive leaves; empty behind the last. */
    Optional<Block> next() throws IOException;

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
