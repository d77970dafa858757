package dev.keytrail.identity.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.keytrail.call.Change;
import dev.keytrail.call.Principal;
import dev.keytrail.call.Service;
import dev.keytrail.call.Session;
import dev.keytrail.identity.Site;
import dev.keytrail.identity.TestSigner;
import dev.keytrail.identity.sigv4.AuthenticationFailure;
import dev.keytrail.identity.sigv4.AuthenticationFailure.Reason;
import dev.keytrail.identity.sigv4.Dialect;
import dev.keytrail.identity.sigv4.SignedRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SessionTokensTest {
    private static final Session SESSION = Session.of(Site.NOW, Site.NOW.plus(Duration.ofHours(1)))
            .withMfa(true)
            .withSourceIdentity(Optional.of("alice"))
            .withTags(Map.of("team", "red", "größe", "42"), List.of())
            .narrowed(List.of("{\"Version\":\"2012-10-17\",\"Statement\":[]}"), true);

    private final Site site = new Site();

    static Stream<Principal> principals() {
        Principal.User user = new Principal.User("111122223333", "AIDAX", "/a/", "bob");
        return Stream.of(
                new Principal.Root("111122223333"),
                user,
                new Principal.RoleSession("111122223333", "AROAX", "/", "ops", "s-1"),
                new Principal.FederatedUser("111122223333", "fed", user));
    }

    @ParameterizedTest
    @MethodSource("principals")
    void open_issuedToken_statesTheSame(Principal principal) {
        SessionTokens.Issued issued = site.identity.tokens().issue(principal, SESSION);
        assertThat(issued.accessKeyId()).matches("ASIA[A-Z2-7]{16}");
        assertThat(Site.text(issued.secret())).hasSize(40);

        SessionTokens.Opened opened =
                site.identity.tokens().open(issued.token()).orElseThrow();
        assertThat(opened.accessKeyId()).isEqualTo(issued.accessKeyId());
        assertThat(opened.principal()).isEqualTo(principal);
        assertThat(opened.session()).isEqualTo(SESSION);
    }

    @Test
    void authenticate_temporaryCredentials_areTheUserInASession() {
        SessionTokens.Issued issued = forAdmin();
        Authenticated who = authenticate(signed(issued, issued.token()), Site.NOW);
        assertThat(who.caller().principal()).isEqualTo(site.admin().principal());
        assertThat(who.caller().accessKeyId()).contains(issued.accessKeyId());
        assertThat(who.caller().session()).contains(SESSION);
        assertThat(authenticate(signed(issued, issued.token()), Site.NOW).caller())
                .isEqualTo(who.caller());
    }

    @Test
    void authenticate_anyByteOfTheTokenAltered_isInvalid() {
        SessionTokens.Issued issued = forAdmin();
        String token = issued.token();
        for (int i = 0; i < token.length(); i++) {
            for (char other : new char[] {'A', 'B', '/', '=', '\u00e9'}) {
                if (token.charAt(i) != other) {
                    String altered = token.substring(0, i) + other + token.substring(i + 1);
                    assertThat(site.identity.tokens().open(altered)).isEmpty();
                }
            }
        }
        String other = token.substring(0, token.length() - 1);
        AuthenticationFailure refused = refused(signed(issued, other), Site.NOW);
        assertThat(refused.reason()).isEqualTo(Reason.BAD_TOKEN);
        assertThat(refused.error(Dialect.QUERY).code()).isEqualTo("InvalidClientTokenId");
    }

    @Test
    void open_everyBitOfTheTokenAltered_isEmpty() {
        byte[] sealed = java.util.Base64.getDecoder().decode(forAdmin().token());
        for (int bit = 0; bit < sealed.length * 8; bit++) {
            byte[] altered = sealed.clone();
            altered[bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(site.identity.tokens().open(java.util.Base64.getEncoder().encodeToString(altered)))
                    .isEmpty();
        }
    }

    @Test
    void authenticate_otherSitesToken_isInvalid() {
        Site other = new Site(8);
        SessionTokens.Issued foreign =
                other.identity.tokens().issue(site.admin().principal(), SESSION);
        assertThat(refused(signed(foreign, foreign.token()), Site.NOW).reason()).isEqualTo(Reason.BAD_TOKEN);
    }

    @Test
    void authenticate_withoutToken_isUnknown() {
        SessionTokens.Issued issued = forAdmin();
        SignedRequest request =
                TestSigner.of(issued.accessKeyId(), Site.text(issued.secret())).sign();
        assertThat(refused(request, Site.NOW).reason()).isEqualTo(Reason.UNKNOWN_KEY);
    }

    @Test
    void authenticate_tokenWithALongTermKey_isRefused() {
        SignedRequest request = TestSigner.admin(site)
                .signed("X-Amz-Security-Token", forAdmin().token())
                .sign();
        assertThat(refused(request, Site.NOW).reason()).isEqualTo(Reason.BAD_TOKEN);
    }

    @Test
    void authenticate_tokenOfOtherCredentials_isRefused() {
        assertThat(refused(signed(forAdmin(), forAdmin().token()), Site.NOW).reason())
                .isEqualTo(Reason.BAD_TOKEN);
    }

    @Test
    void authenticate_unsignedToken_isRefused() {
        SessionTokens.Issued issued = forAdmin();
        SignedRequest request = TestSigner.of(issued.accessKeyId(), Site.text(issued.secret()))
                .unsigned("X-Amz-Security-Token", issued.token())
                .sign();
        assertThat(refused(request, Site.NOW).reason()).isEqualTo(Reason.UNSIGNED_HEADERS);
    }

    @Test
    void authenticate_sessionOver_isExpired() {
        SessionTokens.Issued issued = forAdmin();
        Instant end = SESSION.expiresAt();
        SignedRequest request = TestSigner.of(issued.accessKeyId(), Site.text(issued.secret()))
                .signed("X-Amz-Security-Token", issued.token())
                .at(end)
                .sign();
        assertThat(authenticate(request, end.minusSeconds(1))).isNotNull();
        assertThat(refused(request, end).reason()).isEqualTo(Reason.TOKEN_EXPIRED);
        assertThat(refused(request, end).error(Dialect.JSON).code()).isEqualTo("ExpiredTokenException");
    }

    @Test
    void authenticate_roleDeletedAndMadeAgain_oldSessionIsOver() {
        Role role = role("AROAFIRST");
        Principal.RoleSession principal = new Principal.RoleSession(site.account(), role.id(), "/", role.name(), "s");
        SessionTokens.Issued issued = site.identity.tokens().issue(principal, SESSION);
        SignedRequest request = signed(issued, issued.token());
        assertThat(refused(request, Site.NOW).reason()).isEqualTo(Reason.BAD_TOKEN);

        put(role);
        assertThat(authenticate(request, Site.NOW).caller().principal()).isEqualTo(principal);

        put(role("AROASECOND"));
        assertThat(refused(request, Site.NOW).reason()).isEqualTo(Reason.BAD_TOKEN);
    }

    private Role role(String id) {
        return new Role(
                site.account(),
                id,
                "/",
                "ops",
                Site.NOW,
                Optional.empty(),
                "{}",
                Map.of(),
                3600,
                Map.of(),
                Optional.empty(),
                AttachedPolicies.NONE);
    }

    private void put(Role role) {
        site.commit(Change.put(IdentityTables.ROLES, IdentityTables.key(site.account(), role.name()), role));
    }

    private SessionTokens.Issued forAdmin() {
        return site.identity.tokens().issue(site.admin().principal(), SESSION);
    }

    private static SignedRequest signed(SessionTokens.Issued issued, String token) {
        return TestSigner.of(issued.accessKeyId(), Site.text(issued.secret()))
                .signed("X-Amz-Security-Token", token)
                .sign();
    }

    private Authenticated authenticate(SignedRequest request, Instant now) {
        return site.identity.authenticator().authenticate(site.read(), request, Service.KMS, now);
    }

    private AuthenticationFailure refused(SignedRequest request, Instant now) {
        return catchThrowableOfType(AuthenticationFailure.class, () -> authenticate(request, now));
    }
}
