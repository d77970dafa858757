package dev.keytrail.identity.directory;

import dev.keytrail.call.Arn;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Principal;
import dev.keytrail.call.Session;
import dev.keytrail.call.State;
import dev.keytrail.policy.CallerPolicies;
import dev.keytrail.policy.ManagedPolicies;
import dev.keytrail.policy.NamedPolicy;
import dev.keytrail.policy.Policy;
import dev.keytrail.policy.PolicyCache;
import dev.keytrail.policy.PrincipalPolicies;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The policies of a caller, as they stand in the state. A principal that is gone has none, which denies. Thread-safe; a
 * few row reads and cache look-ups a call.
 */
public final class IdentityPolicies implements PrincipalPolicies {
    private final PolicyCache cache;

    public IdentityPolicies(PolicyCache cache) {
        this.cache = cache;
    }

    @Override
    public CallerPolicies of(State state, Caller caller) {
        CallerPolicies own = guarded(state, caller.principal().account(), ofPrincipal(state, caller.principal()));
        return caller.session().map(s -> narrowed(state, own, s)).orElse(own);
    }

    /** Whether there is a managed policy of that ARN, AWS's or an account's own. */
    public static boolean exists(State state, String arn) {
        return ManagedPolicies.byArn(arn).isPresent()
                || customerManaged(state, arn).isPresent();
    }

    /** The row of a customer-managed policy. */
    public static Optional<ManagedPolicy> customerManaged(State state, String arn) {
        return Arn.parse(arn)
                .filter(a -> a.service().equals("iam") && a.resource().startsWith("policy/"))
                .flatMap(a -> {
                    String name = a.resource().substring(a.resource().lastIndexOf('/') + 1);
                    return state.get(IdentityTables.POLICIES, IdentityTables.key(a.account(), name));
                })
                .filter(p -> p.arn().equals(arn));
    }

    private CallerPolicies ofPrincipal(State state, Principal principal) {
        return switch (principal) {
            case Principal.Root _,
                    Principal.ProviderUser _,
                    Principal.Claimed _,
                    Principal.ServicePrincipal _,
                    Principal.Nobody _ -> CallerPolicies.NONE;
            case Principal.User u ->
                state.get(IdentityTables.USERS, IdentityTables.key(u.accountId(), u.name()))
                        .filter(row -> row.id().equals(u.id()))
                        .map(row -> ofUser(state, row))
                        .orElse(CallerPolicies.NONE);
            case Principal.RoleSession r ->
                state.get(IdentityTables.ROLES, IdentityTables.key(r.accountId(), r.roleName()))
                        .filter(row -> row.id().equals(r.roleId()))
                        .map(row -> ofRole(state, row))
                        .orElse(CallerPolicies.NONE);
            case Principal.FederatedUser f -> ofPrincipal(state, f.issuer());
        };
    }

    /** With the guardrails of the caller's account, which bind its root user too. */
    private CallerPolicies guarded(State state, Optional<String> account, CallerPolicies own) {
        if (account.isEmpty()) {
            return own;
        }
        Optional<Guardrails> guardrails = state.get(IdentityTables.GUARDRAILS, account.get());
        if (guardrails.isEmpty()) {
            return own;
        }
        List<NamedPolicy> named = new ArrayList<>();
        guardrails
                .get()
                .documents()
                .forEach((name, document) ->
                        named.add(new NamedPolicy("guardrail " + name, cache.get(document, Policy.Kind.IDENTITY))));
        return new CallerPolicies(
                own.identity(), own.boundary(), own.session(), own.sessionRestricted(), named, own.tags());
    }

    /** Those of a user, group or role as such, for simulations. */
    public CallerPolicies of(State state, Entity<?> entity) {
        return guarded(state, Optional.of(entity.account()), ofEntity(state, entity));
    }

    private CallerPolicies ofEntity(State state, Entity<?> entity) {
        return switch (entity) {
            case User user -> ofUser(state, user);
            case Role role -> ofRole(state, role);
            case Group group -> {
                List<NamedPolicy> identity = new ArrayList<>();
                collect(state, group.policies(), "group " + group.name(), identity);
                yield new CallerPolicies(identity, Optional.empty(), List.of(), false, List.of());
            }
        };
    }

    private CallerPolicies ofUser(State state, User user) {
        List<NamedPolicy> identity = new ArrayList<>();
        collect(state, user.policies(), "user " + user.name(), identity);
        for (String name : user.groups()) {
            state.get(IdentityTables.GROUPS, IdentityTables.key(user.account(), name))
                    .ifPresent(group -> collect(state, group.policies(), "group " + group.name(), identity));
        }
        return new CallerPolicies(identity, boundary(state, user.boundary()), List.of(), false, List.of(), user.tags());
    }

    private CallerPolicies ofRole(State state, Role role) {
        List<NamedPolicy> identity = new ArrayList<>();
        collect(state, role.policies(), "role " + role.name(), identity);
        return new CallerPolicies(identity, boundary(state, role.boundary()), List.of(), false, List.of(), role.tags());
    }

    private void collect(State state, AttachedPolicies policies, String owner, List<NamedPolicy> into) {
        for (Map.Entry<String, String> inline : policies.inline().entrySet()) {
            into.add(new NamedPolicy(
                    "inline policy " + inline.getKey() + " of " + owner,
                    cache.get(inline.getValue(), Policy.Kind.IDENTITY)));
        }
        for (String arn : policies.managed()) {
            into.add(managed(state, arn));
        }
    }

    /** A boundary whose policy cannot be found must not vanish, for it narrows. */
    private Optional<NamedPolicy> boundary(State state, Optional<String> arn) {
        return arn.map(a -> managed(state, a));
    }

    private NamedPolicy managed(State state, String arn) {
        return new NamedPolicy(
                arn, find(state, arn).orElseThrow(() -> new IllegalStateException("attached policy is gone: " + arn)));
    }

    /** A managed session policy that is gone allows nothing: the others, or none, are left. */
    private CallerPolicies narrowed(State state, CallerPolicies own, Session session) {
        List<NamedPolicy> policies = new ArrayList<>();
        for (String each : session.policies()) {
            if (isArn(each)) {
                find(state, each).ifPresent(policy -> policies.add(new NamedPolicy(each, policy)));
            } else {
                policies.add(new NamedPolicy(
                        "session policy " + (policies.size() + 1), cache.get(each, Policy.Kind.IDENTITY)));
            }
        }
        boolean restricted = session.restricted() || !session.policies().isEmpty();
        return new CallerPolicies(own.identity(), own.boundary(), policies, restricted, own.guardrails(), own.tags());
    }

    private static boolean isArn(String policy) {
        return policy.startsWith("arn:");
    }

    private Optional<Policy> find(State state, String arn) {
        return ManagedPolicies.byArn(arn)
                .map(ManagedPolicies.Managed::policy)
                .or(() -> customerManaged(state, arn).map(p -> cache.get(p.document(), Policy.Kind.IDENTITY)));
    }
}
