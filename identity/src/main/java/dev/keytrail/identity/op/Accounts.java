package dev.keytrail.identity.op;

import dev.keytrail.call.Change;
import dev.keytrail.call.State;
import dev.keytrail.identity.directory.Account;
import dev.keytrail.identity.directory.AccountAlias;
import dev.keytrail.identity.directory.IdentityTables;
import java.util.Optional;

/** The account rows, where the root user is kept. */
final class Accounts {
    private Accounts() {}

    /** One that must be there: somebody of it calls. */
    static Account of(State state, String id) {
        return state.get(IdentityTables.ACCOUNTS, id).orElseThrow(() -> new IllegalStateException("no account " + id));
    }

    /** By number or alias. */
    static Optional<Account> named(State state, String idOrAlias) {
        return state.get(IdentityTables.ACCOUNTS, idOrAlias)
                .or(() -> state.get(IdentityTables.ALIASES, idOrAlias)
                        .map(AccountAlias::account)
                        .flatMap(id -> state.get(IdentityTables.ACCOUNTS, id)));
    }

    static Change<Account> put(Account account) {
        return Change.put(IdentityTables.ACCOUNTS, account.id(), account);
    }
}
