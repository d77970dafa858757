package dev.keytrail.identity.op;

import dev.keytrail.call.Arn;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Principal;
import dev.keytrail.call.Resource;
import dev.keytrail.call.Service;
import dev.keytrail.call.Session;
import dev.keytrail.identity.directory.IdentityTables;
import dev.keytrail.identity.directory.Role;
import dev.keytrail.identity.directory.SessionTokens;
import dev.keytrail.policy.ConditionContext;
import dev.keytrail.wire.shape.sts.AssumeRoleRequest;
import dev.keytrail.wire.shape.sts.AssumeRoleResponse;
import dev.keytrail.wire.shape.sts.AssumedRoleUser;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Consumer;

/**
 * AssumeRole: temporary credentials of a role, its own account's or another's. A role session may assume a further role
 * for an hour at most, and hands on its transitive tags and source identity.
 */
final class AssumeRole {
    private static final int SECONDS_DEFAULT = 3600;
    static final int SECONDS_CHAINED_MAX = 3600;

    private final Trust trust;
    private final Documents documents;
    private final SessionTokens tokens;
    private final Mfa mfa;

    AssumeRole(Trust trust, Documents documents, SessionTokens tokens, Mfa mfa) {
        this.mfa = mfa;
        this.trust = trust;
        this.documents = documents;
        this.tokens = tokens;
    }

    Operation<AssumeRoleRequest, AssumeRoleResponse> row() {
        // CloudTrail counts it as reading, although it shows an answer.
        return Rows.reading(
                Service.STS,
                "AssumeRole",
                AssumeRoleRequest.class,
                AssumeRoleResponse.class,
                this::run,
                AssumeRole::facts);
    }

    private Effect<AssumeRoleResponse> run(Attempt attempt, AssumeRoleRequest in) {
        Assumed assumed = assume(attempt, in, (session, _) -> session);
        return Effect.of(
                        AssumeRoleResponse.builder()
                                .credentials(assumed.credentials().shape())
                                .assumedRoleUser(AssumedRoleUser.builder()
                                        .assumedRoleId(assumed.principal().id())
                                        .arn(assumed.principal().arn())
                                        .build())
                                .packedPolicySize(assumed.contents().packedPolicySize())
                                .sourceIdentity(assumed.sourceIdentity())
                                .build(),
                        assumed.changes())
                .showing(assumed.shown());
    }

    /** What an AssumeRole came to. */
    record Assumed(
            TemporaryCredentials credentials,
            Principal.RoleSession principal,
            SessionContents contents,
            Optional<String> sourceIdentity,
            List<Change<?>> changes) {
        /** As the event shows it. */
        Facts shown() {
            Facts shown = Facts.facts()
                    .put("credentials", credentials.facts())
                    .put(
                            "assumedRoleUser",
                            Facts.facts().put("assumedRoleId", principal.id()).put("arn", principal.arn()));
            contents.packedPolicySize().ifPresent(percent -> shown.put("packedPolicySize", percent));
            return shown.put("sourceIdentity", sourceIdentity);
        }
    }

    /** @param finish makes the session what it is to be in the end */
    Assumed assume(Attempt attempt, AssumeRoleRequest in, BiFunction<Session, Role, Session> finish) {
        Caller caller = attempt.call().caller();
        TemporaryCredentials.noteEndpoint(attempt);
        requireAssumer(attempt, in.roleArn());
        if (in.providedContexts().isPresent()) {
            throw IamErrors.validation("ProvidedContexts: there are no context providers here.");
        }
        SessionContents asked =
                SessionContents.checked(documents, in.policy(), in.policyArns(), in.tags(), in.transitiveTagKeys());
        Arn arn = Arn.parse(in.roleArn())
                .filter(a -> a.service().equals("iam") && a.resource().startsWith("role/"))
                .orElseThrow(() -> IamErrors.validation(in.roleArn() + " is invalid"));
        attempt.notes().resource(new Resource(arn.account(), "AWS::IAM::Role", in.roleArn()));
        Optional<String> sourceIdentity = sourceIdentity(caller, in);
        Optional<Change<?>> used = mfa.demand(attempt, in.serialNumber(), in.tokenCode());
        Role role = permitted(attempt, in, arn, asked, sourceIdentity);
        SessionContents contents = asked.inheriting(
                caller.principal() instanceof Principal.RoleSession ? caller.session() : Optional.empty());
        contents.requirePolicies(attempt, role.account());
        Instant now = attempt.call().receivedAt();
        boolean chained = caller.principal() instanceof Principal.RoleSession;
        Session session = Session.of(now, now.plusSeconds(seconds(caller, role, in)))
                .withMfa(used.isPresent()
                        || caller.session().map(Session::mfaAuthenticated).orElse(false))
                .withSourceIdentity(sourceIdentity)
                .withTags(contents.tags(), contents.transitiveTagKeys())
                .narrowed(contents.policies(), false)
                .chained(chained);
        Principal.RoleSession principal =
                new Principal.RoleSession(role.account(), role.id(), role.path(), role.name(), in.roleSessionName());
        session = finish.apply(session, role);
        return new Assumed(
                TemporaryCredentials.issue(tokens, principal, session, in.minimumSessionTokenSize()),
                principal,
                contents,
                sourceIdentity,
                used.stream().toList());
    }

