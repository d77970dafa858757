package dev.keytrail.identity.op;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Arn;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Principal;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Resource;
import dev.keytrail.call.Session;
import dev.keytrail.identity.directory.IdentityTables;
import dev.keytrail.identity.directory.Role;
import dev.keytrail.identity.directory.SessionTokens;
import dev.keytrail.identity.federation.Distrusted;
import dev.keytrail.policy.ConditionContext;
import dev.keytrail.wire.shape.sts.AssumedRoleUser;
import dev.keytrail.wire.shape.sts.Tag;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** What the two ways have in common by which somebody gets a role on the word of an identity provider. */
final class FederatedRole {
    private static final int SECONDS_DEFAULT = 3600;

    private final Trust trust;
    private final Documents documents;
    private final SessionTokens tokens;

    FederatedRole(Trust trust, Documents documents, SessionTokens tokens) {
        this.trust = trust;
        this.documents = documents;
        this.tokens = tokens;
    }

    /** The ARN of a role. @throws Refused ValidationError if it is no such */
    static Arn roleArn(String arn) {
        return Arn.parse(arn)
                .filter(a -> a.service().equals("iam") && a.resource().startsWith("role/"))
                .orElseThrow(() -> IamErrors.validation(arn + " is invalid"));
    }

    static Refused refused(Distrusted why) {
        return new Refused(
                switch (why.kind()) {
                    case INVALID -> ApiError.of("InvalidIdentityToken", why.reason());
                    case EXPIRED -> ApiError.of("ExpiredTokenException", why.reason());
                    case CLAIM -> ApiError.of("IDPRejectedClaim", 403, why.reason());
                    case UNREACHABLE -> ApiError.of("IDPCommunicationError", why.reason());
                });
    }

    /**
     * A proven wish for a role.
     *
     * @param action {@code sts:AssumeRoleWithSAML} or {@code sts:AssumeRoleWithWebIdentity}
     * @param user the subject, as the event shows it
     * @param provider the provider's ARN
     * @param secondsMax of the session, from the provider; empty if it does not say
     * @param conditions the keys that the provider's word answers
     */
    record Wish(
            String action,
            Principal.ProviderUser user,
            String provider,
            Arn role,
            String sessionName,
            Optional<String> sourceIdentity,
            Map<String, String> tags,
            List<String> transitiveTagKeys,
            Optional<Integer> seconds,
            Optional<Long> secondsMax,
            SessionContents policies,
            Consumer<ConditionContext.Builder> conditions) {}

    /** Credentials and all that is told of them. */
    record Granted(
            TemporaryCredentials credentials,
            Principal.RoleSession principal,
            Optional<Integer> packedPolicySize,
            Optional<String> sourceIdentity) {
        AssumedRoleUser user() {
            return AssumedRoleUser.builder()
                    .assumedRoleId(principal.id())
                    .arn(principal.arn())
                    .build();
        }

        Facts facts() {
            Facts shown = Facts.facts()
                    .put("credentials", credentials.facts())
                    .put(
                            "assumedRoleUser",
                            Facts.facts().put("assumedRoleId", principal.id()).put("arn", principal.arn()));
            packedPolicySize.ifPresent(percent -> shown.put("packedPolicySize", percent));
            return shown.put("sourceIdentity", sourceIdentity);
        }
    }

    /** The caller is known from here on, so that the event, whatever becomes of the call, is the account's. */
    static void introduce(Attempt attempt, Principal.ProviderUser user, String roleArn) {
        attempt.notes().caller(new Caller(user, Optional.empty(), Optional.empty(), Optional.empty()));
        attempt.notes().resource(new Resource(user.accountId(), "AWS::IAM::Role", roleArn));
    }

    Granted grant(Attempt attempt, Wish wish, Optional<Integer> tokenSizeMin) {
        SessionContents contents = SessionContents.checked(
                        documents,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(wish.tags().entrySet().stream()
                                .map(t -> Tag.builder()
                                        .key(t.getKey())
                                        .value(t.getValue())
                                        .build())
                                .toList()),
                        Optional.of(wish.transitiveTagKeys()))
                .withPolicies(wish.policies().policies());
        Role role = permitted(attempt, wish, contents);
        contents.requirePolicies(attempt, role.account());
        Instant now = attempt.call().receivedAt();
        Session session = Session.of(now, now.plusSeconds(seconds(role, wish)))
                .withSourceIdentity(wish.sourceIdentity())
                .withTags(contents.tags(), contents.transitiveTagKeys())
                .narrowed(contents.policies(), false)
                .withFederatedProvider(wish.provider());
        Principal.RoleSession principal =
                new Principal.RoleSession(role.account(), role.id(), role.path(), role.name(), wish.sessionName());
        return new Granted(
                TemporaryCredentials.issue(tokens, principal, session, tokenSizeMin),
                principal,
                contents.packedPolicySize(),
                wish.sourceIdentity());
    }

    private Role permitted(Attempt attempt, Wish wish, SessionContents contents) {
        String arn = wish.role().toString();
        String name = arn.substring(arn.lastIndexOf('/') + 1);
        Optional<Role> found = attempt.state()
                .get(IdentityTables.ROLES, IdentityTables.key(wish.role().account(), name))
                .filter(role -> role.arn().equals(arn));
        Consumer<ConditionContext.Builder> conditions = builder -> {
            builder.put("aws:FederatedProvider", wish.provider());
            builder.put("sts:RoleSessionName", wish.sessionName());
            builder.put("sts:SourceIdentity", wish.sourceIdentity());
            contents.conditions(builder);
            wish.conditions().accept(builder);
        };
        Role role = trust.demandFor(attempt, Caller.NOBODY, wish.action(), arn, found, conditions);
        if (!contents.tags().isEmpty()) {
            trust.demandFor(attempt, Caller.NOBODY, "sts:TagSession", arn, found, conditions);
        }
        if (wish.sourceIdentity().isPresent()) {
            trust.demandFor(attempt, Caller.NOBODY, "sts:SetSourceIdentity", arn, found, conditions);
        }
        return role;
    }

    private static long seconds(Role role, Wish wish) {
        int seconds = wish.seconds().orElse(SECONDS_DEFAULT);
        if (seconds > role.sessionSecondsMax()) {
            throw IamErrors.validation(
                    "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
        }
        return Math.min(seconds, wish.secondsMax().orElse(Long.MAX_VALUE));
    }
}
