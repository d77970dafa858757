package dev.keytrail.call;

import java.util.Optional;

/**
 * Who made a call and with what.
 *
 * @param accessKeyId the key id that signed; empty for services and nobody
 * @param session present for temporary credentials
 * @param invokedBy the service that calls on the principal's behalf, e.g. {@code s3.amazonaws.com}
 */
public record Caller(
        Principal principal, Optional<String> accessKeyId, Optional<Session> session, Optional<String> invokedBy) {
    public static final Caller NOBODY =
            new Caller(new Principal.Nobody(), Optional.empty(), Optional.empty(), Optional.empty());

    public static Caller of(Principal principal, String accessKeyId) {
        return new Caller(principal, Optional.of(accessKeyId), Optional.empty(), Optional.empty());
    }

    public static Caller service(String name) {
        return new Caller(new Principal.ServicePrincipal(name), Optional.empty(), Optional.empty(), Optional.of(name));
    }

    public String arn() {
        return principal.arn();
    }

    /** The caller's account, or the operator's ledger account for callers that have none. */
    public String accountOrOperator() {
        return principal.account().orElse(LedgerRecord.OPERATOR_ACCOUNT);
    }
}
