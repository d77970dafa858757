package dev.keytrail.server;

import dev.keytrail.call.Bytes;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;

/** An answer on its way out. */
public record HttpReply(int status, List<HttpRequest.Header> headers, Payload payload) {
    static final String LOG_INDEX = "x-keytrail-log-index";

    /** What follows the headers. */
    public sealed interface Payload {}

    /** These bytes. */
    public record Inline(Bytes bytes) implements Payload {}

    /** No bytes, though Content-Length says how many a GET would have: the answer to HEAD. */
    public record Announced(long length) implements Payload {}

    /** Exactly {@code length} bytes from {@code writer}, too many to hold; -1: as many as it writes. */
    public record Streamed(long length, Writer writer) implements Payload {}

    @FunctionalInterface
    public interface Writer {
        void writeTo(OutputStream out) throws IOException;
    }

    HttpReply with(String name, String value) {
        List<HttpRequest.Header> more = new ArrayList<>(headers.size() + 1);
        more.addAll(headers);
        more.add(new HttpRequest.Header(name, value));
        return new HttpReply(status, more, payload);
    }

    /** Says where in the log the call's event is, for whoever wants its receipt. No client of AWS's knows the header. */
    HttpReply recordedAt(long index) {
        return with(LOG_INDEX, Long.toString(index));
    }

    public static HttpReply of(int status, List<HttpRequest.Header> headers, Bytes body) {
        return new HttpReply(status, headers, new Inline(body));
    }
}
