package dev.keytrail.policy;

import dev.keytrail.call.Principal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A caller under all the names by which a resource policy can call it. Made at most once per decision, and the names that
 * cost something only when a policy lists such names.
 */
final class Subject {
    /** Not of sessions, whose ARNs are STS's. */
    private static final String IAM_ARN = "arn:aws:iam:";

    private static final String FEDERATED_PROVIDER = "aws:federatedprovider";

    private final Access access;
    private final Principal principal;
    private final String account;
    /** Kept once made: many statements may ask. */
    private @Nullable List<String> ownNames;

    private @Nullable List<String> sessionNames;

    Subject(Access access) {
        this.access = access;
        this.principal = access.caller().principal();
        this.account = principal.account().orElse("");
    }

    /** Empty for services and nobody. */
    String account() {
        return account;
    }

    boolean isRoot() {
        return principal instanceof Principal.Root;
    }

    boolean isFederatedUser() {
        return principal instanceof Principal.FederatedUser;
    }

    boolean isNobody() {
        return principal instanceof Principal.Nobody;
    }

    boolean isService() {
        return principal instanceof Principal.ServicePrincipal;
    }

    /** Whether IAM policies bind it: not the root user, nor what the root user made. */
    boolean isBoundByIdentityPolicies() {
        return !isRoot()
                && !(principal instanceof Principal.FederatedUser federated
                        && federated.issuer() instanceof Principal.Root);
    }

    /** A caller without credentials whom an identity provider vouches for: the service says so in the context. */
    Optional<String> federatedProvider() {
        return isNobody() ? access.valuesOf(FEDERATED_PROVIDER).stream().findFirst() : Optional.empty();
    }

    Optional<String> service() {
        return principal instanceof Principal.ServicePrincipal(String name) ? Optional.of(name) : Optional.empty();
    }

    /** Names of the session or federated user alone, beyond those of what it acts as. */
    List<String> sessionNames() {
        List<String> names = sessionNames;
        if (names == null) {
            names = switch (principal) {
                case Principal.RoleSession session -> names(session.arn(), session.roleId(), session.id());
                case Principal.FederatedUser federated -> List.of(federated.arn(), federated.id());
                case Principal.Root _,
                        Principal.User _,
                        Principal.ProviderUser _,
                        Principal.Claimed _,
                        Principal.ServicePrincipal _,
                        Principal.Nobody _ -> List.of();
            };
            sessionNames = names;
        }
        return names;
    }

    /** Names of the user, role or issuing user behind the call. */
    List<String> ownNames() {
        List<String> names = ownNames;
        if (names == null) {
            names = switch (principal) {
                case Principal.User user -> namesEver(user.arn(), user.id());
                case Principal.RoleSession session -> namesEver(session.roleArn(), session.roleId());
                case Principal.FederatedUser federated ->
                    federated.issuer() instanceof Principal.User user ? namesEver(user.arn(), user.id()) : List.of();
                case Principal.Root _,
                        Principal.ProviderUser _,
                        Principal.Claimed _,
                        Principal.ServicePrincipal _,
                        Principal.Nobody _ -> List.of();
            };
            ownNames = names;
        }
        return names;
    }

    /** The ARN is no name of whoever has it now, if the policy meant another. */
    private List<String> names(String arn, String uniqueId, String idName) {
        return meant().getOrDefault(arn, uniqueId).equals(uniqueId) ? List.of(arn, idName) : List.of(idName);
    }

    private Map<String, String> meant() {
        return access.resourcePolicy().map(NamedPolicy::meant).orElse(Map.of());
    }

    /** One that was renamed since the policy was written is still meant by the ARN it had. */
    private List<String> namesEver(String arn, String uniqueId) {
        List<String> now = names(arn, uniqueId, uniqueId);
        if (meant().isEmpty()) {
            return now;
        }
        List<String> names = new ArrayList<>(now);
        meant().forEach((old, id) -> {
            if (id.equals(uniqueId) && old.startsWith(IAM_ARN) && !old.equals(arn)) {
                names.add(old);
            }
        });
        return names;
    }
}
