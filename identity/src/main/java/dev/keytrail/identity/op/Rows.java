package dev.keytrail.identity.op;

import dev.keytrail.call.Facts;
import dev.keytrail.call.Handler;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import java.util.Optional;
import java.util.function.Function;

/** How the rows of these services are made. */
final class Rows {
    /** Policies have at most 131,072 characters, each at most three bytes when form-encoded. */
    private static final int BODY_BYTES_MAX = 512 << 10;

    private Rows() {}

    /** Get and List: {@code readOnly} in events. */
    static <I, O> Operation<I, O> reading(
            Service service,
            String name,
            Class<I> input,
            Class<O> output,
            Handler<I, O> handler,
            Function<I, Optional<Facts>> shown) {
        return new Operation<>(service, name, true, BODY_BYTES_MAX, input, output, handler, shown);
    }

    static <I, O> Operation<I, O> changing(
            Service service,
            String name,
            Class<I> input,
            Class<O> output,
            Handler<I, O> handler,
            Function<I, Optional<Facts>> shown) {
        return new Operation<>(service, name, false, BODY_BYTES_MAX, input, output, handler, shown);
    }

    /** Parameters of which none was sent are written as {@code null}. */
    static Optional<Facts> shown(Facts facts) {
        return facts.isEmpty() ? Optional.empty() : Optional.of(facts);
    }

    /** The parameters of every list. */
    static Facts paging(Facts facts, Optional<Integer> maxItems, Optional<String> marker) {
        maxItems.ifPresent(m -> facts.put("maxItems", m));
        return facts.put("marker", marker);
    }
}
