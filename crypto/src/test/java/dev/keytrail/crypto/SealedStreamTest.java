package dev.keytrail.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class SealedStreamTest {
    private static final int SEALED_CHUNK = SealedStream.CHUNK_BYTES + 16;

    private final Secret key = Secret.copyOf(new TestEntropy(1).bytes(32));
    private final Bytes header = Bytes.utf8("header");

    private byte[] seal(byte[] content) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (OutputStream sealed = SealedStream.seal(key, header, out)) {
            sealed.write(content, 0, content.length / 2);
            sealed.write(content, content.length / 2, content.length - content.length / 2);
        }
        return out.toByteArray();
    }

    private byte[] open(byte[] sealed) throws IOException {
        return SealedStream.open(key, header, new ByteArrayInputStream(sealed)).readAllBytes();
    }

    private void refuses(byte[] sealed) {
        assertThatThrownBy(() -> open(sealed)).isInstanceOf(SealedStream.Damaged.class);
    }

    @Test
    void content_ofAnyLength_comesBack() throws IOException {
        int chunk = SealedStream.CHUNK_BYTES;
        for (int size : new int[] {0, 1, chunk - 1, chunk, chunk + 1, 2 * chunk, 2 * chunk + 77}) {
            byte[] content = new TestEntropy(size).bytes(size);
            byte[] sealed = seal(content);
            assertThat(sealed).hasSize(size + 16 * Math.max(1, (size + chunk - 1) / chunk));
            assertThat(open(sealed)).isEqualTo(content);
        }
    }

    @Test
    void cutAnywhere_orLengthened_isNoticed() throws IOException {
        byte[] sealed = seal(new byte[2 * SealedStream.CHUNK_BYTES + 10]);
        for (int size : new int[] {0, 15, 16, SEALED_CHUNK - 1, SEALED_CHUNK, 2 * SEALED_CHUNK, sealed.length - 1}) {
            refuses(Arrays.copyOf(sealed, size));
        }
        refuses(Arrays.copyOf(sealed, sealed.length + 1));
        refuses(Arrays.copyOf(sealed, sealed.length + SEALED_CHUNK));
    }

    @Test
    void chunksSwappedDroppedOrOfAnotherStream_areNoticed() throws IOException {
        byte[] sealed = seal(new byte[3 * SealedStream.CHUNK_BYTES]);
        byte[] swapped = sealed.clone();
        System.arraycopy(sealed, 0, swapped, SEALED_CHUNK, SEALED_CHUNK);
        System.arraycopy(sealed, SEALED_CHUNK, swapped, 0, SEALED_CHUNK);
        refuses(swapped);
        refuses(Arrays.copyOfRange(sealed, SEALED_CHUNK, sealed.length));
        byte[] altered = sealed.clone();
        altered[SEALED_CHUNK + 5] ^= 1;
        refuses(altered);
        Bytes otherHeader = Bytes.utf8("headex");
        assertThatThrownBy(() -> SealedStream.open(key, otherHeader, new ByteArrayInputStream(sealed))
                        .readAllBytes())
                .isInstanceOf(SealedStream.Damaged.class);
    }

    /** Nothing of a chunk is given out before the whole of it was found genuine. */
    @Test
    void beforeTheDamage_onlyWholeGenuineChunksAreGiven() throws IOException {
        byte[] sealed = seal(new byte[2 * SealedStream.CHUNK_BYTES]);
        sealed[sealed.length - 1] ^= 1;
        var in = SealedStream.open(key, header, new ByteArrayInputStream(sealed));
        assertThat(in.readNBytes(SealedStream.CHUNK_BYTES)).hasSize(SealedStream.CHUNK_BYTES);
        assertThatThrownBy(in::read).isInstanceOf(SealedStream.Damaged.class);
    }
}
