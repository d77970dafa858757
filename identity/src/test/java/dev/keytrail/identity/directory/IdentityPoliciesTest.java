package dev.keytrail.identity.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keytrail.call.Caller;
import dev.keytrail.call.Change;
import dev.keytrail.call.Principal;
import dev.keytrail.call.Session;
import dev.keytrail.identity.Site;
import dev.keytrail.policy.CallerPolicies;
import dev.keytrail.policy.NamedPolicy;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class IdentityPoliciesTest {
    private static final String DOCUMENT = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
            + "\"Action\":\"kms:*\",\"Resource\":\"*\"}]}";

    private final Site site = new Site();

    @Test
    void of_admin_isAdministratorAccess() {
        assertThat(of(site.admin().principal()).identity())
                .extracting(NamedPolicy::name)
                .containsExactly(Bootstrap.ADMINISTRATOR_ACCESS);
    }

    @Test
    void of_userWithEverything_hasInlineAttachedGroupsBoundaryAndTags() {
        ManagedPolicy mine = customerPolicy("/x/", "mine");
        Group group = new Group(
                site.account(),
                "AGPA",
                "/",
                "ops",
                Site.NOW,
                AttachedPolicies.NONE.withInline("g", DOCUMENT).with("arn:aws:iam::aws:policy/ReadOnlyAccess"));
        site.commit(Change.put(IdentityTables.GROUPS, IdentityTables.key(site.account(), "ops"), group));
        User user = user(
                AttachedPolicies.NONE
                        .withInline("b", DOCUMENT)
                        .withInline("a", DOCUMENT)
                        .with(mine.arn()),
                Optional.of(mine.arn()));
        site.put(user);

        CallerPolicies policies = of(user.principal());

        assertThat(policies.identity())
                .extracting(NamedPolicy::name)
                .containsExactly(
                        "inline policy a of user bob",
                        "inline policy b of user bob",
                        mine.arn(),
                        "inline policy g of group ops",
                        "arn:aws:iam::aws:policy/ReadOnlyAccess");
        assertThat(policies.boundary().map(NamedPolicy::name)).contains(mine.arn());
        assertThat(policies.tags()).isEqualTo(Map.of("team", "red"));
        assertThat(policies.sessionRestricted()).isFalse();
    }

    @Test
    void of_rootServicesAndNobody_isNone() {
        assertThat(List.of(
                        new Principal.Root(site.account()),
                        new Principal.ServicePrincipal("cloudtrail.amazonaws.com"),
                        new Principal.Nobody()))
                .allSatisfy(p -> assertThat(of(p)).isEqualTo(CallerPolicies.NONE));
    }

    @Test
    void of_userWithAnotherId_isNone() {
        Principal.User admin = site.admin().principal();
        assertThat(of(new Principal.User(admin.accountId(), "AIDAOTHER", "/", "admin")))
                .isEqualTo(CallerPolicies.NONE);
    }

    @Test
    void of_roleSession_isTheRolesNarrowedByTheSessions() {
        Role role = new Role(
                site.account(),
                "AROA",
                "/",
                "ops",
                Site.NOW,
                Optional.empty(),
                "{}",
                Map.of(),
                3600,
                Map.of(),
                Optional.empty(),
                AttachedPolicies.NONE.withInline("r", DOCUMENT));
        site.commit(Change.put(IdentityTables.ROLES, IdentityTables.key(site.account(), "ops"), role));
        Principal principal = new Principal.RoleSession(site.account(), "AROA", "/", "ops", "s");

        CallerPolicies narrowed = of(principal, session(List.of(DOCUMENT), false));
        assertThat(narrowed.identity()).extracting(NamedPolicy::name).containsExactly("inline policy r of role ops");
        assertThat(narrowed.session()).extracting(NamedPolicy::name).containsExactly("session policy 1");
        assertThat(narrowed.sessionRestricted()).isTrue();
        assertThat(of(principal, session(List.of(), false)).sessionRestricted()).isFalse();
    }

    @Test
    void of_federatedUserWithoutPolicies_isItsIssuersButRestrictedToNothing() {
        Principal principal =
                new Principal.FederatedUser(site.account(), "fed", site.admin().principal());
        CallerPolicies policies = of(principal, session(List.of(), true));
        assertThat(policies.identity()).hasSize(1);
        assertThat(policies.session()).isEmpty();
        assertThat(policies.sessionRestricted()).isTrue();
    }

    @Test
    void of_boundaryThatIsGone_isNoPermissionButAFailure() {
        User user = user(AttachedPolicies.NONE, Optional.of("arn:aws:iam::" + site.account() + ":policy/gone"));
        site.put(user);
        assertThatThrownBy(() -> of(user.principal())).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void customerManaged_otherPath_isAnotherArn() {
        ManagedPolicy mine = customerPolicy("/x/", "mine");
        assertThat(IdentityPolicies.exists(site.read(), mine.arn())).isTrue();
        assertThat(IdentityPolicies.exists(site.read(), mine.arn().replace("/x/", "/")))
                .isFalse();
        assertThat(IdentityPolicies.exists(site.read(), "arn:aws:iam::aws:policy/mine"))
                .isFalse();
    }

    @Test
    void rows_writtenAndRead_areTheSame() {
        ManagedPolicy mine = customerPolicy("/x/", "mine").withAttachments(3).withBoundaryUses(2);
        User user = user(AttachedPolicies.NONE.withInline("b", DOCUMENT).with(mine.arn()), Optional.of(mine.arn()));
        assertThat(ManagedPolicy.CODEC.decode(ManagedPolicy.CODEC.encode(mine))).isEqualTo(mine);
        assertThat(User.CODEC.decode(User.CODEC.encode(user))).isEqualTo(user);
        assertThat(AccessKey.CODEC.decode(AccessKey.CODEC.encode(site.adminKey())))
                .isEqualTo(site.adminKey());
        Account account = site.first.account().withRootAccessKeys(List.of("AKIAX"));
        assertThat(Account.CODEC.decode(Account.CODEC.encode(account))).isEqualTo(account);
    }

    private User user(AttachedPolicies policies, Optional<String> boundary) {
        return User.of(site.account(), "AIDA", "/", "bob", Site.NOW, Map.of("team", "red"), boundary)
                .withPolicies(policies)
                .withGroups(List.of("ops"));
    }

    private ManagedPolicy customerPolicy(String path, String name) {
        ManagedPolicy policy = new ManagedPolicy(
                site.account(),
                "ANPA",
                path,
                name,
                Site.NOW,
                Site.NOW,
                Optional.empty(),
                Map.of(),
                2,
                2,
                List.of(new ManagedPolicy.Version(1, "{}", Site.NOW), new ManagedPolicy.Version(2, DOCUMENT, Site.NOW)),
                0,
                0);
        site.commit(Change.put(IdentityTables.POLICIES, IdentityTables.key(site.account(), name), policy));
        return policy;
    }

    private static Session session(List<String> policies, boolean restricted) {
        return Session.of(Site.NOW, Site.NOW.plusSeconds(900)).narrowed(policies, restricted);
    }

    private CallerPolicies of(Principal principal) {
        return site.identity.policies().of(site.read(), Caller.of(principal, "AKIA"));
    }

    private CallerPolicies of(Principal principal, Session session) {
        Caller caller = new Caller(principal, Optional.of("ASIA"), Optional.of(session), Optional.empty());
        return site.identity.policies().of(site.read(), caller);
    }
}
