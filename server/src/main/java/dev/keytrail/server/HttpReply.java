package dev.keytrail.server;

import dev.keytrail.call.Bytes;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/** An answer on its way out. */
public record HttpReply(int status, List<HttpRequest.Header> headers, Payload payload) {
    /** What follows the headers. */
    public sealed interface Payload {}

    /** These bytes. */
    public record Inline(Bytes bytes) implements Payload {}

    /** No bytes, though Content-Length says how many a GET would have: the answer to HEAD. */
    public record Announced(long length) implements Payload {}

    /** Exactly {@code length} bytes from {@code writer}, too many to hold. */
    public record Streamed(long length, Writer writer) implements Payload {}

    @FunctionalInterface
    public interface Writer {
        void writeTo(OutputStream out) throws IOException;
    }

    public static HttpReply of(int status, List<HttpRequest.Header> headers, Bytes body) {
        return new HttpReply(status, headers, new Inline(body));
    }
}
