package dev.keytrail.call;

import java.util.function.Consumer;

/**
 * The handler of an operation that this house does not offer and does not mean to: known, permitted or denied like any
 * other, recorded, and then refused with the reason.
 *
 * @param permitted asks whether the caller may make the call at all
 */
public record NotOffered<I, O>(Consumer<Attempt> permitted, ApiError error) implements Handler<I, O> {
    @Override
    public Effect<O> handle(Attempt attempt, I input) {
        permitted.accept(attempt);
        throw new Refused(error);
    }
}
