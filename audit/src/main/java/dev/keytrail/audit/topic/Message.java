package dev.keytrail.audit.topic;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What is posted to subscribers.
 *
 * @param text by protocol, with {@code default} for the others
 * @param attributes name to {@code {type, value}}, a binary value in base64
 * @param token of a SubscriptionConfirmation; empty for others
 */
public record Message(
        Kind kind,
        String id,
        Instant at,
        Map<String, String> text,
        Optional<String> subject,
        Map<String, Attribute> attributes,
        Optional<String> token) {
    /** The {@code Type} of the envelope. */
    public enum Kind {
        NOTIFICATION("Notification"),
        CONFIRMATION("SubscriptionConfirmation");

        private final String type;

        Kind(String type) {
            this.type = type;
        }

        String type() {
            return type;
        }
    }

    /** A message attribute. */
    public record Attribute(String type, String value) {}

    public Message {
        text = Map.copyOf(text);
        attributes = new TreeMap<>(attributes);
    }

    String textFor(String protocol) {
        return Optional.ofNullable(text.get(protocol))
                .orElseGet(() -> Optional.ofNullable(text.get("default")).orElse(""));
    }

    Bytes encode() {
        RowWriter out = new RowWriter().version(1).text(kind.name()).text(id).instant(at);
        out.texts(new TreeMap<>(text)).optionalText(subject);
        out.list(
                attributes.entrySet(),
                (e, to) -> to.text(e.getKey())
                        .text(e.getValue().type())
                        .text(e.getValue().value()));
        return Bytes.adopt(out.optionalText(token).toByteArray());
    }

    static Message decode(Bytes encoded) {
        RowReader in = new RowReader(encoded.unsafeArray());
        in.version(1);
        Kind kind = Kind.valueOf(in.text());
        String id = in.text();
        Instant at = in.instant();
        Map<String, String> text = in.textMap();
        Optional<String> subject = in.optionalText();
        Map<String, Attribute> attributes = new TreeMap<>();
        in.list(e -> Map.entry(e.text(), new Attribute(e.text(), e.text())))
                .forEach(e -> attributes.put(e.getKey(), e.getValue()));
        return new Message(kind, id, at, text, subject, attributes, in.optionalText());
    }
}
