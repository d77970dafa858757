package dev.keytrail.server;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Service;
import java.util.Optional;

final class AdminDialogue implements Dialogue {
    AdminDialogue(Optional<Operation<?, ?>> row, Bytes body) {}

    @Override
    public Service service() {
        return Service.KEYTRAIL;
    }

    @Override
    public String contentType() {
        return "application/x-amz-json-1.1";
    }

    @Override
    public byte[] encodeError(ApiError error, String requestId) {
        return new byte[0];
    }

    @Override
    public Spoken understand() {
        throw new Refused(new ApiError("UnknownOperationException", 400, Optional.empty()));
    }
}
