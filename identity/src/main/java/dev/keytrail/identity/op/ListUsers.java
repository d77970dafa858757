package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import dev.keytrail.identity.directory.IdentityTables;
import dev.keytrail.identity.directory.User;
import dev.keytrail.wire.shape.iam.ListUsersRequest;
import dev.keytrail.wire.shape.iam.ListUsersResponse;
import java.util.Optional;

/** ListUsers: in the order of names, optionally those under a path. */
final class ListUsers {
    private final Permit permit;

    ListUsers(Permit permit) {
        this.permit = permit;
    }

    Operation<ListUsersRequest, ListUsersResponse> row() {
        return Rows.reading(
                Service.IAM, "ListUsers", ListUsersRequest.class, ListUsersResponse.class, this::run, ListUsers::facts);
    }

    private Effect<ListUsersResponse> run(Attempt attempt, ListUsersRequest in) {
        String account = attempt.call().account();
        String path = in.pathPrefix().orElse("/");
        Kind.USER.permitList(attempt, permit, path);
        Pages.Page<User> page = Pages.ofRows(
                attempt.state(),
                IdentityTables.USERS,
                IdentityTables.prefix(account),
                user -> user.path().startsWith(path),
                in.maxItems(),
                in.marker());
        return Effect.of(ListUsersResponse.builder()
                .users(page.items().stream().map(Users::brief).toList())
                .isTruncated(page.truncated())
                .marker(page.marker())
                .build());
    }

    private static Optional<Facts> facts(ListUsersRequest in) {
        Facts facts = Facts.facts().put("pathPrefix", in.pathPrefix());
        return Rows.shown(Rows.paging(facts, in.maxItems(), in.marker()));
    }
}
