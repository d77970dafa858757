package dev.keytrail.store;

import dev.keytrail.audit.history.HistoryIndexContract;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedHistoryTest extends HistoryIndexContract {
    @TempDir
    Path directory;

    private EmbeddedStore store;

    @Override
    protected Opened open() throws IOException {
        store = EmbeddedStore.open(
                directory,
                List.of(),
                StoreOptions.defaults().withSegmentBytes(1 << 16).withTailRecordsMax(64),
                InstantSource.system());
        return new Opened(store.ledger(), store.history());
    }

    /** Waits until the index has everything, so that the same look-ups run against index, tail and both. */
    @Override
    protected void settle() {
        while (store.metrics().indexLagRecords() > 0) {
            LockSupport.parkNanos(1_000_000);
        }
    }

    @AfterEach
    void close() {
        store.close();
    }
}
