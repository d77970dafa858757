package dev.keytrail.call;

import java.time.Instant;

/**
 * One call being answered: what is known before its input is read.
 *
 * @param requestId a UUID; the {@code x-amzn-RequestId} of the answer and {@code requestID} of the event
 * @param receivedAt the server's time; the one "now" that the whole call uses
 * @param operation the API's name, e.g. {@code Encrypt}
 * @param region the Region of the credential scope
 */
public record Call(
        String requestId,
        Instant receivedAt,
        Service service,
        String operation,
        String region,
        Caller caller,
        Origin origin) {
    /**
     * The account the call is made in; for a service that acts for a resource, the resource's. Only for callers that have
     * one: handlers are reached by no others.
     */
    public String account() {
        return caller.principal()
                .account()
                .or(() -> caller.source().map(Caller.Source::account))
                .orElseThrow(() -> new IllegalStateException("caller has no account: " + caller.arn()));
    }

    /** The IAM action of this operation, e.g. {@code kms:Encrypt}. */
    public String action() {
        return service.signingName() + ":" + operation;
    }
}
