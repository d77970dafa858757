package dev.keytrail.kms.op;

import dev.keytrail.call.Facts;
import dev.keytrail.call.Handler;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import java.util.Optional;
import java.util.function.Function;

/** How a row of this service is made. */
final class Rows {
    private Rows() {}

    /** An operation that changes nothing (readOnly in events): reading, listing, and all cryptography. */
    static <I, O> Operation<I, O> reading(
            String name, Class<I> input, Class<O> output, Handler<I, O> handler, Function<I, Optional<Facts>> shown) {
        return new Operation<>(Service.KMS, name, true, Operation.BODY_BYTES_MAX, input, output, handler, shown);
    }

    /** An operation that changes a key, alias, policy or tag. */
    static <I, O> Operation<I, O> changing(
            String name, Class<I> input, Class<O> output, Handler<I, O> handler, Function<I, Optional<Facts>> shown) {
        return new Operation<>(Service.KMS, name, false, Operation.BODY_BYTES_MAX, input, output, handler, shown);
    }

    /** Parameters of which none is left are written as {@code null}. */
    static Optional<Facts> shown(Facts facts) {
        return facts.isEmpty() ? Optional.empty() : Optional.of(facts);
    }

    /** What an event shows of many answers: the key's ARN (cloudtrail.md C3). */
    static Facts keyArn(String arn) {
        return Facts.facts().put("keyId", arn);
    }
}
