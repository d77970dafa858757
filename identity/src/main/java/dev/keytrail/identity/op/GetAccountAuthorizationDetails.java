package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import dev.keytrail.call.State;
import dev.keytrail.identity.directory.AttachedPolicies;
import dev.keytrail.identity.directory.Group;
import dev.keytrail.identity.directory.IdentityTables;
import dev.keytrail.identity.directory.ManagedPolicy;
import dev.keytrail.identity.directory.Role;
import dev.keytrail.identity.directory.User;
import dev.keytrail.policy.ManagedPolicies;
import dev.keytrail.wire.shape.iam.AttachedPolicy;
import dev.keytrail.wire.shape.iam.EntityType;
import dev.keytrail.wire.shape.iam.GetAccountAuthorizationDetailsRequest;
import dev.keytrail.wire.shape.iam.GetAccountAuthorizationDetailsResponse;
import dev.keytrail.wire.shape.iam.GroupDetail;
import dev.keytrail.wire.shape.iam.ManagedPolicyDetail;
import dev.keytrail.wire.shape.iam.PolicyDetail;
import dev.keytrail.wire.shape.iam.RoleDetail;
import dev.keytrail.wire.shape.iam.UserDetail;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * GetAccountAuthorizationDetails: every user, group, role and policy with all that belongs to them. AWS's own policies are
 * listed as far as they are attached.
 */
final class GetAccountAuthorizationDetails {
    private final Permit permit;

    GetAccountAuthorizationDetails(Permit permit) {
        this.permit = permit;
    }

    /** One entry of the four lists, which are paged as if they were one. */
    private sealed interface Detail {
        record OfUser(UserDetail it) implements Detail {}

        record OfGroup(GroupDetail it) implements Detail {}

        record OfRole(RoleDetail it) implements Detail {}

        record OfPolicy(ManagedPolicyDetail it) implements Detail {}
    }

    Operation<GetAccountAuthorizationDetailsRequest, GetAccountAuthorizationDetailsResponse> row() {
        return Rows.reading(
                Service.IAM,
                "GetAccountAuthorizationDetails",
                GetAccountAuthorizationDetailsRequest.class,
                GetAccountAuthorizationDetailsResponse.class,
                this::run,
                GetAccountAuthorizationDetails::facts);
    }

    private Effect<GetAccountAuthorizationDetailsResponse> run(
            Attempt attempt, GetAccountAuthorizationDetailsRequest in) {
        permit.demand(attempt, Permit.ANY);
        Set<EntityType> wanted = EnumSet.noneOf(EntityType.class);
        wanted.addAll(in.filter().filter(types -> !types.isEmpty()).orElse(List.of(EntityType.values())));
        Pages.Page<Detail> page = new Paging(in.maxItems(), in.marker())
                .of(details(attempt.state(), attempt.call().account(), wanted));
        List<UserDetail> users = new ArrayList<>();
        List<GroupDetail> groups = new ArrayList<>();
        List<RoleDetail> roles = new ArrayList<>();
        List<ManagedPolicyDetail> policies = new ArrayList<>();
        for (Detail detail : page.items()) {
            switch (detail) {
                case Detail.OfUser(UserDetail it) -> users.add(it);
                case Detail.OfGroup(GroupDetail it) -> groups.add(it);
                case Detail.OfRole(RoleDetail it) -> roles.add(it);
                case Detail.OfPolicy(ManagedPolicyDetail it) -> policies.add(it);
            }
        }
        return Effect.of(GetAccountAuthorizationDetailsResponse.builder()
                .userDetailList(users)
                .groupDetailList(groups)
                .roleDetailList(roles)
                .policies(policies)
                .isTruncated(page.truncated())
                .marker(page.marker())
                .build());
    }

