package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import dev.keytrail.identity.directory.User;
import dev.keytrail.wire.shape.iam.ListUserPoliciesRequest;
import dev.keytrail.wire.shape.iam.ListUserPoliciesResponse;
import java.util.List;
import java.util.Optional;

/** ListUserPolicies: the names of a user's inline policies. */
final class ListUserPolicies {
    private final Permit permit;

    ListUserPolicies(Permit permit) {
        this.permit = permit;
    }

    Operation<ListUserPoliciesRequest, ListUserPoliciesResponse> row() {
        return Rows.reading(
                Service.IAM,
                "ListUserPolicies",
                ListUserPoliciesRequest.class,
                ListUserPoliciesResponse.class,
                this::run,
                ListUserPolicies::facts);
    }

    private Effect<ListUserPoliciesResponse> run(Attempt attempt, ListUserPoliciesRequest in) {
        User user = Users.permitted(attempt, permit, in.userName());
        Pages.Page<String> page =
                Pages.ofList(List.copyOf(user.policies().inline().keySet()), in.maxItems(), in.marker());
        return Effect.of(ListUserPoliciesResponse.builder()
                .policyNames(page.items())
                .isTruncated(page.truncated())
                .marker(page.marker())
                .build());
    }

    private static Optional<Facts> facts(ListUserPoliciesRequest in) {
        return Optional.of(Rows.paging(Facts.facts().put("userName", in.userName()), in.maxItems(), in.marker()));
    }
}
