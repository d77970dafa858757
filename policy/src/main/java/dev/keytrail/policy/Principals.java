package dev.keytrail.policy;

import java.util.List;
import java.util.Set;

/**
 * A Principal or NotPrincipal element, compiled. Immutable.
 *
 * @param not whether it is NotPrincipal
 * @param everybody {@code *}
 * @param accounts twelve-digit numbers
 * @param names ARNs and unique ids of users, roles, sessions and federated users
 * @param services service principals
 * @param federated identity providers
 */
record Principals(
        boolean not,
        boolean everybody,
        Set<String> accounts,
        Set<String> names,
        Set<String> services,
        Set<String> federated) {
    Principals {
        accounts = Set.copyOf(accounts);
        names = Set.copyOf(names);
        services = Set.copyOf(services);
        federated = Set.copyOf(federated);
    }

    /** How a statement of this effect names the subject. */
    Naming naming(Subject subject, boolean allow) {
        if (allow && subject.isNobody()) {
            // A provider's word lets in only where the provider is named: neither "*" nor NotPrincipal does that.
            return !not && namesProviderOf(subject) ? Naming.ITSELF : Naming.NONE;
        }
        if (!not) {
            return named(subject);
        }
        boolean spared = allow ? named(subject) != Naming.NONE : namedByAllItsNames(subject);
        return spared ? Naming.NONE : Naming.ITSELF;
    }

    private Naming named(Subject subject) {
        if (!names.isEmpty() && containsAny(subject.sessionNames())) {
            return Naming.SESSION;
        }
        if (everybody
                || (!names.isEmpty() && containsAny(subject.ownNames()))
                || (!services.isEmpty()
                        && subject.service().filter(services::contains).isPresent())
                || namesProviderOf(subject)) {
            return Naming.ITSELF;
        }
        if (!accounts.isEmpty() && accounts.contains(subject.account())) {
            return subject.isRoot() ? Naming.ITSELF : Naming.ACCOUNT;
        }
        return Naming.NONE;
    }

    private boolean namesProviderOf(Subject subject) {
        return !federated.isEmpty()
                && subject.federatedProvider().filter(federated::contains).isPresent();
    }

    /** Deny with NotPrincipal spares a caller only when its account, itself and its session are all listed. */
    private boolean namedByAllItsNames(Subject subject) {
        if (everybody || subject.isNobody() || subject.isService()) {
            return named(subject) != Naming.NONE;
        }
        return accounts.contains(subject.account())
                && (subject.isFederatedUser() || subject.ownNames().isEmpty() || containsAny(subject.ownNames()))
                && (subject.sessionNames().isEmpty() || containsAny(subject.sessionNames()));
    }

    private boolean containsAny(List<String> candidates) {
        for (int i = 0; i < candidates.size(); i++) {
            if (names.contains(candidates.get(i))) {
                return true;
            }
        }
        return false;
    }
}
