package dev.keytrail.call;

/**
 * Decides one operation. Reads only {@code attempt.state()}, has no side effects but {@link Notes}, may be called again
 * for the same request, and throws {@link Refused} for every expected error.
 */
@FunctionalInterface
public interface Handler<I, O> {
    Effect<O> handle(Attempt attempt, I input);
}
