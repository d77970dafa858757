package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Principal;
import dev.keytrail.call.Service;
import dev.keytrail.call.Session;
import dev.keytrail.identity.directory.SessionTokens;
import dev.keytrail.wire.shape.sts.GetSessionTokenRequest;
import dev.keytrail.wire.shape.sts.GetSessionTokenResponse;
import java.time.Instant;
import java.util.Optional;

/** GetSessionToken: temporary credentials of the user or root user that asks. No policy can allow or deny it. */
final class GetSessionToken {
    private static final int SECONDS_DEFAULT = 43_200;
    private static final int SECONDS_ROOT_MAX = 3600;

    private final SessionTokens tokens;

    private final Mfa mfa;

    GetSessionToken(SessionTokens tokens, Mfa mfa) {
        this.tokens = tokens;
        this.mfa = mfa;
    }

    Operation<GetSessionTokenRequest, GetSessionTokenResponse> row() {
        return Rows.changing(
                Service.STS,
                "GetSessionToken",
                GetSessionTokenRequest.class,
                GetSessionTokenResponse.class,
                this::run,
                GetSessionToken::facts);
    }

    private Effect<GetSessionTokenResponse> run(Attempt attempt, GetSessionTokenRequest in) {
        TemporaryCredentials.noteEndpoint(attempt);
        Principal principal = longTerm(attempt.call().caller(), "GetSessionToken");
        Optional<Change<?>> used = mfa.demand(attempt, in.serialNumber(), in.tokenCode());
        Instant now = attempt.call().receivedAt();
        Session session = Session.of(now, now.plusSeconds(seconds(principal, in.durationSeconds())))
                .withMfa(used.isPresent());
        TemporaryCredentials credentials =
                TemporaryCredentials.issue(tokens, principal, session, in.minimumSessionTokenSize());
        return Effect.of(
                        GetSessionTokenResponse.builder()
                                .credentials(credentials.shape())
                                .build(),
                        used.stream().toList())
                .showing(Facts.facts().put("credentials", credentials.facts()));
    }

    /** The caller, if a long-term key of a user or root user signed. */
    static Principal longTerm(Caller caller, String operation) {
        return switch (caller.principal()) {
            case Principal.Root root when caller.session().isEmpty() -> root;
            case Principal.User user when caller.session().isEmpty() -> user;
            default -> throw StsErrors.accessDenied("Cannot call " + operation + " with session credentials");
        };
    }

    /** The root user's sessions are cut to an hour, without an error. */
    static int seconds(Principal principal, Optional<Integer> asked) {
        int seconds = asked.orElse(SECONDS_DEFAULT);
        return principal instanceof Principal.Root ? Math.min(seconds, SECONDS_ROOT_MAX) : seconds;
    }

    private static Optional<Facts> facts(GetSessionTokenRequest in) {
        Facts facts = Facts.facts();
        in.durationSeconds().ifPresent(seconds -> facts.put("durationSeconds", seconds));
        return Rows.shown(facts.put("serialNumber", in.serialNumber()));
    }
}
