package dev.keytrail.audit.op;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Arn;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Resource;
import java.util.Optional;

/** Who may administer the server: principals of the operator's account, as their policies allow. */
public final class Administration {
    private final Permit permit;
    private final Accounts accounts;

    public Administration(Permit permit, Accounts accounts) {
        this.permit = permit;
        this.accounts = accounts;
    }

    /** @param resource what the policies must name, or {@link Permit#ANY} */
    public void demandOperator(Attempt attempt, String resource) {
        if (!accounts.isOperator(attempt.state(), attempt.call().account())) {
            throw new Refused(ApiError.of(
                    "AccessDeniedException",
                    "User: " + attempt.call().caller().arn() + " is not authorized to perform: "
                            + attempt.call().action()
                            + " because only the operator's account may administer the server"));
        }
        permit.check(attempt, resource);
    }

    /** An account that is administered; it gets a copy of the event. */
    String account(Attempt attempt, Optional<String> given, String member) {
        String id = given.orElseThrow(() -> invalid(member + " is missing"));
        String arn = Arn.of("keytrail", "", id, "account/" + id).toString();
        demandOperator(attempt, arn);
        require(attempt, id);
        return id;
    }

    /** Another account of the same request. */
    void require(Attempt attempt, String id) {
        if (!accounts.exists(attempt.state(), id)) {
            throw invalid("There is no account " + id);
        }
        String arn = Arn.of("keytrail", "", id, "account/" + id).toString();
        attempt.notes().resource(new Resource(id, "Keytrail::Account", arn));
    }

    static Refused invalid(String message) {
        return new Refused(ApiError.of("ValidationException", message));
    }
}
