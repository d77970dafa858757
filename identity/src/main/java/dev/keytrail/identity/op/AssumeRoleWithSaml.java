package dev.keytrail.identity.op;

import dev.keytrail.call.Arn;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Principal;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Resource;
import dev.keytrail.call.Service;
import dev.keytrail.crypto.Vault;
import dev.keytrail.identity.directory.SamlProvider;
import dev.keytrail.identity.federation.Distrusted;
import dev.keytrail.identity.federation.SamlMetadata;
import dev.keytrail.identity.federation.SamlResponse;
import dev.keytrail.policy.ConditionContext;
import dev.keytrail.wire.shape.sts.AssumeRoleWithSAMLRequest;
import dev.keytrail.wire.shape.sts.AssumeRoleWithSAMLResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * AssumeRoleWithSAML: a role for whom a signed assertion names, on the word of a provider that the role's account trusts.
 * Unsigned: the assertion is the proof. Until it is checked the call is nobody's.
 */
final class AssumeRoleWithSaml {
    private static final String ATTRIBUTE = "https://aws.amazon.com/SAML/Attributes/";
    private static final String PRINCIPAL_TAG = ATTRIBUTE + "PrincipalTag:";
    private static final String SESSION_NAME = "[\\w+=,.@-]{2,64}";
    private static final int SECONDS_MIN = 900;
    private static final int SECONDS_MAX = 43_200;

    private final FederatedRole roles;
    private final Documents documents;
    private final Vault vault;

    AssumeRoleWithSaml(FederatedRole roles, Documents documents, Vault vault) {
        this.roles = roles;
        this.documents = documents;
        this.vault = vault;
    }

    Operation<AssumeRoleWithSAMLRequest, AssumeRoleWithSAMLResponse> row() {
        return Rows.reading(
                Service.STS,
                "AssumeRoleWithSAML",
                AssumeRoleWithSAMLRequest.class,
                AssumeRoleWithSAMLResponse.class,
                this::run,
                in -> Optional.of(asked(in)));
    }

    private Effect<AssumeRoleWithSAMLResponse> run(Attempt attempt, AssumeRoleWithSAMLRequest in) {
        Arn role = FederatedRole.roleArn(in.roleArn());
        Arn named = SamlProviders.parsed(in.principalArn())
                .filter(arn -> arn.account().equals(role.account()))
                .orElseThrow(() -> IamErrors.validation(in.principalArn() + " is invalid"));
        SessionContents policies =
                SessionContents.checked(documents, in.policy(), in.policyArns(), Optional.empty(), Optional.empty());
        SamlProvider provider = SamlProviders.find(attempt, named)
                .orElseThrow(() -> new Refused(
                        dev.keytrail.call.ApiError.of("InvalidIdentityToken", "Specified provider doesn't exist")));
        try {
            SamlResponse.Claims claims = SamlResponse.verify(
                    in.sAMLAssertion(),
                    SamlMetadata.parse(provider.metadata()),
                    SamlProviders.keys(vault, provider),
                    provider.encryptionRequired(),
                    attempt.call().receivedAt());
            return granted(attempt, in, role, policies, provider, claims);
        } catch (Distrusted e) {
            attempt.notes().because("the assertion was not trusted: " + e.reason());
            throw FederatedRole.refused(e);
        }
    }

