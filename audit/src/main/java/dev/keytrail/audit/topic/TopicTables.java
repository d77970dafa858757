package dev.keytrail.audit.topic;

import dev.keytrail.call.Arn;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.RowCodec;
import dev.keytrail.call.State;
import dev.keytrail.call.Table;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The state rows of topics. A topic's key is {@code account/region/name}. */
public final class TopicTables {
    public static final Table<Topic> TOPICS = new Table<>("sns.topic", Topic.CODEC);

    /** Key: the topic's and {@code /id}. */
    public static final Table<Subscription> SUBSCRIPTIONS = new Table<>("sns.subscription", Subscription.CODEC);

    /**
     * Counts what was subscribed to a topic: written by each new subscription, so that a look at all of them can be relied
     * on. Key: the topic's.
     */
    public static final Table<Long> REVISIONS = new Table<>(
            "sns.revision", RowCodec.of((value, out) -> out.version(1).number(value), in -> {
                in.version(1);
                return in.number();
            }));

    /** Sealed {@link Message}s under way. Key: the topic's, {@code /MILLIS/messageId}, 16 digits. */
    static final Table<Bytes> MESSAGES = new Table<>(
            "sns.message", RowCodec.of((value, out) -> out.version(1).bytes(value), in -> {
                in.version(1);
                return in.bytes();
            }));

    /** Who still waits for a message. Key: the message's and {@code /subscription id}; value: that id. */
    static final Table<String> OUTBOX =
            new Table<>("sns.outbox", RowCodec.of((value, out) -> out.version(1).text(value), in -> {
                in.version(1);
                return in.text();
            }));

    private TopicTables() {}

    /** Of {@code arn:aws:sns:REGION:ACCOUNT:NAME}, with or without a subscription's id; empty for anything else. */
    public static Optional<String> topicKey(String arn) {
        return Arn.parse(arn)
                .filter(a -> a.service().equals("sns") && !a.resource().contains("/"))
                .map(a -> a.account() + "/" + a.region() + "/" + a.resource().split(":", 2)[0]);
    }

    public static String key(Topic topic) {
        return topic.account() + "/" + topic.region() + "/" + topic.name();
    }

    public static String topicArn(String topicKey) {
        String[] parts = topicKey.split("/", 3);
        return Topic.arn(parts[0], parts[1], parts[2]);
    }

    public static String subscriptionKey(Subscription subscription) {
        return subscription.topic() + "/" + subscription.id();
    }

    public static String subscriptionArn(Subscription subscription) {
        return topicArn(subscription.topic()) + ":" + subscription.id();
    }

    public static List<Subscription> subscriptions(State state, String topicKey) {
        List<Subscription> all = new ArrayList<>();
        state.scan(SUBSCRIPTIONS, topicKey + "/", "").forEach(row -> all.add(row.value()));
        return all;
    }

    static String messageKey(String topicKey, Message message) {
        return "%s/%016d/%s".formatted(topicKey, message.at().toEpochMilli(), message.id());
    }

    /** Of an outbox key: the message's. */
    static String messageOf(String outboxKey) {
        return outboxKey.substring(0, outboxKey.lastIndexOf('/'));
    }

    /** Of a message's key: the topic's. */
    static String topicOf(String messageKey) {
        return messageKey.substring(0, messageKey.lastIndexOf('/', messageKey.lastIndexOf('/') - 1));
    }

    static Instant at(String messageKey) {
        int last = messageKey.lastIndexOf('/');
        return Instant.ofEpochMilli(
                Long.parseLong(messageKey.substring(messageKey.lastIndexOf('/', last - 1) + 1, last)));
    }
}
