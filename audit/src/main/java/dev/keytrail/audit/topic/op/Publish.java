package dev.keytrail.audit.topic.op;

import dev.keytrail.audit.JsonFacts;
import dev.keytrail.audit.topic.Message;
import dev.keytrail.audit.topic.Subscription;
import dev.keytrail.audit.topic.Topic;
import dev.keytrail.audit.topic.TopicAccess;
import dev.keytrail.audit.topic.TopicTables;
import dev.keytrail.audit.topic.Topics;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.wire.shape.sns.MessageAttributeValue;
import dev.keytrail.wire.shape.sns.PublishInput;
import dev.keytrail.wire.shape.sns.PublishResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Publish: one message to all confirmed subscriptions of a topic. Its texts are in no event. */
final class Publish {
    /** AWS's bounds: bytes of message and attributes together, characters of a subject. */
    static final int MESSAGE_BYTES_MAX = 256 * 1024;

    static final int SUBJECT_CHARS_MAX = 100;

    private final Topics topics;

    Publish(Topics topics) {
        this.topics = topics;
    }

    Operation<PublishInput, PublishResponse> row() {
        return TopicRows.row("Publish", false, PublishInput.class, PublishResponse.class, this::handle, Publish::facts);
    }

    private Effect<PublishResponse> handle(Attempt attempt, PublishInput in) {
        refuseUnsupported(in);
        String arn = in.topicArn()
                .or(in::targetArn)
                .orElseThrow(
                        () -> TopicAccess.invalid("TopicArn or TargetArn Reason: no value for required parameter"));
        Topic topic = topics.access().require(attempt, arn);
        String id = topics.entropy().uuid();
        Message message = new Message(
                Message.Kind.NOTIFICATION,
                id,
                attempt.call().receivedAt(),
                texts(in),
                in.subject().filter(s -> !s.isEmpty()),
                attributes(in),
                Optional.empty());
        checkSize(in, message);
        List<Subscription> to = TopicTables.subscriptions(attempt.state(), TopicTables.key(topic)).stream()
                .filter(Subscription::confirmed)
                .toList();
        return Effect.of(PublishResponse.builder().messageId(id).build(), topics.sending(topic, message, to))
                .showing(Facts.facts().put("messageId", id));
    }

    private static void refuseUnsupported(PublishInput in) {
        if (in.phoneNumber().isPresent()) {
            throw TopicAccess.invalid("PhoneNumber: there is no SMS here");
        }
        if (in.messageGroupId().isPresent() || in.messageDeduplicationId().isPresent()) {
            throw TopicAccess.invalid("MessageGroupId: there are no FIFO topics here");
        }
        if (in.topicArn().isPresent() && in.targetArn().isPresent()) {
            throw TopicAccess.invalid("TopicArn or TargetArn Reason: only one of them may be given");
        }
    }

    private static Map<String, String> texts(PublishInput in) {
        if (in.message().isEmpty()) {
            throw TopicAccess.invalid("Empty message");
        }
        Optional<String> structure = in.messageStructure().filter(s -> !s.isEmpty());
        if (structure.isEmpty()) {
            return Map.of("default", in.message());
        }
        if (!structure.get().equals("json")) {
            throw TopicAccess.invalid("MessageStructure");
        }
        Facts given = JsonFacts.parse(in.message())
                .orElseThrow(() -> TopicAccess.invalid("Message Structure - JSON message body failed to parse"));
        Map<String, String> texts = new HashMap<>();
        given.forEach((protocol, text) -> {
            if (text instanceof String value) {
                texts.put(protocol, value);
            }
        });
        if (!texts.containsKey("default")) {
            throw TopicAccess.invalid("Message Structure - No default entry in JSON message body");
        }
        return texts;
    }

    private static Map<String, Message.Attribute> attributes(PublishInput in) {
        Map<String, Message.Attribute> attributes = new TreeMap<>();
        in.messageAttributes().orElse(Map.of()).forEach((name, value) -> attributes.put(name, attribute(name, value)));
        return attributes;
    }

    private static Message.Attribute attribute(String name, MessageAttributeValue value) {
        boolean binary = value.dataType().startsWith("Binary");
        Optional<String> text = binary
                ? value.binaryValue().map(b -> Base64.getEncoder().encodeToString(b.unsafeArray()))
                : value.stringValue().filter(s -> !s.isEmpty());
        return new Message.Attribute(
                value.dataType(),
                text.orElseThrow(() -> TopicAccess.invalid("MessageAttributes: '" + name + "' has no value")));
    }

    private static void checkSize(PublishInput in, Message message) {
        long bytes = in.message().getBytes(StandardCharsets.UTF_8).length;
        for (Map.Entry<String, Message.Attribute> attribute :
                message.attributes().entrySet()) {
            bytes += attribute.getKey().length()
                    + attribute.getValue().type().length()
                    + attribute.getValue().value().getBytes(StandardCharsets.UTF_8).length;
        }
        if (bytes > MESSAGE_BYTES_MAX) {
            throw TopicAccess.invalid("Message too long");
        }
        boolean fine = message.subject()
                .filter(s -> s.length() > SUBJECT_CHARS_MAX || s.chars().anyMatch(c -> c < 0x20 || c == 0x7F))
                .isEmpty();
        if (!fine) {
            throw TopicAccess.invalid("Subject");
        }
    }

    private static Facts facts(PublishInput in) {
        Facts facts = Facts.facts().put("topicArn", in.topicArn()).put("targetArn", in.targetArn());
        facts.put("message", TopicRows.HIDDEN);
        in.subject().ifPresent(_ -> facts.put("subject", TopicRows.HIDDEN));
        facts.put("messageStructure", in.messageStructure());
        in.messageAttributes().ifPresent(_ -> facts.put("messageAttributes", TopicRows.HIDDEN));
        return facts;
    }
}
