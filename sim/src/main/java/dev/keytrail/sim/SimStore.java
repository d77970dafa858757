package dev.keytrail.sim;

import dev.keytrail.audit.history.HistoryIndex;
import dev.keytrail.call.Ledger;
import dev.keytrail.store.Store;
import dev.keytrail.store.StoreMetrics;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;

/** A real store, with its ledger seen through another. */
record SimStore(Store real, SimLedger simulated, Scenario.Defect defect) implements Store {
    @Override
    public Ledger ledger() {
        return simulated;
    }

    @Override
    public HistoryIndex history() {
        HistoryIndex whole = real.history();
        return defect == Scenario.Defect.HISTORY_HIDES ? new Hiding(whole) : whole;
    }

    private record Hiding(HistoryIndex whole) implements HistoryIndex {
        @Override
        public Page find(Lookup lookup) {
            return without(whole.find(lookup));
        }

        @Override
        public int forget(ToLongFunction<String> earliestSecond, int most) {
            return whole.forget(earliestSecond, most);
        }
    }

    private static HistoryIndex.Page without(HistoryIndex.Page page) {
        List<HistoryIndex.Found> events = new ArrayList<>(page.events());
        if (events.size() > 2) {
            events.remove(1);
        }
        return new HistoryIndex.Page(events, page.more());
    }

    @Override
    public StoreMetrics metrics() {
        return real.metrics();
    }

    @Override
    public void close() {
        real.close();
    }
}
