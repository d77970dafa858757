package dev.keytrail.call;

import java.util.List;
import java.util.Optional;

/**
 * Background work as a step: no thread, sleep or timer inside. The server calls it on a loop, the simulator in seeded
 * order. Like a handler it only decides; the gate commits its changes and service events in one act.
 */
public interface Job {
    String name();

    /**
     * The next piece of work due at {@code now}, or empty when nothing is due. Called again until empty; a lost race is
     * simply decided again.
     */
    Optional<Work> next(State state, java.time.Instant now);

    /** Changes and the events that tell of them. */
    record Work(List<Change<?>> changes, List<ServiceEvent> events) {
        public Work {
            changes = List.copyOf(changes);
            events = List.copyOf(events);
        }
    }
}
