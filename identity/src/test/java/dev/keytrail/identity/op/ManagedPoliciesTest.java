package dev.keytrail.identity.op;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.call.Caller;
import dev.keytrail.identity.Site;
import dev.keytrail.wire.shape.iam.AddUserToGroupRequest;
import dev.keytrail.wire.shape.iam.AttachGroupPolicyRequest;
import dev.keytrail.wire.shape.iam.AttachUserPolicyRequest;
import dev.keytrail.wire.shape.iam.CreateGroupRequest;
import dev.keytrail.wire.shape.iam.CreateGroupResponse;
import dev.keytrail.wire.shape.iam.CreatePolicyRequest;
import dev.keytrail.wire.shape.iam.CreatePolicyResponse;
import dev.keytrail.wire.shape.iam.CreatePolicyVersionRequest;
import dev.keytrail.wire.shape.iam.CreatePolicyVersionResponse;
import dev.keytrail.wire.shape.iam.DeleteGroupRequest;
import dev.keytrail.wire.shape.iam.DeletePolicyRequest;
import dev.keytrail.wire.shape.iam.DeletePolicyVersionRequest;
import dev.keytrail.wire.shape.iam.DeleteUserPermissionsBoundaryRequest;
import dev.keytrail.wire.shape.iam.DetachGroupPolicyRequest;
import dev.keytrail.wire.shape.iam.DetachUserPolicyRequest;
import dev.keytrail.wire.shape.iam.GetGroupRequest;
import dev.keytrail.wire.shape.iam.GetGroupResponse;
import dev.keytrail.wire.shape.iam.GetPolicyRequest;
import dev.keytrail.wire.shape.iam.GetPolicyResponse;
import dev.keytrail.wire.shape.iam.GetPolicyVersionRequest;
import dev.keytrail.wire.shape.iam.GetPolicyVersionResponse;
import dev.keytrail.wire.shape.iam.ListEntitiesForPolicyRequest;
import dev.keytrail.wire.shape.iam.ListEntitiesForPolicyResponse;
import dev.keytrail.wire.shape.iam.ListGroupsForUserRequest;
import dev.keytrail.wire.shape.iam.ListGroupsForUserResponse;
import dev.keytrail.wire.shape.iam.ListPoliciesRequest;
import dev.keytrail.wire.shape.iam.ListPoliciesResponse;
import dev.keytrail.wire.shape.iam.ListPolicyVersionsRequest;
import dev.keytrail.wire.shape.iam.ListPolicyVersionsResponse;
import dev.keytrail.wire.shape.iam.ListUsersRequest;
import dev.keytrail.wire.shape.iam.Policy;
import dev.keytrail.wire.shape.iam.PolicyScopeType;
import dev.keytrail.wire.shape.iam.PutUserPermissionsBoundaryRequest;
import dev.keytrail.wire.shape.iam.RemoveUserFromGroupRequest;
import dev.keytrail.wire.shape.iam.SetDefaultPolicyVersionRequest;
import dev.keytrail.wire.shape.iam.Tag;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ManagedPoliciesTest {
    private static final String READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess";

    private final Calls calls = new Calls();
    private final Site site = calls.site;
    private final Caller admin = calls.admin;
    private final Caller bob = calls.create("bob");

    @Test
    void createPolicy_thenGetAndList_isThere() {
        CreatePolicyRequest in = CreatePolicyRequest.builder()
                .policyName("mine")
                .path("/eng/")
                .description("d")
                .policyDocument(document("kms:*"))
                .tags(List.of(Tag.builder().key("team").value("red").build()))
                .build();
        CreatePolicyResponse made = calls.run(admin, "CreatePolicy", in);
        Policy policy = made.policy().orElseThrow();
        String arn = "arn:aws:iam::" + site.account() + ":policy/eng/mine";
        assertThat(policy.arn()).contains(arn);
        assertThat(policy.policyId().orElseThrow()).matches("ANPA[A-Z2-7]{17}");
        assertThat(policy.defaultVersionId()).contains("v1");
        assertThat(get(arn)).isEqualTo(policy);
        assertThat(calls.refused(admin, "CreatePolicy", in, "EntityAlreadyExists", 409)
                        .message())
                .contains("A policy called mine already exists. Duplicate names are not allowed.");
        assertThat(calls.refused(admin, "GetPolicy", named(arn + "x"), "NoSuchEntity", 404)
                        .message())
                .contains("Policy " + arn + "x was not found.");
        assertThat(names(ListPoliciesRequest.builder().scope(PolicyScopeType.Local)))
                .containsExactly("mine");
        assertThat(names(
                        ListPoliciesRequest.builder().scope(PolicyScopeType.AWS).onlyAttached(true)))
                .containsExactly("AdministratorAccess");
        assertThat(names(ListPoliciesRequest.builder())).contains("mine", "ReadOnlyAccess");
        assertThat(names(ListPoliciesRequest.builder().pathPrefix("/eng/"))).containsExactly("mine");
    }

    @Test
    void createPolicy_tooLongOrMalformed_isRefused() {
        CreatePolicyRequest.Builder in = CreatePolicyRequest.builder().policyName("mine");
        calls.refused(admin, "CreatePolicy", in.policyDocument("{}").build(), "MalformedPolicyDocument", 400);
        String longer = document("kms:" + "a".repeat(6144));
        assertThat(calls.refused(
                                admin, "CreatePolicy", in.policyDocument(longer).build(), "LimitExceeded", 409)
                        .message())
                .contains("Cannot exceed quota for PolicySize: 6144");
    }

    @Test
    void versions_defaultBindsTheNextCall() {
        String arn = create("mine", "kms:*");
        attach(arn);
        ListUsersRequest list = ListUsersRequest.builder().build();
        calls.refused(bob, "ListUsers", list, "AccessDenied", 403);
        CreatePolicyVersionRequest.Builder version =
                CreatePolicyVersionRequest.builder().policyArn(arn).policyDocument(document("iam:ListUsers"));
        CreatePolicyVersionResponse second = calls.run(admin, "CreatePolicyVersion", version.build());
        assertThat(second.policyVersion().orElseThrow().versionId()).contains("v2");
        calls.refused(bob, "ListUsers", list, "AccessDenied", 403);
        calls.run(
                admin,
                "SetDefaultPolicyVersion",
                SetDefaultPolicyVersionRequest.builder()
                        .policyArn(arn)
                        .versionId("v2")
                        .build());
        calls.run(bob, "ListUsers", list);

        for (int i = 3; i <= 5; i++) {
            calls.run(admin, "CreatePolicyVersion", version.build());
        }
        assertThat(calls.refused(admin, "CreatePolicyVersion", version.build(), "LimitExceeded", 409)
                        .message()
                        .orElseThrow())
                .startsWith("A managed policy can have up to 5 versions.");
        calls.refused(admin, "DeletePolicyVersion", delete(arn, "v2"), "DeleteConflict", 409);
        calls.run(admin, "DeletePolicyVersion", delete(arn, "v5"));
        for (String none : List.of("v5", "v9", "5", "v0", "v")) {
            calls.refused(admin, "DeletePolicyVersion", delete(arn, none), "NoSuchEntity", 404);
        }
        CreatePolicyVersionResponse next = calls.run(
                admin, "CreatePolicyVersion", version.setAsDefault(true).build());
        assertThat(next.policyVersion().orElseThrow().versionId()).contains("v6");
        ListPolicyVersionsResponse all = calls.run(
                admin,
                "ListPolicyVersions",
                ListPolicyVersionsRequest.builder().policyArn(arn).build());
        assertThat(all.versions().orElseThrow())
                .extracting(v -> v.versionId().orElseThrow())
                .containsExactly("v6", "v4", "v3", "v2", "v1");
        GetPolicyVersionResponse first = calls.run(
                admin,
                "GetPolicyVersion",
                GetPolicyVersionRequest.builder().policyArn(arn).versionId("v1").build());
        assertThat(first.policyVersion().orElseThrow().document()).contains(Documents.encoded(document("kms:*")));
    }

    @Test
    void deletePolicy_inUse_conflicts() {
        String arn = create("mine", "kms:*");
        attach(arn);
        PutUserPermissionsBoundaryRequest bound = PutUserPermissionsBoundaryRequest.builder()
                .userName("bob")
                .permissionsBoundary(arn)
                .build();
        calls.run(admin, "PutUserPermissionsBoundary", bound);
        calls.run(admin, "PutUserPermissionsBoundary", bound);
        assertThat(get(arn).attachmentCount()).contains(1);
        assertThat(get(arn).permissionsBoundaryUsageCount()).contains(1);
        ListEntitiesForPolicyResponse users = calls.run(
                admin,
                "ListEntitiesForPolicy",
                ListEntitiesForPolicyRequest.builder().policyArn(arn).build());
        assertThat(users.policyUsers().orElseThrow())
                .extracting(user -> user.userName().orElseThrow())
                .containsExactly("bob");
        DeletePolicyRequest delete =
                DeletePolicyRequest.builder().policyArn(arn).build();
        calls.refused(admin, "DeletePolicy", delete, "DeleteConflict", 409);
        calls.run(
                admin,
                "DetachUserPolicy",
                DetachUserPolicyRequest.builder().userName("bob").policyArn(arn).build());
        assertThat(calls.refused(admin, "DeletePolicy", delete, "DeleteConflict", 409)
                        .message())
                .contains("Cannot delete a policy attached to entities.");
        calls.run(
                admin,
                "DeleteUserPermissionsBoundary",
                DeleteUserPermissionsBoundaryRequest.builder().userName("bob").build());
        calls.run(admin, "DeletePolicy", delete);
        calls.refused(admin, "DeletePolicy", delete, "NoSuchEntity", 404);
    }

    @Test
    void awsPolicies_canBeReadOnly() {
        assertThat(get(READ_ONLY).attachmentCount()).contains(0);
        attach(READ_ONLY);
        assertThat(get(READ_ONLY).attachmentCount()).contains(1);
        GetPolicyVersionResponse version = calls.run(
                admin,
                "GetPolicyVersion",
                GetPolicyVersionRequest.builder()
                        .policyArn(READ_ONLY)
                        .versionId("v1")
                        .build());
        assertThat(version.policyVersion().orElseThrow().document().orElseThrow())
                .startsWith("%7B");
        calls.refused(
                admin,
                "DeletePolicy",
                DeletePolicyRequest.builder().policyArn(READ_ONLY).build(),
                "AccessDenied",
                403);
        String foreign = "arn:aws:iam::999999999999:policy/x";
        calls.refused(admin, "GetPolicy", named(foreign), "AccessDenied", 403);
        calls.refused(admin, "GetPolicy", named("arn:aws:iam::aws:user/aaaaaaa"), "InvalidInput", 400);
    }

    @Test
    void groups_policiesReachTheMembers() {
        CreateGroupRequest create =
                CreateGroupRequest.builder().groupName("Devs").build();
        CreateGroupResponse made = calls.run(admin, "CreateGroup", create);
        assertThat(made.group().orElseThrow().groupId().orElseThrow()).matches("AGPA[A-Z2-7]{17}");
        calls.refused(admin, "CreateGroup", create, "EntityAlreadyExists", 409);
        calls.run(
                admin,
                "AttachGroupPolicy",
                AttachGroupPolicyRequest.builder()
                        .groupName("devs")
                        .policyArn(READ_ONLY)
                        .build());
        ListUsersRequest list = ListUsersRequest.builder().build();
        calls.refused(bob, "ListUsers", list, "AccessDenied", 403);
        AddUserToGroupRequest add = AddUserToGroupRequest.builder()
                .groupName("devs")
                .userName("bob")
                .build();
        calls.run(admin, "AddUserToGroup", add);
        calls.run(admin, "AddUserToGroup", add);
        calls.run(bob, "ListUsers", list);
        GetGroupResponse group = calls.run(
                admin, "GetGroup", GetGroupRequest.builder().groupName("devs").build());
        assertThat(group.users().orElseThrow())
                .extracting(user -> user.userName())
                .containsExactly(Optional.of("bob"));
        ListGroupsForUserResponse of = calls.run(
                admin,
                "ListGroupsForUser",
                ListGroupsForUserRequest.builder().userName("bob").build());
        assertThat(of.groups()).contains(List.of(made.group().orElseThrow()));

        DeleteGroupRequest delete =
                DeleteGroupRequest.builder().groupName("devs").build();
        assertThat(calls.refused(admin, "DeleteGroup", delete, "DeleteConflict", 409)
                        .message())
                .contains("Cannot delete entity, must remove users from group first.");
        calls.run(
                admin,
                "RemoveUserFromGroup",
                RemoveUserFromGroupRequest.builder()
                        .groupName("devs")
                        .userName("bob")
                        .build());
        calls.refused(bob, "ListUsers", list, "AccessDenied", 403);
        calls.refused(admin, "DeleteGroup", delete, "DeleteConflict", 409);
        calls.run(
                admin,
                "DetachGroupPolicy",
                DetachGroupPolicyRequest.builder()
                        .groupName("devs")
                        .policyArn(READ_ONLY)
                        .build());
        calls.run(admin, "DeleteGroup", delete);
        calls.refused(admin, "AddUserToGroup", add, "NoSuchEntity", 404);
    }

    private String create(String name, String action) {
        CreatePolicyResponse made = calls.run(
                admin,
                "CreatePolicy",
                CreatePolicyRequest.builder()
                        .policyName(name)
                        .policyDocument(document(action))
                        .build());
        return made.policy().orElseThrow().arn().orElseThrow();
    }

    private void attach(String arn) {
        calls.run(
                admin,
                "AttachUserPolicy",
                AttachUserPolicyRequest.builder().userName("bob").policyArn(arn).build());
    }

    private Policy get(String arn) {
        GetPolicyResponse found = calls.run(admin, "GetPolicy", named(arn));
        return found.policy().orElseThrow();
    }

    private List<String> names(ListPoliciesRequest.Builder in) {
        ListPoliciesResponse all = calls.run(admin, "ListPolicies", in.build());
        return all.policies().orElseThrow().stream()
                .map(policy -> policy.policyName().orElseThrow())
                .toList();
    }

    private static GetPolicyRequest named(String arn) {
        return GetPolicyRequest.builder().policyArn(arn).build();
    }

    private static DeletePolicyVersionRequest delete(String arn, String version) {
        return DeletePolicyVersionRequest.builder()
                .policyArn(arn)
                .versionId(version)
                .build();
    }

    private static String document(String action) {
        return "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"" + action
                + "\",\"Resource\":\"*\"}]}";
    }
}
