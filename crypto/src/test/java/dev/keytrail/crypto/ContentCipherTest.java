package dev.keytrail.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keytrail.call.Secret;
import org.junit.jupiter.api.Test;

class ContentCipherTest {
    private static final byte[] CONTENT = {1, 2, 3, 4, 5};

    private static ContentCipher cipher(int key, String id, String name) {
        byte[] bytes = new byte[32];
        bytes[0] = (byte) key;
        return new ContentCipher(Secret.adopt(bytes), id, name);
    }

    @Test
    void segment_opensWithItsOwnKeyIdNameNumberAndPlaceOnly() {
        byte[] sealed = cipher(1, "id", "name").seal(7, false, CONTENT, 5);
        assertThat(sealed).hasSize(5 + ContentCipher.OVERHEAD_BYTES);
        assertThat(cipher(1, "id", "name").open(7, false, sealed, sealed.length))
                .hasValueSatisfying(opened -> assertThat(opened).isEqualTo(CONTENT));
        assertThat(cipher(2, "id", "name").open(7, false, sealed, sealed.length))
                .isEmpty();
        assertThat(cipher(1, "other", "name").open(7, false, sealed, sealed.length))
                .isEmpty();
        assertThat(cipher(1, "id", "other").open(7, false, sealed, sealed.length))
                .isEmpty();
        assertThat(cipher(1, "id", "name").open(8, false, sealed, sealed.length))
                .isEmpty();
        assertThat(cipher(1, "id", "name").open(7, true, sealed, sealed.length)).isEmpty();
        assertThat(cipher(1, "id", "name").open(7, false, sealed, sealed.length - 1))
                .isEmpty();
        assertThat(cipher(1, "id", "name").open(7, false, sealed, 3)).isEmpty();
    }

    @Test
    void everyBit_counts() {
        byte[] sealed = cipher(1, "id", "name").seal(0, true, CONTENT, 5);
        for (int bit = 0; bit < sealed.length * 8; bit++) {
            byte[] altered = sealed.clone();
            altered[bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(cipher(1, "id", "name").open(0, true, altered, altered.length))
                    .as("bit %d", bit)
                    .isEmpty();
        }
    }

    @Test
    void segments_coverTheContent() {
        assertThat(ContentCipher.segments(0)).isEqualTo(1);
        assertThat(ContentCipher.segments(ContentCipher.SEGMENT_BYTES)).isEqualTo(1);
        assertThat(ContentCipher.segments(ContentCipher.SEGMENT_BYTES + 1)).isEqualTo(2);
    }

    @Test
    void dataKeyOfAnotherSize_isRefused() {
        assertThatThrownBy(() -> new ContentCipher(Secret.adopt(new byte[16]), "id", "name"))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
