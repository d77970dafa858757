package dev.keytrail.server;

import dev.keytrail.audit.topic.Topic;
import dev.keytrail.audit.topic.TopicTables;
import dev.keytrail.audit.topic.Topics;
import dev.keytrail.audit.topic.op.TopicRows;
import dev.keytrail.audit.trail.NoticeBoard;
import dev.keytrail.audit.trail.ObjectStore.Failure;
import dev.keytrail.audit.trail.ObjectStore.Writer;
import dev.keytrail.call.Arn;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.Notes;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Service;
import dev.keytrail.call.State;
import dev.keytrail.wire.shape.sns.PublishInput;
import dev.keytrail.wire.shape.sns.PublishResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whom trails tell of deliveries: a topic of this server if there is one of that ARN, else the SNS endpoint outside, if
 * one is set. Thread-safe.
 */
final class TrailTopics implements NoticeBoard {
    private static final String CLOUDTRAIL = Service.CLOUDTRAIL.eventSource();

    /** For one request to the SNS service outside, from the connection to the end of the answer. */
    private static final Duration ANSWER_MAX = Duration.ofSeconds(10);

    private static final Pattern CODE = Pattern.compile("<Code>([A-Za-z0-9.]{1,64})</Code>");

    private final Topics topics;
    private final ServiceCalls calls;
    private final Operation<PublishInput, PublishResponse> publish;
    private final Ledger ledger;
    private final Optional<SigningClient> outside;

    TrailTopics(Topics topics, ServiceCalls calls, Ledger ledger, Optional<SigningClient> outside) {
        this.topics = topics;
        this.calls = calls;
        this.publish = TopicRows.publish(topics);
        this.ledger = ledger;
        this.outside = outside;
    }

    @Override
    public void publish(String topicArn, String message, Writer writer) {
        if (outside.isPresent() && embedded(ledger.read(), topicArn).isEmpty()) {
            ask(topicArn, Map.of("Action", "Publish", "TopicArn", topicArn, "Message", message), true);
            return;
        }
        PublishInput input =
                PublishInput.builder().topicArn(topicArn).message(message).build();
        try {
            calls.call(publish, input, caller(writer), region(topicArn));
        } catch (Refused refused) {
            throw new Failure(refused.error().code(), refused.error().message().orElse(""));
        }
    }

    @Override
    public boolean accepts(String topicArn, Writer writer) {
        State state = ledger.read();
        Optional<Topic> topic = embedded(state, topicArn);
        if (topic.isEmpty() && outside.isPresent()) {
            // Other services show a topic's policy to its owner alone; one that refuses shows as
            // LatestNotificationError.
            return ask(topicArn, Map.of("Action", "GetTopicAttributes", "TopicArn", topicArn), false);
        }
        Attempt attempt = new Attempt(
                calls.imagined(Service.SNS, "Publish", caller(writer), region(topicArn)), state, new Notes());
        return topic.filter(t -> topics.access().mayPublish(attempt, t)).isPresent();
    }

    private static Optional<Topic> embedded(State state, String topicArn) {
        return TopicTables.topicKey(topicArn).flatMap(key -> state.get(TopicTables.TOPICS, key));
    }

    private static Caller caller(Writer writer) {
        return Caller.service(CLOUDTRAIL, new Caller.Source(writer.trailArn(), writer.account()));
    }

    private static String region(String topicArn) {
        return Arn.parse(topicArn).map(Arn::region).orElse("us-east-1");
    }

    /** Whether it said yes; a no is a failure where {@code must}. */
    private boolean ask(String topicArn, Map<String, String> parameters, boolean must) {
        SigningClient.Reply reply;
        try {
            Map<String, String> all = new java.util.TreeMap<>(parameters);
            all.put("Version", "2010-03-31");
            reply = outside.orElseThrow().form("sns", region(topicArn), all, ANSWER_MAX);
        } catch (IOException unreachable) {
            throw new Failure("ServiceUnavailable", unreachable.getClass().getSimpleName());
        }
        if (reply.status() == 200) {
            return true;
        }
        if (must || reply.status() >= 500) {
            Matcher code = CODE.matcher(reply.body());
            throw new Failure(code.find() ? code.group(1) : "InternalError", "HTTP " + reply.status());
        }
        return false;
    }
}
