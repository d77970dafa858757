package dev.keytrail.identity.op;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.call.Caller;
import dev.keytrail.call.Principal;
import dev.keytrail.identity.Site;
import dev.keytrail.identity.directory.AccessKey;
import dev.keytrail.identity.directory.Bootstrap;
import dev.keytrail.identity.directory.IdentityTables;
import dev.keytrail.wire.NoInput;
import dev.keytrail.wire.shape.iam.AttachUserPolicyRequest;
import dev.keytrail.wire.shape.iam.ContextEntry;
import dev.keytrail.wire.shape.iam.ContextKeyTypeEnum;
import dev.keytrail.wire.shape.iam.CreateAccessKeyRequest;
import dev.keytrail.wire.shape.iam.CreateAccessKeyResponse;
import dev.keytrail.wire.shape.iam.CreateAccountAliasRequest;
import dev.keytrail.wire.shape.iam.DeleteAccountAliasRequest;
import dev.keytrail.wire.shape.iam.EntityType;
import dev.keytrail.wire.shape.iam.EvaluationResult;
import dev.keytrail.wire.shape.iam.GetAccountAuthorizationDetailsRequest;
import dev.keytrail.wire.shape.iam.GetAccountAuthorizationDetailsResponse;
import dev.keytrail.wire.shape.iam.GetAccountSummaryResponse;
import dev.keytrail.wire.shape.iam.GetUserRequest;
import dev.keytrail.wire.shape.iam.ListAccountAliasesRequest;
import dev.keytrail.wire.shape.iam.ListAccountAliasesResponse;
import dev.keytrail.wire.shape.iam.ListUserTagsRequest;
import dev.keytrail.wire.shape.iam.ListUserTagsResponse;
import dev.keytrail.wire.shape.iam.PolicyEvaluationDecisionType;
import dev.keytrail.wire.shape.iam.PolicySourceType;
import dev.keytrail.wire.shape.iam.PutUserPolicyRequest;
import dev.keytrail.wire.shape.iam.SimulateCustomPolicyRequest;
import dev.keytrail.wire.shape.iam.SimulatePolicyResponse;
import dev.keytrail.wire.shape.iam.SimulatePrincipalPolicyRequest;
import dev.keytrail.wire.shape.iam.Statement;
import dev.keytrail.wire.shape.iam.Tag;
import dev.keytrail.wire.shape.iam.TagUserRequest;
import dev.keytrail.wire.shape.iam.UpdateUserRequest;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AccountTest {
    private static final String READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess";

    private final Calls calls = new Calls();
    private final Site site = calls.site;
    private final Caller admin = calls.admin;
    private final Caller bob = calls.create("bob");

    @Test
    void updateUser_renamed_isTheSameUser() {
        String id = site.user("bob").id();
        CreateAccessKeyResponse key = calls.run(
                admin,
                "CreateAccessKey",
                CreateAccessKeyRequest.builder().userName("bob").build());
        String keyId = key.accessKey().orElseThrow().accessKeyId().orElseThrow();
        calls.run(
                admin,
                "UpdateUser",
                UpdateUserRequest.builder()
                        .userName("bob")
                        .newUserName("rob")
                        .newPath("/eng/")
                        .build());
        assertThat(site.user("rob").id()).isEqualTo(id);
        assertThat(site.user("rob").arn()).endsWith(":user/eng/rob");
        assertThat(calls.row(IdentityTables.ACCESS_KEYS, keyId, AccessKey::owner))
                .isEqualTo(new AccessKey.Owner.OfUser("rob", id));
        calls.refused(admin, "GetUser", GetUserRequest.builder().userName("bob").build(), "NoSuchEntity", 404);
        calls.run(
                admin,
                "UpdateUser",
                UpdateUserRequest.builder().userName("rob").newUserName("ROB").build());
        assertThat(site.user("rob").name()).isEqualTo("ROB");
        calls.refused(
                admin,
                "UpdateUser",
                UpdateUserRequest.builder().userName("rob").newUserName("Admin").build(),
                "EntityAlreadyExists",
                409);
    }

    @Test
    void updateUser_toANameNotAllowed_isRefused() {
        String own = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"iam:*\","
                + "\"Resource\":\"arn:aws:iam::*:user/bob\"}]}";
        put("bob", own);
        UpdateUserRequest in =
                UpdateUserRequest.builder().userName("bob").newUserName("rob").build();
        assertThat(calls.refused(bob, "UpdateUser", in, "AccessDenied", 403)
                        .message()
                        .orElseThrow())
                .contains(":user/rob because");
    }

    @Test
    void userTags_moreThanTheQuota_areRefused() {
        for (int i = 0; i < 50; i++) {
            calls.run(admin, "TagUser", tag("k" + i));
        }
        calls.run(admin, "TagUser", tag("K0"));
        assertThat(calls.refused(admin, "TagUser", tag("k50"), "LimitExceeded", 409)
                        .message())
                .contains("Cannot exceed quota for TagsPerUser: 50");
        ListUserTagsResponse page = calls.run(
                admin,
                "ListUserTags",
                ListUserTagsRequest.builder().userName("bob").maxItems(49).build());
        assertThat(page.isTruncated()).contains(true);
    }

    @Test
    void accountAlias_isUniqueAndReplaced() {
        Bootstrap.NewAccount other = site.identity.bootstrap().createAccount(site.read(), "other", Site.NOW);
        site.commit(other.changes());
        Caller root = Caller.of(new Principal.Root(other.account().id()), "AKIAROOT");
        calls.run(admin, "CreateAccountAlias", alias("acme"));
        calls.refused(root, "CreateAccountAlias", alias("acme"), "EntityAlreadyExists", 409);
        calls.refused(root, "CreateAccountAlias", alias("123456789012"), "InvalidInput", 400);
        calls.run(admin, "CreateAccountAlias", alias("acme-2"));
        assertThat(aliases(admin)).containsExactly("acme-2");
        calls.run(root, "CreateAccountAlias", alias("acme"));
        DeleteAccountAliasRequest delete =
                DeleteAccountAliasRequest.builder().accountAlias("acme").build();
        calls.refused(admin, "DeleteAccountAlias", delete, "NoSuchEntity", 404);
        calls.run(root, "DeleteAccountAlias", delete);
        assertThat(aliases(root)).isEmpty();
        assertThat(aliases(admin)).containsExactly("acme-2");
    }

    @Test
    void getAccountSummary_counts() {
        GetAccountSummaryResponse summary = calls.run(admin, "GetAccountSummary", NoInput.INSTANCE);
        assertThat(summary.summaryMap().orElseThrow())
                .containsAllEntriesOf(Map.of("Users", 2, "Roles", 0, "AccountAccessKeysPresent", 0))
                .containsEntry("AccessKeysPerUserQuota", 2)
                .containsEntry("PolicySizeQuota", 6144);
    }

    @Test
    void getAccountAuthorizationDetails_isPagedAsOneList() {
        calls.run(
                admin,
                "AttachUserPolicy",
                AttachUserPolicyRequest.builder()
                        .userName("bob")
                        .policyArn(READ_ONLY)
                        .build());
        GetAccountAuthorizationDetailsResponse all = calls.run(
                admin,
                "GetAccountAuthorizationDetails",
                GetAccountAuthorizationDetailsRequest.builder().build());
        assertThat(all.userDetailList().orElseThrow())
                .extracting(user -> user.userName().orElseThrow())
                .containsExactly("admin", "bob");
        assertThat(all.policies().orElseThrow())
                .extracting(policy -> policy.policyName().orElseThrow())
                .containsExactlyInAnyOrder("AdministratorAccess", "ReadOnlyAccess");
        GetAccountAuthorizationDetailsResponse first = calls.run(
                admin,
                "GetAccountAuthorizationDetails",
                GetAccountAuthorizationDetailsRequest.builder()
                        .filter(List.of(EntityType.User, EntityType.AWSManagedPolicy))
                        .maxItems(3)
                        .build());
        assertThat(first.policies().orElseThrow()).hasSize(1);
        assertThat(first.isTruncated()).contains(true);
    }

    @Test
    void simulatePrincipalPolicy_isWhatWouldBeDecided() {
        calls.run(
                admin,
                "AttachUserPolicy",
                AttachUserPolicyRequest.builder()
                        .userName("bob")
                        .policyArn(READ_ONLY)
                        .build());
        put("bob", document("Deny", "kms:List*"));
        SimulatePrincipalPolicyRequest.Builder in = SimulatePrincipalPolicyRequest.builder()
                .policySourceArn(site.user("bob").arn())
                .actionNames(List.of("iam:GetUser", "kms:ListKeys", "kms:Decrypt"));
        SimulatePolicyResponse answer = calls.run(admin, "SimulatePrincipalPolicy", in.build());
        List<EvaluationResult> results = answer.evaluationResults().orElseThrow();
        assertThat(results)
                .extracting(r -> r.evalDecision().orElseThrow().value())
                .containsExactly("allowed", "explicitDeny", "implicitDeny");
        assertThat(matched(results.get(0)))
                .allSatisfy(s -> assertThat(s.sourcePolicyType()).contains(PolicySourceType.aws_managed));
        assertThat(matched(results.get(1)))
                .containsExactly(Statement.builder()
                        .sourcePolicyId("inline policy p of user bob")
                        .sourcePolicyType(PolicySourceType.user)
                        .build());
        assertThat(matched(results.get(2))).isEmpty();

        calls.refused(
                calls.create("eve"),
                "SimulatePrincipalPolicy",
                in.policySourceArn(site.admin().arn())
                        .actionNames(List.of("kms:*"))
                        .build(),
                "AccessDenied",
                403);
        calls.refused(admin, "SimulatePrincipalPolicy", in.build(), "InvalidInput", 400);
    }

    @Test
    void simulateCustomPolicy_conditionsBoundaryAndResourcePolicy() {
        String conditional = document("Allow", "kms:*")
                .replace("\"Effect\"", "\"Condition\":{\"Bool\":{\"aws:SecureTransport\":\"true\"}},\"Effect\"");
        SimulateCustomPolicyRequest.Builder in = SimulateCustomPolicyRequest.builder()
                .policyInputList(List.of(conditional))
                .actionNames(List.of("kms:Encrypt"));
        assertThat(custom(in).evalDecision()).contains(PolicyEvaluationDecisionType.implicitDeny);
        in.contextEntries(List.of(ContextEntry.builder()
                .contextKeyName("aws:SecureTransport")
                .contextKeyType(ContextKeyTypeEnum._boolean)
                .contextKeyValues(List.of("true"))
                .build()));
        EvaluationResult allowed = custom(in);
        assertThat(allowed.evalDecision()).contains(PolicyEvaluationDecisionType.allowed);
        assertThat(matched(allowed).getFirst().sourcePolicyId()).contains("PolicyInputList.1");
        EvaluationResult bounded = custom(in.permissionsBoundaryPolicyInputList(List.of(document("Allow", "iam:*"))));
        assertThat(bounded.evalDecision()).contains(PolicyEvaluationDecisionType.implicitDeny);
        assertThat(bounded.permissionsBoundaryDecisionDetail().orElseThrow().allowedByPermissionsBoundary())
                .contains(false);
        in.permissionsBoundaryPolicyInputList(List.of());
        String other = document("Allow", "kms:Decrypt")
                .replace("\"Effect\"", "\"Principal\":{\"AWS\":\"" + site.account() + "\"},\"Effect\"");
        in.resourcePolicy(other);
        calls.refused(admin, "SimulateCustomPolicy", in.build(), "InvalidInput", 400);
        in.callerArn(site.user("bob").arn());
        assertThat(custom(in).evalDecision()).contains(PolicyEvaluationDecisionType.implicitDeny);
        assertThat(custom(in.actionNames(List.of("kms:Decrypt"))).evalDecision())
                .contains(PolicyEvaluationDecisionType.allowed);
        calls.refused(
                admin,
                "SimulateCustomPolicy",
                in.resourceHandlingOption("EC2-VPC").build(),
                "InvalidInput",
                400);
    }

    private EvaluationResult custom(SimulateCustomPolicyRequest.Builder in) {
        SimulatePolicyResponse answer = calls.run(admin, "SimulateCustomPolicy", in.build());
        return answer.evaluationResults().orElseThrow().getFirst();
    }

    private static List<Statement> matched(EvaluationResult result) {
        return result.matchedStatements().orElseThrow();
    }

    private List<String> aliases(Caller caller) {
        ListAccountAliasesResponse all = calls.run(
                caller,
                "ListAccountAliases",
                ListAccountAliasesRequest.builder().build());
        return all.accountAliases().orElseThrow();
    }

    private static CreateAccountAliasRequest alias(String alias) {
        return CreateAccountAliasRequest.builder().accountAlias(alias).build();
    }

    private static TagUserRequest tag(String key) {
        return TagUserRequest.builder()
                .userName("bob")
                .tags(List.of(Tag.builder().key(key).value("v").build()))
                .build();
    }

    private void put(String user, String document) {
        calls.run(
                admin,
                "PutUserPolicy",
                PutUserPolicyRequest.builder()
                        .userName(user)
                        .policyName("p")
                        .policyDocument(document)
                        .build());
    }

    private static String document(String effect, String action) {
        return "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"" + effect + "\",\"Action\":\"" + action
                + "\",\"Resource\":\"*\"}]}";
    }
}
