package dev.keytrail.identity.op;

import dev.keytrail.call.Arn;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Principal;
import dev.keytrail.policy.Access;
import dev.keytrail.policy.Authorizer;
import dev.keytrail.policy.CallerPolicies;
import dev.keytrail.policy.ConditionContext;
import dev.keytrail.policy.Decision;
import dev.keytrail.policy.NamedPolicy;
import dev.keytrail.wire.shape.iam.ContextEntry;
import dev.keytrail.wire.shape.iam.EvaluationResult;
import dev.keytrail.wire.shape.iam.PermissionsBoundaryDecisionDetail;
import dev.keytrail.wire.shape.iam.PolicyEvaluationDecisionType;
import dev.keytrail.wire.shape.iam.PolicySourceType;
import dev.keytrail.wire.shape.iam.SimulatePolicyResponse;
import dev.keytrail.wire.shape.iam.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Asks the authorizer about each action on each resource of a simulation. */
final class Simulator {
    /** Bound on the decisions of one request. */
    private static final int DECISIONS_MAX = 10_000;

    private static final Pattern ACTION = Pattern.compile("[A-Za-z0-9-]+:[A-Za-z0-9]+");

    private final Authorizer authorizer;
    private final Documents documents;

    Simulator(Authorizer authorizer, Documents documents) {
        this.authorizer = authorizer;
        this.documents = documents;
    }

    /**
     * What is to be found out.
     *
     * @param caller absent if only identity policies count
     * @param account whose simulation it is, and whose the resources are unless {@code resourceOwner} says otherwise
     * @param resources empty for {@code *}
     * @param resourceOwner the ARN of an account
     */
    record Question(
            Optional<Caller> caller,
            String account,
            List<String> actions,
            List<String> resources,
            List<ContextEntry> context,
            Optional<String> resourcePolicy,
            Optional<String> resourceOwner,
            CallerPolicies policies) {}

    Effect<SimulatePolicyResponse> run(Question question, Paging paging) {
        List<String> resources = question.resources().isEmpty() ? List.of(Permit.ANY) : question.resources();
        if ((long) question.actions().size() * resources.size() > DECISIONS_MAX) {
            throw IamErrors.invalidInput("At most " + DECISIONS_MAX + " pairs of action and resource are simulated.");
        }
        if (question.resourcePolicy().isPresent() && question.caller().isEmpty()) {
            throw IamErrors.invalidInput("CallerArn is required with a resource policy.");
        }
        for (String action : question.actions()) {
            if (!ACTION.matcher(action).matches()) {
                throw IamErrors.invalidInput("Invalid Entity: " + action + " is not an action.");
            }
        }
        List<Access> accesses = new ArrayList<>();
        Optional<NamedPolicy> resourcePolicy = question.resourcePolicy()
                .map(text -> new NamedPolicy("ResourcePolicy", documents.simulatedResourcePolicy(text)));
        ConditionContext context = context(question.context());
        for (String action : question.actions()) {
            for (String resource : resources) {
                accesses.add(access(question, action, resource, context, resourcePolicy));
            }
        }
        Pages.Page<Access> page = paging.of(accesses);
        return Effect.of(SimulatePolicyResponse.builder()
                .evaluationResults(page.items().stream().map(this::result).toList())
                .isTruncated(page.truncated())
                .marker(page.marker())
                .build());
    }

    private static Access access(
            Question question,
            String action,
            String resource,
            ConditionContext context,
            Optional<NamedPolicy> resourcePolicy) {
        // Identity policies alone ask nothing of the caller but its account.
        Caller caller = question.caller()
                .orElseGet(() -> new Caller(
                        new Principal.User(question.account(), "", "/", ""),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty()));
        Access.Rules rules = resourcePolicy.isEmpty()
                ? Access.Rules.IDENTITY_ONLY
                : action.startsWith("kms:") ? Access.Rules.KEY : Access.Rules.STANDARD;
        return new Access(
                caller,
                action,
                resource,
                resourcePolicy.isEmpty() ? caller.accountOrOperator() : owner(question),
                context,
                question.policies(),
                rules,
                resourcePolicy,
                false);
    }

    private static String owner(Question question) {
        return question.resourceOwner()
                .map(arn -> Arn.parse(arn)
                        .map(Arn::account)
                        .orElseThrow(() -> IamErrors.invalidInput("ResourceOwner " + arn + " is not valid.")))
                .orElse(question.account());
    }

    private static ConditionContext context(List<ContextEntry> entries) {
        ConditionContext.Builder context = ConditionContext.builder();
        for (ContextEntry entry : entries) {
            String key = entry.contextKeyName()
                    .orElseThrow(() -> IamErrors.invalidInput("A context entry must have a ContextKeyName."));
            context.putAll(key, entry.contextKeyValues().orElse(List.of()));
        }
        return context.build();
    }

    private EvaluationResult result(Access access) {
        Decision decision = authorizer.decide(access);
        EvaluationResult.Builder result = EvaluationResult.builder()
                .evalActionName(access.action())
                .evalResourceName(access.resource())
                .evalDecision(
                        decision.allowed()
                                ? PolicyEvaluationDecisionType.allowed
                                : decision.explicitlyDenied()
                                        ? PolicyEvaluationDecisionType.explicitDeny
                                        : PolicyEvaluationDecisionType.implicitDeny)
                .matchedStatements(
                        decision.decidedBy().stream().map(Simulator::statement).toList())
                .missingContextValues(List.of());
        access.policies()
                .boundary()
                .ifPresent(
                        boundary -> result.permissionsBoundaryDecisionDetail(PermissionsBoundaryDecisionDetail.builder()
                                .allowedByPermissionsBoundary(allows(boundary, access))
                                .build()));
        return result.build();
    }

    private boolean allows(NamedPolicy boundary, Access access) {
        CallerPolicies alone = new CallerPolicies(
                List.of(boundary),
                Optional.empty(),
                List.of(),
                false,
                List.of(),
                access.policies().tags());
        return authorizer
                .decide(new Access(
                        access.caller(),
                        access.action(),
                        access.resource(),
                        access.caller().accountOrOperator(),
                        access.context(),
                        alone,
                        Access.Rules.IDENTITY_ONLY,
                        Optional.empty(),
                        false))
                .allowed();
    }

    private static Statement statement(Decision.Matched matched) {
        return Statement.builder()
                .sourcePolicyId(matched.policyName())
                .sourcePolicyType(sourceType(matched))
                .build();
    }

    private static PolicySourceType sourceType(Decision.Matched matched) {
        String name = matched.policyName();
        if (matched.policyKind().equals("resource-based policy")) {
            return PolicySourceType.resource;
        }
        if (name.startsWith("arn:aws:iam::aws:")) {
            return PolicySourceType.aws_managed;
        }
        if (name.startsWith("arn:")) {
            return PolicySourceType.user_managed;
        }
        // "inline policy NAME of KIND OWNER"; neither name can hold a space.
        String[] words = name.split(" ");
        return words.length == 6 ? PolicySourceType.valueOf(words[4]) : PolicySourceType.none;
    }
}
