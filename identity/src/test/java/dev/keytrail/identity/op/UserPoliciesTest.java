package dev.keytrail.identity.op;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.call.Caller;
import dev.keytrail.call.Change;
import dev.keytrail.identity.Site;
import dev.keytrail.identity.directory.IdentityTables;
import dev.keytrail.identity.directory.ManagedPolicy;
import dev.keytrail.wire.shape.iam.AttachUserPolicyRequest;
import dev.keytrail.wire.shape.iam.AttachedPolicy;
import dev.keytrail.wire.shape.iam.CreateUserRequest;
import dev.keytrail.wire.shape.iam.DeleteUserPolicyRequest;
import dev.keytrail.wire.shape.iam.DetachUserPolicyRequest;
import dev.keytrail.wire.shape.iam.GetUserPolicyRequest;
import dev.keytrail.wire.shape.iam.GetUserPolicyResponse;
import dev.keytrail.wire.shape.iam.ListAttachedUserPoliciesRequest;
import dev.keytrail.wire.shape.iam.ListAttachedUserPoliciesResponse;
import dev.keytrail.wire.shape.iam.ListUserPoliciesRequest;
import dev.keytrail.wire.shape.iam.ListUserPoliciesResponse;
import dev.keytrail.wire.shape.iam.ListUsersRequest;
import dev.keytrail.wire.shape.iam.PutUserPolicyRequest;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UserPoliciesTest {
    private static final String ALLOW = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
            + "\"Action\":\"kms:List*\",\"Resource\":\"*\"}]}";

    private final Calls calls = new Calls();
    private final Site site = calls.site;
    private final Caller admin = calls.admin;
    private final Caller bob = calls.create("bob");

    @Test
    void putUserPolicy_thenGetListAndDelete_works() {
        calls.run(admin, "PutUserPolicy", put("p", ALLOW));
        GetUserPolicyRequest get =
                GetUserPolicyRequest.builder().userName("bob").policyName("p").build();
        GetUserPolicyResponse got = calls.run(admin, "GetUserPolicy", get);
        assertThat(got.policyDocument())
                .contains("%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22"
                        + "%2C%22Action%22%3A%22kms%3AList%2A%22%2C%22Resource%22%3A%22%2A%22%7D%5D%7D");
        ListUserPoliciesResponse names = calls.run(
                admin,
                "ListUserPolicies",
                ListUserPoliciesRequest.builder().userName("bob").build());
        assertThat(names.policyNames()).contains(List.of("p"));

        DeleteUserPolicyRequest delete = DeleteUserPolicyRequest.builder()
                .userName("bob")
                .policyName("p")
                .build();
        calls.run(admin, "DeleteUserPolicy", delete);
        calls.refused(admin, "DeleteUserPolicy", delete, "NoSuchEntity", 404);
        assertThat(calls.refused(admin, "GetUserPolicy", get, "NoSuchEntity", 404)
                        .message())
                .contains("The user policy with name p cannot be found.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "no json", "[]", "{\"Version\":\"2012-10-17\",\"Statement\":[]}"})
    void putUserPolicy_malformed_isRefused(String document) {
        calls.refused(admin, "PutUserPolicy", put("p", document), "MalformedPolicyDocument", 400);
    }

    @Test
    void putUserPolicy_moreThanTheQuota_isRefused() {
        String half = ALLOW.replace("kms:List*", "kms:" + "a".repeat(1_000));
        calls.run(admin, "PutUserPolicy", put("p", half + " ".repeat(5_000)));
        calls.run(admin, "PutUserPolicy", put("p", half));
        assertThat(calls.refused(admin, "PutUserPolicy", put("q", half), "LimitExceeded", 409)
                        .message())
                .contains("Maximum policy size of 2048 bytes exceeded for user bob");
    }

    @Test
    void policies_attachedAndDenied_bindTheNextCall() {
        ListUsersRequest list = ListUsersRequest.builder().build();
        calls.refused(bob, "ListUsers", list, "AccessDenied", 403);

        calls.run(admin, "AttachUserPolicy", attach("arn:aws:iam::aws:policy/ReadOnlyAccess"));
        calls.run(bob, "ListUsers", list);
        CreateUserRequest create = CreateUserRequest.builder().userName("x").build();
        calls.refused(bob, "CreateUser", create, "AccessDenied", 403);

        String deny = ALLOW.replace("kms:List*", "iam:ListUsers").replace("Allow", "Deny");
        calls.run(admin, "PutUserPolicy", put("no", deny));
        assertThat(calls.refused(bob, "ListUsers", list, "AccessDenied", 403)
                        .message()
                        .orElseThrow())
                .endsWith("with an explicit deny in an identity-based policy");
    }

    @Test
    void attachUserPolicy_customerManaged_countsItsUses() {
        ManagedPolicy policy = customerPolicy("mine");
        calls.run(admin, "AttachUserPolicy", attach(policy.arn()));
        calls.run(admin, "AttachUserPolicy", attach(policy.arn()));
        String key = IdentityTables.key(site.account(), "mine");
        assertThat(calls.row(IdentityTables.POLICIES, key, ManagedPolicy::attachments))
                .isEqualTo(1);
        ListAttachedUserPoliciesResponse attached = calls.run(
                admin,
                "ListAttachedUserPolicies",
                ListAttachedUserPoliciesRequest.builder().userName("bob").build());
        assertThat(attached.attachedPolicies().orElseThrow())
                .containsExactly(AttachedPolicy.builder()
                        .policyName("mine")
                        .policyArn(policy.arn())
                        .build());

        DetachUserPolicyRequest detach = DetachUserPolicyRequest.builder()
                .userName("bob")
                .policyArn(policy.arn())
                .build();
        calls.run(admin, "DetachUserPolicy", detach);
        assertThat(calls.row(IdentityTables.POLICIES, key, ManagedPolicy::attachments))
                .isZero();
        assertThat(calls.refused(admin, "DetachUserPolicy", detach, "NoSuchEntity", 404)
                        .message())
                .contains("Policy " + policy.arn() + " was not found.");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"arn:aws:iam::aws:policy/NoSuchPolicy", "arn:aws:iam::999999999999:policy/AdministratorAccess"})
    void attachUserPolicy_unknown_doesNotExist(String arn) {
        assertThat(calls.refused(admin, "AttachUserPolicy", attach(arn), "NoSuchEntity", 404)
                        .message())
                .contains("Policy " + arn + " does not exist or is not attachable.");
    }

    private ManagedPolicy customerPolicy(String name) {
        ManagedPolicy policy = new ManagedPolicy(
                site.account(),
                "ANPA",
                "/",
                name,
                Site.NOW,
                Site.NOW,
                Optional.empty(),
                Map.of(),
                1,
                1,
                List.of(new ManagedPolicy.Version(1, ALLOW, Site.NOW)),
                0,
                0);
        site.commit(Change.put(IdentityTables.POLICIES, IdentityTables.key(site.account(), name), policy));
        return policy;
    }

    private static PutUserPolicyRequest put(String name, String document) {
        return PutUserPolicyRequest.builder()
                .userName("bob")
                .policyName(name)
                .policyDocument(document)
                .build();
    }

    private static AttachUserPolicyRequest attach(String arn) {
        return AttachUserPolicyRequest.builder().userName("bob").policyArn(arn).build();
    }
}
