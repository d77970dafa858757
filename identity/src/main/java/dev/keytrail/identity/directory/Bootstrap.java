package dev.keytrail.identity.directory;

import dev.keytrail.call.Change;
import dev.keytrail.call.State;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Decides the rows of new accounts. Commits nothing. */
public final class Bootstrap {
    /** The policy that the first user has. */
    public static final String ADMINISTRATOR_ACCESS = "arn:aws:iam::aws:policy/AdministratorAccess";

    private static final String ADMIN = "admin";

    private final AccessKeys accessKeys;
    private final Identifiers identifiers;

    public Bootstrap(AccessKeys accessKeys, Identifiers identifiers) {
        this.accessKeys = accessKeys;
        this.identifiers = identifiers;
    }

    /**
     * A new account, what is to be committed for it, and its one access key, whose secret must be shown now or never.
     */
    public record NewAccount(Account account, NewAccessKey key, List<Change<?>> changes) {
        public NewAccount {
            changes = List.copyOf(changes);
        }
    }

    /**
     * For an empty data directory: the operator's account, its root user without access key, and the user {@code admin}
     * with AdministratorAccess and one access key.
     */
    public NewAccount firstStart(Instant now) {
        Account account = new Account(identifiers.accountId(), "", true, now, List.of());
        String userId = identifiers.uniqueId("AIDA");
        NewAccessKey key = accessKeys.create(account.id(), new AccessKey.Owner.OfUser(ADMIN, userId), now);
        User admin = User.of(account.id(), userId, "/", ADMIN, now, Map.of(), Optional.empty())
                .withPolicies(AttachedPolicies.NONE.with(ADMINISTRATOR_ACCESS))
                .withAccessKeys(List.of(key.row().id()));
        return new NewAccount(
                account,
                key,
                List.of(
                        Change.put(IdentityTables.ACCOUNTS, account.id(), account),
                        Change.put(IdentityTables.USERS, IdentityTables.key(account.id(), ADMIN), admin),
                        Change.put(IdentityTables.ACCESS_KEYS, key.row().id(), key.row())));
    }

    /** A further account, under a number that is free in {@code state}, with one access key of its root user. */
    public NewAccount createAccount(State state, String name, Instant now) {
        String id = identifiers.accountId();
        while (state.get(IdentityTables.ACCOUNTS, id).isPresent()) {
            id = identifiers.accountId();
        }
        NewAccessKey key = accessKeys.create(id, new AccessKey.Owner.Root(), now);
        Account account = new Account(id, name, false, now, List.of(key.row().id()));
        return new NewAccount(
                account,
                key,
                List.of(
                        Change.put(IdentityTables.ACCOUNTS, id, account),
                        Change.put(IdentityTables.ACCESS_KEYS, key.row().id(), key.row())));
    }
}
