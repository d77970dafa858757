package dev.keytrail.sim;

import dev.keytrail.call.Bytes;
import dev.keytrail.server.HttpReply;
import dev.keytrail.server.HttpRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An answer as its client reads it.
 *
 * @param headers by their names in lower case
 * @param code the error's code, without a namespace; empty when the call was done
 */
record Answer(int status, Map<String, String> headers, Optional<String> code, Bytes body) {
    private static final Set<String> FAULTS = Set.of("KMSInternalException", "InternalFailure", "InternalError");
    private static final Pattern XML_CODE = Pattern.compile("<Code>([^<]*)</Code>");

    static Answer of(HttpReply reply) {
        byte[] body = switch (reply.payload()) {
            case HttpReply.Inline inline -> inline.bytes().toArray();
            case HttpReply.Announced _ -> new byte[0];
            case HttpReply.Streamed streamed -> {
                ByteArrayOutputStream out = new ByteArrayOutputStream();
                try {
                    streamed.writer().writeTo(out);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                yield out.toByteArray();
            }
        };
        Map<String, String> headers = new HashMap<>();
        for (HttpRequest.Header header : reply.headers()) {
            headers.put(header.name().toLowerCase(Locale.ROOT), header.value());
        }
        return new Answer(reply.status(), headers, code(reply.status(), body), Bytes.adopt(body));
    }

    Answer {
        headers = Map.copyOf(headers);
    }

    /** Empty text for none. */
    String requestId() {
        return headers.getOrDefault("x-amzn-requestid", headers.getOrDefault("x-amz-request-id", ""));
    }

    private static Optional<String> code(int status, byte[] body) {
        if (status < 300) {
            return Optional.empty();
        }
        String text = new String(body, StandardCharsets.UTF_8);
        if (text.startsWith("<")) {
            Matcher xml = XML_CODE.matcher(text);
            return Optional.of(xml.find() ? xml.group(1) : "?");
        }
        String type = Json.text(Json.object(body), "__type");
        return Optional.of(type.substring(type.indexOf('#') + 1));
    }

    /** The house's own fault: the ledger cannot be written, or a defect. */
    boolean isFault() {
        return code.filter(FAULTS::contains).isPresent();
    }

    Map<String, Object> json() {
        return body.isEmpty() || body.at(0) != '{' ? Map.of() : Json.object(body.toArray());
    }
}
