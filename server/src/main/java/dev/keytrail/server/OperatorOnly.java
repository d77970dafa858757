package dev.keytrail.server;

import dev.keytrail.audit.op.Permit;
import dev.keytrail.call.ApiError;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Refused;
import dev.keytrail.identity.directory.Account;
import dev.keytrail.identity.directory.IdentityTables;

/** Lets in principals of the operator's account whose policies allow the operation. */
final class OperatorOnly {
    private final Permit permit;

    OperatorOnly(Permit permit) {
        this.permit = permit;
    }

    /** @throws Refused with AccessDeniedException */
    void demand(Attempt attempt) {
        boolean operator = attempt.state()
                .get(IdentityTables.ACCOUNTS, attempt.call().account())
                .map(Account::operator)
                .orElse(false);
        if (!operator) {
            throw new Refused(ApiError.of(
                    "AccessDeniedException",
                    "User: " + attempt.call().caller().arn() + " is not authorized to perform: "
                            + attempt.call().action()
                            + " because only the operator's account may administer the server"));
        }
        permit.check(attempt, Permit.ANY);
    }
}
