package dev.keytrail.audit.topic.op;

import dev.keytrail.audit.topic.Subscription;
import dev.keytrail.audit.topic.Topic;
import dev.keytrail.audit.topic.TopicAccess;
import dev.keytrail.audit.topic.TopicTables;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Call;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Resource;
import dev.keytrail.call.State;
import dev.keytrail.policy.MalformedPolicy;
import dev.keytrail.policy.Policy;
import dev.keytrail.wire.NoOutput;
import dev.keytrail.wire.shape.sns.CreateTopicInput;
import dev.keytrail.wire.shape.sns.CreateTopicResponse;
import dev.keytrail.wire.shape.sns.DeleteTopicInput;
import dev.keytrail.wire.shape.sns.GetTopicAttributesInput;
import dev.keytrail.wire.shape.sns.GetTopicAttributesResponse;
import dev.keytrail.wire.shape.sns.ListTopicsInput;
import dev.keytrail.wire.shape.sns.ListTopicsResponse;
import dev.keytrail.wire.shape.sns.SetTopicAttributesInput;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** CreateTopic, DeleteTopic, ListTopics, GetTopicAttributes, SetTopicAttributes. */
final class TopicLife {
    /** AWS's bounds. */
    static final int POLICY_CHARS_MAX = 30 * 1024;

