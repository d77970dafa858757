package dev.keytrail.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keytrail.call.Operation;
import dev.keytrail.crypto.RootKey;
import dev.keytrail.store.MemoryStore;
import dev.keytrail.testkit.SeededEntropy;
import dev.keytrail.testkit.SimulatedClock;
import dev.keytrail.wire.CoverageTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RowsTest {
    @TempDir
    private Path folder;

    private House house() throws IOException {
        return House.open(new House.Ground(
                MemoryStore.open(House.tables()),
                new RootKey(dev.keytrail.call.Secret.adopt(new byte[32])),
                new SimulatedClock(),
                new SeededEntropy(1),
                folder,
                Runnable::run,
                Settings.load(Optional.empty(), Map.of(), Map.of())));
    }

    /** Run with -Dkeytrail.renewReadme=true to write the table anew. */
    @Test
    void readme_coverageTable_isWhatTheRowsSay() throws IOException {
        Path readme = Path.of("..", "README.md");
        String text = Files.readString(readme);
        List<Operation<?, ?>> rows = house().rows().all();
        if (Boolean.getBoolean("keytrail.renewReadme")) {
            text = CoverageTable.renew(
                    text, rows.stream().filter(RowsTest::modelled).toList());
            Files.writeString(readme, text);
        }
        assertThat(CoverageTable.check(
                        text, rows.stream().filter(RowsTest::modelled).toList()))
                .isEmpty();
    }

    private static boolean modelled(Operation<?, ?> row) {
        return dev.keytrail.wire.Wire.modelled().contains(row.service());
    }

    @Test
    void rows_twiceTheSame_areRefused() throws IOException {
        Operation<?, ?> one = house().rows().all().getFirst();
        assertThatThrownBy(() -> new Rows(List.of(one, one)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(one.name());
    }
}
