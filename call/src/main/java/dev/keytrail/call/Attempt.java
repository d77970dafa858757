package dev.keytrail.call;

/**
 * One try at deciding a call. Its {@link State} remembers what it reads; if any of that has changed by the time of the
 * commit, the gate makes another attempt on fresh state.
 *
 * @param once what all attempts at the call have in common: answers of other services
 */
public record Attempt(Call call, State state, Notes notes, Once once) {
    /** The only one. */
    public Attempt(Call call, State state, Notes notes) {
        this(call, state, notes, new Once());
    }
}
