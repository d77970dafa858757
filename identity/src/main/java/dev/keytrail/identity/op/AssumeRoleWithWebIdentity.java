package dev.keytrail.identity.op;

import dev.keytrail.call.Arn;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Principal;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Service;
import dev.keytrail.identity.directory.IdentityTables;
import dev.keytrail.identity.directory.OidcProvider;
import dev.keytrail.identity.federation.Distrusted;
import dev.keytrail.identity.federation.JsonWebKeys;
import dev.keytrail.identity.federation.JsonWebToken;
import dev.keytrail.identity.federation.KeySource;
import dev.keytrail.policy.ConditionContext;
import dev.keytrail.wire.shape.sts.AssumeRoleWithWebIdentityRequest;
import dev.keytrail.wire.shape.sts.AssumeRoleWithWebIdentityResponse;
import java.util.Optional;

/**
 * AssumeRoleWithWebIdentity: a role for whom an OpenID Connect token names, on the word of a provider that the role's
 * account trusts. Unsigned: the token is the proof. Until it is checked the call is nobody's.
 */
final class AssumeRoleWithWebIdentity {
    private final FederatedRole roles;
    private final Documents documents;
    private final KeySource published;

    AssumeRoleWithWebIdentity(FederatedRole roles, Documents documents, KeySource published) {
        this.roles = roles;
        this.documents = documents;
        this.published = published;
    }

    Operation<AssumeRoleWithWebIdentityRequest, AssumeRoleWithWebIdentityResponse> row() {
        return Rows.reading(
                Service.STS,
                "AssumeRoleWithWebIdentity",
                AssumeRoleWithWebIdentityRequest.class,
                AssumeRoleWithWebIdentityResponse.class,
                this::run,
                in -> Optional.of(asked(in)));
    }

    private Effect<AssumeRoleWithWebIdentityResponse> run(Attempt attempt, AssumeRoleWithWebIdentityRequest in) {
        if (in.providerId().isPresent()) {
            throw IamErrors.validation("ProviderId: OAuth 2.0 access tokens are not supported, only ID tokens.");
        }
        Arn role = FederatedRole.roleArn(in.roleArn());
        SessionContents policies =
                SessionContents.checked(documents, in.policy(), in.policyArns(), Optional.empty(), Optional.empty());
        try {
            JsonWebToken token = JsonWebToken.parse(in.webIdentityToken());
            OidcProvider provider = provider(attempt, role, token);
            JsonWebToken.Claims claims = token.verify(
                    keys(provider, token),
                    provider.url(),
                    provider.clientIds(),
                    attempt.call().receivedAt());
            return granted(attempt, in, role, policies, provider, claims);
        } catch (Distrusted e) {
            attempt.notes().because("the token was not trusted: " + e.reason());
            throw FederatedRole.refused(e);
        }
    }

    private static OidcProvider provider(Attempt attempt, Arn role, JsonWebToken token) {
        String issuer = token.claimedIssuer();
        String url = issuer.startsWith("https://") ? issuer.substring("https://".length()) : issuer;
        return attempt.state()
                .get(IdentityTables.OIDC_PROVIDERS, IdentityTables.prefix(role.account()) + url)
                .orElseThrow(() -> new Refused(dev.keytrail.call.ApiError.of(
                        "InvalidIdentityToken", "No OpenIDConnect provider found in your account for " + issuer)));
    }

    /** Configured keys, or the published ones: fetched anew when the token names one that they do not have. */
    private JsonWebKeys keys(OidcProvider provider, JsonWebToken token) throws Distrusted {
        try {
            if (provider.keys().isPresent()) {
                return JsonWebKeys.parse(provider.keys().get());
            }
            JsonWebKeys known = JsonWebKeys.parse(published.keys(provider.url(), false));
            return token.mayBeSignedBy(known) ? known : JsonWebKeys.parse(published.keys(provider.url(), true));
        } catch (IllegalArgumentException e) {
            throw Distrusted.unreachable("The provider's keys cannot be used: " + e.getMessage());
        }
    }

    private Effect<AssumeRoleWithWebIdentityResponse> granted(
            Attempt attempt,
            AssumeRoleWithWebIdentityRequest in,
            Arn role,
            SessionContents policies,
            OidcProvider provider,
            JsonWebToken.Claims claims) {
        Principal.ProviderUser user = new Principal.ProviderUser(
                role.account(),
                false,
                provider.arn(),
                provider.arn() + ":" + claims.audience() + ":" + claims.subject(),
                claims.subject());
        FederatedRole.introduce(attempt, user, in.roleArn());
        attempt.notes()
                .additional(Facts.facts()
                        .put(
                                "identityProviderConnectionVerificationMethod",
                                provider.keys().isPresent() ? "ConfiguredKeys" : "IAMTrustStore"));
        Facts parameters = asked(in).put("sourceIdentity", claims.sourceIdentity());
        if (!claims.tags().isEmpty()) {
            parameters.put("principalTags", claims.tags());
        }
        if (!claims.transitiveTagKeys().isEmpty()) {
            parameters.putStrings("transitiveTagKeys", claims.transitiveTagKeys());
        }
        attempt.notes().parameters(parameters);
        FederatedRole.Granted granted = roles.grant(
                attempt,
                new FederatedRole.Wish(
                        "sts:AssumeRoleWithWebIdentity",
                        user,
                        provider.arn(),
                        role,
                        in.roleSessionName(),
                        claims.sourceIdentity(),
                        claims.tags(),
                        claims.transitiveTagKeys(),
                        in.durationSeconds(),
                        Optional.empty(),
                        policies,
                        builder -> conditions(builder, provider, claims)),
                in.minimumSessionTokenSize());
        Facts shown = granted.facts()
                .put("subjectFromWebIdentityToken", claims.subject())
                .put("provider", provider.arn())
                .put("audience", claims.audience());
        return Effect.of(AssumeRoleWithWebIdentityResponse.builder()
                        .credentials(granted.credentials().shape())
                        .assumedRoleUser(granted.user())
                        .packedPolicySize(granted.packedPolicySize())
                        .sourceIdentity(granted.sourceIdentity())
                        .subjectFromWebIdentityToken(claims.subject())
                        .provider(provider.arn())
                        .audience(claims.audience())
                        .build())
                .showing(shown);
    }

    /** {@code aud} is the authorized party where there is one, as at AWS, and {@code oaud} then the token's own. */
    private static void conditions(
            ConditionContext.Builder builder, OidcProvider provider, JsonWebToken.Claims claims) {
        String prefix = provider.issuer() + ":";
        builder.put(prefix + "aud", claims.audience());
        builder.put(prefix + "sub", claims.subject());
        builder.put(prefix + "azp", claims.authorizedParty());
        builder.putAll(prefix + "oaud", claims.audiences());
        builder.putAll(prefix + "amr", claims.methods());
    }

    /** All but the token. */
    private static Facts asked(AssumeRoleWithWebIdentityRequest in) {
        Facts facts = Facts.facts().put("roleArn", in.roleArn()).put("roleSessionName", in.roleSessionName());
        SessionContents.facts(facts, in.policy(), in.policyArns(), Optional.empty());
        in.durationSeconds().ifPresent(seconds -> facts.put("durationSeconds", seconds));
        return facts.put("providerId", in.providerId());
    }
}
