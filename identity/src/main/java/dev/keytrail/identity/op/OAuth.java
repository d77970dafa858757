package dev.keytrail.identity.op;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Principal;
import dev.keytrail.call.Refused;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import dev.keytrail.call.Secret;
import dev.keytrail.call.Session;
import dev.keytrail.call.State;
import dev.keytrail.crypto.Vault;
import dev.keytrail.identity.directory.Authenticator;
import dev.keytrail.identity.directory.IdentityTables;
import dev.keytrail.identity.directory.LoginProfile;
import dev.keytrail.identity.directory.SessionTokens;
import dev.keytrail.identity.directory.SignInCode;
import dev.keytrail.identity.directory.User;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What {@code aws login} speaks (the service model "signin" of 2023-01-01; RFC 6749, 7636, 9449): who has signed in lets a
 * command-line client have credentials of a quarter of an hour, renewed until the sign-in ends. Both steps need
 * permission, as at AWS.
 */
final class OAuth {
    private static final String SAME_DEVICE = "arn:aws:signin:::devtools/same-device";
    private static final String CROSS_DEVICE = "arn:aws:signin:::devtools/cross-device";
    private static final String LOOPBACK = "http://(127\\.0\\.0\\.1|localhost|\\[::1\\]):[0-9]{1,5}/oauth/callback";
    private static final String CONFIRMATION = "https?://[^/\\s]{1,255}/v1/sessions/confirmation";
    private static final int SECONDS = 900;
    private static final Duration CODE_LIFE = Duration.ofMinutes(10);
    private static final int CODE_BYTES = 32;
    private static final int SWEPT_MAX = 100;
    private static final String NAME = "refresh token";

    private final Permit permit;
    private final Vault vault;
    private final Entropy entropy;
    private final SessionTokens tokens;
    private final Authenticator authenticator;

    OAuth(Permit permit, Vault vault, Entropy entropy, SessionTokens tokens, Authenticator authenticator) {
        this.permit = permit;
        this.vault = vault;
        this.entropy = entropy;
        this.tokens = tokens;
        this.authenticator = authenticator;
    }

    /** Refuses what could not be authorized, whoever asks. */
    static void requireValid(SignIn.Authorize in) {
        String redirect = in.clientId().equals(SAME_DEVICE) ? LOOPBACK : CONFIRMATION;
        boolean known = in.clientId().equals(SAME_DEVICE) || in.clientId().equals(CROSS_DEVICE);
        if (!known || !in.redirectUri().matches(redirect)) {
            throw SignIn.invalid("invalid_client: the client is unknown, or must not be answered at that redirect_uri");
        }
        boolean method =
                in.challengeMethod().equals("SHA-256") || in.challengeMethod().equals("S256");
        if (!method || !in.challenge().matches("[A-Za-z0-9_-]{43}")) {
            throw SignIn.invalid("invalid_request: a code_challenge by SHA-256 is needed");
        }
        if (!in.scope().equals("openid")) {
            throw SignIn.invalid("invalid_scope: the scope must be openid");
        }
        if (in.state().orElse("").length() > 1024) {
            throw SignIn.invalid("invalid_request: the state is too long");
        }
    }

    Effect<SignIn.Reply> authorize(Attempt attempt, SignIn.Authorize in) {
        requireValid(in);
        Caller caller = attempt.call().caller();
        Session own = caller.session()
                .filter(Session::fromConsole)
                .orElseThrow(() -> SignIn.invalid("invalid_request: only who has signed in can authorize"));
        requirePermission(attempt, caller, "signin:AuthorizeOAuth2Access", in.clientId());
        noteSuccess(attempt);
        Instant now = attempt.call().receivedAt();
        SessionTokens.Issued issued = tokens.issue(caller.principal(), own);
        issued.secret().close();
        Secret code = Opaque.of(Bytes.adopt(entropy.bytes(CODE_BYTES)));
        List<Change<?>> changes = new ArrayList<>(swept(attempt.state(), now));
        changes.add(Change.put(
                IdentityTables.SIGN_IN_CODES,
                Opaque.digest(code),
                new SignInCode(now.plus(CODE_LIFE), in.clientId(), in.redirectUri(), in.challenge(), issued.token())));
        return Effect.of(new SignIn.Reply.Code(code), changes);
    }

    /** Codes that nobody redeemed go with newer ones. */
    private static List<Change<?>> swept(State state, Instant now) {
        List<Change<?>> changes = new ArrayList<>();
        for (State.Row<SignInCode> row : state.scan(IdentityTables.SIGN_IN_CODES, "", "")) {
            if (!now.isBefore(row.value().expires())) {
                changes.add(Change.delete(IdentityTables.SIGN_IN_CODES, row.key()));
            }
            if (changes.size() >= SWEPT_MAX) {
                break;
            }
        }
        return changes;
    }

    /** What a code or a refresh token turned out to stand for. */
    private record Stood(String sessionToken, Caller caller, List<Change<?>> changes, boolean first) {}

