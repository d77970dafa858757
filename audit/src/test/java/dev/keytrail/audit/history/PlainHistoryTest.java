package dev.keytrail.audit.history;

import dev.keytrail.call.FakeLedger;

class PlainHistoryTest extends HistoryIndexContract {
    @Override
    protected Opened open() {
        FakeLedger ledger = new FakeLedger();
        return new Opened(ledger, new PlainHistory(ledger));
    }
}
