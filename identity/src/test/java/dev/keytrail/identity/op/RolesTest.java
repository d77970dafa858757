package dev.keytrail.identity.op;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.call.Caller;
import dev.keytrail.call.Facts;
import dev.keytrail.call.NamedResource;
import dev.keytrail.identity.Site;
import dev.keytrail.identity.directory.IdentityTables;
import dev.keytrail.wire.shape.iam.AttachRolePolicyRequest;
import dev.keytrail.wire.shape.iam.CreateRoleRequest;
import dev.keytrail.wire.shape.iam.CreateRoleResponse;
import dev.keytrail.wire.shape.iam.DeleteRolePermissionsBoundaryRequest;
import dev.keytrail.wire.shape.iam.DeleteRolePolicyRequest;
import dev.keytrail.wire.shape.iam.DeleteRoleRequest;
import dev.keytrail.wire.shape.iam.DetachRolePolicyRequest;
import dev.keytrail.wire.shape.iam.GetRoleRequest;
import dev.keytrail.wire.shape.iam.GetRoleResponse;
import dev.keytrail.wire.shape.iam.ListRoleTagsRequest;
import dev.keytrail.wire.shape.iam.ListRoleTagsResponse;
import dev.keytrail.wire.shape.iam.ListRolesRequest;
import dev.keytrail.wire.shape.iam.ListRolesResponse;
import dev.keytrail.wire.shape.iam.PutRolePermissionsBoundaryRequest;
import dev.keytrail.wire.shape.iam.PutRolePolicyRequest;
import dev.keytrail.wire.shape.iam.PutUserPolicyRequest;
import dev.keytrail.wire.shape.iam.Role;
import dev.keytrail.wire.shape.iam.Tag;
import dev.keytrail.wire.shape.iam.TagRoleRequest;
import dev.keytrail.wire.shape.iam.UntagRoleRequest;
import dev.keytrail.wire.shape.iam.UpdateAssumeRolePolicyRequest;
import dev.keytrail.wire.shape.iam.UpdateRoleDescriptionRequest;
import dev.keytrail.wire.shape.iam.UpdateRoleDescriptionResponse;
import dev.keytrail.wire.shape.iam.UpdateRoleRequest;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RolesTest {
    private static final String ALLOW = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
            + "\"Action\":\"kms:List*\",\"Resource\":\"*\"}]}";
    private static final String READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess";

    private final Calls calls = new Calls();
    private final Site site = calls.site;
    private final Caller admin = calls.admin;

    @Test
    void createRole_full_isShownInAnswerAndEvent() {
        CreateRoleRequest in = CreateRoleRequest.builder()
                .roleName("ops")
                .path("/eng/")
                .description("d")
                .maxSessionDuration(7200)
                .assumeRolePolicyDocument(trust(site.account()))
                .permissionsBoundary(READ_ONLY)
                .tags(List.of(Tag.builder().key("team").value("red").build()))
                .build();
        CreateRoleResponse made = calls.run(admin, "CreateRole", in);
        Role role = made.role().orElseThrow();

        assertThat(role.arn()).contains("arn:aws:iam::" + site.account() + ":role/eng/ops");
        assertThat(role.roleId().orElseThrow()).matches("AROA[A-Z2-7]{17}");
        assertThat(role.maxSessionDuration()).contains(7200);
        assertThat(role.assumeRolePolicyDocument().orElseThrow()).startsWith("%7B%22Version%22");
        assertThat(role.permissionsBoundary().orElseThrow().permissionsBoundaryArn())
                .contains(READ_ONLY);
        assertThat(role("OPS")).isEqualTo(role);
        assertThat(calls.notes.named()).contains(new NamedResource("AWS::IAM::Role", "OPS"));
        assertThat(calls.parameters("CreateRole", in).asMap().keySet())
                .containsExactly(
                        "path",
                        "roleName",
                        "description",
                        "assumeRolePolicyDocument",
                        "maxSessionDuration",
                        "permissionsBoundary",
                        "tags");
    }

    @Test
    void createRole_plain_hasTheDocumentedEvent() {
        calls.run(admin, "CreateRole", create("TestRole"));
        Facts shown = (Facts) calls.shown.orElseThrow().get("role").orElseThrow();
        assertThat(shown.asMap().keySet())
                .containsExactly("assumeRolePolicyDocument", "arn", "roleId", "createDate", "roleName", "path");
        assertThat(calls.refused(admin, "CreateRole", create("testrole"), "EntityAlreadyExists", 409)
                        .message())
                .contains("Role with name testrole already exists.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"user/nobody", "role/none", "user/eng/admin"})
    void createRole_trustingNobody_isMalformed(String resource) {
        String arn = "arn:aws:iam::" + site.account() + ":" + resource;
        CreateRoleRequest in = CreateRoleRequest.builder()
                .roleName("ops")
                .assumeRolePolicyDocument(trust(arn))
                .build();
        assertThat(calls.refused(admin, "CreateRole", in, "MalformedPolicyDocument", 400)
                        .message())
                .contains("Invalid principal in policy: \"AWS\":\"" + arn + "\"");
    }

    @Test
    void trustPolicy_withResourceOrTooLong_isRefused() {
        String resource = trust(site.account()).replace("\"Effect\"", "\"Resource\":\"*\",\"Effect\"");
        calls.run(admin, "CreateRole", create("ops"));
        assertThat(calls.refused(admin, "UpdateAssumeRolePolicy", update(resource), "MalformedPolicyDocument", 400)
                        .message())
                .contains("Has prohibited field Resource");
        String longer = trust(site.account()).replace("\"Effect\"", "\"Sid\":\"" + "a".repeat(2048) + "\",\"Effect\"");
        assertThat(calls.refused(admin, "UpdateAssumeRolePolicy", update(longer), "LimitExceeded", 409)
                        .message())
                .contains("Cannot exceed quota for ACLSizePerRole: 2048");
        calls.run(admin, "UpdateAssumeRolePolicy", update(trust("*")));
        assertThat(site.read().get(IdentityTables.ROLES, IdentityTables.key(site.account(), "ops")))
                .hasValueSatisfying(role -> assertThat(role.trustPolicy()).isEqualTo(trust("*")));
    }

    @Test
    void updateRole_changesWhatIsGiven() {
        calls.run(admin, "CreateRole", create("ops"));
        calls.run(
                admin,
                "UpdateRole",
                UpdateRoleRequest.builder()
                        .roleName("ops")
                        .description("new")
                        .maxSessionDuration(43_200)
                        .build());
        Role role = role("ops");
        assertThat(role.description()).contains("new");
        assertThat(role.maxSessionDuration()).contains(43_200);
        UpdateRoleDescriptionRequest empty = UpdateRoleDescriptionRequest.builder()
                .roleName("ops")
                .description("")
                .build();
        UpdateRoleDescriptionResponse updated = calls.run(admin, "UpdateRoleDescription", empty);
        assertThat(updated.role().orElseThrow().description()).isEmpty();
    }

    @Test
    void deleteRole_withPolicies_conflicts() {
        calls.run(admin, "CreateRole", create("ops"));
        calls.run(
                admin,
                "PutRolePolicy",
                PutRolePolicyRequest.builder()
                        .roleName("ops")
                        .policyName("p")
                        .policyDocument(ALLOW)
                        .build());
        calls.run(
                admin,
                "AttachRolePolicy",
                AttachRolePolicyRequest.builder()
                        .roleName("ops")
                        .policyArn(READ_ONLY)
                        .build());
        DeleteRoleRequest delete = DeleteRoleRequest.builder().roleName("ops").build();
        assertThat(calls.refused(admin, "DeleteRole", delete, "DeleteConflict", 409)
                        .message())
                .contains("Cannot delete entity, must detach all policies first.");
        calls.run(
                admin,
                "DetachRolePolicy",
                DetachRolePolicyRequest.builder()
                        .roleName("ops")
                        .policyArn(READ_ONLY)
                        .build());
        assertThat(calls.refused(admin, "DeleteRole", delete, "DeleteConflict", 409)
                        .message())
                .contains("Cannot delete entity, must delete policies first.");
        calls.run(
                admin,
                "DeleteRolePolicy",
                DeleteRolePolicyRequest.builder()
                        .roleName("ops")
                        .policyName("p")
                        .build());
        calls.run(admin, "DeleteRole", delete);
        assertThat(calls.refused(admin, "GetRole", named("ops"), "NoSuchEntity", 404)
                        .message())
                .contains("The role with name ops cannot be found.");
    }

    @Test
    void tags_compareWithoutCase() {
        calls.run(admin, "CreateRole", create("ops"));
        calls.run(admin, "TagRole", tags(Map.of("Team", "red")));
        calls.run(admin, "TagRole", tags(Map.of("team", "blue")));
        ListRoleTagsRequest list = ListRoleTagsRequest.builder().roleName("ops").build();
        ListRoleTagsResponse tags = calls.run(admin, "ListRoleTags", list);
        assertThat(tags.tags())
                .contains(List.of(Tag.builder().key("team").value("blue").build()));
        UntagRoleRequest untag = UntagRoleRequest.builder()
                .roleName("ops")
                .tagKeys(List.of("TEAM", "other"))
                .build();
        calls.run(admin, "UntagRole", untag);
        ListRoleTagsResponse none = calls.run(admin, "ListRoleTags", list);
        assertThat(none.tags()).contains(List.of());
    }

    @Test
    void permissionsBoundary_putAndDeleted_isThereAndGone() {
        calls.run(admin, "CreateRole", create("ops"));
        PutRolePermissionsBoundaryRequest put = PutRolePermissionsBoundaryRequest.builder()
                .roleName("ops")
                .permissionsBoundary(READ_ONLY)
                .build();
        calls.run(admin, "PutRolePermissionsBoundary", put);
        assertThat(role("ops").permissionsBoundary()).isPresent();
        DeleteRolePermissionsBoundaryRequest delete =
                DeleteRolePermissionsBoundaryRequest.builder().roleName("ops").build();
        calls.run(admin, "DeleteRolePermissionsBoundary", delete);
        calls.refused(admin, "DeleteRolePermissionsBoundary", delete, "NoSuchEntity", 404);
        assertThat(role("ops").permissionsBoundary()).isEmpty();
    }

    @Test
    void permission_hangsOnTheRolesTagsAndBoundary() {
        Caller bob = calls.create("bob");
        calls.run(admin, "CreateRole", create("ops"));
        String mine = ALLOW.replace("kms:List*", "iam:*")
                .replace(
                        "\"Effect\"",
                        "\"Condition\":{\"StringEquals\":{\"iam:ResourceTag/owner\":\"bob\","
                                + "\"iam:PermissionsBoundary\":\"" + READ_ONLY + "\"}},\"Effect\"");
        calls.run(
                admin,
                "PutUserPolicy",
                PutUserPolicyRequest.builder()
                        .userName("bob")
                        .policyName("mine")
                        .policyDocument(mine)
                        .build());
        AttachRolePolicyRequest attach = AttachRolePolicyRequest.builder()
                .roleName("ops")
                .policyArn(READ_ONLY)
                .build();
        calls.refused(bob, "AttachRolePolicy", attach, "AccessDenied", 403);
        calls.run(admin, "TagRole", tags(Map.of("owner", "bob")));
        calls.refused(bob, "AttachRolePolicy", attach, "AccessDenied", 403);
        calls.run(
                admin,
                "PutRolePermissionsBoundary",
                PutRolePermissionsBoundaryRequest.builder()
                        .roleName("ops")
                        .permissionsBoundary(READ_ONLY)
                        .build());
        calls.run(bob, "AttachRolePolicy", attach);
        calls.refused(bob, "GetRole", named("absent"), "AccessDenied", 403);
    }

    @Test
    void listRoles_inPages_isComplete() {
        for (String name : List.of("c", "a", "b")) {
            calls.run(admin, "CreateRole", create(name));
        }
        ListRolesResponse first = calls.run(
                admin, "ListRoles", ListRolesRequest.builder().maxItems(2).build());
        assertThat(first.roles().orElseThrow())
                .extracting(role -> role.roleName().orElseThrow())
                .containsExactly("a", "b");
        ListRolesResponse second = calls.run(
                admin,
                "ListRoles",
                ListRolesRequest.builder().marker(first.marker().orElseThrow()).build());
        assertThat(second.roles().orElseThrow())
                .extracting(role -> role.roleName().orElseThrow())
                .containsExactly("c");
        assertThat(second.isTruncated()).contains(false);
    }

    private Role role(String name) {
        GetRoleResponse found = calls.run(admin, "GetRole", named(name));
        return found.role().orElseThrow();
    }

    private CreateRoleRequest create(String name) {
        return CreateRoleRequest.builder()
                .roleName(name)
                .assumeRolePolicyDocument(trust(site.account()))
                .build();
    }

    private static GetRoleRequest named(String name) {
        return GetRoleRequest.builder().roleName(name).build();
    }

    private static UpdateAssumeRolePolicyRequest update(String document) {
        return UpdateAssumeRolePolicyRequest.builder()
                .roleName("ops")
                .policyDocument(document)
                .build();
    }

    private static TagRoleRequest tags(Map<String, String> tags) {
        return TagRoleRequest.builder()
                .roleName("ops")
                .tags(TagLists.shape(tags))
                .build();
    }

    private static String trust(String principal) {
        return "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"" + principal
                + "\"},\"Action\":\"sts:AssumeRole\"}]}";
    }
}
