package dev.keytrail.audit.chain;

import dev.keytrail.audit.history.HistoryIndex;
import dev.keytrail.audit.history.HistoryIndex.Attribute;
import dev.keytrail.audit.history.HistoryIndex.Found;
import dev.keytrail.audit.history.HistoryIndex.Lookup;
import dev.keytrail.audit.history.HistoryIndex.Match;
import dev.keytrail.call.Ledger;
import java.util.Comparator;
import java.util.Optional;

/** Receipts for one account's own events. Thread-safe. */
public final class Receipts {
    /** One call leaves its own event and now and then a few that followed from it. */
    private static final int EVENTS_OF_REQUEST_MAX = 50;

    private final Ledger ledger;
    private final HistoryIndex history;
    private final Chain chain;

    public Receipts(Ledger ledger, HistoryIndex history, Chain chain) {
        this.ledger = ledger;
        this.history = history;
        this.chain = chain;
    }

    /** What came of a question. */
    public sealed interface Answer {
        record Made(Receipt receipt) implements Answer {}

        /** The event is there, and the checkpoint that covers it comes within a second. */
        record NotYet() implements Answer {}

        /** There is no such event in this account. */
        record Unknown() implements Answer {}

        /** The record of that index was dropped, so nobody knows any more whose it was. */
        record Gone(Dropped dropped) implements Answer {}

        /** The record of that index was lost to damage. */
        record Lost() implements Answer {}
    }

    /**
     * By event id, which history knows: management events of that Region.
     *
     * @param untilSecond Unix second of the newest event to look at
     */
    public Answer ofEvent(String account, String region, String eventId, long untilSecond) {
        return of(account, region, new Match(Attribute.EVENT_ID, eventId), untilSecond);
    }

    /** By the id of the request: the first event that it has left in this account and Region. */
    public Answer ofRequest(String account, String region, String requestId, long untilSecond) {
        return of(account, region, new Match(Attribute.REQUEST_ID, requestId), untilSecond);
    }

    private Answer of(String account, String region, Match match, long untilSecond) {
        return history
                .find(new Lookup(
                        account, region, Optional.of(match), 0, untilSecond, Optional.empty(), EVENTS_OF_REQUEST_MAX))
                .events()
                .stream()
                .min(Comparator.comparingLong(Found::index))
                .map(this::answer)
                .orElse(new Answer.Unknown());
    }

    /** By place in the ledger: any event of the account, data events too. */
    public Answer ofIndex(String account, long index) {
        if (index < 0 || index >= ledger.end()) {
            return new Answer.Unknown();
        }
        if (index < ledger.first()) {
            return Dropped.of(ledger.read(), index)
                    .<Answer>map(Answer.Gone::new)
                    .orElse(new Answer.Unknown());
        }
        try (Ledger.Cursor cursor = ledger.records(index)) {
            boolean there = cursor.next();
            if (there && LostRecord.is(cursor.json())) {
                return new Answer.Lost();
            }
            return there && cursor.record().account().equals(account)
                    ? answer(new Found(index, cursor.record()))
                    : new Answer.Unknown();
        }
    }

    private Answer answer(Found found) {
        return chain.receipt(found.index(), found.record())
                .<Answer>map(Answer.Made::new)
                .orElse(new Answer.NotYet());
    }
}
