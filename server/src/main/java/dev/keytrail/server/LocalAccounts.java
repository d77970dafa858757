package dev.keytrail.server;

import dev.keytrail.audit.op.Accounts;
import dev.keytrail.call.State;
import dev.keytrail.identity.directory.Account;
import dev.keytrail.identity.directory.IdentityTables;

/** Tells audit which accounts there are, as identity knows them. */
final class LocalAccounts implements Accounts {
    @Override
    public boolean exists(State state, String account) {
        return state.get(IdentityTables.ACCOUNTS, account).isPresent();
    }

    @Override
    public boolean isOperator(State state, String account) {
        return state.get(IdentityTables.ACCOUNTS, account)
                .map(Account::operator)
                .orElse(false);
    }
}
