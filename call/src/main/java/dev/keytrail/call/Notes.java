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
    private final List<String> trace = new ArrayList<>();
    private Optional<Facts> additional = Optional.empty();
    private boolean ownerCopy = true;

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

    /** One line of the decision trace: for auditors, kept beside the event and never inside it. */
    public void because(String line) {
        trace.add(line);
    }

    /** A denied call is on record in the caller's account alone (cloudtrail.md D). */
    public void callerOnly() {
        ownerCopy = false;
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

    public List<String> trace() {
        return List.copyOf(trace);
    }

    public boolean ownerCopy() {
        return ownerCopy;
    }
}
