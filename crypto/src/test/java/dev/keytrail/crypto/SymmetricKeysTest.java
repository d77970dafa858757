package dev.keytrail.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

class SymmetricKeysTest {
    private static final String ACCOUNT = "000123456789";
    private static final String KEY = "1234abcd-12ab-34cd-56ef-1234567890ab";
    private static final String MULTI_REGION_KEY = "mrk-1234abcd12ab34cd56ef1234567890ab";

    private final Vault vault = new Vault(new RootKey(Secret.copyOf(new byte[32])), new TestEntropy(1));
    private final SymmetricKeys keys = new SymmetricKeys(vault, new TestEntropy(2));
    private final WrappedMaterial material = keys.generate(ACCOUNT, KEY);

    @Test
    void sealed_anySizeAndContext_opens() {
        for (int size : new int[] {0, 1, 100, 4096}) {
            for (Map<String, String> context :
                    List.<Map<String, String>>of(Map.of(), Map.of("a", "b"), Map.of("ü", "\ud83d\ude00", "", ""))) {
                byte[] content = new TestEntropy(size).bytes(size);
                Bytes sealed = keys.seal(ACCOUNT, KEY, material, Secret.copyOf(content), context);
                assertThat(sealed.size()).isEqualTo(size + 87).isLessThanOrEqualTo(6144);
                assertThat(keys.open(ACCOUNT, KEY, material, sealed, context)
                                .orElseThrow()
                                .reveal())
                        .isEqualTo(content);
            }
        }
    }

    @Test
    void sealed_namesAccountKeyAndMaterial() {
        Bytes sealed = seal("x", Map.of());
        assertThat(CiphertextHeader.parse(sealed)).contains(new CiphertextHeader(ACCOUNT, KEY, material.id()));
        WrappedMaterial other = keys.generate(ACCOUNT, MULTI_REGION_KEY);
        Bytes multiRegion = keys.seal(ACCOUNT, MULTI_REGION_KEY, other, Secret.copyOf(new byte[1]), Map.of());
        assertThat(CiphertextHeader.parse(multiRegion))
                .contains(new CiphertextHeader(ACCOUNT, MULTI_REGION_KEY, other.id()));
    }

    @Test
    void sealed_twice_differs() {
        assertThat(seal("x", Map.of())).isNotEqualTo(seal("x", Map.of()));
    }

