package dev.keytrail.server;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Call;
import dev.keytrail.call.Notes;
import dev.keytrail.identity.op.AuthorizationMessages;
import java.util.Optional;

/** Ends each denial's text with an encoded authorization message, in the words in which EC2 does. */
record EncodedDenials(AuthorizationMessages messages) implements Gate.Denials {
    @Override
    public ApiError told(Call call, Notes notes, ApiError error) {
        boolean denial = error.code().equals("AccessDenied") || error.code().equals("AccessDeniedException");
        if (!denial) {
            return error;
        }
        Optional<String> message = messages.encode(call, notes.reasons());
        return message.isEmpty()
                ? error
                : new ApiError(
                        error.code(),
                        error.status(),
                        Optional.of(error.message().map(text -> text + " ").orElse("")
                                + "Encoded authorization failure message: " + message.get()));
    }
}
