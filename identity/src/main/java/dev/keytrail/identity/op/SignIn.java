package dev.keytrail.identity.op;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Secret;
import dev.keytrail.call.State;
import dev.keytrail.identity.directory.Authenticator;
import dev.keytrail.identity.directory.SessionTokens;
import dev.keytrail.identity.sigv4.AuthenticationFailure;
import java.time.Instant;
import java.util.Optional;

/**
 * The sign-in service: what a client sends to it and gets, without its spelling. It has no model and so no rows; the
 * server's front for it names the events. Thread-safe.
 */
public final class SignIn {
    /** The code of what is told to nobody but the trail: the text beside it is the event's. */
    public static final String FAILED = "AuthenticationFailed";

    private final Authenticator authenticator;
    private final ConsoleLogin login;
    private final SigninTokens signinTokens;
    private final SwitchRole switchRole;
    private final OAuth oauth;

    SignIn(
            Authenticator authenticator,
            ConsoleLogin login,
            SigninTokens signinTokens,
            SwitchRole switchRole,
            OAuth oauth) {
        this.authenticator = authenticator;
        this.login = login;
        this.signinTokens = signinTokens;
        this.switchRole = switchRole;
        this.oauth = oauth;
    }

    /**
     * @param account number or alias
     * @param userName empty: the root user
     * @param code of an MFA device
     * @param serialNumber of the device; empty: any of the user's
     * @param newPassword where the password must be changed
     * @param destination where the user wants to go: {@code LoginTo} in the event
     */
    public record Login(
            Optional<String> account,
            Optional<String> userName,
            Secret password,
            Optional<String> code,
            Optional<String> serialNumber,
            Optional<Secret> newPassword,
            Optional<String> destination,
            Optional<Integer> durationSeconds) {}

    /** Temporary credentials shown as they are: what AWS calls a Session. */
    public record Shown(String accessKeyId, Secret secret, String token) {}

    /** @param account number or alias */
    public record Switch(String account, String roleName, Optional<String> destination) {}

    /**
     * What a browser asks for on behalf of a command-line client (RFC 6749 section 4.1.1, RFC 7636).
     *
     * @param challenge base64url of the verifier's SHA-256
     */
    public record Authorize(
            String clientId,
            String redirectUri,
            String scope,
            String challengeMethod,
            String challenge,
            Optional<String> state) {}

    /** @param proofKey thumbprint of the key that signed the request's DPoP proof (RFC 9449, RFC 7638) */
    public record TokenRequest(
            String clientId,
            String grantType,
            Optional<Secret> code,
            Optional<String> redirectUri,
            Optional<Secret> verifier,
            Optional<Secret> refreshToken,
            String proofKey) {}

    /** What is answered. */
    public sealed interface Reply {
        record SignedIn(SessionTokens.Issued issued, Instant expiration, String account, String arn, String destination)
                implements Reply {}

        record MfaRequired(String type) implements Reply {}

        record SigninToken(Secret token) implements Reply {}

        record Code(Secret code) implements Reply {}

        /** @param identity the ARN of whom the tokens are, when a code was redeemed */
        record Tokens(
                SessionTokens.Issued issued,
                int seconds,
                Secret refreshToken,
                Optional<String> identity,
                String clientId)
                implements Reply {}
    }

    public Effect<Reply> login(Attempt attempt, Login in) {
        return login.run(attempt, in);
    }

    /** For the caller, who showed the session's credentials. */
    public Effect<Reply> signinToken(Attempt attempt, Optional<Integer> durationSeconds) {
        return signinTokens.make(attempt, durationSeconds);
    }

    /** ConsoleLogin with a sign-in token. */
    public Effect<Reply> loginWith(Attempt attempt, Secret signinToken, String destination) {
        return signinTokens.redeem(attempt, signinToken, destination);
    }

    public Effect<Reply> switchRole(Attempt attempt, Switch in) {
        return switchRole.run(attempt, in);
    }

    /** @throws Refused for what could not be authorized, whoever asks */
    public static void requireValid(Authorize in) {
        OAuth.requireValid(in);
    }

    public Effect<Reply> authorize(Attempt attempt, Authorize in) {
        return oauth.authorize(attempt, in);
    }

    public Effect<Reply> token(Attempt attempt, TokenRequest in) {
        return oauth.token(attempt, in);
    }

    /** @throws Refused unless the credentials belong together and stand */
    public Caller holder(State state, Shown session, Instant now) {
        try {
            return authenticator.holder(state, session.accessKeyId(), session.secret(), session.token(), now);
        } catch (AuthenticationFailure e) {
            throw new Refused(ApiError.of(FAILED, 403, "Failed authentication"));
        }
    }

    static Refused invalid(String message) {
        return new Refused(ApiError.of("ValidationException", message));
    }
}