    static final int DISPLAY_NAME_CHARS_MAX = 100;
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,256}");

    private final TopicAccess access;

    TopicLife(TopicAccess access) {
        this.access = access;
    }

    List<Operation<?, ?>> rows() {
        return List.of(
                TopicRows.row(
                        "CreateTopic",
                        false,
                        CreateTopicInput.class,
                        CreateTopicResponse.class,
                        this::create,
                        TopicLife::facts),
                TopicRows.row(
                        "DeleteTopic",
                        false,
                        DeleteTopicInput.class,
                        NoOutput.class,
                        this::delete,
                        in -> TopicRows.topic(in.topicArn())),
                TopicRows.row(
                        "ListTopics",
                        true,
                        ListTopicsInput.class,
                        ListTopicsResponse.class,
                        this::list,
                        in -> Facts.facts().put("nextToken", in.nextToken())),
                TopicRows.row(
                        "GetTopicAttributes",
                        true,
                        GetTopicAttributesInput.class,
                        GetTopicAttributesResponse.class,
                        this::get,
                        in -> TopicRows.topic(in.topicArn())),
                TopicRows.row(
                        "SetTopicAttributes",
                        false,
                        SetTopicAttributesInput.class,
                        NoOutput.class,
                        this::set,
                        in -> TopicRows.topic(in.topicArn())
                                .put("attributeName", in.attributeName())
                                .put("attributeValue", in.attributeValue())));
    }

    private Effect<CreateTopicResponse> create(Attempt attempt, CreateTopicInput in) {
        Call call = attempt.call();
        if (!NAME.matcher(in.name()).matches()) {
            throw TopicAccess.invalid("Topic Name");
        }
        String arn = Topic.arn(call.account(), call.region(), in.name());
        attempt.notes().named(TopicAccess.TOPIC_TYPE, arn);
        access.requireOnAccount(attempt, arn);
        attempt.notes().resource(new Resource(call.account(), TopicAccess.TOPIC_TYPE, arn));
        if (in.dataProtectionPolicy().filter(p -> !p.isEmpty()).isPresent()) {
            throw TopicAccess.invalid("DataProtectionPolicy: message data protection is not implemented");
        }
        Topic fresh = new Topic(
                call.account(),
                call.region(),
                in.name(),
                call.receivedAt(),
                Optional.empty(),
                "",
                1,
                TopicTags.merged(Map.of(), in.tags().orElse(List.of())));
        for (Map.Entry<String, String> attribute :
                in.attributes().orElse(Map.of()).entrySet()) {
            fresh = changed(fresh, attribute.getKey(), attribute.getValue());
        }
        Optional<Topic> present = attempt.state().get(TopicTables.TOPICS, TopicTables.key(fresh));
        if (present.isPresent()) {
            requireSame(present.get(), fresh, in);
            return Effect.of(CreateTopicResponse.builder().topicArn(arn).build())
                    .showing(TopicRows.topic(arn));
        }
        return Effect.of(
                        CreateTopicResponse.builder().topicArn(arn).build(),
                        Change.put(TopicTables.TOPICS, TopicTables.key(fresh), fresh))
                .showing(TopicRows.topic(arn));
    }

    /** CreateTopic is idempotent, but changes nothing of a topic that is there. */
    private static void requireSame(Topic present, Topic asked, CreateTopicInput in) {
        boolean sameAttributes = in.attributes().orElse(Map.of()).isEmpty()
                || present.policy().equals(asked.policy())
                        && present.displayName().equals(asked.displayName())
                        && present.signatureVersion() == asked.signatureVersion();
        if (!sameAttributes) {
            throw TopicAccess.invalid("Attributes Reason: Topic already exists with different attributes");
        }
        if (in.tags().isPresent() && !present.tags().equals(asked.tags())) {
            throw TopicAccess.invalid("Tags Reason: Topic already exists with different tags");
        }
    }

    private Effect<NoOutput> delete(Attempt attempt, DeleteTopicInput in) {
        Topic topic;
        try {
            topic = access.require(attempt, in.topicArn());
        } catch (dev.keytrail.call.Refused refused) {
            // Deleting what is not there is no error.
            if (refused.error().code().equals("NotFound")) {
                return Effect.of(NoOutput.INSTANCE);
            }
            throw refused;
        }
        String key = TopicTables.key(topic);
        Optional<Long> _ = attempt.state().get(TopicTables.REVISIONS, key);
        List<Change<?>> changes = new ArrayList<>();
        changes.add(Change.delete(TopicTables.TOPICS, key));
        changes.add(Change.delete(TopicTables.REVISIONS, key));
        for (Subscription s : TopicTables.subscriptions(attempt.state(), key)) {
            changes.add(Change.delete(TopicTables.SUBSCRIPTIONS, TopicTables.subscriptionKey(s)));
        }
        return Effect.of(NoOutput.INSTANCE, changes);
    }

    private Effect<ListTopicsResponse> list(Attempt attempt, ListTopicsInput in) {
        access.requireOnAccount(attempt, "*");
        Call call = attempt.call();
        Pages<Topic> page = Pages.of(
                attempt.state()
                        .scan(
                                TopicTables.TOPICS,
                                call.account() + "/" + call.region() + "/",
                                Pages.after(in.nextToken())),
                _ -> true);
        return Effect.of(ListTopicsResponse.builder()
                .topics(page.items().stream()
                        .map(t -> dev.keytrail.wire.shape.sns.Topic.builder()
                                .topicArn(t.arn())
                                .build())
                        .toList())
                .nextToken(page.nextToken())
                .build());
    }

    private Effect<GetTopicAttributesResponse> get(Attempt attempt, GetTopicAttributesInput in) {
        Topic topic = access.require(attempt, in.topicArn());
        State state = attempt.state();
        List<Subscription> subscriptions = TopicTables.subscriptions(state, TopicTables.key(topic));
        long confirmed = subscriptions.stream().filter(Subscription::confirmed).count();
        Map<String, String> attributes = new LinkedHashMap<>();
        attributes.put("TopicArn", topic.arn());
        attributes.put("Owner", topic.account());
        attributes.put("Policy", topic.effectivePolicy());
        attributes.put("DisplayName", topic.displayName());
        attributes.put("SignatureVersion", Integer.toString(topic.signatureVersion()));
        attributes.put("SubscriptionsConfirmed", Long.toString(confirmed));
        attributes.put("SubscriptionsPending", Long.toString(subscriptions.size() - confirmed));
        attributes.put("SubscriptionsDeleted", "0");
        return Effect.of(
                GetTopicAttributesResponse.builder().attributes(attributes).build());
    }

    private Effect<NoOutput> set(Attempt attempt, SetTopicAttributesInput in) {
        Topic topic = access.require(attempt, in.topicArn());
        Topic changed = changed(topic, in.attributeName(), in.attributeValue().orElse(""));
        return Effect.of(NoOutput.INSTANCE, Change.put(TopicTables.TOPICS, TopicTables.key(topic), changed));
    }

    /** An attribute that would have no effect here is refused, never swallowed. */
    private Topic changed(Topic topic, String name, String value) {
        return switch (name) {
            case "Policy" -> topic.withPolicy(checkedPolicy(value));
            case "DisplayName" -> {
                if (value.length() > DISPLAY_NAME_CHARS_MAX) {
                    throw TopicAccess.invalid("DisplayName");
                }
                yield topic.withDisplayName(value);
            }
            case "SignatureVersion" -> {
                if (!value.equals("1") && !value.equals("2")) {
                    throw TopicAccess.invalid("SignatureVersion");
                }
                yield topic.withSignatureVersion(Integer.parseInt(value));
            }
            default -> {
                boolean asksNothing = value.isEmpty() || name.equals("FifoTopic") && value.equals("false");
                if (!asksNothing) {
                    throw TopicAccess.invalid("AttributeName: " + name + " is not implemented");
                }
                yield topic;
            }
        };
    }

    private Optional<String> checkedPolicy(String text) {
        if (text.isEmpty()) {
            return Optional.empty();
        }
        if (text.length() > POLICY_CHARS_MAX) {
            throw TopicAccess.invalid("Policy: too long");
        }
        try {
            return Optional.of(access.policies().get(text, Policy.Kind.RESOURCE).text());
        } catch (MalformedPolicy malformed) {
            throw TopicAccess.invalid("Policy Error: " + malformed.getMessage());
        }
    }

    private static Facts facts(CreateTopicInput in) {
        Facts facts = Facts.facts().put("name", in.name());
        in.attributes().ifPresent(all -> facts.put("attributes", all));
        in.tags().ifPresent(tags -> facts.putAll("tags", TopicTags.facts(tags)));
        return facts;
    }
}
