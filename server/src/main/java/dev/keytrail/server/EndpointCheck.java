package dev.keytrail.server;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Call;
import dev.keytrail.call.Notes;
import dev.keytrail.call.Refused;
import dev.keytrail.policy.Authorizer;
import dev.keytrail.policy.Decision;
import java.util.Optional;

/**
 * Some calls need nobody's permission (GetCallerIdentity, GetSessionToken), so no decision is made in which the policy of
 * their VPC endpoint had a say. It is asked here.
 */
final class EndpointCheck implements Gate.Passage {
    private final Authorizer authorizer;

    EndpointCheck(Authorizer authorizer) {
        this.authorizer = authorizer;
    }

    @Override
    public void check(Call call, Notes notes) {
        if (call.origin().endpoint().isEmpty() || wasAsked(notes)) {
            return;
        }
        Optional<Decision> denied = authorizer.deniedAtEndpoint(call);
        if (denied.isPresent()) {
            notes.because(denied.get());
            String text = "User: " + call.caller().arn() + " is not authorized to perform: " + call.action()
                    + denied.get().because().map(because -> " " + because).orElse("");
            throw new Refused(
                    switch (call.service()) {
                        case KMS, CLOUDTRAIL, CLOUDTRAIL_DATA, KEYTRAIL -> ApiError.of("AccessDeniedException", text);
                        case SNS -> ApiError.of("AuthorizationError", 403, text);
                        default -> ApiError.of("AccessDenied", 403, text);
                    });
        }
    }

    private static boolean wasAsked(Notes notes) {
        return notes.reasons().stream()
                .anyMatch(reason -> reason instanceof Decision decision && decision.passedEndpoint());
    }
}
