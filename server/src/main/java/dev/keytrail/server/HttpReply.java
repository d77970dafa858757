package dev.keytrail.server;

import dev.keytrail.call.Bytes;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Optional;

/** An answer on its way out: {@code body}, or for large objects {@code stream}. */
record HttpReply(int status, List<HttpRequest.Header> headers, Bytes body, Optional<Stream> stream) {
    /** Writes a body of exactly {@code length} bytes. */
    record Stream(long length, Writer writer) {}

    @FunctionalInterface
    interface Writer {
        void writeTo(OutputStream out) throws IOException;
    }

    static HttpReply of(int status, List<HttpRequest.Header> headers, Bytes body) {
        return new HttpReply(status, headers, body, Optional.empty());
    }
}
