package dev.keytrail.store;

import dev.keytrail.audit.history.HistoryIndexContract;
import java.util.List;

class MemoryHistoryTest extends HistoryIndexContract {
    @Override
    protected Opened open() {
        MemoryStore store = MemoryStore.open(List.of());
        return new Opened(store.ledger(), store.history());
    }
}
