package dev.keytrail.audit.chain;

import dev.keytrail.call.Bytes;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;

/** RFC 6962 section 2.1 word by word, over all leaves each time: the model that the tree is held to. */
final class NaiveTree {
    private NaiveTree() {}

    static Bytes root(List<Bytes> d) {
        return switch (d.size()) {
            case 0 -> sha256();
            case 1 -> sha256(new byte[] {0}, d.getFirst().toArray());
            default -> {
                int k = split(d.size());
                yield sha256(
                        new byte[] {1},
                        root(d.subList(0, k)).toArray(),
                        root(d.subList(k, d.size())).toArray());
            }
        };
    }

    static List<Bytes> path(int m, List<Bytes> d) {
        if (d.size() == 1) {
            return new ArrayList<>();
        }
        int k = split(d.size());
        List<Bytes> path = m < k ? path(m, d.subList(0, k)) : path(m - k, d.subList(k, d.size()));
        path.add(m < k ? root(d.subList(k, d.size())) : root(d.subList(0, k)));
        return path;
    }

    static List<Bytes> proof(int m, List<Bytes> d) {
        return subproof(m, d, true);
    }

    private static List<Bytes> subproof(int m, List<Bytes> d, boolean b) {
        if (m == d.size()) {
            return b ? new ArrayList<>() : new ArrayList<>(List.of(root(d)));
        }
        int k = split(d.size());
        if (m <= k) {
            List<Bytes> proof = subproof(m, d.subList(0, k), b);
            proof.add(root(d.subList(k, d.size())));
            return proof;
        }
        List<Bytes> proof = subproof(m - k, d.subList(k, d.size()), false);
        proof.add(root(d.subList(0, k)));
        return proof;
    }

    private static int split(int n) {
        int k = 1;
        while (k * 2 < n) {
            k *= 2;
        }
        return k;
    }

    private static Bytes sha256(byte[]... parts) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (byte[] part : parts) {
                digest.update(part);
            }
            return Bytes.adopt(digest.digest());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
