package dev.keytrail.audit.topic;

import dev.keytrail.call.Bytes;
import dev.keytrail.wire.JsonObject;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A message as an HTTP subscriber gets it: the JSON around it, and what is signed of it. The signed text is each signed
 * member's name and value, a line each, by name.
 */
record Envelope(Message message, String topicArn, String text, Optional<String> subscribeUrl) {
    private static final DateTimeFormatter MILLIS = DateTimeFormatter.ofPattern(
                    "uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    /** One member that the signature covers. */
    private record Signed(String name, String value) {}

    private List<Signed> signed() {
        List<Signed> members = new ArrayList<>();
        members.add(new Signed("Message", text));
        members.add(new Signed("MessageId", message.id()));
        message.subject().ifPresent(subject -> members.add(new Signed("Subject", subject)));
        subscribeUrl.ifPresent(url -> members.add(new Signed("SubscribeURL", url)));
        members.add(new Signed("Timestamp", MILLIS.format(message.at())));
        message.token().ifPresent(token -> members.add(new Signed("Token", token)));
        members.add(new Signed("TopicArn", topicArn));
        members.add(new Signed("Type", message.kind().type()));
        return members;
    }

    Bytes toSign() {
        StringBuilder lines = new StringBuilder();
        for (Signed member : signed()) {
            lines.append(member.name()).append('\n').append(member.value()).append('\n');
        }
        return Bytes.utf8(lines.toString());
    }

    /** @param unsubscribeUrl only in notifications; not signed */
    Bytes json(int signatureVersion, String signature, String certificateUrl, Optional<String> unsubscribeUrl) {
        return JsonObject.of(json -> {
            json.writeStringProperty("Type", message.kind().type());
            json.writeStringProperty("MessageId", message.id());
            message.token().ifPresent(token -> json.writeStringProperty("Token", token));
            json.writeStringProperty("TopicArn", topicArn);
            message.subject().ifPresent(subject -> json.writeStringProperty("Subject", subject));
            json.writeStringProperty("Message", text);
            subscribeUrl.ifPresent(url -> json.writeStringProperty("SubscribeURL", url));
            json.writeStringProperty("Timestamp", MILLIS.format(message.at()));
            json.writeStringProperty("SignatureVersion", Integer.toString(signatureVersion));
            json.writeStringProperty("Signature", signature);
            json.writeStringProperty("SigningCertURL", certificateUrl);
            unsubscribeUrl.ifPresent(url -> json.writeStringProperty("UnsubscribeURL", url));
            if (!message.attributes().isEmpty()) {
                json.writeName("MessageAttributes");
                json.writeStartObject();
                message.attributes().forEach((name, attribute) -> {
                    json.writeName(name);
                    json.writeStartObject();
                    json.writeStringProperty("Type", attribute.type());
                    json.writeStringProperty("Value", attribute.value());
                    json.writeEndObject();
                });
                json.writeEndObject();
            }
        });
    }
}
