package dev.keytrail.wire;

import dev.keytrail.call.ApiError;

/** How refusals look on the wire. */
final class ErrorBody {
    private ErrorBody() {}

    /** {@code {"__type":"Code","message":"..."}}, without message member when the error has none (kms.md section 1). */
    static byte[] json(ApiError error) {
        JsonWriter out = new JsonWriter();
        out.beginStructure();
        out.member("__type");
        out.text(error.code());
        if (error.message().isPresent()) {
            out.member("message");
            out.text(error.message().get());
        }
        out.endStructure();
        return out.toByteArray();
    }

    static byte[] xml(ApiError error, String namespace, String requestId) {
        XmlWriter out = new XmlWriter().openRoot("ErrorResponse", namespace).open("Error");
        out.leaf("Type", error.isFault() ? "Receiver" : "Sender").leaf("Code", error.code());
        error.message().ifPresent(message -> out.leaf("Message", message));
        return out.close().leaf("RequestId", requestId).close().toByteArray();
    }
}
