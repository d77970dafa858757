package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.call.Principal;
import dev.keytrail.identity.directory.AccessKey;
import dev.keytrail.identity.directory.Account;
import dev.keytrail.identity.directory.IdentityTables;
import dev.keytrail.identity.directory.User;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Whose access keys a call is about: a named user's, or the caller's own, which may be the root user's. */
sealed interface KeyHolder {
    List<String> accessKeys();

    AccessKey.Owner owner();

    /** Empty for the root user. */
    Optional<String> userName();

    /** The holder's row with these keys. */
    Change<?> withAccessKeys(List<String> ids);

    /** A user of the account. */
    record OfUser(User user) implements KeyHolder {
        @Override
        public List<String> accessKeys() {
            return user.accessKeys();
        }

        @Override
        public AccessKey.Owner owner() {
            return new AccessKey.Owner.OfUser(user.name(), user.id());
        }

        @Override
        public Optional<String> userName() {
            return Optional.of(user.name());
        }

        @Override
        public Change<?> withAccessKeys(List<String> ids) {
            return Kind.USER.put(user.withAccessKeys(ids));
        }
    }

    /** The account's root user. */
    record OfRoot(Account account) implements KeyHolder {
        @Override
        public List<String> accessKeys() {
            return account.rootAccessKeys();
        }

        @Override
        public AccessKey.Owner owner() {
            return new AccessKey.Owner.Root();
        }

        @Override
        public Optional<String> userName() {
            return Optional.empty();
        }

        @Override
        public Change<?> withAccessKeys(List<String> ids) {
            return Change.put(IdentityTables.ACCOUNTS, account.id(), account.withRootAccessKeys(ids));
        }
    }

    /** Asks for permission, then finds the holder. */
    static KeyHolder permitted(Attempt attempt, Permit permit, Optional<String> userName) {
        if (userName.isPresent()) {
            return new OfUser(Kind.USER.permitted(attempt, permit, userName.get()));
        }
        return switch (attempt.call().caller().principal()) {
            case Principal.User user -> new OfUser(Kind.USER.permitted(attempt, permit, user.name()));
            case Principal.Root root -> {
                permit.demand(attempt, root.arn());
                yield new OfRoot(attempt.state()
                        .get(IdentityTables.ACCOUNTS, root.accountId())
                        .orElseThrow(() -> new IllegalStateException("no account " + root.accountId())));
            }
            case Principal.RoleSession _,
                    Principal.FederatedUser _,
                    Principal.ProviderUser _,
                    Principal.Claimed _,
                    Principal.ServicePrincipal _,
                    Principal.Nobody _ ->
                throw IamErrors.validation("Must specify userName when calling with non-User credentials");
        };
    }

    /** The key, if it is this holder's. */
    default AccessKey require(Attempt attempt, String id) {
        attempt.notes().named("AWS::IAM::AccessKey", id);
        if (!accessKeys().contains(id)) {
            throw IamErrors.noSuchAccessKey(id);
        }
        return attempt.state()
                .get(IdentityTables.ACCESS_KEYS, id)
                .orElseThrow(() -> new IllegalStateException("holder names a key that is gone: " + id));
    }

    default List<String> accessKeysWith(String id) {
        List<String> ids = new ArrayList<>(accessKeys());
        ids.add(id);
        return ids;
    }

    default List<String> accessKeysWithout(String id) {
        List<String> ids = new ArrayList<>(accessKeys());
        ids.remove(id);
        return ids;
    }
}
