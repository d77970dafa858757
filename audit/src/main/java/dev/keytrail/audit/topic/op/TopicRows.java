package dev.keytrail.audit.topic.op;

import dev.keytrail.audit.topic.Topics;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Handler;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import dev.keytrail.wire.shape.sns.PublishInput;
import dev.keytrail.wire.shape.sns.PublishResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** All rows of the SNS API. */
public final class TopicRows {
    /** What CloudTrail writes for members that it knows and hides (cloudtrail.md A6). */
    static final String HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS";

    private TopicRows() {}

    public static List<Operation<?, ?>> rows(Topics topics) {
        List<Operation<?, ?>> rows = new ArrayList<>(new TopicLife(topics.access()).rows());
        rows.addAll(new TopicPermissions(topics.access()).rows());
        rows.addAll(new Subscriptions(topics).rows());
        rows.addAll(new TopicTags(topics.access()).rows());
        rows.add(publish(topics));
        return rows;
    }

    /** For a service of the house that publishes. */
    public static Operation<PublishInput, PublishResponse> publish(Topics topics) {
        return new Publish(topics).row();
    }

    static <I, O> Operation<I, O> row(
            String name,
            boolean readOnly,
            Class<I> input,
            Class<O> output,
            Handler<I, O> handler,
            Function<I, Facts> facts) {
        return new Operation<>(Service.SNS, name, readOnly, Operation.BODY_BYTES_MAX, input, output, handler, in -> {
            Facts shown = facts.apply(in);
            return shown.isEmpty() ? Optional.empty() : Optional.of(shown);
        });
    }

    static Facts topic(String arn) {
        return Facts.facts().put("topicArn", arn);
    }
}
