package dev.keytrail.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class FakeLedgerTest extends LedgerContract {
    @Override
    protected Ledger open() {
        return new FakeLedger();
    }

    @Test
    void commit_toldToBeUnavailable_isRefusedAndChangesNothing() {
        FakeLedger fake = new FakeLedger();
        fake.unavailable(true);
        assertThatThrownBy(() -> fake.commit(fake.read(), List.of(), List.of(SampleRecords.event("a", 1))))
                .isInstanceOf(Ledger.LedgerUnavailable.class);
        assertThat(fake.end()).isZero();
    }
}
