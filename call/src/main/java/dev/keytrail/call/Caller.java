package dev.keytrail.call;

import java.util.Optional;

/**
 * Who made a call and with what.
 *
 * @param accessKeyId the key id that signed; empty for services and nobody
 * @param session present for temporary credentials
 * @param invokedBy the service that calls on the principal's behalf, e.g. {@code s3.amazonaws.com}
 * @param source what a service of the house calls for: {@code aws:SourceArn}, {@code aws:SourceAccount}
 */
public record Caller(
        Principal principal,
        Optional<String> accessKeyId,
        Optional<Session> session,
        Optional<String> invokedBy,
        Optional<Source> source) {
    public static final Caller NOBODY =
            new Caller(new Principal.Nobody(), Optional.empty(), Optional.empty(), Optional.empty());

    /** The resource for which a service acts, e.g. a trail. Never taken from a request. */
    public record Source(String arn, String account) {}

    /** A caller that is no service of the house. */
    public Caller(
            Principal principal, Optional<String> accessKeyId, Optional<Session> session, Optional<String> invokedBy) {
        this(principal, accessKeyId, session, invokedBy, Optional.empty());
    }

    public static Caller of(Principal principal, String accessKeyId) {
        return new Caller(principal, Optional.of(accessKeyId), Optional.empty(), Optional.empty());
    }

    public static Caller service(String name) {
        return new Caller(new Principal.ServicePrincipal(name), Optional.empty(), Optional.empty(), Optional.of(name));
    }

    /** A service of the house that acts for a resource. */
    public static Caller service(String name, Source source) {
        return new Caller(
                new Principal.ServicePrincipal(name),
                Optional.empty(),
                Optional.empty(),
                Optional.of(name),
                Optional.of(source));
    }

    public String arn() {
        return principal.arn();
    }

    /** The caller's account, or the operator's ledger account for callers that have none. */
    public String accountOrOperator() {
        return principal.account().orElse(LedgerRecord.OPERATOR_ACCOUNT);
    }
}
