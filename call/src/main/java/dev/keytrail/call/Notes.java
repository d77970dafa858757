package dev.keytrail.call;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What one attempt at a call learns that its record should show, however the attempt ends. A handler notes a resource
 * as soon as it knows it, so that a later refusal still names it. One attempt, one thread.
 */
public final class Notes {
    private final Set<Resource> resources = new LinkedHashSet<>();
    private final Set<NamedResource> named = new LinkedHashSet<>();
    private final List<Reason> reasons = new ArrayList<>(2);
    private Optional<Facts> additional = Optional.empty();
    private boolean ownerCopy = true;
    private Optional<Caller> caller = Optional.empty();
    private Optional<Facts> parameters = Optional.empty();
    private Optional<String> operation = Optional.empty();

    public void resource(Resource resource) {
        resources.add(resource);
    }

    /** A name under which LookupEvents' ResourceName and ResourceType attributes find the event. */
    public void named(String type, String name) {
        named.add(new NamedResource(type, name));
    }

    /** CloudTrail's {@code additionalEventData}. */
    public void additional(Facts facts) {
        additional = Optional.of(facts);
    }

    /** Why something was decided: for auditors, kept beside the event and never inside it. */
    public void because(Reason reason) {
        reasons.add(reason);
    }

    public void because(String line) {
        because(new Remark(line));
    }

    /** A denied call is on record in the caller's account alone (cloudtrail.md D). */
    public void callerOnly() {
        ownerCopy = false;
    }

    /** Who the call turned out to be from: for unsigned calls, whose input says it. */
    public void caller(Caller proven) {
        caller = Optional.of(proven);
    }

    public Optional<Caller> caller() {
        return caller;
    }

    /** What the call turned out to be: for requests that are one of several events. */
    public void operation(String name) {
        operation = Optional.of(name);
    }

    public Optional<String> operation() {
        return operation;
    }

    /** What the event shows as parameters instead of what the row would: for input that had to be proven first. */
    public void parameters(Facts facts) {
        parameters = Optional.of(facts);
    }

    public Optional<Facts> parameters() {
        return parameters;
    }

    public List<Resource> resources() {
        return List.copyOf(resources);
    }

    public List<NamedResource> named() {
        return List.copyOf(named);
    }

    public Optional<Facts> additional() {
        return additional;
    }

    public List<Reason> reasons() {
        return List.copyOf(reasons);
    }

    /** The reasons in words. */
    public List<String> trace() {
        return reasons.stream().flatMap(reason -> reason.lines().stream()).toList();
    }

    public boolean ownerCopy() {
        return ownerCopy;
    }
}
