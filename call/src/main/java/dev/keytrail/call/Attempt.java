package dev.keytrail.call;

/**
 * One try at deciding a call. Its {@link State} remembers what it reads; if any of that has changed by the time of the
 * commit, the gate makes another attempt on fresh state.
 */
public record Attempt(Call call, State state, Notes notes) {}