    Effect<SignIn.Reply> token(Attempt attempt, SignIn.TokenRequest in) {
        Stood stood = switch (in.grantType()) {
            case "authorization_code" -> redeemed(attempt, in);
            case "refresh_token" -> refreshed(attempt, in);
            default -> throw SignIn.invalid("unsupported_grant_type: " + "authorization_code or refresh_token");
        };
        Caller caller = stood.caller();
        Session own = caller.session().orElseThrow();
        attempt.notes().caller(new Caller(caller.principal(), Optional.empty(), caller.session(), Optional.empty()));
        requirePermission(attempt, caller, "signin:CreateOAuth2Token", in.clientId());
        noteSuccess(attempt);
        Instant now = attempt.call().receivedAt();
        Instant latest = now.plusSeconds(SECONDS);
        Instant end = latest.isBefore(own.expiresAt()) ? latest : own.expiresAt();
        // As old as the sign-in: a renewal does not make an MFA code younger.
        SessionTokens.Issued issued = tokens.issue(
                caller.principal(), own.lasting(own.issuedAt(), end).fromConsole(false));
        RowWriter out = new RowWriter()
                .version(1)
                .instant(own.expiresAt())
                .text(in.clientId())
                .text(in.proofKey())
                .text(password(attempt.state(), caller.principal()))
                .text(stood.sessionToken());
        Secret refresh = Opaque.of(vault.seal(Bytes.adopt(out.toByteArray()), NAME));
        int seconds = (int) Math.max(1, Duration.between(now, end).toSeconds());
        return Effect.of(
                new SignIn.Reply.Tokens(
                        issued,
                        seconds,
                        refresh,
                        stood.first() ? Optional.of(caller.principal().arn()) : Optional.empty(),
                        in.clientId()),
                stood.changes());
    }

    private Stood redeemed(Attempt attempt, SignIn.TokenRequest in) {
        Secret code = in.code().orElseThrow(() -> SignIn.invalid("invalid_request: code is missing"));
        String key = Opaque.digest(code);
        Instant now = attempt.call().receivedAt();
        SignInCode row = attempt.state()
                .get(IdentityTables.SIGN_IN_CODES, key)
                .filter(found -> now.isBefore(found.expires()))
                .orElseThrow(() -> denied("AUTHCODE_EXPIRED: the code is unknown, was redeemed, or is over"));
        String challenge = in.verifier().map(Opaque::digest).orElse("");
        boolean fits = row.clientId().equals(in.clientId())
                && row.redirectUri().equals(in.redirectUri().orElse(""))
                && row.challenge().equals(challenge);
        if (!fits) {
            throw SignIn.invalid("invalid_grant: the code was made for another client, redirectUri or codeVerifier");
        }
        Caller caller = authenticator
                .standing(attempt.state(), row.sessionToken(), now)
                .orElseThrow(() -> denied("AUTHCODE_EXPIRED: the sign-in is over"));
        return new Stood(row.sessionToken(), caller, List.of(Change.delete(IdentityTables.SIGN_IN_CODES, key)), true);
    }

    private Stood refreshed(Attempt attempt, SignIn.TokenRequest in) {
        Secret token = in.refreshToken().orElseThrow(() -> SignIn.invalid("invalid_request: refreshToken is missing"));
        RowReader read = Opaque.read(token)
                .flatMap(bytes -> vault.open(bytes, NAME))
                .map(statement -> new RowReader(statement.unsafeArray()))
                .orElseThrow(() -> SignIn.invalid("invalid_grant: the refresh token is not one of ours"));
        read.version(1);
        Instant expires = read.instant();
        if (!read.text().equals(in.clientId()) || !read.text().equals(in.proofKey())) {
            throw SignIn.invalid("invalid_grant: the refresh token belongs to another client");
        }
        String password = read.text();
        String sessionToken = read.text();
        Instant now = attempt.call().receivedAt();
        if (!now.isBefore(expires)) {
            throw denied("TOKEN_EXPIRED: sign in again");
        }
        Caller caller = authenticator
                .standing(attempt.state(), sessionToken, now)
                .orElseThrow(() -> denied("TOKEN_EXPIRED: sign in again"));
        if (!password.equals(password(attempt.state(), caller.principal()))) {
            throw denied("USER_CREDENTIALS_CHANGED: sign in again");
        }
        return new Stood(sessionToken, caller, List.of(), false);
    }

    /** Tells one password from another without telling either; empty for who has none. */
    private static String password(State state, Principal principal) {
        Optional<LoginProfile> login = switch (principal) {
            case Principal.User user ->
                state.get(IdentityTables.USERS, IdentityTables.key(user.accountId(), user.name()))
                        .flatMap(User::login);
            case Principal.Root(String account) -> Accounts.of(state, account).rootLogin();
            default -> Optional.empty();
        };
        return login.map(profile -> Opaque.digest(profile.passwordHash())).orElse("");
    }

    private void requirePermission(Attempt attempt, Caller caller, String action, String clientId) {
        String device = clientId.equals(SAME_DEVICE) ? "localhost" : "remote";
        String resource = "arn:aws:signin:" + attempt.call().region() + ":"
                + caller.principal().account().orElseThrow() + ":oauth2/public-client/" + device;
        try {
            permit.demandAs(attempt, caller, action, resource);
        } catch (Refused e) {
            throw denied("INSUFFICIENT_PERMISSIONS: " + e.error().message().orElse(""));
        }
    }

    private static void noteSuccess(Attempt attempt) {
        attempt.notes().additional(Facts.facts().put("success", "true").put("x-amzn-vpce-id", ""));
    }

    private static Refused denied(String text) {
        return new Refused(ApiError.of("AccessDeniedException", 403, text));
    }
}
