package dev.keytrail.audit;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Facts;
import java.util.Optional;

/** How a call ended, as far as its record tells. */
public sealed interface Outcome {
    /** @param responseElements what the event may show of the answer; empty is written as {@code null} */
    record Done(Optional<Facts> responseElements) implements Outcome {}

    /** Denied, refused, throttled or broken: the error as the client gets it. */
    record Failed(ApiError error) implements Outcome {}

    static Outcome done() {
        return new Done(Optional.empty());
    }

    static Outcome failed(ApiError error) {
        return new Failed(error);
    }
}
