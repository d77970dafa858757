package dev.keytrail.policy;

/** A kind of policy, in the order in which a missing allow is looked for, with AWS's words for it. */
enum Layer {
    GUARDRAIL("service control policy", "a service control policy"),
    RESOURCE("resource-based policy", "a resource-based policy"),
    IDENTITY("identity-based policy", "an identity-based policy"),
    BOUNDARY("permissions boundary", "a permissions boundary"),
    SESSION("session policy", "a session policy");

    private final String noun;
    private final String withArticle;

    Layer(String noun, String withArticle) {
        this.noun = noun;
        this.withArticle = withArticle;
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
