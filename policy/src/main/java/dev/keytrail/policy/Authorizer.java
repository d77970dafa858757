package dev.keytrail.policy;

/** Decides accesses. Stateless, thread-safe. */
public final class Authorizer {
    public Authorizer() {}

    public Decision decide(Access access) {
        throw new UnsupportedOperationException(access.action());
    }
}
