package dev.keytrail.policy;

import java.util.List;
import java.util.Optional;

/** A kind of policy, in the order in which a missing allow is looked for, with AWS's words for it. The order is part of the stored form. */
enum Layer {
    GUARDRAIL("service control policy", "a service control policy"),
    RESOURCE("resource-based policy", "a resource-based policy"),
    IDENTITY("identity-based policy", "an identity-based policy"),
    BOUNDARY("permissions boundary", "a permissions boundary"),
    SESSION("session policy", "a session policy"),
    ENDPOINT("VPC endpoint policy", "a VPC endpoint policy");

    private static final List<Layer> LAYERS = List.of(values());

    private final String noun;
    private final String withArticle;

    Layer(String noun, String withArticle) {
        this.noun = noun;
        this.withArticle = withArticle;
    }

    /** The layer of that {@link #noun}. */
    static Optional<Layer> named(String noun) {
        for (Layer each : LAYERS) {
            if (each.noun.equals(noun)) {
                return Optional.of(each);
            }
        }
        return Optional.empty();
    }

    String noun() {
        return noun;
    }

    /** AWS's reason clause: nothing in this layer allows the action. */
    String missing(String action) {
        return "because no " + noun + " allows the " + action + " action";
    }

    /** AWS's reason clause: something in this layer denies. */
    String denies() {
        return "with an explicit deny in " + withArticle;
    }
}
