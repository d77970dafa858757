package dev.keytrail.server;

import dev.keytrail.call.Bytes;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/** An answer on its way out. */
record HttpReply(int status, List<HttpRequest.Header> headers, Payload payload) {
    /** What follows the headers. */
    sealed interface Payload {}

    /** These bytes. */
    record Inline(Bytes bytes) implements Payload {}

    /** No bytes, though Content-Length says how many a GET would have: the answer to HEAD. */
    record Announced(long length) implements Payload {}

    /** Exactly {@code length} bytes from {@code writer}, too many to hold. */
    record Streamed(long length, Writer writer) implements Payload {}

    @FunctionalInterface
    interface Writer {
        void writeTo(OutputStream out) throws IOException;
    }

    static HttpReply of(int status, List<HttpRequest.Header> headers, Bytes body) {
        return new HttpReply(status, headers, new Inline(body));
    }
}
