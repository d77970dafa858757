package dev.keytrail.audit.op;

import dev.keytrail.call.State;

/** Port: the accounts of this server. */
public interface Accounts {
    boolean exists(State state, String account);

    /** Whether the account's principals may administer the server. */
    boolean isOperator(State state, String account);
}
