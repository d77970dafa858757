package dev.keytrail.server;

import dev.keytrail.audit.Audit;
import dev.keytrail.audit.Recorder;
import dev.keytrail.audit.chain.Chain;
import dev.keytrail.audit.chain.DropRequest;
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
 * <p>It does so by the retention in force, and when the operator asks for it ({@link DropRequest}), under the same rules. A
 * record stays while it is younger than that, while its account's event history shows it, and while a trail has
 * still to deliver it. For one thread.
 */
final class LedgerRetention {
    private static final Logger LOG = LoggerFactory.getLogger(LedgerRetention.class);

    private static final Duration PAUSE = Duration.ofSeconds(1);
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

    /** The drop that is under way in this process: what it came to is kept, and its record is {@link #recordIndex}. */
    private long preparedEnd = -1;

    private long recordIndex;

    LedgerRetention(Store store, Chain chain, Recorder recorder, RetentionSweep history, LedgerSettings settings) {
        this.store = store;
        this.ledger = store.ledger();
        this.chain = chain;
        this.recorder = recorder;
        this.history = history;
        this.settings = settings;
    }

    /**
     * Why records go.
     *
     * @param limit those that are younger stay
     * @param days what was said of their age
     * @param request empty: the retention that is in force
     */
    private record Cause(Instant limit, long days, Optional<DropRequest> request) {}

    /** @return how long to wait for the next step */
    Duration step(Instant now) {
        try {
            State state = ledger.read();
            Optional<Dropped> decided = Dropped.newest(state).filter(dropped -> dropped.end() > ledger.first());
            if (decided.isPresent()) {
                return finish(decided.get());
            }
            Optional<DropRequest> request = DropRequest.waiting(state);
            if (request.isPresent()) {
                DropRequest asked = request.get();
                return decide(new Cause(asked.before(), asked.days(), request), now);
            }
            if (settings.retention().isPresent() && !now.isBefore(nextLook)) {
                Duration retention = settings.retention().get();
                return decide(new Cause(now.minus(retention), retention.toDays(), Optional.empty()), now);
            }
        } catch (IOException e) {
            LOG.warn("the ledger keeps everything for now: {}", e.getMessage());
        } catch (Ledger.Conflict | Ledger.LedgerUnavailable later) {
            LOG.debug("the ledger's retention tries again: {}", later.getMessage());
        }
        return PAUSE;
    }

    private Duration decide(Cause cause, Instant now) throws IOException {
        State state = ledger.read();
        Predicate<LedgerRecord> old = old(state, cause.limit(), now);
        long unread = Audit.unread(state);
        OptionalLong end = store.retirable(unread, old);
        if (end.isEmpty()) {
            boolean undelivered = store.retirable(Long.MAX_VALUE, old).isPresent();
            nothingGoes(cause, undelivered ? OptionalLong.of(unread) : OptionalLong.empty(), now);
            return PAUSE;
        }
        Optional<Bytes> root = chain.secure(ledger.first(), end.getAsLong());
        if (root.isEmpty()) {
            return WAIT_FOR_CHECKPOINT;
        }
        Retired retired = store.retire(end.getAsLong(), KeyUses::isUse);
        Optional<Dropped.Archive> archive = settings.archive().isPresent()
                ? Optional.of(new LedgerArchive(settings.archive().get()).take(retired))
                : Optional.empty();
        Dropped dropped = new Dropped(
                retired.first(),
                retired.end(),
                root.get(),
                retired.base(),
                archive,
                cause.days(),
                now,
                cause.request().map(DropRequest::id),
                OptionalLong.empty());
        // Trails go on meanwhile, and only forward: what they have read is no reason to do all this again.
        State basis = ledger.read();
        if (!Dropped.newest(basis).equals(Dropped.newest(state))) {
            return PAUSE;
        }
        long index = ledger.commit(basis, List.of(dropped.change()), List.of(recorder.record(dropped.event(), now)));
        preparedEnd = dropped.end();
        recordIndex = index;
        return Duration.ZERO;
    }

    private void nothingGoes(Cause cause, OptionalLong unread, Instant now) {
        if (cause.request().isPresent()) {
            String why = unread.isPresent()
                    ? "a trail has still to deliver record " + unread.getAsLong()
                    : "record " + ledger.first() + " is in a segment with records that are younger, or that event"
                            + " history shows, or that is among the newest and not packed yet";
            State state = ledger.read();
            if (DropRequest.waiting(state).equals(cause.request())) {
                ledger.commit(
                        state, List.of(cause.request().get().ended(now, why).change()), List.of());
            }
            return;
        }
        nextLook = now.plus(LOOK_EVERY);
        unread.ifPresent(record -> LOG.warn(
                "records beyond the ledger's retention stay: a trail has not delivered record {} yet", record));
    }

    private Predicate<LedgerRecord> old(State state, Instant before, Instant now) {
        long limit = before.getEpochSecond();
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
            recordIndex = (dropped.recordedAt().isPresent() ? dropped.recordedAt() : dropped.find(ledger, ledger.end()))
                    .orElseThrow(() -> new IOException(
                            "the dropping of the records before " + dropped.end() + " is not on record"));
            preparedEnd = dropped.end();
        }
        if (!chain.covers(recordIndex)) {
            return WAIT_FOR_CHECKPOINT;
        }
        if (dropped.recordedAt().isEmpty()) {
            // So that a start finds the record at once.
            State state = ledger.read();
            if (Dropped.newest(state).equals(Optional.of(dropped))) {
                ledger.commit(state, List.of(dropped.recordedAt(recordIndex).change()), List.of());
            }
            return Duration.ZERO;
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
