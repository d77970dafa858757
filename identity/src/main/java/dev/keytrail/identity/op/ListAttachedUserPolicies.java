package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import dev.keytrail.identity.directory.User;
import dev.keytrail.wire.shape.iam.AttachedPolicy;
import dev.keytrail.wire.shape.iam.ListAttachedUserPoliciesRequest;
import dev.keytrail.wire.shape.iam.ListAttachedUserPoliciesResponse;
import java.util.List;
import java.util.Optional;

/** ListAttachedUserPolicies: a user's managed policies in the order attached. */
final class ListAttachedUserPolicies {
    private final Permit permit;

    ListAttachedUserPolicies(Permit permit) {
        this.permit = permit;
    }

    Operation<ListAttachedUserPoliciesRequest, ListAttachedUserPoliciesResponse> row() {
        return Rows.reading(
                Service.IAM,
                "ListAttachedUserPolicies",
                ListAttachedUserPoliciesRequest.class,
                ListAttachedUserPoliciesResponse.class,
                this::run,
                ListAttachedUserPolicies::facts);
    }

    private Effect<ListAttachedUserPoliciesResponse> run(Attempt attempt, ListAttachedUserPoliciesRequest in) {
        User user = Users.permitted(attempt, permit, in.userName());
        String path = in.pathPrefix().orElse("/");
        List<String> wanted = user.policies().managed().stream()
                .filter(arn -> Attachments.path(arn).startsWith(path))
                .toList();
        Pages.Page<String> page = Pages.ofList(wanted, in.maxItems(), in.marker());
        return Effect.of(ListAttachedUserPoliciesResponse.builder()
                .attachedPolicies(page.items().stream()
                        .map(arn -> AttachedPolicy.builder()
                                .policyName(Attachments.name(arn))
                                .policyArn(arn)
                                .build())
                        .toList())
                .isTruncated(page.truncated())
                .marker(page.marker())
                .build());
    }

    private static Optional<Facts> facts(ListAttachedUserPoliciesRequest in) {
        Facts facts = Facts.facts().put("userName", in.userName()).put("pathPrefix", in.pathPrefix());
        return Optional.of(Rows.paging(facts, in.maxItems(), in.marker()));
    }
}