    private static List<Detail> details(State state, String account, Set<EntityType> wanted) {
        List<Detail> all = new ArrayList<>();
        if (wanted.contains(EntityType.User)) {
            Entities.all(state, IdentityTables.USERS, account).forEach(u -> all.add(new Detail.OfUser(detail(u))));
        }
        if (wanted.contains(EntityType.Group)) {
            Entities.all(state, IdentityTables.GROUPS, account).forEach(g -> all.add(new Detail.OfGroup(detail(g))));
        }
        if (wanted.contains(EntityType.Role)) {
            Entities.all(state, IdentityTables.ROLES, account).forEach(r -> all.add(new Detail.OfRole(detail(r))));
        }
        if (wanted.contains(EntityType.LocalManagedPolicy)) {
            Entities.all(state, IdentityTables.POLICIES, account).forEach(p -> all.add(new Detail.OfPolicy(detail(p))));
        }
        if (wanted.contains(EntityType.AWSManagedPolicy)) {
            Map<String, Entities.Uses> uses = Entities.policyUses(state, account);
            ManagedPolicies.all().stream()
                    .filter(p -> uses.containsKey(p.arn()))
                    .forEach(p ->
                            all.add(new Detail.OfPolicy(detail(p, uses.getOrDefault(p.arn(), Entities.Uses.NONE)))));
        }
        return all;
    }

    private static UserDetail detail(User user) {
        return UserDetail.builder()
                .path(user.path())
                .userName(user.name())
                .userId(user.id())
                .arn(user.arn())
                .createDate(user.created())
                .groupList(user.groups())
                .userPolicyList(inline(user.policies()))
                .attachedManagedPolicies(attached(user.policies()))
                .permissionsBoundary(user.boundary().map(Boundaries::shape))
                .tags(TagLists.shape(user.tags()))
                .build();
    }

    private static GroupDetail detail(Group group) {
        return GroupDetail.builder()
                .path(group.path())
                .groupName(group.name())
                .groupId(group.id())
                .arn(group.arn())
                .createDate(group.created())
                .groupPolicyList(inline(group.policies()))
                .attachedManagedPolicies(attached(group.policies()))
                .build();
    }

    private static RoleDetail detail(Role role) {
        return RoleDetail.builder()
                .path(role.path())
                .roleName(role.name())
                .roleId(role.id())
                .arn(role.arn())
                .createDate(role.created())
                .assumeRolePolicyDocument(Documents.encoded(role.trustPolicy()))
                .instanceProfileList(List.of())
                .rolePolicyList(inline(role.policies()))
                .attachedManagedPolicies(attached(role.policies()))
                .permissionsBoundary(role.boundary().map(Boundaries::shape))
                .tags(TagLists.shape(role.tags()))
                .build();
    }

    private static ManagedPolicyDetail detail(ManagedPolicy policy) {
        return ManagedPolicyDetail.builder()
                .policyName(policy.name())
                .policyId(policy.id())
                .arn(policy.arn())
                .path(policy.path())
                .defaultVersionId(Policies.versionId(policy.defaultVersion()))
                .attachmentCount(policy.attachments())
                .permissionsBoundaryUsageCount(policy.boundaryUses())
                .isAttachable(true)
                .description(policy.description())
                .createDate(policy.created())
                .updateDate(policy.updated())
                .policyVersionList(policy.versions().reversed().stream()
                        .map(version -> Policies.full(policy, version))
                        .toList())
                .build();
    }

    private static ManagedPolicyDetail detail(ManagedPolicies.Managed policy, Entities.Uses uses) {
        return ManagedPolicyDetail.builder()
                .policyName(policy.name())
                .arn(policy.arn())
                .path(Attachments.path(policy.arn()))
                .defaultVersionId(Policies.versionId(1))
                .attachmentCount(uses.attachments())
                .permissionsBoundaryUsageCount(uses.boundaries())
                .isAttachable(true)
                .description(policy.description())
                .policyVersionList(List.of(PolicyVersions.ofAws(policy.arn(), Policies.versionId(1))))
                .build();
    }

    private static List<PolicyDetail> inline(AttachedPolicies policies) {
        return policies.inline().entrySet().stream()
                .map(p -> PolicyDetail.builder()
                        .policyName(p.getKey())
                        .policyDocument(Documents.encoded(p.getValue()))
                        .build())
                .toList();
    }

    private static List<AttachedPolicy> attached(AttachedPolicies policies) {
        return policies.managed().stream().map(Attachments::shape).toList();
    }

    private static Optional<Facts> facts(GetAccountAuthorizationDetailsRequest in) {
        Facts facts = Facts.facts();
        in.filter()
                .ifPresent(types -> facts.putStrings(
                        "filter", types.stream().map(EntityType::value).toList()));
        return Rows.shown(Rows.paging(facts, in.maxItems(), in.marker()));
    }
}
