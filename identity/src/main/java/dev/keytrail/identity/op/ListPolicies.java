package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import dev.keytrail.identity.directory.IdentityTables;
import dev.keytrail.identity.directory.ManagedPolicy;
import dev.keytrail.policy.ManagedPolicies;
import dev.keytrail.wire.shape.iam.ListPoliciesRequest;
import dev.keytrail.wire.shape.iam.ListPoliciesResponse;
import dev.keytrail.wire.shape.iam.Policy;
import dev.keytrail.wire.shape.iam.PolicyScopeType;
import dev.keytrail.wire.shape.iam.PolicyUsageType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** ListPolicies: the account's own in the order of names, then AWS's. */
final class ListPolicies {
    private final Permit permit;

    ListPolicies(Permit permit) {
        this.permit = permit;
    }

    Operation<ListPoliciesRequest, ListPoliciesResponse> row() {
        return Rows.reading(
                Service.IAM,
                "ListPolicies",
                ListPoliciesRequest.class,
                ListPoliciesResponse.class,
                this::run,
                ListPolicies::facts);
    }

    private Effect<ListPoliciesResponse> run(Attempt attempt, ListPoliciesRequest in) {
        String path = in.pathPrefix().orElse("/");
        // No resource: only a statement about "*" allows it. The words are AWS's.
        permit.demand(attempt, "policy path " + path);
        PolicyScopeType scope = in.scope().orElse(PolicyScopeType.All);
        List<Policy> all = new ArrayList<>();
        if (scope != PolicyScopeType.AWS) {
            for (ManagedPolicy own : Entities.all(
                    attempt.state(), IdentityTables.POLICIES, attempt.call().account())) {
                all.add(Policies.brief(own));
            }
        }
        if (scope != PolicyScopeType.Local) {
            Map<String, Entities.Uses> uses =
                    Entities.policyUses(attempt.state(), attempt.call().account());
            for (ManagedPolicies.Managed each : ManagedPolicies.all()) {
                all.add(Policies.ofAws(each, uses.getOrDefault(each.arn(), Entities.Uses.NONE)));
            }
        }
        Pages.Page<Policy> page = new Paging(in.maxItems(), in.marker())
                .of(all.stream().filter(wanted(in, path)).toList());
        return Effect.of(ListPoliciesResponse.builder()
                .policies(page.items())
                .isTruncated(page.truncated())
                .marker(page.marker())
                .build());
    }

    private static Predicate<Policy> wanted(ListPoliciesRequest in, String path) {
        return policy -> {
            int attached = policy.attachmentCount().orElse(0);
            int boundaries = policy.permissionsBoundaryUsageCount().orElse(0);
            boolean used = !in.onlyAttached().orElse(false) || attached + boundaries > 0;
            boolean usedSo = in.policyUsageFilter()
                    .map(usage -> (usage == PolicyUsageType.PermissionsBoundary ? boundaries : attached) > 0)
                    .orElse(true);
            return used && usedSo && policy.path().orElse("/").startsWith(path);
        };
    }

    private static Optional<Facts> facts(ListPoliciesRequest in) {
        Facts facts = Facts.facts().put("scope", in.scope().map(PolicyScopeType::value));
        in.onlyAttached().ifPresent(only -> facts.put("onlyAttached", only));
        facts.put("pathPrefix", in.pathPrefix());
        facts.put("policyUsageFilter", in.policyUsageFilter().map(PolicyUsageType::value));
        return Rows.shown(Rows.paging(facts, in.maxItems(), in.marker()));
    }
}