    @Test
    void sealed_anyBitChanged_staysShut() {
        byte[] sealed = seal("hello", Map.of("a", "b")).toArray();
        for (int bit = 0; bit < sealed.length * 8; bit++) {
            byte[] altered = sealed.clone();
            altered[bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(keys.open(ACCOUNT, KEY, material, Bytes.adopt(altered), Map.of("a", "b")))
                    .as("bit %d", bit)
                    .isEmpty();
        }
    }

    @Test
    void sealed_cutOrLengthened_staysShut() {
        byte[] sealed = seal("hello", Map.of()).toArray();
        for (int size = 0; size <= sealed.length + 2; size++) {
            if (size != sealed.length) {
                assertThat(keys.open(ACCOUNT, KEY, material, Bytes.adopt(Arrays.copyOf(sealed, size)), Map.of()))
                        .as("size %d", size)
                        .isEmpty();
            }
        }
    }

    @Test
    void contexts_thatReadAlike_doNotOpenOneAnother() {
        Map<String, String> ab = new LinkedHashMap<>();
        ab.put("a", "1");
        ab.put("b", "2");
        Map<String, String> ba = new LinkedHashMap<>();
        ba.put("b", "2");
        ba.put("a", "1");
        Bytes sealed = seal("x", ab);
        assertThat(keys.open(ACCOUNT, KEY, material, sealed, ba)).isPresent();

        List<Map<String, String>> distinct = List.of(
                Map.of(),
                ab,
                Map.of("a", "bc"),
                Map.of("ab", "c"),
                Map.of("abc", ""),
                Map.of("", "abc"),
                Map.of("a", "1"),
                Map.of("a", "1", "b", ""),
                Map.of("a", "1b2"),
                Map.of("A", "1", "b", "2"),
                Map.of("a", "2", "b", "1"),
                Map.of("", ""),
                Map.of("?", ""),
                Map.of("\ud800", ""),
                Map.of("\udc00", ""),
                Map.of("\ud800\udc00", ""),
                Map.of("\ud800", "\udc00"),
                Map.of("\u0000", ""),
                Map.of("a", "\u0000\u0000\u0000\u0001b\u0000\u0000\u0000\u0001c"),
                Map.of("é", ""),
                Map.of("e\u0301", ""));
        for (Map<String, String> sealing : distinct) {
            Bytes one = seal("x", sealing);
            for (Map<String, String> opening : distinct) {
                assertThat(keys.open(ACCOUNT, KEY, material, one, opening).isPresent())
                        .as("%s opened with %s", sealing, opening)
                        .isEqualTo(sealing == opening);
            }
        }
    }

    @Test
    void open_anotherAccountKeyOrMaterial_staysShut() {
        Bytes sealed = seal("x", Map.of());
        String otherKey = "1234abcd-12ab-34cd-56ef-1234567890ac";
        assertThat(keys.open(ACCOUNT, KEY, keys.generate(ACCOUNT, KEY), sealed, Map.of()))
                .isEmpty();
        assertThat(keys.open(ACCOUNT, otherKey, keys.generate(ACCOUNT, otherKey), sealed, Map.of()))
                .isEmpty();
        assertThat(keys.open("999999999999", KEY, keys.generate("999999999999", KEY), sealed, Map.of()))
                .isEmpty();
        // The very same material, in another key and in another account.
        byte[] raw = new TestEntropy(9).bytes(32);
        Bytes one = keys.seal(ACCOUNT, KEY, keys.wrap(ACCOUNT, KEY, Secret.copyOf(raw)), Secret.copyOf(raw), Map.of());
        assertThat(keys.open(ACCOUNT, otherKey, keys.wrap(ACCOUNT, otherKey, Secret.copyOf(raw)), one, Map.of()))
                .isEmpty();
        assertThat(keys.open("999999999999", KEY, keys.wrap("999999999999", KEY, Secret.copyOf(raw)), one, Map.of()))
                .isEmpty();
    }

    @Test
    void material_ofAnotherOwnerOrAltered_isADefectEvenWhenCached() {
        seal("x", Map.of());
        String secret = material.wrapped().hex();
        assertThatThrownBy(() -> keys.seal("999999999999", KEY, material, Secret.copyOf(new byte[1]), Map.of()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageNotContaining(secret);
        byte[] altered = material.wrapped().toArray();
        altered[20] ^= 1;
        WrappedMaterial forged = new WrappedMaterial(material.id(), Bytes.adopt(altered));
        assertThatThrownBy(() -> keys.seal(ACCOUNT, KEY, forged, Secret.copyOf(new byte[1]), Map.of()))
                .isInstanceOf(IllegalStateException.class);
        WrappedMaterial renamed = new WrappedMaterial("0".repeat(64), material.wrapped());
        assertThatThrownBy(() -> keys.seal(ACCOUNT, KEY, renamed, Secret.copyOf(new byte[1]), Map.of()))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void materialId_sameMaterialSameKey_isStable() {
        byte[] raw = new TestEntropy(5).bytes(32);
        WrappedMaterial first = keys.wrap(ACCOUNT, KEY, Secret.copyOf(raw));
        WrappedMaterial second = keys.wrap(ACCOUNT, KEY, Secret.copyOf(raw));
        assertThat(second.id()).isEqualTo(first.id()).matches("[0-9a-f]{64}");
        assertThat(second.wrapped()).isNotEqualTo(first.wrapped());
        assertThat(keys.wrap(ACCOUNT, MULTI_REGION_KEY, Secret.copyOf(raw)).id())
                .isNotEqualTo(first.id());
        assertThatThrownBy(() -> keys.wrap(ACCOUNT, KEY, Secret.copyOf(new byte[31])))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void names_withoutAForm_areRefused() {
        for (String keyId : List.of("", "alias/x", "1234ABCD-12ab-34cd-56ef-1234567890ab", "mrk-12", KEY + "0")) {
            assertThatThrownBy(() -> keys.seal(
                            ACCOUNT, keyId, keys.generate(ACCOUNT, keyId), Secret.copyOf(new byte[1]), Map.of()))
                    .as(keyId)
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    /** The published shape with the JDK alone: SP 800-108 counter mode, HMAC-SHA-256, one block. */
    @Test
    void sealed_byTheBook_opens() throws Exception {
        byte[] raw = new TestEntropy(6).bytes(32);
        WrappedMaterial known = keys.wrap(ACCOUNT, KEY, Secret.copyOf(raw));
        byte[] sealed = keys.seal(ACCOUNT, KEY, known, Secret.copyOf(new byte[] {1, 2, 3}), Map.of("k", "v"))
                .toArray();
        Mac prf = Mac.getInstance("HmacSHA256");
        prf.init(new SecretKeySpec(raw, "HmacSHA256"));
        prf.update(new byte[] {0, 0, 0, 1});
        prf.update("keytrail message key 1".getBytes(StandardCharsets.US_ASCII));
        prf.update((byte) 0);
        prf.update(sealed, 55, 16);
        prf.update(new byte[] {0, 0, 1, 0});
        Cipher gcm = Cipher.getInstance("AES/GCM/NoPadding");
        gcm.init(Cipher.DECRYPT_MODE, new SecretKeySpec(prf.doFinal(), "AES"), new GCMParameterSpec(128, new byte[12]));
        gcm.updateAAD(sealed, 0, 71);
        gcm.updateAAD(ByteBuffer.wrap(new byte[] {0, 0, 0, 1, 'k', 0, 0, 0, 1, 'v'}));
        assertThat(gcm.doFinal(sealed, 71, sealed.length - 71)).containsExactly(1, 2, 3);
    }

    @Test
    void cache_smallerThanTheKeys_stillOpensAll() {
        SymmetricKeys small = new SymmetricKeys(vault, new TestEntropy(3), 3);
        List<WrappedMaterial> materials =
                Stream.generate(() -> small.generate(ACCOUNT, KEY)).limit(10).toList();
        for (int round = 0; round < 3; round++) {
            for (WrappedMaterial each : materials) {
                Bytes sealed = small.seal(ACCOUNT, KEY, each, Secret.copyOf(new byte[7]), Map.of());
                assertThat(small.open(ACCOUNT, KEY, each, sealed, Map.of())).isPresent();
            }
        }
    }

    /** Threads share a cache of two over five materials, so that material is zeroed while others copy it. */
    @Test
    void cache_evictingUnderLoad_neverHandsOutZeroes() throws Exception {
        SymmetricKeys small = new SymmetricKeys(vault, new TestEntropy(3), 2);
        List<WrappedMaterial> materials =
                Stream.generate(() -> small.generate(ACCOUNT, KEY)).limit(5).toList();
        List<Bytes> sealed = materials.stream()
                .map(each -> keys.seal(ACCOUNT, KEY, each, Secret.copyOf(new byte[7]), Map.of()))
                .toList();
        var shut = new AtomicInteger();
        List<Thread> threads = IntStream.range(0, 4)
                .mapToObj(thread -> Thread.ofVirtual().start(() -> {
                    for (int i = 0; i < 5_000; i++) {
                        int which = (i * (thread + 1)) % 5;
                        if (small.open(ACCOUNT, KEY, materials.get(which), sealed.get(which), Map.of())
                                .isEmpty()) {
                            shut.incrementAndGet();
                        }
                        if (i % 64 == 0) {
                            small.forget(materials.get(which));
                        }
                    }
                }))
                .toList();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(shut).hasValue(0);
    }

    private Bytes seal(String text, Map<String, String> context) {
        return keys.seal(ACCOUNT, KEY, material, Secret.copyOf(text.getBytes(StandardCharsets.UTF_8)), context);
    }
}
