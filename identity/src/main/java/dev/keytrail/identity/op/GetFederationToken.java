package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Principal;
import dev.keytrail.call.Service;
import dev.keytrail.call.Session;
import dev.keytrail.identity.directory.SessionTokens;
import dev.keytrail.wire.shape.sts.FederatedUser;
import dev.keytrail.wire.shape.sts.GetFederationTokenRequest;
import dev.keytrail.wire.shape.sts.GetFederationTokenResponse;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * GetFederationToken: temporary credentials for somebody that the asking user vouches for. They can do what both the
 * user's policies and the session's allow; without session policies, nothing but what resource policies allow them by name.
 */
final class GetFederationToken {
    private final Permit permit;
    private final Documents documents;
    private final SessionTokens tokens;

    GetFederationToken(Permit permit, Documents documents, SessionTokens tokens) {
        this.permit = permit;
        this.documents = documents;
        this.tokens = tokens;
    }

    Operation<GetFederationTokenRequest, GetFederationTokenResponse> row() {
        return Rows.changing(
                Service.STS,
                "GetFederationToken",
                GetFederationTokenRequest.class,
                GetFederationTokenResponse.class,
                this::run,
                GetFederationToken::facts);
    }

    private Effect<GetFederationTokenResponse> run(Attempt attempt, GetFederationTokenRequest in) {
        TemporaryCredentials.noteEndpoint(attempt);
        Principal issuer = GetSessionToken.longTerm(attempt.call().caller(), "GetFederationToken");
        String account = attempt.call().account();
        SessionContents contents =
                SessionContents.checked(documents, in.policy(), in.policyArns(), in.tags(), Optional.empty());
        Principal.FederatedUser federated = new Principal.FederatedUser(account, in.name(), issuer);
        permit.demand(attempt, federated.arn(), contents::conditions);
        if (!contents.tags().isEmpty()) {
            permit.demand(attempt, "sts:TagSession", federated.arn(), contents::conditions);
        }
        contents.requirePolicies(attempt, account);
        Instant now = attempt.call().receivedAt();
        Session session = Session.of(now, now.plusSeconds(GetSessionToken.seconds(issuer, in.durationSeconds())))
                .withTags(contents.tags(), List.of())
                .narrowed(contents.policies(), true);
        TemporaryCredentials credentials =
                TemporaryCredentials.issue(tokens, federated, session, in.minimumSessionTokenSize());
        Facts shown = Facts.facts()
                .put("credentials", credentials.facts())
                .put(
                        "federatedUser",
                        Facts.facts().put("federatedUserId", federated.id()).put("arn", federated.arn()));
        contents.packedPolicySize().ifPresent(percent -> shown.put("packedPolicySize", percent));
        return Effect.of(GetFederationTokenResponse.builder()
                        .credentials(credentials.shape())
                        .federatedUser(FederatedUser.builder()
                                .federatedUserId(federated.id())
                                .arn(federated.arn())
                                .build())
                        .packedPolicySize(contents.packedPolicySize())
                        .build())
                .showing(shown);
    }

    private static Optional<Facts> facts(GetFederationTokenRequest in) {
        Facts facts = Facts.facts().put("name", in.name());
        SessionContents.facts(facts, in.policy(), in.policyArns(), in.tags());
        in.durationSeconds().ifPresent(seconds -> facts.put("durationSeconds", seconds));
        return Optional.of(facts);
    }
}
