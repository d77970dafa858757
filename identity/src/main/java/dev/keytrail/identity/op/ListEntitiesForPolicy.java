package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import dev.keytrail.identity.directory.Entity;
import dev.keytrail.identity.directory.Group;
import dev.keytrail.identity.directory.Role;
import dev.keytrail.identity.directory.User;
import dev.keytrail.wire.shape.iam.EntityType;
import dev.keytrail.wire.shape.iam.ListEntitiesForPolicyRequest;
import dev.keytrail.wire.shape.iam.ListEntitiesForPolicyResponse;
import dev.keytrail.wire.shape.iam.PolicyGroup;
import dev.keytrail.wire.shape.iam.PolicyRole;
import dev.keytrail.wire.shape.iam.PolicyUsageType;
import dev.keytrail.wire.shape.iam.PolicyUser;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** ListEntitiesForPolicy: the users, groups and roles that a managed policy is attached to or bounds. */
final class ListEntitiesForPolicy {
    private final Permit permit;

    ListEntitiesForPolicy(Permit permit) {
        this.permit = permit;
    }

    Operation<ListEntitiesForPolicyRequest, ListEntitiesForPolicyResponse> row() {
        return Rows.reading(
                Service.IAM,
                "ListEntitiesForPolicy",
                ListEntitiesForPolicyRequest.class,
                ListEntitiesForPolicyResponse.class,
                this::run,
                ListEntitiesForPolicy::facts);
    }

    private Effect<ListEntitiesForPolicyResponse> run(Attempt attempt, ListEntitiesForPolicyRequest in) {
        CustomerPolicies.permittedToRead(attempt, permit, in.policyArn());
        List<Entity<?>> all = Entities.all(attempt.state(), attempt.call().account()).stream()
                .filter(wanted(in))
                .toList();
        Pages.Page<Entity<?>> page = new Paging(in.maxItems(), in.marker()).of(all);
        List<PolicyUser> users = new ArrayList<>();
        List<PolicyGroup> groups = new ArrayList<>();
        List<PolicyRole> roles = new ArrayList<>();
        for (Entity<?> entity : page.items()) {
            switch (entity) {
                case User user ->
                    users.add(PolicyUser.builder()
                            .userName(user.name())
                            .userId(user.id())
                            .build());
                case Group group ->
                    groups.add(PolicyGroup.builder()
                            .groupName(group.name())
                            .groupId(group.id())
                            .build());
                case Role role ->
                    roles.add(PolicyRole.builder()
                            .roleName(role.name())
                            .roleId(role.id())
                            .build());
            }
        }
        return Effect.of(ListEntitiesForPolicyResponse.builder()
                .policyUsers(users)
                .policyGroups(groups)
                .policyRoles(roles)
                .isTruncated(page.truncated())
                .marker(page.marker())
                .build());
    }

    private static Predicate<Entity<?>> wanted(ListEntitiesForPolicyRequest in) {
        String path = in.pathPrefix().orElse("/");
        Optional<PolicyUsageType> usage = in.policyUsageFilter();
        return entity -> {
            boolean attached = entity.policies().managed().contains(in.policyArn());
            boolean bounded = entity.boundary().equals(Optional.of(in.policyArn()));
            boolean used = usage.isEmpty()
                    ? attached || bounded
                    : usage.get() == PolicyUsageType.PermissionsBoundary ? bounded : attached;
            return used
                    && entity.path().startsWith(path)
                    && in.entityFilter().map(type -> type == type(entity)).orElse(true);
        };
    }

    private static EntityType type(Entity<?> entity) {
        return switch (entity) {
            case User _ -> EntityType.User;
            case Group _ -> EntityType.Group;
            case Role _ -> EntityType.Role;
        };
    }

    private static Optional<Facts> facts(ListEntitiesForPolicyRequest in) {
        Facts facts = Facts.facts()
                .put("policyArn", in.policyArn())
                .put("entityFilter", in.entityFilter().map(EntityType::value))
                .put("pathPrefix", in.pathPrefix())
                .put("policyUsageFilter", in.policyUsageFilter().map(PolicyUsageType::value));
        return Optional.of(Rows.paging(facts, in.maxItems(), in.marker()));
    }
}
