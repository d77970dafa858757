package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import dev.keytrail.identity.directory.IdentityTables;
import dev.keytrail.identity.directory.Role;
import dev.keytrail.wire.shape.iam.ListRolesRequest;
import dev.keytrail.wire.shape.iam.ListRolesResponse;
import java.util.Optional;

/** ListRoles: in the order of names, optionally those under a path. */
final class ListRoles {
    private final Permit permit;

    ListRoles(Permit permit) {
        this.permit = permit;
    }

    Operation<ListRolesRequest, ListRolesResponse> row() {
        return Rows.reading(
                Service.IAM, "ListRoles", ListRolesRequest.class, ListRolesResponse.class, this::run, ListRoles::facts);
    }

    private Effect<ListRolesResponse> run(Attempt attempt, ListRolesRequest in) {
        String path = in.pathPrefix().orElse("/");
        Kind.ROLE.permitList(attempt, permit, path);
        Pages.Page<Role> page = Pages.ofRows(
                attempt.state(),
                IdentityTables.ROLES,
                IdentityTables.prefix(attempt.call().account()),
                role -> role.path().startsWith(path),
                in.maxItems(),
                in.marker());
        return Effect.of(ListRolesResponse.builder()
                .roles(page.items().stream().map(Roles::brief).toList())
                .isTruncated(page.truncated())
                .marker(page.marker())
                .build());
    }

    private static Optional<Facts> facts(ListRolesRequest in) {
        Facts facts = Facts.facts().put("pathPrefix", in.pathPrefix());
        return Rows.shown(Rows.paging(facts, in.maxItems(), in.marker()));
    }
}
