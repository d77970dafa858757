package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import dev.keytrail.identity.directory.Group;
import dev.keytrail.identity.directory.IdentityTables;
import dev.keytrail.identity.directory.User;
import dev.keytrail.wire.shape.iam.ListGroupsForUserRequest;
import dev.keytrail.wire.shape.iam.ListGroupsForUserResponse;
import dev.keytrail.wire.shape.iam.ListGroupsRequest;
import dev.keytrail.wire.shape.iam.ListGroupsResponse;
import java.util.List;
import java.util.Optional;

/** ListGroups, in the order of names and optionally those under a path, and ListGroupsForUser, in the order joined. */
final class ListGroups {
    private final Permit permit;

    ListGroups(Permit permit) {
        this.permit = permit;
    }

    List<Operation<?, ?>> rows() {
        return List.of(
                Rows.reading(
                        Service.IAM,
                        "ListGroups",
                        ListGroupsRequest.class,
                        ListGroupsResponse.class,
                        this::run,
                        in -> Rows.shown(Rows.paging(
                                Facts.facts().put("pathPrefix", in.pathPrefix()), in.maxItems(), in.marker()))),
                Rows.reading(
                        Service.IAM,
                        "ListGroupsForUser",
                        ListGroupsForUserRequest.class,
                        ListGroupsForUserResponse.class,
                        this::run,
                        in -> Optional.of(Rows.paging(
                                Facts.facts().put("userName", in.userName()), in.maxItems(), in.marker()))));
    }

    private Effect<ListGroupsResponse> run(Attempt attempt, ListGroupsRequest in) {
        String path = in.pathPrefix().orElse("/");
        Kind.GROUP.permitList(attempt, permit, path);
        Pages.Page<Group> page = Pages.ofRows(
                attempt.state(),
                IdentityTables.GROUPS,
                IdentityTables.prefix(attempt.call().account()),
                group -> group.path().startsWith(path),
                in.maxItems(),
                in.marker());
        return Effect.of(ListGroupsResponse.builder()
                .groups(page.items().stream().map(Groups::shape).toList())
                .isTruncated(page.truncated())
                .marker(page.marker())
                .build());
    }

    private Effect<ListGroupsForUserResponse> run(Attempt attempt, ListGroupsForUserRequest in) {
        User user = Kind.USER.permitted(attempt, permit, in.userName());
        Pages.Page<String> page = new Paging(in.maxItems(), in.marker()).of(user.groups());
        return Effect.of(ListGroupsForUserResponse.builder()
                .groups(page.items().stream()
                        .flatMap(name ->
                                attempt
                                        .state()
                                        .get(IdentityTables.GROUPS, IdentityTables.key(user.account(), name))
                                        .stream())
                        .map(Groups::shape)
                        .toList())
                .isTruncated(page.truncated())
                .marker(page.marker())
                .build());
    }
}
