package dev.keytrail.server;

import dev.keytrail.audit.Audit;
import dev.keytrail.audit.Recorder;
import dev.keytrail.audit.chain.Chain;
import dev.keytrail.audit.chain.Dropped;
import dev.keytrail.audit.history.HistoryIndex;
import dev.keytrail.audit.history.RetentionSweep;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.State;
import dev.keytrail.store.Retired;
import dev.keytrail.store.Store;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Drops what the ledger need not keep any longer. In this order, each step safe to be cut off and done again: hashes are made
 * sure of in the log's tiles, what the records came to is kept aside, they are archived, DropLedgerRecords is committed, a
 * checkpoint over that is signed (and cosigned, where witnesses are required), and only then they are removed.
 *
 * <p>A record stays while it is younger than the retention, while its account's event history shows it, and while a trail has
 * still to deliver it. For one thread.
 */
final class LedgerRetention {
    private static final Logger LOG = LoggerFactory.getLogger(LedgerRetention.class);

    private static final Duration PAUSE = Duration.ofSeconds(5);
    private static final Duration WAIT_FOR_CHECKPOINT = Duration.ofMillis(200);

    /** Looking reads the oldest segment as far as it is old. */
    private static final Duration LOOK_EVERY = Duration.ofMinutes(10);

    private final Store store;
    private final Ledger ledger;
    private final Chain chain;
    private final Recorder recorder;
    private final RetentionSweep history;
    private final LedgerSettings settings;

    private Instant nextLook = Instant.MIN;

    /** The drop that is under way in this process: what it came to is kept, and its record is before {@link #recordedBy}. */
    private long preparedEnd = -1;

    private long recordedBy;

    LedgerRetention(Store store, Chain chain, Recorder recorder, RetentionSweep history, LedgerSettings settings) {
        this.store = store;
        this.ledger = store.ledger();
        this.chain = chain;
        this.recorder = recorder;
        this.history = history;
        this.settings = settings;
    }

    /** @return how long to wait for the next step */
    Duration step(Instant now) {
        try {
            State state = ledger.read();
            Optional<Dropped> decided = Dropped.newest(state).filter(dropped -> dropped.end() > ledger.first());
            if (decided.isPresent()) {
                return finish(decided.get());
            }
            boolean due = settings.retention().isPresent() && !now.isBefore(nextLook);
            return due && decide(state, settings.retention().get(), now) ? Duration.ZERO : PAUSE;
        } catch (IOException e) {
            LOG.warn("the ledger keeps everything for now: {}", e.getMessage());
        } catch (Ledger.Conflict | Ledger.LedgerUnavailable later) {
            LOG.debug("the ledger's retention tries again: {}", later.getMessage());
        }
        return PAUSE;
    }

    private boolean decide(State state, Duration retention, Instant now) throws IOException {
        Predicate<LedgerRecord> old = old(state, retention, now);
        long unread = Audit.unread(state);
        OptionalLong end = store.retirable(unread, old);
        if (end.isEmpty()) {
            nextLook = now.plus(LOOK_EVERY);
            if (store.retirable(Long.MAX_VALUE, old).isPresent()) {
                LOG.warn("records beyond the ledger's retention stay: a trail has not delivered record {} yet", unread);
            }
            return false;
        }
        Optional<Bytes> root = chain.secure(ledger.first(), end.getAsLong());
        if (root.isEmpty()) {
            return false;
        }
        Retired retired = store.retire(end.getAsLong(), KeyUses::isUse);
        Optional<Dropped.Archive> archive = settings.archive().isPresent()
                ? Optional.of(new LedgerArchive(settings.archive().get()).take(retired))
                : Optional.empty();
        Dropped dropped = new Dropped(
                retired.first(), retired.end(), root.get(), retired.base(), archive, retention.toDays(), now);
        ledger.commit(state, List.of(dropped.change()), List.of(recorder.record(dropped.event(), now)));
        preparedEnd = dropped.end();
        recordedBy = ledger.end();
        return true;
    }

    private Predicate<LedgerRecord> old(State state, Duration retention, Instant now) {
        long limit = now.minus(retention).getEpochSecond();
        Map<String, Long> shownFrom = new HashMap<>();
        return record -> record.eventTimeSeconds() < limit
                && (!HistoryIndex.shows(record)
                        || record.eventTimeSeconds()
                                < shownFrom.computeIfAbsent(
                                        record.account(), account -> history.earliestSecond(state, account, now)));
    }

    private Duration finish(Dropped dropped) throws IOException {
        if (preparedEnd != dropped.end()) {
            // Decided by an earlier process: whether it came as far as keeping the state, this does it again.
            Retired retired = store.retire(dropped.end(), KeyUses::isUse);
            if (!retired.base().equals(dropped.base())) {
                throw new IOException("what the records before " + dropped.end()
                        + " came to is not what the record of their dropping says");
            }
            preparedEnd = dropped.end();
            recordedBy = ledger.end();
        }
        if (!chain.covers(recordedBy - 1)) {
            return WAIT_FOR_CHECKPOINT;
        }
        if (!store.drop(dropped.end())) {
            return PAUSE;
        }
        LOG.info(
                "records {} to {} were dropped from the ledger{}",
                dropped.first(),
                dropped.end() - 1,
                dropped.archive().map(archive -> " into " + archive.name()).orElse(""));
        return Duration.ZERO;
    }
}
