package dev.keytrail.audit.chain;

import dev.keytrail.call.Bytes;
import java.util.List;

/** Checks proofs as RFC 9162 sections 2.1.3.2 and 2.1.4.2 say. Trusts nothing it is given. */
final class MerkleProofs {
    private MerkleProofs() {}

    /** Whether {@code leaf} is number {@code index} of the {@code size} leaves under {@code root}. */
    static boolean included(Bytes leaf, long index, long size, List<Bytes> proof, Bytes root) {
        if (index < 0 || index >= size || !hashes(proof)) {
            return false;
        }
        TreeHasher hasher = new TreeHasher();
        long at = index;
        long last = size - 1;
        Bytes hash = leaf;
        for (Bytes beside : proof) {
            if (last == 0) {
                return false;
            }
            if ((at & 1) == 1 || at == last) {
                hash = hasher.node(beside, hash);
                while ((at & 1) == 0 && at != 0) {
                    at >>= 1;
                    last >>= 1;
                }
            } else {
                hash = hasher.node(hash, beside);
            }
            at >>= 1;
            last >>= 1;
        }
        return last == 0 && hash.equals(root);
    }

    /** Whether the tree under {@code root} begins with the whole tree under {@code olderRoot}. */
    static boolean consistent(long older, Bytes olderRoot, long size, Bytes root, List<Bytes> proof) {
        if (older < 0 || older > size || !hashes(proof)) {
            return false;
        }
        if (older == 0 || older == size) {
            // Every tree begins with the empty one, and with itself; there is nothing to prove.
            return proof.isEmpty()
                    && (older == size ? olderRoot.equals(root) : olderRoot.equals(new TreeHasher().empty()));
        }
        boolean leads = Long.bitCount(older) == 1;
        if (!leads && proof.isEmpty()) {
            return false;
        }
        Bytes start = leads ? olderRoot : proof.getFirst();
        return climbs(older, olderRoot, size, root, start, leads ? proof : proof.subList(1, proof.size()));
    }

    private static boolean climbs(long older, Bytes olderRoot, long size, Bytes root, Bytes start, List<Bytes> proof) {
        TreeHasher hasher = new TreeHasher();
        long at = older - 1;
        long last = size - 1;
        while ((at & 1) == 1) {
            at >>= 1;
            last >>= 1;
        }
        Bytes then = start;
        Bytes now = start;
        for (Bytes beside : proof) {
            if (last == 0) {
                return false;
            }
            if ((at & 1) == 1 || at == last) {
                then = hasher.node(beside, then);
                now = hasher.node(beside, now);
                while ((at & 1) == 0 && at != 0) {
                    at >>= 1;
                    last >>= 1;
                }
            } else {
                now = hasher.node(now, beside);
            }
            at >>= 1;
            last >>= 1;
        }
        return last == 0 && then.equals(olderRoot) && now.equals(root);
    }

    private static boolean hashes(List<Bytes> proof) {
        return proof.size() <= Receipt.PROOF_HASHES_MAX
                && proof.stream().allMatch(hash -> hash.size() == TreeHasher.HASH_BYTES);
    }
}
