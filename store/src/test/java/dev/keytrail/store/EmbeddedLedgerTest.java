package dev.keytrail.store;

import dev.keytrail.call.Ledger;
import dev.keytrail.call.LedgerContract;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedLedgerTest extends LedgerContract {
    @TempDir
    Path directory;

    private EmbeddedStore store;

    @Override
    protected Ledger open() throws IOException {
        StoreOptions options = StoreOptions.defaults().withSegmentBytes(1 << 16);
        store = EmbeddedStore.open(directory, TABLES, options, InstantSource.system());
        return store.ledger();
    }

    @AfterEach
    void close() {
        store.close();
    }
}
