package dev.keytrail.policy;

import static dev.keytrail.policy.Given.ALICE;
import static dev.keytrail.policy.Given.ALLOW_ALL;
import static dev.keytrail.policy.Given.ALLOW_NOTHING;
import static dev.keytrail.policy.Given.ROLE;
import static dev.keytrail.policy.Given.ROOT;
import static dev.keytrail.policy.Given.STRANGER;
import static dev.keytrail.policy.Given.caller;
import static dev.keytrail.policy.Given.keyPolicy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.keytrail.call.Principal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The rules other than those for keys (identity.md section 6), NotPrincipal, providers, tags and traces. */
class AuthorizerTest {
    private static final String NO_IDENTITY = "because no identity-based policy allows the kms:Encrypt action";
    private static final String NO_RESOURCE = "because no resource-based policy allows the kms:Encrypt action";

    static Stream<Arguments> rows() {
        String alice = keyPolicy("Allow", "\"Principal\":{\"AWS\":\"" + ALICE.arn() + "\"}");
        String stranger = keyPolicy("Allow", "\"Principal\":{\"AWS\":\"" + STRANGER.arn() + "\"}");
        String all = keyPolicy("Allow", "\"Principal\":\"*\"");
        return Stream.of(
                row("identity only, allows", identityOnly(ALICE).identity(ALLOW_ALL), ""),
                row("identity only, silent", identityOnly(ALICE).identity(ALLOW_NOTHING), NO_IDENTITY),
                row("identity only, root", identityOnly(ROOT), ""),
                row("identity only, other account", identityOnly(STRANGER).identity(ALLOW_ALL), NO_RESOURCE),
                row(
                        "identity only, a resource policy gives nothing",
                        identityOnly(ALICE).resourcePolicy(all),
                        NO_IDENTITY),
                row(
                        "identity only, service",
                        identityOnly(new Principal.ServicePrincipal("s3.amazonaws.com")),
                        NO_IDENTITY),
                row("standard, identity alone", standard(ALICE).identity(ALLOW_ALL), ""),
                row("standard, resource alone", standard(ALICE).resourcePolicy(alice), ""),
                row("standard, neither", standard(ALICE).resourcePolicy(stranger), NO_IDENTITY),
                row(
                        "standard, account named gives nothing",
                        standard(ALICE).resourcePolicy(Given.DEFAULT_KEY_POLICY),
                        NO_IDENTITY),
                row("standard, a grant gives nothing", standard(ALICE).grant(), NO_IDENTITY),
                row("standard, root, resource policy silent", standard(ROOT).resourcePolicy(alice), ""),
                row(
                        "standard, other account, identity alone",
                        standard(STRANGER).identity(ALLOW_ALL),
                        NO_RESOURCE),
                row(
                        "standard, other account, resource alone",
                        standard(STRANGER).resourcePolicy(stranger),
                        NO_IDENTITY),
                row(
                        "standard, other account, both",
                        standard(STRANGER).resourcePolicy(stranger).identity(ALLOW_ALL),
                        ""),
                row(
                        "standard, nobody, everybody allowed",
                        standard(new Principal.Nobody()).resourcePolicy(all),
                        NO_RESOURCE));
    }

    private static Given identityOnly(Principal principal) {
        return caller(principal).rules(Access.Rules.IDENTITY_ONLY);
    }

    private static Given standard(Principal principal) {
        return caller(principal).rules(Access.Rules.STANDARD);
    }

