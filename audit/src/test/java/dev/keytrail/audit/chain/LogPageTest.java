package dev.keytrail.audit.chain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.call.Bytes;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogPageTest {
    private final ChainWorld world = new ChainWorld();

    @Test
    void paths_ofTheSpecification_areRead() {
        assertThat(LogPage.parse("checkpoint")).contains(new LogPage.Head());
        assertThat(LogPage.parse("tile/0/x001/x234/067")).contains(new LogPage.Tile(0, 1_234_067, 256));
        assertThat(LogPage.parse("tile/63/000.p/255")).contains(new LogPage.Tile(63, 0, 255));
        assertThat(LogPage.parse("tile/entries/x001/000.p/1")).contains(new LogPage.Entries(1000, 1, false));
        assertThat(LogPage.parse("bundle/007")).contains(new LogPage.Entries(7, 256, true));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/checkpoint",
                "checkpoint/",
                "witnessed",
                "verifier-key",
                "tile/0/0",
                "tile/00/000",
                "tile/64/000",
                "tile/0/x000/001",
                "tile/0/001/002",
                "tile/0/../checkpoint",
                "tile/0/000.p/0",
                "tile/0/000.p/256",
                "tile/0/000.p/01",
                "tile/entries/000/",
                "tile/-1/000",
                "tile/0/x999/x999/x999/x999/x999/x999/999"
            })
    void paths_ofAnythingElse_areNot(String path) {
        assertThat(LogPage.parse(path)).isEmpty();
    }

    @Test
    void entries_areThoseOfTheLeaves_andNoneBeyondTheCheckpoint() {
        world.events(599);
        world.settle();
        world.events(100);
        LogReading reading = new LogReading(world.chain, world.disk, world.ledger);
        for (boolean wide : new boolean[] {false, true}) {
            assertThat(split(reading.entries(new LogPage.Entries(1, 256, wide)), wide))
                    .isEqualTo(world.leaves().subList(256, 512));
            assertThat(split(reading.entries(new LogPage.Entries(2, 88, wide)), wide))
                    .isEqualTo(world.leaves().subList(512, 600));
        }
        assertThat(reading.entries(new LogPage.Entries(2, 89, false))).isEmpty();
        assertThat(reading.entries(new LogPage.Entries(Long.MAX_VALUE / 256, 256, false)))
                .isEmpty();
        Bytes tile = reading.tile(new LogPage.Tile(0, 2, 88)).orElseThrow();
        assertThat(reading.tile(new LogPage.Tile(0, 2, 87))).contains(tile.slice(0, 87 * TreeHasher.HASH_BYTES));
        assertThat(reading.tile(new LogPage.Tile(0, 2, 89))).isEmpty();
    }

    @Test
    void entry_tooLongForTwoBytes_isInTheWideFormAlone() {
        world.ledger.commit(
                world.ledger.read(),
                List.of(),
                List.of(world.record(ChainWorld.ACCOUNT, "long", "\"" + "x".repeat(70_000) + "\"")));
        world.settle();
        LogReading reading = new LogReading(world.chain, world.disk, world.ledger);
        assertThat(reading.entries(new LogPage.Entries(0, 2, false))
                        .orElseThrow()
                        .tooLong())
                .isTrue();
        assertThat(split(reading.entries(new LogPage.Entries(0, 2, true)), true))
                .isEqualTo(world.leaves());
    }

    private static List<Bytes> split(Optional<LogReading.Bundle> bundle, boolean wide) {
        ByteBuffer in = ByteBuffer.wrap(bundle.orElseThrow().bytes().unsafeArray());
        List<Bytes> entries = new ArrayList<>();
        while (in.hasRemaining()) {
            byte[] entry = new byte[wide ? in.getInt() : in.getShort() & 0xFFFF];
            in.get(entry);
            entries.add(Bytes.adopt(entry));
        }
        return entries;
    }
}
