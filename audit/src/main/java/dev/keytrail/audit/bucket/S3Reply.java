package dev.keytrail.audit.bucket;

import dev.keytrail.call.Bytes;
import java.io.IOException;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;

/**
 * An S3 answer, complete but for the bytes of an object, which the server copies from {@link Buckets#content} after the
 * commit.
 *
 * @param headers in the order to send them, Content-Length left out; lower-case names
 */
public record S3Reply(int status, Map<String, String> headers, Payload payload) {
    /** What follows the headers. */
    public sealed interface Payload {}

    /** Nothing, and no Content-Length but 0 where the status allows one (not with 204 and 304). */
    public record None() implements Payload {}

    /** Nothing, but Content-Length tells what a GET would give: HEAD. */
    public record Announced(long bytes) implements Payload {}

    /** These bytes. */
    public record Inline(Bytes bytes) implements Payload {}

    /** Exactly that many bytes from a source, too many to hold. */
    public record Content(long bytes, Source source) implements Payload {}

    /** Gives bytes once, to be read after the commit: a deleted object's can be read for some time still. */
    @FunctionalInterface
    public interface Source {
        void copyTo(OutputStream out) throws IOException;
    }

    public S3Reply {
        headers = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(headers));
    }

    static S3Reply empty(int status) {
        return new S3Reply(status, Map.of(), new None());
    }

    static S3Reply xml(int status, Xml xml) {
        return new S3Reply(status, Map.of("content-type", "application/xml"), new Inline(xml.bytes()));
    }

    S3Reply with(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(name, value);
        return new S3Reply(status, more, payload);
    }

    /** The Content-Length to send; empty for answers that must have none. */
    public OptionalLong contentLength() {
        return switch (payload) {
            case None _ -> status == 204 || status == 304 ? OptionalLong.empty() : OptionalLong.of(0);
            case Announced announced -> OptionalLong.of(announced.bytes());
            case Inline inline -> OptionalLong.of(inline.bytes().size());
            case Content content -> OptionalLong.of(content.bytes());
        };
    }
}
