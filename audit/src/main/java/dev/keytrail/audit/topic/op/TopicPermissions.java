package dev.keytrail.audit.topic.op;

import dev.keytrail.audit.JsonFacts;
import dev.keytrail.audit.topic.Topic;
import dev.keytrail.audit.topic.TopicAccess;
import dev.keytrail.audit.topic.TopicTables;
import dev.keytrail.call.ApiError;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Refused;
import dev.keytrail.wire.NoOutput;
import dev.keytrail.wire.shape.sns.AddPermissionInput;
import dev.keytrail.wire.shape.sns.RemovePermissionInput;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** AddPermission and RemovePermission: statements of the topic's policy, by their Sid. */
final class TopicPermissions {
    private static final Set<String> ACTIONS = Set.of(
            "AddPermission",
            "DeleteTopic",
            "GetTopicAttributes",
            "ListSubscriptionsByTopic",
            "Publish",
            "RemovePermission",
            "SetTopicAttributes",
            "Subscribe");
    private static final Pattern ACCOUNT = Pattern.compile("\\d{12}");
    private static final Pattern LABEL = Pattern.compile("[A-Za-z0-9_-]{1,80}");
    private static final int STATEMENTS_MAX = 100;

    private final TopicAccess access;

    TopicPermissions(TopicAccess access) {
        this.access = access;
    }

    List<Operation<?, ?>> rows() {
        return List.of(
                TopicRows.row(
                        "AddPermission",
                        false,
                        AddPermissionInput.class,
                        NoOutput.class,
                        this::add,
                        in -> TopicRows.topic(in.topicArn())
                                .put("label", in.label())
                                .putStrings("aWSAccountId", in.aWSAccountId())
                                .putStrings("actionName", in.actionName())),
                TopicRows.row(
                        "RemovePermission",
                        false,
                        RemovePermissionInput.class,
                        NoOutput.class,
                        this::remove,
                        in -> TopicRows.topic(in.topicArn()).put("label", in.label())));
    }

    private Effect<NoOutput> add(Attempt attempt, AddPermissionInput in) {
        Topic topic = access.require(attempt, in.topicArn());
        if (!LABEL.matcher(in.label()).matches()) {
            throw TopicAccess.invalid("Label");
        }
        if (in.aWSAccountId().isEmpty()
                || !in.aWSAccountId().stream().allMatch(a -> ACCOUNT.matcher(a).matches())) {
            throw TopicAccess.invalid("AWSAccountId");
        }
        if (in.actionName().isEmpty()
                || !in.actionName().stream().allMatch(a -> a.equals("*") || ACTIONS.contains(a))) {
            throw TopicAccess.invalid("ActionName");
        }
        Facts policy = policy(topic);
        List<Facts> statements = statements(policy);
        if (statements.stream().anyMatch(s -> sid(s).equals(in.label()))) {
            throw TopicAccess.invalid("Label: Statement already exists");
        }
        if (statements.size() >= STATEMENTS_MAX) {
            throw TopicAccess.invalid("Policy: too many statements");
        }
        statements.add(Facts.facts()
                .put("Sid", in.label())
                .put("Effect", "Allow")
                .put(
                        "Principal",
                        Facts.facts()
                                .putStrings(
                                        "AWS",
                                        in.aWSAccountId().stream()
                                                .map(account -> "arn:aws:iam::" + account + ":root")
                                                .toList()))
                .putStrings(
                        "Action",
                        in.actionName().stream().map(action -> "SNS:" + action).toList())
                .put("Resource", topic.arn()));
        return changed(topic, policy, statements);
    }

    private Effect<NoOutput> remove(Attempt attempt, RemovePermissionInput in) {
        Topic topic = access.require(attempt, in.topicArn());
        Facts policy = policy(topic);
        List<Facts> statements = statements(policy);
        if (!statements.removeIf(statement -> sid(statement).equals(in.label()))) {
            throw new Refused(ApiError.of("NotFound", 404, "Statement does not exist: " + in.label()));
        }
        return changed(topic, policy, statements);
    }

    private static Effect<NoOutput> changed(Topic topic, Facts policy, List<Facts> statements) {
        // A policy of no statements is none that any parser takes; the default one comes back then.
        Optional<String> text = statements.isEmpty()
                ? Optional.empty()
                : Optional.of(JsonFacts.write(policy.putAll("Statement", statements)));
        if (text.filter(t -> t.length() > TopicLife.POLICY_CHARS_MAX).isPresent()) {
            throw TopicAccess.invalid("Policy: too long");
        }
        return Effect.of(
                NoOutput.INSTANCE, Change.put(TopicTables.TOPICS, TopicTables.key(topic), topic.withPolicy(text)));
    }

    private static Facts policy(Topic topic) {
        return JsonFacts.parse(topic.effectivePolicy())
                .orElseThrow(() -> TopicAccess.invalid("Policy: it is not in a form that can be added to"));
    }

    private static List<Facts> statements(Facts policy) {
        List<Facts> statements = new ArrayList<>();
        policy.get("Statement").ifPresent(value -> {
            List<?> all = value instanceof List<?> list ? list : List.of(value);
            all.forEach(each -> statements.add((Facts) each));
        });
        return statements;
    }

    private static String sid(Facts statement) {
        return statement.get("Sid").map(Object::toString).orElse("");
    }
}
