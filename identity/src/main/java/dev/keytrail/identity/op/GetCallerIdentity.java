package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import dev.keytrail.wire.shape.sts.GetCallerIdentityRequest;
import dev.keytrail.wire.shape.sts.GetCallerIdentityResponse;
import java.util.Optional;

/** GetCallerIdentity: whoever can sign is told who it is; no policy can deny it. */
final class GetCallerIdentity {
    private GetCallerIdentity() {}

    static Operation<GetCallerIdentityRequest, GetCallerIdentityResponse> row() {
        return Rows.reading(
                Service.STS,
                "GetCallerIdentity",
                GetCallerIdentityRequest.class,
                GetCallerIdentityResponse.class,
                GetCallerIdentity::run,
                _ -> Optional.empty());
    }

    private static Effect<GetCallerIdentityResponse> run(Attempt attempt, GetCallerIdentityRequest in) {
        return Effect.of(GetCallerIdentityResponse.builder()
                .userId(attempt.call().caller().principal().id())
                .account(attempt.call().account())
                .arn(attempt.call().caller().arn())
                .build());
    }
}
