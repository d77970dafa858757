package dev.keytrail.server;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Origin;
import dev.keytrail.call.Service;
import dev.keytrail.call.State;
import java.time.Instant;
import java.util.Optional;

/**
 * One request as the gate sees it: what was asked, who may be asking, how to decide it and how to say the answer. Every
 * front (JSON, query, S3, a service calling inside) makes one; the gate knows no protocol.
 *
 * @param <R> the answer in the front's own form
 */
interface Case<R> {
    Service service();

    /** The API's name of the operation; what the request named, if that is no operation. */
    String operation();

    boolean readOnly();

    Origin origin();

    /** @throws dev.keytrail.call.Refused when the request names no valid caller */
    Identified identify(State state, Instant now);

    /** Who calls, and in which Region. */
    record Identified(Caller caller, String region) {}

    /**
     * Decodes, validates, decides, and writes the reply down, so that nothing can fail after the commit.
     *
     * @throws dev.keytrail.call.Refused for every expected error
     */
    Decided<R> decide(Attempt attempt);

    /** A reply ready to leave, and the effect it tells of. */
    record Decided<R>(R reply, Effect<?> effect) {}

    /** What the event may show of the input; empty before it was read. */
    Optional<Facts> requestParameters();

    /** The error's answer. */
    R refuse(ApiError error, String requestId);

    /**
     * The answer as it leaves, once its record is durable.
     *
     * @param index of the call's first record in the ledger
     */
    default R recorded(R reply, long index) {
        return reply;
    }

    /** What this service calls a fault of its own. */
    ApiError fault();

    /** Called once, when the answer is settled. Zeroes what was secret in the input. */
    default void settled() {}
}
