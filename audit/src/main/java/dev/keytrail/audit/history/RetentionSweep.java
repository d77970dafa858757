package dev.keytrail.audit.history;

import dev.keytrail.call.Ledger;
import dev.keytrail.call.State;
import java.time.Duration;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Drops from the index what is older than its account's retention. Look-ups obey the retention whether or not it has. */
public final class RetentionSweep {
    private static final Logger LOG = LoggerFactory.getLogger(RetentionSweep.class);

    /** Bounds the memory and time of one step. */
    static final int EVENTS_PER_STEP = 2_000;

    private static final Duration PAUSE = Duration.ofSeconds(5);

    private final Ledger ledger;
    private final HistoryIndex history;
    private final Retention retention;

    public RetentionSweep(Ledger ledger, HistoryIndex history, Retention retention) {
        this.ledger = ledger;
        this.history = history;
        this.retention = retention;
    }

    /** The Unix second of the oldest event that the account's history shows. */
    public long earliestSecond(State state, String account, Instant now) {
        return retention.earliestSecond(state, account, now);
    }

    /** @return how long to wait for the next step */
    public Duration step(Instant now) {
        State state = ledger.read();
        try {
            int forgotten = history.forget(account -> retention.earliestSecond(state, account, now), EVENTS_PER_STEP);
            return forgotten == EVENTS_PER_STEP ? Duration.ZERO : PAUSE;
        } catch (Ledger.LedgerUnavailable later) {
            LOG.debug("history is not swept now: {}", later.getMessage());
            return PAUSE;
        }
    }
}
