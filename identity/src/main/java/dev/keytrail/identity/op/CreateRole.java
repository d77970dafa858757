package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import dev.keytrail.identity.directory.AttachedPolicies;
import dev.keytrail.identity.directory.Identifiers;
import dev.keytrail.identity.directory.Role;
import dev.keytrail.policy.ConditionContext;
import dev.keytrail.wire.shape.iam.CreateRoleRequest;
import dev.keytrail.wire.shape.iam.CreateRoleResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** CreateRole: with its trust policy and without permissions. */
final class CreateRole {
    /** Of sessions, if the role is made without a maximum of its own. */
    private static final int SESSION_SECONDS_DEFAULT = 3600;

    private final Permit permit;
    private final Documents documents;
    private final Identifiers identifiers;

    CreateRole(Permit permit, Documents documents, Identifiers identifiers) {
        this.permit = permit;
        this.documents = documents;
        this.identifiers = identifiers;
    }

    Operation<CreateRoleRequest, CreateRoleResponse> row() {
        return Rows.changing(
                Service.IAM,
                "CreateRole",
                CreateRoleRequest.class,
                CreateRoleResponse.class,
                this::run,
                CreateRole::facts);
    }

    private Effect<CreateRoleResponse> run(Attempt attempt, CreateRoleRequest in) {
        Map<String, String> tags = TagLists.checked(in.tags().orElse(List.of()));
        Role asked = new Role(
                attempt.call().account(),
                identifiers.uniqueId("AROA"),
                in.path().orElse("/"),
                in.roleName(),
                attempt.call().receivedAt(),
                in.description().filter(text -> !text.isEmpty()),
                in.assumeRolePolicyDocument(),
                Map.of(),
                in.maxSessionDuration().orElse(SESSION_SECONDS_DEFAULT),
                tags,
                in.permissionsBoundary(),
                AttachedPolicies.NONE);
        permit.demand(attempt, asked.arn(), conditions -> conditions(conditions, in, tags));
        if (!tags.isEmpty()) {
            permit.demand(attempt, "iam:TagRole", asked.arn(), conditions -> conditions(conditions, in, tags));
        }
        if (asked.path().startsWith(CreateServiceLinkedRole.PATH)) {
            throw IamErrors.invalidInput("The path " + CreateServiceLinkedRole.PATH + " is reserved for services.");
        }
        Map<String, String> trusted = documents.requireTrustPolicy(attempt.state(), in.assumeRolePolicyDocument());
        Role role = asked.withTrust(in.assumeRolePolicyDocument(), trusted);
        if (Kind.ROLE.find(attempt, in.roleName()).isPresent()) {
            throw Kind.ROLE.exists(in.roleName());
        }
        List<Change<?>> changes = new ArrayList<>(List.of(Kind.ROLE.put(role)));
        in.permissionsBoundary()
                .flatMap(arn -> Attachments.boundarySet(attempt, arn))
                .ifPresent(changes::add);
        return Effect.of(CreateRoleResponse.builder().role(Roles.full(role)).build(), changes)
                .showing(Facts.facts().put("role", Roles.facts(role)));
    }

    private static void conditions(
            ConditionContext.Builder conditions, CreateRoleRequest in, Map<String, String> tags) {
        conditions.put("iam:PermissionsBoundary", in.permissionsBoundary());
        TagLists.conditions(conditions, tags);
    }

    private static Optional<Facts> facts(CreateRoleRequest in) {
        Facts facts = Facts.facts()
                .put("path", in.path())
                .put("roleName", in.roleName())
                .put("description", in.description())
                .put("assumeRolePolicyDocument", in.assumeRolePolicyDocument());
        in.maxSessionDuration().ifPresent(seconds -> facts.put("maxSessionDuration", seconds));
        facts.put("permissionsBoundary", in.permissionsBoundary());
        in.tags().ifPresent(tags -> facts.putAll("tags", TagLists.facts(tags)));
        return Optional.of(facts);
    }
}
