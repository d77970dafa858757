package dev.keytrail.audit.chain;

import dev.keytrail.call.Change;
import dev.keytrail.call.RowCodec;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import dev.keytrail.call.State;
import dev.keytrail.call.Table;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What the operator has asked to be dropped from the ledger's beginning; the newest, done or not. It is served once, under the
 * rules of a retention, and then over: what could not go then stays.
 *
 * @param id of the request that asked
 * @param days records older than that
 * @param ended when it was served; empty: it waits, or is being served
 */
public record DropRequest(String id, long days, Instant at, Optional<Ended> ended) {
    public static final Table<DropRequest> TABLE =
            new Table<>("audit.drop-request", RowCodec.of(DropRequest::write, DropRequest::read));

    private static final String KEY = "newest";

    /** @param kept why no more went */
    public record Ended(Instant at, String kept) {}

    public static Optional<DropRequest> find(State state) {
        return state.get(TABLE, KEY);
    }

    /** What is still to be served. */
    public static Optional<DropRequest> waiting(State state) {
        return find(state).filter(request -> request.ended().isEmpty());
    }

    /** Records that are younger than this stay. */
    public Instant before() {
        return at.minus(Duration.ofDays(days));
    }

    public Change<?> change() {
        return Change.put(TABLE, KEY, this);
    }

    public DropRequest ended(Instant when, String kept) {
        return new DropRequest(id, days, at, Optional.of(new Ended(when, kept)));
    }

    private static void write(DropRequest request, RowWriter out) {
        out.version(1).text(request.id).number(request.days).instant(request.at);
        out.optional(request.ended, (ended, to) -> to.instant(ended.at()).text(ended.kept()));
    }

    private static DropRequest read(RowReader in) {
        in.version(1);
        return new DropRequest(
                in.text(), in.number(), in.instant(), in.optional(ended -> new Ended(ended.instant(), ended.text())));
    }
}
