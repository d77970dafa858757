package dev.keytrail.identity.op;

import dev.keytrail.call.Facts;
import dev.keytrail.identity.directory.KeyUse;
import dev.keytrail.identity.directory.Role;
import dev.keytrail.wire.shape.iam.RoleLastUsed;
import java.util.Optional;

/** How roles are shown. */
final class Roles {
    private Roles() {}

    /** As Get shows it; lists leave tags and boundary out. */
    static dev.keytrail.wire.shape.iam.Role full(Role role) {
        return full(role, Optional.empty());
    }

    static dev.keytrail.wire.shape.iam.Role full(Role role, Optional<KeyUse.Use> used) {
        dev.keytrail.wire.shape.iam.Role.Builder shape = builder(role);
        if (!role.tags().isEmpty()) {
            shape.tags(TagLists.shape(role.tags()));
        }
        role.boundary().ifPresent(arn -> shape.permissionsBoundary(Boundaries.shape(arn)));
        used.ifPresent(use -> shape.roleLastUsed(RoleLastUsed.builder()
                .lastUsedDate(use.at())
                .region(use.region())
                .build()));
        return shape.build();
    }

    static dev.keytrail.wire.shape.iam.Role brief(Role role) {
        return builder(role).build();
    }

    private static dev.keytrail.wire.shape.iam.Role.Builder builder(Role role) {
        return dev.keytrail.wire.shape.iam.Role.builder()
                .path(role.path())
                .roleName(role.name())
                .roleId(role.id())
                .arn(role.arn())
                .createDate(role.created())
                .assumeRolePolicyDocument(Documents.encoded(role.trustPolicy()))
                .description(role.description())
                .maxSessionDuration(role.sessionSecondsMax());
    }

    /** As events show it (the public CreateRole record). */
    static Facts facts(Role role) {
        Facts facts = Facts.facts()
                .put("assumeRolePolicyDocument", Documents.encoded(role.trustPolicy()))
                .put("arn", role.arn())
                .put("roleId", role.id())
                .put("createDate", role.created())
                .put("roleName", role.name())
                .put("path", role.path());
        if (!role.tags().isEmpty()) {
            facts.putAll("tags", TagLists.facts(TagLists.shape(role.tags())));
        }
        role.boundary().ifPresent(arn -> facts.put("permissionsBoundary", Boundaries.facts(arn)));
        return facts;
    }
}
