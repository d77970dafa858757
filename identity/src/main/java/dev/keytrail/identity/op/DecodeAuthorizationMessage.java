package dev.keytrail.identity.op;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Service;
import dev.keytrail.wire.shape.sts.DecodeAuthorizationMessageRequest;
import dev.keytrail.wire.shape.sts.DecodeAuthorizationMessageResponse;
import java.util.Optional;

/** DecodeAuthorizationMessage: the reasons of a denial in the caller's account, from the message that came with it. */
final class DecodeAuthorizationMessage {
    private final Permit permit;
    private final AuthorizationMessages messages;

    DecodeAuthorizationMessage(Permit permit, AuthorizationMessages messages) {
        this.permit = permit;
        this.messages = messages;
    }

    Operation<DecodeAuthorizationMessageRequest, DecodeAuthorizationMessageResponse> row() {
        return Rows.changing(
                Service.STS,
                "DecodeAuthorizationMessage",
                DecodeAuthorizationMessageRequest.class,
                DecodeAuthorizationMessageResponse.class,
                this::run,
                in -> Optional.of(Facts.facts().put("encodedMessage", in.encodedMessage())));
    }

    private Effect<DecodeAuthorizationMessageResponse> run(Attempt attempt, DecodeAuthorizationMessageRequest in) {
        permit.demand(attempt, Permit.ANY);
        AuthorizationMessages.Opened opened = messages.open(in.encodedMessage())
                .filter(message -> message.account().equals(attempt.call().account()))
                .orElseThrow(() -> new Refused(ApiError.of(
                        "InvalidAuthorizationMessageException",
                        "The message passed to DecodeAuthorizationMessage is not valid.")));
        return Effect.of(DecodeAuthorizationMessageResponse.builder()
                .decodedMessage(AuthorizationMessages.json(opened))
                .build());
    }
}
