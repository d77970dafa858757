package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import dev.keytrail.identity.directory.Identifiers;
import dev.keytrail.identity.directory.IdentityTables;
import dev.keytrail.identity.directory.ManagedPolicy;
import dev.keytrail.wire.shape.iam.CreatePolicyRequest;
import dev.keytrail.wire.shape.iam.CreatePolicyResponse;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** CreatePolicy: a managed policy of the account's own, with its first version in force. */
final class CreatePolicy {
    private final Permit permit;
    private final Documents documents;
    private final Identifiers identifiers;

    CreatePolicy(Permit permit, Documents documents, Identifiers identifiers) {
        this.permit = permit;
        this.documents = documents;
        this.identifiers = identifiers;
    }

    Operation<CreatePolicyRequest, CreatePolicyResponse> row() {
        return Rows.changing(
                Service.IAM,
                "CreatePolicy",
                CreatePolicyRequest.class,
                CreatePolicyResponse.class,
                this::run,
                CreatePolicy::facts);
    }

    private Effect<CreatePolicyResponse> run(Attempt attempt, CreatePolicyRequest in) {
        String account = attempt.call().account();
        Instant now = attempt.call().receivedAt();
        Map<String, String> tags = TagLists.checked(in.tags().orElse(List.of()));
        ManagedPolicy policy = new ManagedPolicy(
                account,
                identifiers.uniqueId("ANPA"),
                in.path().orElse("/"),
                in.policyName(),
                now,
                now,
                in.description().filter(text -> !text.isEmpty()),
                tags,
                1,
                1,
                List.of(new ManagedPolicy.Version(1, in.policyDocument(), now)),
                0,
                0);
        attempt.notes().named("AWS::IAM::Policy", policy.arn());
        permit.demand(attempt, policy.arn(), conditions -> TagLists.conditions(conditions, tags));
        if (!tags.isEmpty()) {
            permit.demand(attempt, "iam:TagPolicy", policy.arn(), conditions -> TagLists.conditions(conditions, tags));
        }
        documents.requireManagedPolicy(in.policyDocument());
        if (attempt.state()
                .get(IdentityTables.POLICIES, IdentityTables.key(account, in.policyName()))
                .isPresent()) {
            throw IamErrors.exists(
                    "A policy called " + in.policyName() + " already exists. Duplicate names are not allowed.");
        }
        return Effect.of(
                        CreatePolicyResponse.builder()
                                .policy(Policies.full(policy))
                                .build(),
                        CustomerPolicies.put(policy))
                .showing(Facts.facts().put("policy", Policies.facts(policy)));
    }

    private static Optional<Facts> facts(CreatePolicyRequest in) {
        Facts facts = Facts.facts()
                .put("path", in.path())
                .put("policyName", in.policyName())
                .put("policyDocument", in.policyDocument())
                .put("description", in.description());
        in.tags().ifPresent(tags -> facts.putAll("tags", TagLists.facts(tags)));
        return Optional.of(facts);
    }
}
