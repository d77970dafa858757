package dev.keytrail.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.keytrail.call.Effect;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import dev.keytrail.wire.shape.kms.EncryptRequest;
import dev.keytrail.wire.shape.kms.EncryptResponse;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CoverageTableTest {
    private static final String README = "# Title\n" + CoverageTable.BEGIN + "\nold\n" + CoverageTable.END + "\nrest\n";

    @Test
    void table_tellsWhatHasARow() {
        String table = CoverageTable.render(List.of(encrypt("Encrypt")));
        assertThat(table).contains("| kms | 1 | 56 |\n", "| iam | 0 | 99 |\n");
        assertThat(table).contains("| kms | Encrypt | done |\n", "| kms | Decrypt | not yet |\n");
        assertThat(table.lines().filter(line -> line.endsWith("| not yet |"))).hasSize(56 + 60 + 11 + 99 + 18 - 1);
    }

    @Test
    void readme_thatDiffers_isTold() {
        List<Operation<?, ?>> rows = List.of(encrypt("Encrypt"));
        assertThat(CoverageTable.check(README, rows)).isPresent();
        assertThat(CoverageTable.check("no markers", rows)).isPresent();
        String renewed = CoverageTable.renew(README, rows);
        assertThat(renewed)
                .startsWith("# Title\n")
                .endsWith(CoverageTable.END + "\nrest\n")
                .doesNotContain("old");
        assertThat(CoverageTable.check(renewed, rows)).isEmpty();
        assertThat(CoverageTable.check(renewed, List.of()).orElseThrow()).contains("| kms | Encrypt | done |");
    }

    @Test
    void row_thatNoModelHas_isADefect() {
        assertThatIllegalArgumentException().isThrownBy(() -> CoverageTable.render(List.of(encrypt("Fly"))));
        assertThatIllegalArgumentException().isThrownBy(() -> CoverageTable.render(List.of(encrypt("Decrypt"))));
    }

    private static Operation<EncryptRequest, EncryptResponse> encrypt(String name) {
        return new Operation<>(
                Service.KMS,
                name,
                true,
                Operation.BODY_BYTES_MAX,
                EncryptRequest.class,
                EncryptResponse.class,
                (_, _) -> Effect.of(EncryptResponse.builder().build()),
                _ -> Optional.empty());
    }
}
