package dev.keytrail.policy;

import java.util.concurrent.ConcurrentHashMap;

/**
 * Compiled documents by their text, so that a policy is parsed once and not once per call. Bounded, thread-safe.
 *
 * <p>Two generations of at most half the bound each: what is not used while one generation fills is dropped.
 */
public final class PolicyCache {
    private record Key(String json, Policy.Kind kind) {
        @Override
        public int hashCode() {
            return json.hashCode() + kind.ordinal();
        }
    }

    private record Generations(ConcurrentHashMap<Key, Policy> young, ConcurrentHashMap<Key, Policy> old) {}

    private final int youngMax;
    private volatile Generations generations = new Generations(new ConcurrentHashMap<>(), new ConcurrentHashMap<>());

    public PolicyCache(int documentsMax) {
        if (documentsMax < 1) {
            throw new IllegalArgumentException("documentsMax " + documentsMax);
        }
        this.youngMax = Math.max(1, documentsMax / 2);
    }

    /** Parses on a miss. @throws MalformedPolicy as {@link Policy#parse} */
    public Policy get(String json, Policy.Kind kind) {
        Key key = new Key(json, kind);
        Generations now = generations;
        Policy policy = now.young().get(key);
        if (policy != null) {
            return policy;
        }
        policy = now.old().get(key);
        if (policy == null) {
            policy = Policy.parse(json, kind);
        }
        keep(key, policy);
        return policy;
    }

    private synchronized void keep(Key key, Policy policy) {
        if (generations.young().size() >= youngMax) {
            generations = new Generations(new ConcurrentHashMap<>(), generations.young());
        }
        generations.young().put(key, policy);
    }
}
