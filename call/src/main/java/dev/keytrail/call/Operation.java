package dev.keytrail.call;

import java.util.Optional;
import java.util.function.Function;

/**
 * The row of one operation: everything the house knows of it. Rows drive routing, recording, metrics and the coverage
 * table; a test holds them against the service models.
 *
 * @param input the generated record of the request
 * @param output the generated record of the answer
 * @param requestParameters what the event may show of the input: an allow-list; empty result is written as {@code null}
 */
public record Operation<I, O>(
        Service service,
        String name,
        boolean readOnly,
        int bodyBytesMax,
        Class<I> input,
        Class<O> output,
        Handler<I, O> handler,
        Function<I, Optional<Facts>> requestParameters) {
    /** Bound for ordinary requests; the largest legal KMS or CloudTrail body is far below it (design.md section 4). */
    public static final int BODY_BYTES_MAX = 1 << 20;
}
