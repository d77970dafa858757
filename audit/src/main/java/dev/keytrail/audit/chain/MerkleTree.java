package dev.keytrail.audit.chain;

import dev.keytrail.call.Bytes;
import java.util.ArrayList;
import java.util.List;

/** Roots and proofs of RFC 6962 section 2.1, computed from the hashes of complete subtrees. Not thread-safe. */
final class MerkleTree {
    private final Nodes nodes;
    private final TreeHasher hasher;

    MerkleTree(Nodes nodes, TreeHasher hasher) {
        this.nodes = nodes;
        this.hasher = hasher;
    }

    /** Where hashes of complete subtrees come from. */
    interface Nodes {
        /** The hash over leaves {@code index << level} up to, not including, {@code (index + 1) << level}. */
        Bytes node(int level, long index);
    }

    Bytes root(long size) {
        return size == 0 ? hasher.empty() : range(0, size);
    }

    /** PATH of RFC 6962 section 2.1.1: the hashes beside the way from the leaf to the root, lowest first. */
    List<Bytes> inclusion(long index, long size) {
        if (index < 0 || index >= size) {
            throw new IllegalArgumentException("leaf " + index + " of " + size);
        }
        List<Bytes> proof = new ArrayList<>();
        path(index, 0, size, proof);
        return proof;
    }

    /** PROOF of RFC 6962 section 2.1.2: that the tree of {@code size} leaves begins with the tree of {@code older}. */
    List<Bytes> consistency(long older, long size) {
        if (older < 1 || older > size) {
            throw new IllegalArgumentException("tree " + older + " of " + size);
        }
        List<Bytes> proof = new ArrayList<>();
        subproof(older, 0, size, true, proof);
        return proof;
    }

    private void path(long index, long from, long count, List<Bytes> proof) {
        if (count == 1) {
            return;
        }
        long left = split(count);
        if (index < left) {
            path(index, from, left, proof);
            proof.add(range(from + left, count - left));
        } else {
            path(index - left, from + left, count - left, proof);
            proof.add(range(from, left));
        }
    }

    private void subproof(long older, long from, long count, boolean whole, List<Bytes> proof) {
        if (older == count) {
            if (!whole) {
                proof.add(range(from, count));
            }
            return;
        }
        long left = split(count);
        if (older <= left) {
            subproof(older, from, left, whole, proof);
            proof.add(range(from + left, count - left));
        } else {
            subproof(older - left, from + left, count - left, false, proof);
            proof.add(range(from, left));
        }
    }

    /** MTH over a range as RFC 6962 cuts it: where its size is a power of two it is aligned, so it is one node. */
    private Bytes range(long from, long count) {
        if (Long.bitCount(count) == 1) {
            int level = Long.numberOfTrailingZeros(count);
            return nodes.node(level, from >> level);
        }
        long left = split(count);
        return hasher.node(range(from, left), range(from + left, count - left));
    }

    /** The largest power of two smaller than {@code count}. */
    private static long split(long count) {
        return Long.highestOneBit(count - 1);
    }
}
