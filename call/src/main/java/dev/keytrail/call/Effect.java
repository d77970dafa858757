package dev.keytrail.call;

import java.util.List;
import java.util.Optional;

/**
 * What a handler decided: the reply, the changes it wants committed, and what the event shows of the answer. Nothing has
 * happened yet.
 *
 * @param responseElements CloudTrail's member of that name; empty is written as {@code null}
 * @param further service events that are part of this call and go into the same commit
 * @param followUps what the service did in other Regions in the caller's name; recorded in the same commit
 */
public record Effect<O>(
        O reply,
        List<Change<?>> changes,
        Optional<Facts> responseElements,
        List<ServiceEvent> further,
        List<FollowUp> followUps) {
    public Effect {
        changes = List.copyOf(changes);
        further = List.copyOf(further);
        followUps = List.copyOf(followUps);
    }

    public Effect(O reply, List<Change<?>> changes, Optional<Facts> responseElements, List<ServiceEvent> further) {
        this(reply, changes, responseElements, further, List.of());
    }

    public static <O> Effect<O> of(O reply) {
        return new Effect<>(reply, List.of(), Optional.empty(), List.of());
    }

    public static <O> Effect<O> of(O reply, Change<?>... changes) {
        return new Effect<>(reply, List.of(changes), Optional.empty(), List.of());
    }

    public static <O> Effect<O> of(O reply, List<Change<?>> changes) {
        return new Effect<>(reply, changes, Optional.empty(), List.of());
    }

    public Effect<O> showing(Facts responseElements) {
        return new Effect<>(reply, changes, Optional.of(responseElements), further, followUps);
    }

    public Effect<O> andThen(ServiceEvent event) {
        return andThen(List.of(event));
    }

    public Effect<O> andThen(List<ServiceEvent> events) {
        List<ServiceEvent> all = new java.util.ArrayList<>(further);
        all.addAll(events);
        return new Effect<>(reply, changes, responseElements, all, followUps);
    }

    public Effect<O> andThen(FollowUp followUp) {
        List<FollowUp> all = new java.util.ArrayList<>(followUps);
        all.add(followUp);
        return new Effect<>(reply, changes, responseElements, further, all);
    }
}
