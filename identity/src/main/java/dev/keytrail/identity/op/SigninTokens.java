package dev.keytrail.identity.op;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Principal;
import dev.keytrail.call.Refused;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import dev.keytrail.call.Secret;
import dev.keytrail.call.Session;
import dev.keytrail.crypto.Vault;
import dev.keytrail.identity.directory.SessionTokens;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * The federation endpoint (AWS: "Enable custom identity broker access"): a session's credentials become a sign-in token,
 * good for a quarter of an hour, and that becomes a console session with a key of its own.
 */
final class SigninTokens {
    private static final Duration TOKEN_LIFE = Duration.ofMinutes(15);
    private static final int SECONDS_MIN = 900;
    private static final int SECONDS_MAX = 43_200;
    private static final String NAME = "sign-in token";

    private final Vault vault;
    private final SessionTokens tokens;

    SigninTokens(Vault vault, SessionTokens tokens) {
        this.vault = vault;
        this.tokens = tokens;
    }

    Effect<SignIn.Reply> make(Attempt attempt, Optional<Integer> seconds) {
        Caller caller = attempt.call().caller();
        Session own = caller.session().orElseThrow();
        note(attempt, own);
        Instant now = attempt.call().receivedAt();
        Instant end = end(caller, own, seconds, now);
        SessionTokens.Issued issued =
                tokens.issue(caller.principal(), own.lasting(now, end).fromConsole(true));
        RowWriter out = new RowWriter().version(1).instant(now.plus(TOKEN_LIFE)).text(issued.token());
        String accessKeyId = issued.accessKeyId();
        issued.secret().close();
        Bytes sealed = vault.seal(Bytes.adopt(out.toByteArray()), NAME);
        return Effect.<SignIn.Reply>of(new SignIn.Reply.SigninToken(Opaque.of(sealed)))
                .showing(Facts.facts()
                        .put("credentials", Facts.facts().put("accessKeyId", accessKeyId))
                        .put("GetSigninToken", "Success"));
    }

    private static Instant end(Caller caller, Session own, Optional<Integer> seconds, Instant now) {
        return switch (caller.principal()) {
            case Principal.RoleSession _ -> {
                if (seconds.isEmpty()) {
                    yield own.expiresAt();
                }
                if (own.chained()) {
                    throw SignIn.invalid("SessionDuration cannot be used with credentials of role chaining");
                }
                if (seconds.get() < SECONDS_MIN || seconds.get() > SECONDS_MAX) {
                    throw SignIn.invalid("SessionDuration must be " + SECONDS_MIN + " to " + SECONDS_MAX);
                }
                yield now.plusSeconds(seconds.get());
            }
            case Principal.FederatedUser _ -> {
                if (seconds.isPresent()) {
                    throw SignIn.invalid("SessionDuration cannot be used with credentials of GetFederationToken");
                }
                yield own.expiresAt();
            }
            default -> throw SignIn.invalid("Only credentials of AssumeRole* and GetFederationToken can sign in");
        };
    }

    Effect<SignIn.Reply> redeem(Attempt attempt, Secret token, String destination) {
        Instant now = attempt.call().receivedAt();
        SessionTokens.Credentials made = Opaque.read(token)
                .flatMap(bytes -> vault.open(bytes, NAME))
                .flatMap(statement -> sessionToken(statement, now))
                .flatMap(tokens::credentials)
                .filter(credentials -> now.isBefore(credentials.session().expiresAt()))
                .orElseThrow(() -> new Refused(ApiError.of(SignIn.FAILED, 400, "Failed authentication")));
        Session session = made.session();
        note(attempt, session);
        attempt.notes()
                .caller(new Caller(
                        made.principal(),
                        Optional.of(made.issued().accessKeyId()),
                        Optional.of(session),
                        Optional.empty()));
        return Effect.<SignIn.Reply>of(new SignIn.Reply.SignedIn(
                        made.issued(),
                        session.expiresAt(),
                        made.principal().account().orElseThrow(),
                        made.principal().arn(),
                        destination))
                .showing(Facts.facts().put(ConsoleLogin.NAME, "Success"));
    }

    private static Optional<String> sessionToken(Bytes statement, Instant now) {
        RowReader in = new RowReader(statement.unsafeArray());
        in.version(1);
        return now.isBefore(in.instant()) ? Optional.of(in.text()) : Optional.empty();
    }

    private static void note(Attempt attempt, Session session) {
        attempt.notes()
                .additional(Facts.facts()
                        .put("MobileVersion", "No")
                        .put("MFAUsed", session.mfaAuthenticated() ? "Yes" : "No"));
    }
}
