package dev.keytrail.server;

import dev.keytrail.audit.op.Administration;
import dev.keytrail.audit.op.Permit;
import dev.keytrail.call.Attempt;

/** Lets only principals of the operator's account administer the server, as their policies allow. */
final class OperatorOnly {
    private final Administration administration;

    OperatorOnly(Permit permit) {
        this.administration = new Administration(permit, new LocalAccounts());
    }

    void demand(Attempt attempt) {
        administration.demandOperator(attempt, Permit.ANY);
    }
}