    private static Arguments row(String name, Given given, String because) {
        return arguments(name, given, because);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rows")
    void decide_row_isAsTheReferenceSays(String name, Given given, String because) {
        Decision decision = given.decision();
        assertThat(decision.because()).as(name).isEqualTo(because.isEmpty() ? Optional.empty() : Optional.of(because));
        assertThat(decision.allowed()).as(name).isEqualTo(because.isEmpty());
    }

    @ParameterizedTest(name = "{0}: denied {1}")
    @CsvSource(
            delimiter = '#',
            value = {
                "'111122223333','arn:aws:iam::111122223333:role/app/Worker','arn:aws:sts::111122223333:assumed-role/Worker/job-7' # false",
                "'111122223333','arn:aws:iam::111122223333:role/app/Worker' # true",
                "'arn:aws:iam::111122223333:role/app/Worker','arn:aws:sts::111122223333:assumed-role/Worker/job-7' # true",
                "'111122223333' # true",
                "'*' # false"
            },
            quoteCharacter = '"')
    void decide_denyWithNotPrincipal_sparesOnlyWhoIsListedByAllNames(String listed, boolean denied) {
        Decision decision = caller(ROLE)
                .resourcePolicy(keyPolicy("Deny", "\"NotPrincipal\":{\"AWS\":[" + listed.replace('\'', '"') + "]}"))
                .decision();
        assertThat(decision.explicitlyDenied()).isEqualTo(denied);
    }

    @Test
    void decide_nobodyWithProvider_isLetInWhereTheProviderIsNamed() {
        String trust = """
                {"Statement":{"Effect":"Allow","Principal":{"Federated":"accounts.example.com"},\
                "Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"accounts.example.com:aud":"app"}}}}""";
        Given named = caller(new Principal.Nobody())
                .action("sts:AssumeRoleWithWebIdentity")
                .resource(ROLE.roleArn())
                .resourcePolicy(Given.named("trust policy", trust, Policy.Kind.TRUST));
        ConditionContext context = ConditionContext.builder()
                .put("aws:FederatedProvider", "accounts.example.com")
                .put("accounts.example.com:aud", "app")
                .build();
        assertThat(named.decision().allowed()).isFalse();
        assertThat(named.context(context).decision().allowed()).isTrue();
        assertThat(named.context(context.toBuilder()
                                .put("accounts.example.com:aud", "b")
                                .build())
                        .decision()
                        .allowed())
                .isFalse();
        assertThat(caller(new Principal.Nobody())
                        .context(context)
                        .resourcePolicy(keyPolicy("Allow", "\"Principal\":\"*\""))
                        .decision()
                        .allowed())
                .isFalse();
    }

    @Test
    void decide_principalTags_comeFromThePoliciesUnlessTheContextHasThem() {
        String policy = """
                {"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*",\
                "Condition":{"StringEquals":{"aws:PrincipalTag/Team":"red"}}}}""";
        Access bare = identityOnly(ALICE).identity(policy).access();
        CallerPolicies tagged = new CallerPolicies(
                bare.policies().identity(), Optional.empty(), List.of(), false, List.of(), Map.of("team", "red"));
        assertThat(new Authorizer().decide(bare).allowed()).isFalse();
        assertThat(new Authorizer()
                        .decide(with(bare, tagged, ConditionContext.EMPTY))
                        .allowed())
                .isTrue();
        ConditionContext session =
                ConditionContext.builder().put("aws:PrincipalTag/team", "blue").build();
        assertThat(new Authorizer().decide(with(bare, tagged, session)).allowed())
                .isFalse();
    }

    private static Access with(Access access, CallerPolicies policies, ConditionContext context) {
        return new Access(
                access.caller(),
                access.action(),
                access.resource(),
                access.resourceAccount(),
                context,
                policies,
                access.rules(),
                access.resourcePolicy(),
                access.grant());
    }

    @Test
    void trace_failedCondition_namesKeyWantedAndActual() {
        String policy = """
                {"Version":"2012-10-17","Statement":[{"Sid":"OnlyViaS3","Effect":"Allow","Action":"kms:Encrypt",\
                "Resource":"*","Condition":{"StringEquals":{"kms:ViaService":["s3.a.amazonaws.com","x"]}}},\
                {"Effect":"Allow","Action":"kms:Encrypt","Resource":"arn:aws:kms:*:*:alias/*"}]}""";
        Decision decision = caller(ALICE)
                .resourcePolicy(Given.DEFAULT_KEY_POLICY)
                .identity(policy, ALLOW_NOTHING)
                .context(ConditionContext.builder().put("kms:ViaService", "ebs").build())
                .decision();
        assertThat(decision.trace())
                .containsExactly(
                        "denied because no identity-based policy allows the kms:Encrypt action: " + ALICE.arn()
                                + ", kms:Encrypt on " + Given.KEY,
                        "resource-based policy key policy, statement 1 (Enable IAM User Permissions): Allow applies",
                        "identity-based policy identity 0, statement 1 (OnlyViaS3): Allow does not apply: condition"
                                + " StringEquals on kms:ViaService: wanted [s3.a.amazonaws.com, x], actual [ebs]",
                        "identity-based policy identity 0, statement 2: Allow does not apply: the resource " + Given.KEY
                                + " is not in Resource",
                        "identity-based policy identity 1: no statement is about kms:Encrypt");
        assertThat(decision.decidedBy()).isEmpty();
    }

    @Test
    void trace_hugePolicySet_isBounded() {
        StringBuilder statements = new StringBuilder();
        for (int i = 0; i < 500; i++) {
            statements.append(i == 0 ? "" : ",").append("{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}");
        }
        Decision decision = identityOnly(ALICE)
                .identity("{\"Statement\":[" + statements + "]}")
                .decision();
        assertThat(decision.trace()).hasSize(202).last().isEqualTo("300 more");
    }

    @Test
    void about_moreActionsThanRemembered_stillAnswersRight() {
        Policy policy = Policy.parse(Given.DEFAULT_KEY_POLICY, Policy.Kind.KEY);
        for (int i = 0; i < 1_000; i++) {
            assertThat(policy.about("kms:Op" + i).allows()).hasSize(1);
            assertThat(policy.about("sns:Op" + i).allows()).isEmpty();
        }
    }
}
