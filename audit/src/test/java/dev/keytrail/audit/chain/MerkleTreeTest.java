package dev.keytrail.audit.chain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.FakeLedger;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MerkleTreeTest {
    /** The eight leaves that implementations of RFC 6962 test with. */
    private static final List<Bytes> LEAVES = List.of(
            hex(""),
            hex("00"),
            hex("10"),
            hex("2021"),
            hex("3031"),
            hex("40414243"),
            hex("5051525354555657"),
            hex("606162636465666768696a6b6c6d6e6f"));

    /** Their roots, from one leaf to eight. */
    private static final List<String> ROOTS = List.of(
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");

    private static Bytes hex(String digits) {
        return Bytes.adopt(HexFormat.of().parseHex(digits));
    }

    private final TreeHasher hasher = new TreeHasher();

    /** The figures of docs/benchmarks.md. */
    @Test
    void inclusion_growsWithTheLogarithm() {
        MerkleTree tree = new MerkleTree((_, _) -> LEAVES.getLast(), hasher);
        List<Integer> longest = new ArrayList<>();
        for (long size = 1_000; size <= 10_000_000; size *= 10) {
            int most = 0;
            for (long index = 0; index < size; index += size / 500) {
                most = Math.max(most, tree.inclusion(index, size).size());
            }
            longest.add(most);
        }
        assertThat(longest).containsExactly(10, 14, 17, 20, 24);
    }

    private final MemoryDisk disk = new MemoryDisk();

    private Frontier frontier() {
        return new Frontier(Edge.EMPTY, hasher, disk::putTile);
    }

    private MerkleTree tree(Edge edge) {
        return new MerkleTree(new TileReader(edge, disk, new FakeLedger(), hasher), hasher);
    }

    @Test
    void emptyTree_root_isTheHashOfNothing() {
        assertThat(Edge.EMPTY.root(hasher).hex())
                .isEqualTo("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    @Test
    void knownLeaves_roots_areTheKnownOnes() {
        Frontier tree = frontier();
        for (int i = 0; i < LEAVES.size(); i++) {
            tree.append(hasher.leaf(LEAVES.get(i)));
            assertThat(tree.edge().root(hasher).hex()).isEqualTo(ROOTS.get(i));
            assertThat(NaiveTree.root(LEAVES.subList(0, i + 1)).hex()).isEqualTo(ROOTS.get(i));
        }
    }

    @Test
    void anyTree_rootsAndProofs_areTheNaiveOnesAndHold() {
        List<Bytes> leaves = new ArrayList<>();
        Frontier tree = frontier();
        long seed = 20;
        Random random = new Random(seed);
        for (int size = 1; size <= 300; size++) {
            leaves.add(Bytes.utf8("leaf " + size));
            tree.append(hasher.leaf(leaves.getLast()));
            Edge edge = tree.edge();
            MerkleTree merkle = tree(edge);
            Bytes root = merkle.root(size);
            assertThat(root).isEqualTo(NaiveTree.root(leaves)).isEqualTo(edge.root(hasher));
            // All places in small trees, some in larger ones.
            for (int round = 0; round < Math.min(size, 12); round++) {
                int index = size <= 12 ? round : random.nextInt(size);
                List<Bytes> inclusion = merkle.inclusion(index, size);
                assertThat(inclusion)
                        .as("seed %d, leaf %d of %d", seed, index, size)
                        .isEqualTo(NaiveTree.path(index, leaves));
                Bytes leaf = hasher.leaf(leaves.get(index));
                assertThat(MerkleProofs.included(leaf, index, size, inclusion, root))
                        .isTrue();
                assertThat(MerkleProofs.included(leaf, (index + 1) % size, size, inclusion, root))
                        .isEqualTo(size == 1);
                int older = index + 1;
                List<Bytes> consistency = merkle.consistency(older, size);
                assertThat(consistency).isEqualTo(NaiveTree.proof(older, leaves));
                Bytes olderRoot = NaiveTree.root(leaves.subList(0, older));
                assertThat(MerkleProofs.consistent(older, olderRoot, size, root, consistency))
                        .isTrue();
                assertThat(MerkleProofs.consistent(older, hasher.leaf(olderRoot), size, root, consistency))
                        .isFalse();
            }
        }
    }

    @Test
    void proofs_bentOrOfOtherLength_areRefused() {
        List<Bytes> leaves = new ArrayList<>();
        Frontier tree = frontier();
        for (int i = 0; i < 100; i++) {
            leaves.add(Bytes.utf8("leaf " + i));
            tree.append(hasher.leaf(leaves.get(i)));
        }
        MerkleTree merkle = tree(tree.edge());
        Bytes root = merkle.root(100);
        List<Bytes> inclusion = merkle.inclusion(37, 100);
        List<Bytes> consistency = merkle.consistency(37, 100);
        Bytes leaf = hasher.leaf(leaves.get(37));
        Bytes older = NaiveTree.root(leaves.subList(0, 37));
        for (int i = 0; i < inclusion.size(); i++) {
            List<Bytes> bent = new ArrayList<>(inclusion);
            bent.set(i, root);
            assertThat(MerkleProofs.included(leaf, 37, 100, bent, root)).isFalse();
            assertThat(MerkleProofs.included(leaf, 37, 100, inclusion.subList(0, i), root))
                    .isFalse();
        }
        for (int i = 0; i < consistency.size(); i++) {
            List<Bytes> bent = new ArrayList<>(consistency);
            bent.set(i, root);
            assertThat(MerkleProofs.consistent(37, older, 100, root, bent)).isFalse();
            assertThat(MerkleProofs.consistent(37, older, 100, root, consistency.subList(0, i)))
                    .isFalse();
        }
        List<Bytes> longer = new ArrayList<>(inclusion);
        longer.add(root);
        assertThat(MerkleProofs.included(leaf, 37, 100, longer, root)).isFalse();
        assertThat(MerkleProofs.included(leaf, 137, 100, inclusion, root)).isFalse();
        assertThat(MerkleProofs.included(leaf, -1, 100, inclusion, root)).isFalse();
        assertThat(MerkleProofs.consistent(101, older, 100, root, consistency)).isFalse();
        assertThat(MerkleProofs.consistent(0, hasher.empty(), 100, root, List.of()))
                .isTrue();
    }

    @Test
    void tilePaths_areThoseOfTheSpecification() {
        assertThat(TilePath.full(0, 0)).isEqualTo("tile/0/000");
        assertThat(TilePath.full(1, 1_234_067)).isEqualTo("tile/1/x001/x234/067");
        assertThat(TilePath.of(0, 1000, 7)).isEqualTo("tile/0/x001/000.p/7");
    }
}
