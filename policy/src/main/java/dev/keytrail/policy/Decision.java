package dev.keytrail.policy;

import dev.keytrail.call.Reason;
import dev.keytrail.call.Remark;
import dev.keytrail.call.RowWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The answer to an {@link Access}, with its reason. Immutable, cheap to make: reason and trace are put into words when
 * somebody asks, from the access itself, which is immutable too.
 */
public final class Decision implements Reason {
    /**
     * A statement that had a part in a decision.
     *
     * @param policyKind AWS's word, e.g. {@code identity-based policy}
     * @param policyName as in {@link NamedPolicy#name}
     * @param number of the statement, from 1
     * @param allow its effect
     */
    public record Matched(String policyKind, String policyName, int number, Optional<String> sid, boolean allow) {}

    private final boolean allowed;
    /** Null in decisions that were given their words. */
    private final @Nullable Access access;
    /** The layer that denied or failed; null when allowed. */
    private final @Nullable Layer layer;

    private final boolean explicit;
    /** Of the VPC endpoint, if it had to allow too; else null. */
    private final @Nullable NamedPolicy endpoint;

    private final Optional<String> givenBecause;
    private final List<String> givenTrace;

    private Decision(
            boolean allowed,
            @Nullable Access access,
            @Nullable Layer layer,
            boolean explicit,
            @Nullable NamedPolicy endpoint,
            Optional<String> givenBecause,
            List<String> givenTrace) {
        this.allowed = allowed;
        this.access = access;
        this.layer = layer;
        this.explicit = explicit;
        this.endpoint = endpoint;
        this.givenBecause = givenBecause;
        this.givenTrace = givenTrace;
    }

    /** A decision that no policy made, in the maker's own words. */
    public Decision(boolean allowed, Optional<String> because, List<String> trace) {
        this(allowed, null, null, false, null, because, List.copyOf(trace));
    }

    static Decision allow(Access access) {
        return new Decision(true, access, null, false, null, Optional.empty(), List.of());
    }

    static Decision explicitDeny(Access access, Layer layer) {
        return new Decision(false, access, layer, true, null, Optional.empty(), List.of());
    }

    static Decision missingAllow(Access access, Layer layer) {
        return new Decision(false, access, layer, false, null, Optional.empty(), List.of());
    }

    /** The same, for which the policy of a VPC endpoint was asked. */
    Decision through(NamedPolicy policy) {
        return new Decision(allowed, access, layer, explicit, policy, givenBecause, givenTrace);
    }

    public boolean allowed() {
        return allowed;
    }

    /** Whether a Deny statement decided. */
    public boolean explicitlyDenied() {
        return explicit;
    }

    /** Whether it is the policy of a VPC endpoint that denied what was allowed otherwise. */
    public boolean deniedAtEndpoint() {
        return layer == Layer.ENDPOINT;
    }

    /** Whether the policy of a VPC endpoint was asked. */
    public boolean passedEndpoint() {
        return endpoint != null;
    }

    /**
     * AWS's reason clause for a denial, e.g. {@code because no identity-based policy allows the kms:Encrypt action} or
     * {@code with an explicit deny in a resource-based policy}; empty when allowed.
     */
    public Optional<String> because() {
        if (access == null || layer == null) {
            return givenBecause;
        }
        return Optional.of(explicit ? layer.denies() : layer.missing(access.action()));
    }

    /**
     * The statements that decided: every Deny that applies when explicitly denied, every Allow that applies when allowed,
     * none when an allow is missing.
     */
    public List<Matched> decidedBy() {
        return access == null ? List.of() : new Trace(access, endpoint, Trace.Scope.ALL).decidedBy(this);
    }

    /** What decided, line by line: policy, statement (number and Sid), failed conditions with wanted and actual values. */
    public List<String> trace() {
        if (access == null) {
            return givenTrace;
        }
        List<String> lines = new ArrayList<>();
        lines.add(this + ": " + access.caller().arn() + ", " + access.action() + " on " + access.resource());
        new Trace(access, endpoint, Trace.Scope.ALL).grounds(this, false).tell(lines);
        return List.copyOf(lines);
    }

    @Override
    public List<String> lines() {
        return trace();
    }

    /** What one account's policies say is no other account's business. */
    @Override
    public void write(RowWriter out, Reader reader) {
        if (access == null) {
            givenTrace.forEach(line -> new Remark(line).write(out, reader));
            return;
        }
        boolean owner = access.rules() == Access.Rules.IDENTITY_ONLY
                || access.resourceAccount().equals(reader.account());
        if (reader.caller() || owner) {
            Trace.Scope scope = !owner ? Trace.Scope.CALLERS : reader.caller() ? Trace.Scope.ALL : Trace.Scope.OWNERS;
            new Trace(access, endpoint, scope).grounds(this, true).write(out, reader.resources());
        }
    }

    Optional<Layer> layer() {
        return Optional.ofNullable(layer);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Decision that
                && allowed == that.allowed
                && explicit == that.explicit
                && layer == that.layer
                && Objects.equals(access, that.access)
                && Objects.equals(endpoint, that.endpoint)
                && givenBecause.equals(that.givenBecause)
                && givenTrace.equals(that.givenTrace);
    }

    @Override
    public int hashCode() {
        return Objects.hash(allowed, explicit, layer, access, givenBecause);
    }

    @Override
    public String toString() {
        return (allowed ? "allowed" : "denied") + because().map(b -> " " + b).orElse("");
    }
}
