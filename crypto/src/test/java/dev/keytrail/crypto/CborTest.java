package dev.keytrail.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.call.Bytes;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Examples of RFC 8949 appendix A, those that documents may have and those that they may not. */
class CborTest {
    private static Optional<Object> read(String hex) {
        return Cbor.read(Bytes.adopt(HexFormat.of().parseHex(hex)));
    }

    @Test
    void read_valuesOfTheStandard() {
        assertThat(read("00")).contains(0L);
        assertThat(read("17")).contains(23L);
        assertThat(read("1818")).contains(24L);
        assertThat(read("1903e8")).contains(1000L);
        assertThat(read("1a000f4240")).contains(1_000_000L);
        assertThat(read("1b000000e8d4a51000")).contains(1_000_000_000_000L);
        assertThat(read("20")).contains(-1L);
        assertThat(read("3903e7")).contains(-1000L);
        assertThat(read("4401020304")).contains(Bytes.copyOf(new byte[] {1, 2, 3, 4}));
        assertThat(read("6449455446")).contains("IETF");
        assertThat(read("62c3bc")).contains("\u00fc");
        assertThat(read("80")).contains(List.of());
        assertThat(read("8301820203820405")).contains(List.of(1L, List.of(2L, 3L), List.of(4L, 5L)));
        assertThat(read("a201020304")).contains(Map.of(1L, 2L, 3L, 4L));
        assertThat(read("a26161016162820203")).contains(Map.of("a", 1L, "b", List.of(2L, 3L)));
        assertThat(read("f6")).contains(Cbor.Null.NULL);
        assertThat(read("d28101")).as("tag of COSE_Sign1").contains(List.of(1L));
    }

    @Test
    void read_whatDocumentsHaveNot_isRefused() {
        for (String hex : List.of(
                "",
                "18",
                "1b8000000000000000",
                "1bffffffffffffffff",
                "1c",
                "f4",
                "f7",
                "f93c00",
                "c101",
                "d18101",
                "5f42010243030405ff",
                "7f657374726561646d696e67ff",
                "9f01ff",
                "bf6161019fff",
                "ff",
                "0000",
                "8201",
                "44010203",
                "a10102f6",
                "a201020102",
                "61ff",
                "9affffffff",
                "baffffffff",
                "5affffffff",
                "81818181818181818181818101")) {
            assertThat(read(hex)).as(hex).isEmpty();
        }
    }

    @Test
    void encode_isReadBack() {
        for (int size : new int[] {0, 23, 24, 255, 256, 65_535, 65_536}) {
            assertThat(Cbor.read(Bytes.adopt(Cbor.encode(new byte[size])))).contains(Bytes.adopt(new byte[size]));
        }
        assertThat(Cbor.read(Bytes.adopt(Cbor.encode("Signature1")))).contains("Signature1");
    }
}