    private Effect<AssumeRoleWithSAMLResponse> granted(
            Attempt attempt,
            AssumeRoleWithSAMLRequest in,
            Arn role,
            SessionContents policies,
            SamlProvider provider,
            SamlResponse.Claims claims) {
        String qualifier = qualifier(claims.issuer(), provider);
        Principal.ProviderUser user = new Principal.ProviderUser(
                role.account(), true, qualifier, qualifier + ":" + claims.subject(), claims.subject());
        FederatedRole.introduce(attempt, user, in.roleArn());
        attempt.notes().resource(new Resource(provider.account(), "AWS::IAM::SAMLProvider", provider.arn()));
        Map<String, String> tags = tags(claims);
        List<String> transitive = claims.values(ATTRIBUTE + "TransitiveTagKeys");
        Optional<String> sourceIdentity = claims.value(ATTRIBUTE + "SourceIdentity");
        String sessionName = claims.value(ATTRIBUTE + "RoleSessionName")
                .filter(name -> name.matches(SESSION_NAME))
                .orElseThrow(() -> invalid("RoleSessionName is required in AuthnResponse"));
        attempt.notes().parameters(parameters(in, claims, sessionName, sourceIdentity, tags, transitive));
        boolean offered = claims.values(ATTRIBUTE + "Role").stream()
                .map(value -> List.of(value.replaceAll("\\s", "").split(",", -1)))
                .anyMatch(pair -> pair.equals(List.of(in.roleArn(), in.principalArn()))
                        || pair.equals(List.of(in.principalArn(), in.roleArn())));
        if (!offered) {
            throw StsErrors.accessDenied("Not authorized to perform sts:AssumeRoleWithSAML");
        }
        FederatedRole.Granted granted = roles.grant(
                attempt,
                new FederatedRole.Wish(
                        "sts:AssumeRoleWithSAML",
                        user,
                        provider.arn(),
                        role,
                        sessionName,
                        sourceIdentity,
                        tags,
                        transitive,
                        in.durationSeconds().or(() -> sessionDuration(claims)),
                        secondsMax(claims, attempt.call().receivedAt()),
                        policies,
                        builder -> conditions(builder, provider, claims, qualifier)),
                in.minimumSessionTokenSize());
        Facts shown = granted.facts()
                .put("subject", claims.subject())
                .put("subjectType", claims.subjectType())
                .put("issuer", claims.issuer())
                .put("audience", claims.recipient())
                .put("nameQualifier", qualifier);
        return Effect.of(AssumeRoleWithSAMLResponse.builder()
                        .credentials(granted.credentials().shape())
                        .assumedRoleUser(granted.user())
                        .packedPolicySize(granted.packedPolicySize())
                        .sourceIdentity(granted.sourceIdentity())
                        .subject(claims.subject())
                        .subjectType(claims.subjectType())
                        .issuer(claims.issuer())
                        .audience(claims.recipient())
                        .nameQualifier(qualifier)
                        .build())
                .showing(shown);
    }

    /** A hash of issuer, account and provider name: sets one provider's subjects apart from another's. */
    private static String qualifier(String issuer, SamlProvider provider) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-1")
                    .digest((issuer + provider.account() + "/" + provider.name()).getBytes(StandardCharsets.UTF_8));
            return Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Map<String, String> tags(SamlResponse.Claims claims) {
        Map<String, String> tags = new LinkedHashMap<>();
        claims.attributes().forEach((name, values) -> {
            if (name.startsWith(PRINCIPAL_TAG) && !values.isEmpty()) {
                tags.put(name.substring(PRINCIPAL_TAG.length()), values.getFirst());
            }
        });
        return tags;
    }

    private static Optional<Integer> sessionDuration(SamlResponse.Claims claims) {
        return claims.value(ATTRIBUTE + "SessionDuration").map(text -> {
            int seconds = text.matches("[0-9]{1,6}") ? Integer.parseInt(text) : 0;
            if (seconds < SECONDS_MIN || seconds > SECONDS_MAX) {
                throw invalid("SessionDuration must be between " + SECONDS_MIN + " and " + SECONDS_MAX);
            }
            return seconds;
        });
    }

    private static Optional<Long> secondsMax(SamlResponse.Claims claims, Instant now) {
        return claims.sessionEnd()
                .map(end -> Math.max(SECONDS_MIN, Duration.between(now, end).toSeconds()));
    }

    private static Refused invalid(String message) {
        return new Refused(dev.keytrail.call.ApiError.of("InvalidIdentityToken", message));
    }

    private static void conditions(
            ConditionContext.Builder builder, SamlProvider provider, SamlResponse.Claims claims, String qualifier) {
        builder.put("saml:aud", claims.recipient());
        builder.put("saml:iss", claims.issuer());
        builder.put("saml:sub", claims.subject());
        builder.put("saml:sub_type", claims.subjectType());
        builder.put("saml:namequalifier", qualifier);
        builder.put("saml:doc", provider.account() + "/" + provider.name());
    }

    private static Facts parameters(
            AssumeRoleWithSAMLRequest in,
            SamlResponse.Claims claims,
            String sessionName,
            Optional<String> sourceIdentity,
            Map<String, String> tags,
            List<String> transitive) {
        Facts facts = Facts.facts()
                .put("sAMLAssertionID", claims.assertionId())
                .put("roleSessionName", sessionName)
                .put("sourceIdentity", sourceIdentity);
        if (!tags.isEmpty()) {
            facts.put("principalTags", tags);
        }
        if (!transitive.isEmpty()) {
            facts.putStrings("transitiveTagKeys", transitive);
        }
        asked(in).forEach((name, value) -> {
            switch (value) {
                case String text -> facts.put(name, text);
                case Long number -> facts.put(name, number.longValue());
                default -> {}
            }
        });
        return facts;
    }

    /** All but the assertion. */
    private static Facts asked(AssumeRoleWithSAMLRequest in) {
        Facts facts = Facts.facts().put("roleArn", in.roleArn()).put("principalArn", in.principalArn());
        SessionContents.facts(facts, in.policy(), in.policyArns(), Optional.empty());
        in.durationSeconds().ifPresent(seconds -> facts.put("durationSeconds", seconds));
        return facts;
    }
}
