package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import dev.keytrail.identity.directory.Group;
import dev.keytrail.identity.directory.IdentityTables;
import dev.keytrail.identity.directory.User;
import dev.keytrail.wire.shape.iam.GetGroupRequest;
import dev.keytrail.wire.shape.iam.GetGroupResponse;
import java.util.Optional;

/** GetGroup: a group and its members in the order of names. */
final class GetGroup {
    private final Permit permit;

    GetGroup(Permit permit) {
        this.permit = permit;
    }

    Operation<GetGroupRequest, GetGroupResponse> row() {
        return Rows.reading(
                Service.IAM, "GetGroup", GetGroupRequest.class, GetGroupResponse.class, this::run, GetGroup::facts);
    }

    private Effect<GetGroupResponse> run(Attempt attempt, GetGroupRequest in) {
        Group group = Kind.GROUP.permitted(attempt, permit, in.groupName());
        Pages.Page<User> page = Pages.ofRows(
                attempt.state(),
                IdentityTables.USERS,
                IdentityTables.prefix(group.account()),
                user -> user.groups().contains(group.name()),
                in.maxItems(),
                in.marker());
        return Effect.of(GetGroupResponse.builder()
                .group(Groups.shape(group))
                .users(page.items().stream().map(Users::brief).toList())
                .isTruncated(page.truncated())
                .marker(page.marker())
                .build());
    }

    private static Optional<Facts> facts(GetGroupRequest in) {
        Facts facts = Facts.facts().put("groupName", in.groupName());
        return Optional.of(Rows.paging(facts, in.maxItems(), in.marker()));
    }
}
