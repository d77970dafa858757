package dev.keytrail.audit.op;

import dev.keytrail.audit.history.EventQuery;
import dev.keytrail.audit.history.HistoryIndex;
import dev.keytrail.audit.history.HistoryIndex.Found;
import dev.keytrail.audit.history.HistoryIndex.Lookup;
import dev.keytrail.audit.history.HistoryIndex.Page;
import dev.keytrail.audit.history.HistoryIndex.Position;
import dev.keytrail.audit.history.Retention;
import dev.keytrail.call.ApiError;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Call;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Service;
import dev.keytrail.crypto.Vault;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * SearchEvents, which AWS has no API for: event history by any member of the events, in any combination. Needs {@code
 * keytrail:SearchEvents}. Newest first. A call looks at so many events and then gives what it has, with a token to go on;
 * a page may so be short or empty and not be the last.
 */
public final class SearchEvents {
    static final int PAGE_MAX = 1000;
    static final int PAGE_DEFAULT = 50;

    /** Bounds the time of one call. */
    private static final int LOOKED_AT_MAX = 100_000;

    private static final int CHUNK = 500;

    private final HistoryIndex history;
    private final Permit permit;
    private final PageToken tokens;
    private final Retention retention;

    public SearchEvents(HistoryIndex history, Permit permit, Vault vault, Retention retention) {
        this.history = history;
        this.permit = permit;
        this.tokens = new PageToken(vault);
        this.retention = retention;
    }

    /** @param startTime Unix seconds, inclusive; so the end */
    public record Input(
            Optional<String> query,
            Optional<Long> startTime,
            Optional<Long> endTime,
            Optional<Long> maxResults,
            Optional<String> nextToken) {}

    /** @param lookedAt how many events were looked at for this page */
    public record Output(List<LedgerRecord> events, Optional<String> nextToken, long lookedAt) {
        public Output {
            events = List.copyOf(events);
        }
    }

    public Operation<Input, Output> row() {
        return new Operation<>(
                Service.KEYTRAIL,
                "SearchEvents",
                true,
                Operation.BODY_BYTES_MAX,
                Input.class,
                Output.class,
                this::handle,
                SearchEvents::facts);
    }

    private static Optional<Facts> facts(Input in) {
        return TrailDesk.shown(shown(in));
    }

    static Facts shown(Input in) {
        Facts shown = Facts.facts().put("query", in.query());
        in.startTime().ifPresent(time -> shown.put("startTime", time));
        in.endTime().ifPresent(time -> shown.put("endTime", time));
        in.maxResults().ifPresent(max -> shown.put("maxResults", max));
        return shown.put("nextToken", in.nextToken());
    }

    private Effect<Output> handle(Attempt attempt, Input in) {
        return Effect.of(find(attempt, in));
    }

    /** One page, for whoever may make the call. */
    Output find(Attempt attempt, Input in) {
        permit.check(attempt, Permit.ANY);
        Call call = attempt.call();
        EventQuery query;
        try {
            query = EventQuery.parse(in.query().orElse(""));
        } catch (IllegalArgumentException wrong) {
            throw new Refused(
                    ApiError.of("InvalidQueryException", "The query is not understood: " + wrong.getMessage()));
        }
        long limit = in.maxResults().orElse((long) PAGE_DEFAULT);
        if (limit < 1 || limit > PAGE_MAX) {
            throw new Refused(
                    ApiError.of("InvalidMaxResultsException", "MaxResults must be between 1 and " + PAGE_MAX + "."));
        }
        String question = "search " + call.account() + "/" + call.region() + " " + in.startTime() + in.endTime() + " "
                + in.query().orElse("");
        Optional<Position> after = in.nextToken()
                .map(token -> tokens.open(token, question)
                        .orElseThrow(() -> new Refused(ApiError.of(
                                "InvalidNextTokenException",
                                "The token is not valid, or belongs to other parameters."))));
        long earliest = retention.earliestSecond(attempt.state(), call.account(), call.receivedAt());
        return search(call, in, earliest, query, (int) limit, after, question);
    }

    private Output search(
            Call call,
            Input in,
            long earliest,
            EventQuery query,
            int limit,
            Optional<Position> begin,
            String question) {
        long from = Math.max(in.startTime().orElse(earliest), earliest);
        long to = in.endTime().orElse(Long.MAX_VALUE);
        List<LedgerRecord> hits = new ArrayList<>();
        Optional<Position> after = begin;
        long lookedAt = 0;
        while (true) {
            Page page =
                    history.find(new Lookup(call.account(), call.region(), query.narrowing(), from, to, after, CHUNK));
            for (Found found : page.events()) {
                lookedAt++;
                after = Optional.of(found.position());
                if (query.accepts(found.record())) {
                    hits.add(found.record());
                    if (hits.size() == limit) {
                        return new Output(hits, after.map(at -> tokens.seal(at, question)), lookedAt);
                    }
                }
            }
            if (!page.more()) {
                return new Output(hits, Optional.empty(), lookedAt);
            }
            if (lookedAt >= LOOKED_AT_MAX) {
                return new Output(hits, after.map(at -> tokens.seal(at, question)), lookedAt);
            }
        }
    }
}
