package dev.keytrail.call;

/**
 * Decides one operation. Reads only {@code attempt.state()}, has no side effects but {@link Notes}, may be called again
 * for the same request, and throws {@link Refused} for every expected error. What it asks of other services goes through
 * {@link Attempt#once}.
 */
@FunctionalInterface
public interface Handler<I, O> {
    Effect<O> handle(Attempt attempt, I input);
}
