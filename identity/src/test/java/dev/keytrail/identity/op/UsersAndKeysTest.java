package dev.keytrail.identity.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Change;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.NamedResource;
import dev.keytrail.call.Principal;
import dev.keytrail.call.State;
import dev.keytrail.identity.Site;
import dev.keytrail.identity.directory.AccessKey;
import dev.keytrail.identity.directory.Account;
import dev.keytrail.identity.directory.Bootstrap;
import dev.keytrail.identity.directory.IdentityTables;
import dev.keytrail.wire.shape.iam.AttachUserPolicyRequest;
import dev.keytrail.wire.shape.iam.CreateAccessKeyRequest;
import dev.keytrail.wire.shape.iam.CreateAccessKeyResponse;
import dev.keytrail.wire.shape.iam.CreateUserRequest;
import dev.keytrail.wire.shape.iam.CreateUserResponse;
import dev.keytrail.wire.shape.iam.DeleteAccessKeyRequest;
import dev.keytrail.wire.shape.iam.DeleteUserRequest;
import dev.keytrail.wire.shape.iam.DetachUserPolicyRequest;
import dev.keytrail.wire.shape.iam.GetUserRequest;
import dev.keytrail.wire.shape.iam.GetUserResponse;
import dev.keytrail.wire.shape.iam.ListAccessKeysRequest;
import dev.keytrail.wire.shape.iam.ListAccessKeysResponse;
import dev.keytrail.wire.shape.iam.ListUsersRequest;
import dev.keytrail.wire.shape.iam.ListUsersResponse;
import dev.keytrail.wire.shape.iam.StatusType;
import dev.keytrail.wire.shape.iam.Tag;
import dev.keytrail.wire.shape.iam.UpdateAccessKeyRequest;
import dev.keytrail.wire.shape.iam.User;
import dev.keytrail.wire.shape.sts.GetAccessKeyInfoRequest;
import dev.keytrail.wire.shape.sts.GetAccessKeyInfoResponse;
import dev.keytrail.wire.shape.sts.GetCallerIdentityRequest;
import dev.keytrail.wire.shape.sts.GetCallerIdentityResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UsersAndKeysTest {
    private final Calls calls = new Calls();
    private final Site site = calls.site;
    private final Caller admin = calls.admin;

    @Test
    void getCallerIdentity_userWithoutAnyPolicy_isItself() {
        Caller bob = calls.create("bob");
        GetCallerIdentityResponse who = calls.run(
                bob, "GetCallerIdentity", GetCallerIdentityRequest.builder().build());
        assertThat(who.account()).contains(site.account());
        assertThat(who.userId()).contains(site.user("bob").id());
        assertThat(who.arn()).contains("arn:aws:iam::" + site.account() + ":user/bob");
    }

    @Test
    void getAccessKeyInfo_knownKey_isItsAccount() {
        GetAccessKeyInfoResponse info = calls.run(
                admin,
                "GetAccessKeyInfo",
                GetAccessKeyInfoRequest.builder().accessKeyId(site.adminKeyId()).build());
        assertThat(info.account()).contains(site.account());
        GetAccessKeyInfoRequest unknown = GetAccessKeyInfoRequest.builder()
                .accessKeyId("AKIAAAAAAAAAAAAAAAAA")
                .build();
        calls.refused(admin, "GetAccessKeyInfo", unknown, "ValidationError", 400);
    }

    @Test
    void createUser_full_isShownInAnswerAndEvent() {
        CreateUserRequest in = CreateUserRequest.builder()
                .userName("Richard")
                .path("/eng/")
                .tags(List.of(Tag.builder().key("team").value("red").build()))
                .build();
        CreateUserResponse out = calls.run(admin, "CreateUser", in);

        User user = out.user().orElseThrow();
        assertThat(user.arn()).contains("arn:aws:iam::" + site.account() + ":user/eng/Richard");
        assertThat(user.userId().orElseThrow()).matches("AIDA[A-Z2-7]{17}");
        assertThat(site.user("RICHARD").tags()).isEqualTo(Map.of("team", "red"));
        assertThat(calls.notes.named()).contains(new NamedResource("AWS::IAM::User", "Richard"));
        assertThat(calls.parameters("CreateUser", in).asMap().keySet()).containsExactly("path", "userName", "tags");
        Facts shown = (Facts) calls.shown.orElseThrow().get("user").orElseThrow();
        assertThat(shown.asMap().keySet()).containsExactly("path", "arn", "userId", "createDate", "userName", "tags");
        assertThat(shown.get("createDate")).contains("Jan 1, 2026, 12:00:00 AM");
    }

    @Test
    void createUser_sameNameInOtherCase_exists() {
        calls.create("bob");
        CreateUserRequest again = CreateUserRequest.builder().userName("BOB").build();
        assertThat(calls.refused(admin, "CreateUser", again, "EntityAlreadyExists", 409)
                        .message())
                .contains("User with name BOB already exists.");
    }

    @Test
    void createUser_twoAtOnce_oneLoses() {
        State one = site.read();
        State other = site.read();
        CreateUserRequest in = CreateUserRequest.builder().userName("bob").build();
        List<Change<?>> first = calls.decide(one, admin, "CreateUser", in).changes();
        List<Change<?>> second = calls.decide(other, admin, "CreateUser", in).changes();
        site.ledger.commit(one, first, List.of());
        assertThatThrownBy(() -> site.ledger.commit(other, second, List.of())).isInstanceOf(Ledger.Conflict.class);
    }

    @Test
    void createUser_reservedOrDoubledTag_isInvalid() {
        for (List<String> keys : List.of(List.of("aws:x"), List.of("AWS:y"), List.of("a", "A"))) {
            CreateUserRequest in = CreateUserRequest.builder()
                    .userName("bob")
                    .tags(keys.stream()
                            .map(k -> Tag.builder().key(k).value("").build())
                            .toList())
                    .build();
            calls.refused(admin, "CreateUser", in, "InvalidInput", 400);
        }
    }

    @Test
    void createUser_boundaryThatIsNoPolicy_isRefused() {
        CreateUserRequest.Builder in = CreateUserRequest.builder().userName("bob");
        String gone = "arn:aws:iam::" + site.account() + ":policy/gone";
        calls.refused(admin, "CreateUser", in.permissionsBoundary(gone).build(), "NoSuchEntity", 404);
        String bucket = "arn:aws:s3:::some-bucket-name";
        calls.refused(admin, "CreateUser", in.permissionsBoundary(bucket).build(), "InvalidInput", 400);
    }

    @Test
    void getUser_withoutName_isTheCaller() {
        GetUserRequest in = GetUserRequest.builder().build();
        GetUserResponse self = calls.run(admin, "GetUser", in);
        assertThat(self.user().orElseThrow().userName()).contains("admin");

        Principal.Root root = new Principal.Root(site.account());
        GetUserResponse answer = calls.run(Caller.of(root, "AKIAROOT"), "GetUser", in);
        assertThat(answer.user().orElseThrow().arn()).contains(root.arn());
        assertThat(answer.user().orElseThrow().userName()).isEmpty();
    }

    @Test
    void getUser_unknown_isToldOnlyToThoseWhoMayAsk() {
        GetUserRequest in = GetUserRequest.builder().userName("nobody").build();
        assertThat(calls.refused(admin, "GetUser", in, "NoSuchEntity", 404).message())
                .contains("The user with name nobody cannot be found.");
        Caller bob = calls.create("bob");
        ApiError denied = calls.refused(bob, "GetUser", in, "AccessDenied", 403);
        assertThat(denied.message())
                .contains("User: " + bob.arn() + " is not authorized to perform: iam:GetUser on resource: arn:aws:iam::"
                        + site.account() + ":user/nobody because no identity-based policy allows the iam:GetUser"
                        + " action");
        assertThat(calls.notes.trace()).isNotEmpty();
    }

    @Test
    void listUsers_paged_givesEachOnceInOrder() {
        for (String name : new String[] {"delta", "Bravo", "charlie", "alpha"}) {
            calls.create(name);
        }
        List<String> names = new ArrayList<>();
        Optional<String> marker = Optional.empty();
        int pages = 0;
        do {
            ListUsersRequest in =
                    ListUsersRequest.builder().maxItems(2).marker(marker).build();
            ListUsersResponse page = calls.run(admin, "ListUsers", in);
            page.users().orElseThrow().forEach(u -> names.add(u.userName().orElseThrow()));
            marker = page.marker();
            assertThat(page.isTruncated()).contains(marker.isPresent());
            pages++;
        } while (marker.isPresent());
        assertThat(names).containsExactly("admin", "alpha", "Bravo", "charlie", "delta");
        assertThat(pages).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "%%%", "OTk5OTk5OTk5OTk5L2E"})
    void listUsers_foreignMarker_isInvalid(String marker) {
        ListUsersRequest in = ListUsersRequest.builder().marker(marker).build();
        calls.refused(admin, "ListUsers", in, "ValidationError", 400);
    }

    @Test
    void listUsers_underAPath_givesThoseAlone() {
        calls.run(
                admin,
                "CreateUser",
                CreateUserRequest.builder().userName("bob").path("/eng/").build());
        ListUsersResponse page = calls.run(
                admin,
                "ListUsers",
                ListUsersRequest.builder().pathPrefix("/eng").build());
        assertThat(page.users().orElseThrow()).hasSize(1);
    }

    @Test
    void deleteUser_withKeysOrPolicies_conflictsUntilTheyAreGone() {
        calls.create("bob");
        CreateAccessKeyResponse key = calls.run(
                admin,
                "CreateAccessKey",
                CreateAccessKeyRequest.builder().userName("bob").build());
        String arn = Bootstrap.ADMINISTRATOR_ACCESS;
        calls.run(
                admin,
                "AttachUserPolicy",
                AttachUserPolicyRequest.builder().userName("bob").policyArn(arn).build());
        DeleteUserRequest delete = DeleteUserRequest.builder().userName("bob").build();

        assertThat(calls.refused(admin, "DeleteUser", delete, "DeleteConflict", 409)
                        .message())
                .contains("Cannot delete entity, must delete access keys first.");
        calls.run(
                admin,
                "DeleteAccessKey",
                DeleteAccessKeyRequest.builder()
                        .userName("bob")
                        .accessKeyId(key.accessKey().orElseThrow().accessKeyId().orElseThrow())
                        .build());
        calls.refused(admin, "DeleteUser", delete, "DeleteConflict", 409);
        calls.run(
                admin,
                "DetachUserPolicy",
                DetachUserPolicyRequest.builder().userName("bob").policyArn(arn).build());
        calls.run(admin, "DeleteUser", delete);
        GetUserRequest get = GetUserRequest.builder().userName("bob").build();
        calls.refused(admin, "GetUser", get, "NoSuchEntity", 404);
    }

    @Test
    void createAccessKey_secret_isInTheAnswerAndNowhereElse() {
        calls.create("bob");
        CreateAccessKeyRequest in =
                CreateAccessKeyRequest.builder().userName("bob").build();
        CreateAccessKeyResponse made = calls.run(admin, "CreateAccessKey", in);
        String secret =
                Site.text(made.accessKey().orElseThrow().secretAccessKey().orElseThrow());
        assertThat(secret).hasSize(40);
        Facts shown = (Facts) calls.shown.orElseThrow().get("accessKey").orElseThrow();
        assertThat(shown.asMap().keySet()).containsExactly("userName", "accessKeyId", "status", "createDate");
        assertThat(shown.asMap().values()).doesNotContain(secret);
        assertThat(made.toString()).doesNotContain(secret);
    }

    @Test
    void createAccessKey_thirdOne_exceedsTheQuota() {
        calls.create("bob");
        CreateAccessKeyRequest in =
                CreateAccessKeyRequest.builder().userName("bob").build();
        calls.run(admin, "CreateAccessKey", in);
        calls.run(admin, "CreateAccessKey", in);
        assertThat(calls.refused(admin, "CreateAccessKey", in, "LimitExceeded", 409)
                        .message())
                .contains("Cannot exceed quota for AccessKeysPerUser: 2");
    }

    @Test
    void accessKeys_ofTheCallerAndOfRoot_areManagedWithoutAName() {
        ListAccessKeysResponse own = calls.run(
                admin, "ListAccessKeys", ListAccessKeysRequest.builder().build());
        assertThat(own.accessKeyMetadata().orElseThrow())
                .extracting(m -> m.accessKeyId().orElseThrow())
                .containsExactly(site.adminKeyId());

        Caller root = Caller.of(new Principal.Root(site.account()), "AKIAROOT");
        CreateAccessKeyResponse made = calls.run(
                root, "CreateAccessKey", CreateAccessKeyRequest.builder().build());
        String id = made.accessKey().orElseThrow().accessKeyId().orElseThrow();
        assertThat(calls.row(IdentityTables.ACCOUNTS, site.account(), Account::rootAccessKeys))
                .containsExactly(id);
        assertThat(calls.row(IdentityTables.ACCESS_KEYS, id, AccessKey::owner)).isEqualTo(new AccessKey.Owner.Root());
        calls.run(
                root,
                "DeleteAccessKey",
                DeleteAccessKeyRequest.builder().accessKeyId(id).build());
        assertThat(calls.row(IdentityTables.ACCOUNTS, site.account(), Account::rootAccessKeys))
                .isEmpty();
    }

    @Test
    void updateAccessKey_inactive_isStored() {
        UpdateAccessKeyRequest in = UpdateAccessKeyRequest.builder()
                .accessKeyId(site.adminKeyId())
                .status(StatusType.Inactive)
                .build();
        calls.run(admin, "UpdateAccessKey", in);
        assertThat(site.adminKey().active()).isFalse();
        assertThat(calls.parameters("UpdateAccessKey", in).get("status")).contains("Inactive");
    }

    @Test
    void updateAccessKey_ofAnotherUser_cannotBeFound() {
        calls.create("bob");
        UpdateAccessKeyRequest in = UpdateAccessKeyRequest.builder()
                .userName("bob")
                .accessKeyId(site.adminKeyId())
                .status(StatusType.Inactive)
                .build();
        calls.refused(admin, "UpdateAccessKey", in, "NoSuchEntity", 404);
    }

    @Test
    void createAccount_byTheOperator_makesAnAccountWithARootKey() {
        CreateAccount.Output out = calls.run(admin, "CreateAccount", new CreateAccount.Input(Optional.of("second")));
        assertThat(out.accountId()).matches("[1-9][0-9]{11}");
        assertThat(out.accessKeyId()).matches("AKIA[A-Z2-7]{16}");
        assertThat(out.secretAccessKey().sizeBytes()).isEqualTo(40);
        Account made = calls.row(IdentityTables.ACCOUNTS, out.accountId(), a -> a);
        assertThat(made.operator()).isFalse();
        assertThat(made.rootAccessKeys()).containsExactly(out.accessKeyId());
        assertThat(calls.shown.orElseThrow().asMap().keySet()).containsExactly("accountId", "accessKeyId");
    }

    @Test
    void createAccount_byOthers_isDenied() {
        CreateAccount.Input in = new CreateAccount.Input(Optional.empty());
        CreateAccount.Output out = calls.run(admin, "CreateAccount", in);
        Caller root = Caller.of(new Principal.Root(out.accountId()), out.accessKeyId());
        calls.refused(root, "CreateAccount", in, "AccessDeniedException", 400);
        calls.refused(calls.create("bob"), "CreateAccount", in, "AccessDeniedException", 400);
        CreateAccount.Input blank = new CreateAccount.Input(Optional.of(" "));
        calls.refused(admin, "CreateAccount", blank, "ValidationException", 400);
    }
}
