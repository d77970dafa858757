package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Principal;
import dev.keytrail.call.Session;
import dev.keytrail.identity.directory.SessionTokens;
import dev.keytrail.wire.shape.sts.Credentials;
import java.time.Instant;
import java.util.Optional;

/**
 * Credentials just made, for the answer and, without the secret, for the event.
 *
 * @param expiration when the session ends
 */
record TemporaryCredentials(SessionTokens.Issued issued, Instant expiration) {
    /** Makes them. @param tokenSizeMin the request's MinimumSessionTokenSize */
    static TemporaryCredentials issue(
            SessionTokens tokens, Principal principal, Session session, Optional<Integer> tokenSizeMin) {
        SessionTokens.Issued issued = tokens.issue(principal, session);
        if (tokenSizeMin.orElse(0) > issued.token().length()) {
            throw IamErrors.validation("MinimumSessionTokenSize: session tokens are not padded here.");
        }
        return new TemporaryCredentials(issued, session.expiresAt());
    }

    /** CloudTrail's {@code additionalEventData} of STS calls. */
    static void noteEndpoint(Attempt attempt) {
        boolean global = attempt.call().origin().host().startsWith("sts.amazonaws.com");
        attempt.notes()
                .additional(Facts.facts()
                        .put(
                                "RequestDetails",
                                Facts.facts()
                                        .put("endpointType", global ? "global" : "regional")
                                        .put("awsServingRegion", attempt.call().region())));
    }

    Credentials shape() {
        return Credentials.builder()
                .accessKeyId(issued.accessKeyId())
                .secretAccessKey(issued.secret())
                .sessionToken(issued.token())
                .expiration(expiration)
                .build();
    }

    Facts facts() {
        return Facts.facts()
                .put("accessKeyId", issued.accessKeyId())
                .put("sessionToken", issued.token())
                .put("expiration", expiration);
    }
}
