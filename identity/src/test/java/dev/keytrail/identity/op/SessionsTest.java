package dev.keytrail.identity.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Principal;
import dev.keytrail.call.Resource;
import dev.keytrail.call.Service;
import dev.keytrail.identity.Site;
import dev.keytrail.identity.TestSigner;
import dev.keytrail.identity.directory.Bootstrap;
import dev.keytrail.identity.sigv4.AuthenticationFailure;
import dev.keytrail.wire.shape.iam.AttachRolePolicyRequest;
import dev.keytrail.wire.shape.iam.CreateRoleRequest;
import dev.keytrail.wire.shape.iam.CreateUserRequest;
import dev.keytrail.wire.shape.iam.DeleteRoleRequest;
import dev.keytrail.wire.shape.iam.DeleteUserRequest;
import dev.keytrail.wire.shape.iam.GetRoleRequest;
import dev.keytrail.wire.shape.iam.ListRolesRequest;
import dev.keytrail.wire.shape.iam.ListUsersRequest;
import dev.keytrail.wire.shape.iam.PutUserPolicyRequest;
import dev.keytrail.wire.shape.iam.UpdateAssumeRolePolicyRequest;
import dev.keytrail.wire.shape.iam.UpdateRoleRequest;
import dev.keytrail.wire.shape.sts.AssumeRoleRequest;
import dev.keytrail.wire.shape.sts.AssumeRoleResponse;
import dev.keytrail.wire.shape.sts.Credentials;
import dev.keytrail.wire.shape.sts.GetCallerIdentityRequest;
import dev.keytrail.wire.shape.sts.GetCallerIdentityResponse;
import dev.keytrail.wire.shape.sts.GetFederationTokenRequest;
import dev.keytrail.wire.shape.sts.GetFederationTokenResponse;
import dev.keytrail.wire.shape.sts.GetSessionTokenRequest;
import dev.keytrail.wire.shape.sts.GetSessionTokenResponse;
import dev.keytrail.wire.shape.sts.PolicyDescriptorType;
import dev.keytrail.wire.shape.sts.ProvidedContext;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class SessionsTest {
    private static final String READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    private static final String LIST_USERS = policy("Allow", "iam:ListUsers");

    private final Calls calls = new Calls();
    private final Site site = calls.site;
    private final Caller admin = calls.admin;
    private final Caller bob = calls.create("bob");

    @Test
    void assumeRole_trusted_actsAsTheRole() {
        role("ops", trust("user/bob"));
        attach("ops", READ_ONLY);
        AssumeRoleResponse answer = calls.run(bob, "AssumeRole", ask("ops").build());

        String session = "arn:aws:sts::" + site.account() + ":assumed-role/ops/s-1";
        assertThat(answer.assumedRoleUser().orElseThrow().arn()).contains(session);
        assertThat(answer.packedPolicySize()).isEmpty();
        assertThat(answer.credentials().orElseThrow().expiration()).contains(Site.NOW.plus(Duration.ofHours(1)));
        assertThat(calls.notes.resources()).containsExactly(new Resource(site.account(), "AWS::IAM::Role", arn("ops")));
        Facts shown = calls.shown.orElseThrow();
        assertThat(shown.asMap().keySet()).containsExactly("credentials", "assumedRoleUser");
        assertThat(((Facts) shown.get("credentials").orElseThrow()).asMap().keySet())
                .containsExactly("accessKeyId", "sessionToken", "expiration");

        Caller ops = caller(answer.credentials().orElseThrow());
        GetCallerIdentityResponse who = calls.run(
                ops, "GetCallerIdentity", GetCallerIdentityRequest.builder().build());
        assertThat(who.arn()).contains(session);
        assertThat(who.userId().orElseThrow()).matches("AROA[A-Z2-7]{17}:s-1");
        calls.run(ops, "ListUsers", ListUsersRequest.builder().build());
        calls.refused(
                ops, "CreateUser", CreateUserRequest.builder().userName("x").build(), "AccessDenied", 403);
    }

    @Test
    void assumeRole_accountTrusted_needsTheCallersOwnPolicyToo() {
        role("ops", trust("root"));
        String denied = "User: arn:aws:iam::" + site.account()
                + ":user/bob is not authorized to perform: sts:AssumeRole on resource: ";
        assertThat(refused(bob, ask("ops")).message()).contains(denied + arn("ops"));
        assertThat(refused(bob, ask("absent")).message()).contains(denied + arn("absent"));
        putUser("bob", policy("Allow", "sts:AssumeRole"));
        calls.run(bob, "AssumeRole", ask("ops").build());
        assertThat(refused(bob, ask("absent")).message()).contains(denied + arn("absent"));
        putUser("bob", policy("Deny", "sts:*"));
        trustAnew("ops", trust("user/bob"));
        refused(bob, ask("ops"));
    }

    @Test
    void assumeRole_trustChangedOrRoleDeleted_bindsAtOnce() {
        role("ops", trust("user/bob"));
        Credentials credentials = assume(bob, ask("ops"));
        trustAnew("ops", trust("user/admin"));
        refused(bob, ask("ops"));
        caller(credentials);
        calls.run(
                admin, "DeleteRole", DeleteRoleRequest.builder().roleName("ops").build());
        assertThatThrownBy(() -> caller(credentials)).isInstanceOf(AuthenticationFailure.class);
        role("ops", trust("user/bob"));
        assertThatThrownBy(() -> caller(credentials)).isInstanceOf(AuthenticationFailure.class);
    }

    @Test
    void assumeRole_userMadeAnew_isNotTheOneTrusted() {
        role("ops", trust("user/bob"));
        calls.run(
                admin, "DeleteUser", DeleteUserRequest.builder().userName("bob").build());
        Caller other = calls.create("bob");
        refused(other, ask("ops"));
        trustAnew("ops", trust("user/bob"));
        calls.run(other, "AssumeRole", ask("ops").build());
    }

    @Test
    void assumeRole_externalId_isTheTrustPolicysToAskFor() {
        role("ops", trust("user/bob", "\"StringEquals\":{\"sts:ExternalId\":\"42\"}"));
        refused(bob, ask("ops"));
        refused(bob, ask("ops").externalId("43"));
        calls.run(bob, "AssumeRole", ask("ops").externalId("42").build());
    }

    @Test
    void assumeRole_sessionPolicies_narrow() {
        role("ops", trust("user/bob"));
        attach("ops", READ_ONLY);
        ListRolesRequest listRoles = ListRolesRequest.builder().build();
        Caller inline = caller(assume(bob, ask("ops").policy(LIST_USERS)));
        calls.run(inline, "ListUsers", ListUsersRequest.builder().build());
        assertThat(calls.refused(inline, "ListRoles", listRoles, "AccessDenied", 403)
                        .message()
                        .orElseThrow())
                .endsWith("because no session policy allows the iam:ListRoles action");
        Caller wider = caller(assume(bob, ask("ops").policy(policy("Allow", "*"))));
        calls.refused(
                wider, "CreateUser", CreateUserRequest.builder().userName("x").build(), "AccessDenied", 403);
        PolicyDescriptorType kms = PolicyDescriptorType.builder()
                .arn("arn:aws:iam::aws:policy/AWSKeyManagementServicePowerUser")
                .build();
        Caller managed = caller(assume(bob, ask("ops").policyArns(List.of(kms))));
        calls.refused(
                managed, "GetRole", GetRoleRequest.builder().roleName("ops").build(), "AccessDenied", 403);
    }

    @Test
    void assumeRole_sessionPoliciesThatCannotBe_areRefused() {
        role("ops", trust("user/bob"));
        calls.refused(bob, "AssumeRole", ask("ops").policy("{}").build(), "MalformedPolicyDocument", 400);
        String longer = LIST_USERS.replace("iam:ListUsers", "iam:" + "a".repeat(2048));
        calls.refused(bob, "AssumeRole", ask("ops").policy(longer).build(), "ValidationError", 400);
        for (String arn : List.of("arn:aws:iam::aws:policy/None", "arn:aws:iam::999999999999:policy/x")) {
            PolicyDescriptorType none = PolicyDescriptorType.builder().arn(arn).build();
            calls.refused(
                    bob, "AssumeRole", ask("ops").policyArns(List.of(none)).build(), "MalformedPolicyDocument", 400);
        }
        Map<String, String> big = new HashMap<>();
        Random random = new Random(1);
        for (int i = 0; i < 50; i++) {
            big.put(
                    "k" + i,
                    random.ints(64, '!', '~').mapToObj(Character::toString).collect(Collectors.joining()));
        }
        trustAnew("ops", trust("user/bob").replace("sts:AssumeRole", "sts:*"));
        ApiError tooLarge =
                calls.refused(bob, "AssumeRole", ask("ops").tags(stsTags(big)).build(), "PackedPolicyTooLarge", 400);
        assertThat(tooLarge.message().orElseThrow()).matches("Packed policy consumes \\d{3}% of allotted space,.*");
    }

    @Test
    void assumeRole_durations_areLimited() {
        role("ops", trust("user/bob"));
        assertThat(calls.refused(
                                bob,
                                "AssumeRole",
                                ask("ops").durationSeconds(3601).build(),
                                "ValidationError",
                                400)
                        .message())
                .contains("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
        calls.run(
                admin,
                "UpdateRole",
                UpdateRoleRequest.builder()
                        .roleName("ops")
                        .maxSessionDuration(43_200)
                        .build());
        Caller ops = caller(assume(bob, ask("ops").durationSeconds(43_200)));
        role("next", trust("role/ops"));
        calls.run(
                admin,
                "UpdateRole",
                UpdateRoleRequest.builder()
                        .roleName("next")
                        .maxSessionDuration(43_200)
                        .build());
        assertThat(calls.refused(
                                ops,
                                "AssumeRole",
                                ask("next").durationSeconds(3601).build(),
                                "ValidationError",
                                400)
                        .message())
                .contains("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role"
                        + " chaining.");
        calls.run(ops, "AssumeRole", ask("next").build());
    }

    @Test
    void assumeRole_tagsAndSourceIdentity_needTrustAndAreHandedOn() {
        role("ops", trust("user/bob"));
        AssumeRoleRequest.Builder tagged = ask("ops")
                .tags(stsTags(Map.of("team", "red", "cost", "7")))
                .transitiveTagKeys(List.of("team"))
                .sourceIdentity("bobby");
        assertThat(refused(bob, tagged).message().orElseThrow()).contains("sts:TagSession");
        trustAnew("ops", trust("user/bob").replace("\"sts:AssumeRole\"", "[\"sts:AssumeRole\",\"sts:TagSession\"]"));
        assertThat(refused(bob, tagged).message().orElseThrow()).contains("sts:SetSourceIdentity");
        trustAnew("ops", trust("user/bob").replace("sts:AssumeRole", "sts:*"));
        AssumeRoleResponse answer = calls.run(bob, "AssumeRole", tagged.build());
        assertThat(answer.sourceIdentity()).contains("bobby");
        assertThat(answer.packedPolicySize())
                .hasValueSatisfying(p -> assertThat(p).isBetween(1, 99));
        Caller ops = caller(answer.credentials().orElseThrow());
        assertThat(ops.session().orElseThrow().tags()).isEqualTo(Map.of("team", "red", "cost", "7"));

        role("next", trust("role/ops"));
        assertThat(refused(ops, ask("next")).message().orElseThrow()).contains("sts:SetSourceIdentity");
        trustAnew("next", trust("role/ops").replace("sts:AssumeRole", "sts:*"));
        Caller next = caller(assume(ops, ask("next")));
        assertThat(next.session().orElseThrow().tags()).isEqualTo(Map.of("team", "red"));
        assertThat(next.session().orElseThrow().sourceIdentity()).contains("bobby");
        refused(ops, ask("next").sourceIdentity("eve"));
        calls.refused(
                ops,
                "AssumeRole",
                ask("next").tags(stsTags(Map.of("TEAM", "blue"))).build(),
                "InvalidParameterValue",
                400);
        calls.refused(
                bob,
                "AssumeRole",
                ask("ops").transitiveTagKeys(List.of("absent")).build(),
                "InvalidParameterValue",
                400);
    }

    @Test
    void assumeRole_whatIsNotThere_isRefused() {
        role("ops", trust("user/bob"));
        assertThat(refused(bob, ask("ops").serialNumber("arn:aws:iam::1:mfa/x").tokenCode("123456"))
                        .message()
                        .orElseThrow())
                .startsWith("MultiFactorAuthentication failed");
        calls.refused(
                bob,
                "AssumeRole",
                ask("ops")
                        .providedContexts(List.of(ProvidedContext.builder().build()))
                        .build(),
                "ValidationError",
                400);
        Caller root = Caller.of(new Principal.Root(site.account()), "AKIAROOT");
        assertThat(refused(root, ask("ops")).message()).contains("Roles may not be assumed by root accounts.");
    }

    @Test
    void assumeRole_otherAccount_needsBothSides() {
        Bootstrap.NewAccount other = site.identity.bootstrap().createAccount(site.read(), "other", Site.NOW);
        site.commit(other.changes());
        Caller root = Caller.of(new Principal.Root(other.account().id()), "AKIAROOT");
        String ours = "arn:aws:iam::" + site.account() + ":user/bob";
        calls.run(
                root,
                "CreateRole",
                CreateRoleRequest.builder()
                        .roleName("theirs")
                        .assumeRolePolicyDocument(document(ours, ""))
                        .build());
        String arn = "arn:aws:iam::" + other.account().id() + ":role/theirs";
        AssumeRoleRequest.Builder ask = AssumeRoleRequest.builder().roleArn(arn).roleSessionName("s-1");
        refused(bob, ask);
        putUser("bob", policy("Allow", "sts:AssumeRole"));
        Caller session = caller(assume(bob, ask));
        assertThat(session.principal().account()).contains(other.account().id());
        assertThat(calls.notes.resources())
                .containsExactly(new Resource(other.account().id(), "AWS::IAM::Role", arn));
    }

    @Test
    void getSessionToken_isTheUserItself() {
        GetSessionTokenRequest in = GetSessionTokenRequest.builder().build();
        GetSessionTokenResponse answer = calls.run(bob, "GetSessionToken", in);
        Caller session = caller(answer.credentials().orElseThrow());
        assertThat(session.principal()).isEqualTo(bob.principal());
        assertThat(answer.credentials().orElseThrow().expiration()).contains(Site.NOW.plus(Duration.ofHours(12)));
        assertThat(calls.refused(session, "GetSessionToken", in, "AccessDenied", 403)
                        .message())
                .contains("Cannot call GetSessionToken with session credentials");
        Caller root = Caller.of(new Principal.Root(site.account()), "AKIAROOT");
        GetSessionTokenResponse ofRoot = calls.run(root, "GetSessionToken", in);
        assertThat(ofRoot.credentials().orElseThrow().expiration()).contains(Site.NOW.plus(Duration.ofHours(1)));
        calls.run(
                admin, "DeleteUser", DeleteUserRequest.builder().userName("bob").build());
        assertThatThrownBy(() -> caller(answer.credentials().orElseThrow())).isInstanceOf(AuthenticationFailure.class);
    }

    @Test
    void getFederationToken_canDoWhatBothAllow() {
        GetFederationTokenRequest in = GetFederationTokenRequest.builder()
                .name("fed")
                .policy(policy("Allow", "sts:*"))
                .build();
        assertThat(calls.refused(bob, "GetFederationToken", in, "AccessDenied", 403)
                        .message()
                        .orElseThrow())
                .contains("sts:GetFederationToken on resource: arn:aws:sts::" + site.account() + ":federated-user/fed");
        putUser("bob", policy("Allow", "*"));
        GetFederationTokenResponse answer = calls.run(bob, "GetFederationToken", in);
        assertThat(answer.federatedUser().orElseThrow().federatedUserId()).contains(site.account() + ":fed");
        Caller fed = caller(answer.credentials().orElseThrow());
        assertThat(fed.session().orElseThrow().restricted()).isTrue();
        calls.refused(fed, "ListUsers", ListUsersRequest.builder().build(), "InvalidClientTokenId", 403);
        role("ops", trust("root"));
        refused(fed, ask("ops"));
    }

    private AssumeRoleRequest.Builder ask(String role) {
        return AssumeRoleRequest.builder().roleArn(arn(role)).roleSessionName("s-1");
    }

    private Credentials assume(Caller caller, AssumeRoleRequest.Builder in) {
        AssumeRoleResponse answer = calls.run(caller, "AssumeRole", in.build());
        return answer.credentials().orElseThrow();
    }

    private ApiError refused(Caller caller, AssumeRoleRequest.Builder in) {
        return calls.refused(caller, "AssumeRole", in.build(), "AccessDenied", 403);
    }

    /** Whom a request with these credentials comes from. */
    private Caller caller(Credentials credentials) {
        return site.identity
                .authenticator()
                .authenticate(
                        site.read(),
                        TestSigner.of(
                                        credentials.accessKeyId().orElseThrow(),
                                        Site.text(credentials.secretAccessKey().orElseThrow()))
                                .signed(
                                        "X-Amz-Security-Token",
                                        credentials.sessionToken().orElseThrow())
                                .sign(),
                        Service.KMS,
                        Site.NOW)
                .caller();
    }

    private String arn(String role) {
        return "arn:aws:iam::" + site.account() + ":role/" + role;
    }

    private void role(String name, String trust) {
        calls.run(
                admin,
                "CreateRole",
                CreateRoleRequest.builder()
                        .roleName(name)
                        .assumeRolePolicyDocument(trust)
                        .build());
    }

    private void trustAnew(String role, String trust) {
        calls.run(
                admin,
                "UpdateAssumeRolePolicy",
                UpdateAssumeRolePolicyRequest.builder()
                        .roleName(role)
                        .policyDocument(trust)
                        .build());
    }

    private void attach(String role, String arn) {
        calls.run(
                admin,
                "AttachRolePolicy",
                AttachRolePolicyRequest.builder().roleName(role).policyArn(arn).build());
    }

    private void putUser(String user, String document) {
        calls.run(
                admin,
                "PutUserPolicy",
                PutUserPolicyRequest.builder()
                        .userName(user)
                        .policyName("p")
                        .policyDocument(document)
                        .build());
    }

    private String trust(String resource) {
        return trust(resource, "");
    }

    private String trust(String resource, String condition) {
        return document("arn:aws:iam::" + site.account() + ":" + resource, condition);
    }

    private static String document(String principal, String condition) {
        return "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"" + principal
                + "\"},\"Condition\":{" + condition + "},\"Action\":\"sts:AssumeRole\"}]}";
    }

    private static String policy(String effect, String action) {
        return "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"" + effect + "\",\"Action\":\"" + action
                + "\",\"Resource\":\"*\"}]}";
    }

    private static List<dev.keytrail.wire.shape.sts.Tag> stsTags(Map<String, String> tags) {
        return tags.entrySet().stream()
                .map(t -> dev.keytrail.wire.shape.sts.Tag.builder()
                        .key(t.getKey())
                        .value(t.getValue())
                        .build())
                .toList();
    }
}