    private static void requireAssumer(Attempt attempt, String roleArn) {
        switch (attempt.call().caller().principal()) {
            case Principal.User _, Principal.RoleSession _ -> {}
            case Principal.Root _ -> throw StsErrors.accessDenied("Roles may not be assumed by root accounts.");
            case Principal.FederatedUser _,
                    Principal.ProviderUser _,
                    Principal.Claimed _,
                    Principal.ServicePrincipal _,
                    Principal.Nobody _ -> throw Permit.denied(attempt.call(), roleArn, Optional.empty());
        }
    }

    /** The one that the session will have: once set, it goes along the chain unchanged. */
    private static Optional<String> sourceIdentity(Caller caller, AssumeRoleRequest in) {
        Optional<String> present = caller.session().flatMap(Session::sourceIdentity);
        if (present.isPresent() && in.sourceIdentity().isPresent() && !present.equals(in.sourceIdentity())) {
            throw StsErrors.accessDenied("The source identity of the calling session cannot be changed.");
        }
        return present.or(in::sourceIdentity);
    }

    private Role permitted(
            Attempt attempt, AssumeRoleRequest in, Arn arn, SessionContents asked, Optional<String> sourceIdentity) {
        String name = arn.resource().substring(arn.resource().lastIndexOf('/') + 1);
        Optional<Role> found = attempt.state()
                .get(IdentityTables.ROLES, IdentityTables.key(arn.account(), name))
                .filter(role -> role.arn().equals(in.roleArn()));
        Consumer<ConditionContext.Builder> conditions = builder -> {
            asked.conditions(builder);
            builder.put("sts:RoleSessionName", in.roleSessionName());
            builder.put("sts:ExternalId", in.externalId());
            builder.put("sts:SourceIdentity", sourceIdentity);
            if (in.serialNumber().isPresent()) {
                // The code was checked just now.
                builder.put("aws:MultiFactorAuthPresent", true);
                builder.put("aws:MultiFactorAuthAge", 0);
            }
        };
        Role role = trust.demand(attempt, "sts:AssumeRole", in.roleArn(), found, conditions);
        if (!asked.tags().isEmpty()) {
            trust.demand(attempt, "sts:TagSession", in.roleArn(), found, conditions);
        }
        if (sourceIdentity.isPresent()) {
            trust.demand(attempt, "sts:SetSourceIdentity", in.roleArn(), found, conditions);
        }
        return role;
    }

    private static int seconds(Caller caller, Role role, AssumeRoleRequest in) {
        int seconds = in.durationSeconds().orElse(SECONDS_DEFAULT);
        if (caller.principal() instanceof Principal.RoleSession && seconds > SECONDS_CHAINED_MAX) {
            throw IamErrors.validation("The requested DurationSeconds exceeds the 1 hour session limit for roles"
                    + " assumed by role chaining.");
        }
        if (seconds > role.sessionSecondsMax()) {
            throw IamErrors.validation(
                    "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
        }
        return seconds;
    }

    /** All but the one-time code. */
    static Optional<Facts> facts(AssumeRoleRequest in) {
        Facts facts = Facts.facts().put("roleArn", in.roleArn()).put("roleSessionName", in.roleSessionName());
        SessionContents.facts(facts, in.policy(), in.policyArns(), in.tags());
        in.transitiveTagKeys().ifPresent(keys -> facts.putStrings("transitiveTagKeys", keys));
        in.durationSeconds().ifPresent(seconds -> facts.put("durationSeconds", seconds));
        return Optional.of(facts.put("externalId", in.externalId())
                .put("sourceIdentity", in.sourceIdentity())
                .put("serialNumber", in.serialNumber()));
    }
}
