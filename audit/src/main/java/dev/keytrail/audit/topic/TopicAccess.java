package dev.keytrail.audit.topic;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Arn;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Resource;
import dev.keytrail.policy.Access;
import dev.keytrail.policy.Authorizer;
import dev.keytrail.policy.CallerContext;
import dev.keytrail.policy.CallerPolicies;
import dev.keytrail.policy.ConditionContext;
import dev.keytrail.policy.Decision;
import dev.keytrail.policy.NamedPolicy;
import dev.keytrail.policy.Policy;
import dev.keytrail.policy.PolicyCache;
import dev.keytrail.policy.PrincipalPolicies;
import java.util.Optional;

/** Finds topics and asks whether a caller may do something to them. Stateless, thread-safe. */
public final class TopicAccess {
    public static final String TOPIC_TYPE = "AWS::SNS::Topic";

    private final Authorizer authorizer;
    private final PolicyCache policies;
    private final PrincipalPolicies principals;

    TopicAccess(Authorizer authorizer, PolicyCache policies, PrincipalPolicies principals) {
        this.authorizer = authorizer;
        this.policies = policies;
        this.principals = principals;
    }

    public PolicyCache policies() {
        return policies;
    }

    /**
     * The topic, for the call's own action.
     *
     * @throws Refused InvalidParameter, AuthorizationError, NotFound
     */
    public Topic require(Attempt attempt, String topicArn) {
        return require(attempt, topicArn, ConditionContext.EMPTY);
    }

    /** @param more condition keys of the request, by {@code sns:...} name */
    public Topic require(Attempt attempt, String topicArn, ConditionContext more) {
        String key = TopicTables.topicKey(topicArn)
                .filter(_ -> topicArn.split(":", -1).length == 6)
                .orElseThrow(() -> invalid("TopicArn"));
        String account = Arn.parse(topicArn).orElseThrow().account();
        attempt.notes().named(TOPIC_TYPE, topicArn);
        Optional<Topic> topic = attempt.state().get(TopicTables.TOPICS, key);
        topic.ifPresent(t -> attempt.notes().resource(new Resource(account, TOPIC_TYPE, t.arn())));
        Refused missing = new Refused(ApiError.of("NotFound", 404, "Topic does not exist"));
        if (topic.isEmpty() && attempt.call().caller().principal().account().isEmpty()) {
            throw missing; // a service of the house, which no policy could have let in
        }
        require(attempt, topicArn, account, topic, more);
        return topic.orElseThrow(() -> missing);
    }

    /** For what no topic is there yet, or none in particular ({@code *}). @throws Refused AuthorizationError */
    public void requireOnAccount(Attempt attempt, String resource) {
        require(attempt, resource, attempt.call().account(), Optional.empty(), ConditionContext.EMPTY);
    }

    private void require(
            Attempt attempt, String resource, String account, Optional<Topic> topic, ConditionContext more) {
        Decision decision = decide(attempt, attempt.call().action(), resource, account, topic, more);
        attempt.notes().because(decision);
        if (!decision.allowed()) {
            attempt.notes().callerOnly();
            throw new Refused(ApiError.of(
                    "AuthorizationError",
                    403,
                    "User: " + attempt.call().caller().arn() + " is not authorized to perform: SNS:"
                            + attempt.call().operation() + " on resource: " + resource
                            + decision.because().map(b -> " " + b).orElse("")));
        }
    }

    /** Whether the call's caller could publish to the topic. */
    public boolean mayPublish(Attempt attempt, Topic topic) {
        return decide(attempt, "sns:Publish", topic.arn(), topic.account(), Optional.of(topic), ConditionContext.EMPTY)
                .allowed();
    }

    private Decision decide(
            Attempt attempt,
            String action,
            String resource,
            String account,
            Optional<Topic> topic,
            ConditionContext more) {
        Caller caller = attempt.call().caller();
        ConditionContext.Builder context = CallerContext.of(attempt.call());
        for (String name : new String[] {"sns:Protocol", "sns:Endpoint"}) {
            more.get(name).ifPresent(values -> context.put(name, values.getFirst()));
        }
        topic.ifPresent(t -> t.tags().forEach((name, value) -> context.put("aws:ResourceTag/" + name, value)));
        context.put("aws:ResourceAccount", account);
        return authorizer.decide(new Access(
                caller,
                action,
                resource,
                account,
                context.build(),
                caller.principal().account().isPresent() ? principals.of(attempt.state(), caller) : CallerPolicies.NONE,
                Access.Rules.STANDARD,
                topic.map(
                        t -> new NamedPolicy("topic policy", policies.get(t.effectivePolicy(), Policy.Kind.RESOURCE))),
                false));
    }

    public static Refused invalid(String what) {
        return new Refused(ApiError.of("InvalidParameter", "Invalid parameter: " + what));
    }
}
