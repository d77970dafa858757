package dev.keytrail.store;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keytrail.call.Change;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.LedgerContract;
import dev.keytrail.call.RowCodec;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.Table;
import java.util.List;
import org.junit.jupiter.api.Test;

class MemoryLedgerTest extends LedgerContract {
    private MemoryStore store;

    @Override
    protected Ledger open() {
        store = MemoryStore.open(TABLES);
        return store.ledger();
    }

    @Test
    void commit_afterClose_isUnavailable() {
        store.close();
        assertThatThrownBy(() -> commit(List.of(), event("a"))).isInstanceOf(Ledger.LedgerUnavailable.class);
    }

    @Test
    void commit_unknownTable_isRefused() {
        Table<String> stranger = new Table<>("stranger", RowCodec.of((v, out) -> out.text(v), RowReader::text));
        assertThatThrownBy(() -> commit(List.of(Change.put(stranger, "k", "v"))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("stranger");
    }

    @Test
    void open_twoTablesOfOneName_isRefused() {
        assertThatThrownBy(() -> MemoryStore.open(List.of(NAMES, NAMES))).isInstanceOf(IllegalArgumentException.class);
    }
}
