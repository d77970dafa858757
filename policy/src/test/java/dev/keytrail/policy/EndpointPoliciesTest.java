package dev.keytrail.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keytrail.call.Call;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Origin;
import dev.keytrail.call.Principal;
import dev.keytrail.call.Service;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class EndpointPoliciesTest {
    private static final String ID = "vpce-12345678";

    private static String statement(String effect, String rest) {
        return "{\"Effect\":\"" + effect + "\",\"Principal\":\"*\"," + rest + "}";
    }

    private static Authorizer with(String... statements) {
        return new Authorizer(EndpointPolicies.of(
                Map.of(ID, "{\"Version\":\"2012-10-17\",\"Statement\":[" + String.join(",", statements) + "]}")));
    }

    private static ConditionContext through(Principal principal, String id) {
        Origin origin = new Origin(
                "10.0.0.7",
                Optional.empty(),
                "h",
                Optional.empty(),
                Optional.of(new Origin.Endpoint(id, Given.ACCOUNT, "vpc-12345678")));
        return CallerContext.of(new Call(
                        "r", Instant.EPOCH, Service.KMS, "Encrypt", "us-east-1", Caller.of(principal, "AKIA"), origin))
                .build();
    }

    private static Access asked(Principal principal, String id) {
        return Given.caller(principal)
                .context(through(principal, id))
                .identity(Given.ALLOW_ALL)
                .resourcePolicy(Given.DEFAULT_KEY_POLICY)
                .access();
    }

    private static final String ENCRYPT = statement("Allow", "\"Action\":\"kms:Encrypt\",\"Resource\":\"*\"");

    @Test
    void whatItAllows_passes() {
        Decision decision = with(ENCRYPT).decide(asked(Given.ALICE, ID));
        assertThat(decision.allowed()).isTrue();
        assertThat(decision.passedEndpoint()).isTrue();
        assertThat(decision.trace()).anyMatch(line -> line.startsWith("VPC endpoint policy " + ID));
    }

    @Test
    void whatItDoesNotAllow_isDeniedInAwsWords() {
        Decision decision = with(statement("Allow", "\"Action\":\"kms:Decrypt\",\"Resource\":\"*\""))
                .decide(asked(Given.ALICE, ID));
        assertThat(decision.allowed()).isFalse();
        assertThat(decision.deniedAtEndpoint()).isTrue();
        assertThat(decision.because()).contains("because no VPC endpoint policy allows the kms:Encrypt action");
    }

    @Test
    void whatItDenies_isDenied_alsoToTheRootUser() {
        Decision decision = with(ENCRYPT, statement("Deny", "\"Action\":\"kms:*\",\"Resource\":\"" + Given.KEY + "\""))
                .decide(asked(Given.ROOT, ID));
        assertThat(decision.because()).contains("with an explicit deny in a VPC endpoint policy");
        assertThat(decision.decidedBy())
                .extracting(Decision.Matched::policyKind)
                .containsExactly("VPC endpoint policy");
    }

    @Test
    void itAddsNothing_andOthersDenialsComeFirst() {
        Access nothing = Given.caller(Given.ALICE)
                .context(through(Given.ALICE, ID))
                .resourcePolicy(Given.DEFAULT_KEY_POLICY)
                .access();
        assertThat(with(ENCRYPT).decide(nothing).because())
                .contains("because no identity-based policy allows the kms:Encrypt action");
        assertThat(with(statement("Deny", "\"Action\":\"*\",\"Resource\":\"*\""))
                        .decide(nothing)
                        .deniedAtEndpoint())
                .isFalse();
    }

    @Test
    void otherEndpointsAndNone_areNotBound() {
        Authorizer authorizer = with(statement("Deny", "\"Action\":\"*\",\"Resource\":\"*\""));
        assertThat(authorizer.decide(asked(Given.ALICE, "vpce-87654321")).allowed())
                .isTrue();
        assertThat(authorizer
                        .decide(Given.caller(Given.ALICE)
                                .identity(Given.ALLOW_ALL)
                                .resourcePolicy(Given.DEFAULT_KEY_POLICY)
                                .access())
                        .allowed())
                .isTrue();
    }

    @Test
    void conditionsAndPrincipals_count() {
        Authorizer own =
                with("{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":"
                        + "{\"StringEquals\":{\"aws:PrincipalAccount\":\"" + Given.ACCOUNT + "\",\"aws:SourceVpce\":\""
                        + ID + "\"}}}");
        assertThat(own.decide(asked(Given.ALICE, ID)).allowed()).isTrue();
        Access strangers = Given.caller(Given.STRANGER)
                .context(through(Given.STRANGER, ID))
                .identity(Given.ALLOW_ALL)
                .resourcePolicy(Given.keyPolicy("Allow", "\"Principal\":{\"AWS\":\"*\"}"))
                .access();
        assertThat(own.decide(strangers).deniedAtEndpoint()).isTrue();
        Authorizer byName = with("{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"" + Given.ALICE.arn()
                + "\"},\"Action\":\"*\",\"Resource\":\"*\"}");
        assertThat(byName.decide(asked(Given.ALICE, ID)).allowed()).isTrue();
        assertThat(byName.decide(strangers).deniedAtEndpoint()).isTrue();
    }

    @Test
    void withoutADecision_theActionIsAskedFor() {
        Call call = new Call(
                "r",
                Instant.EPOCH,
                Service.STS,
                "GetCallerIdentity",
                "us-east-1",
                Caller.of(Given.ALICE, "AKIA"),
                new Origin(
                        "10.0.0.7",
                        Optional.empty(),
                        "h",
                        Optional.empty(),
                        Optional.of(new Origin.Endpoint(ID, Given.ACCOUNT, "vpc-12345678"))));
        assertThat(with(ENCRYPT).deniedAtEndpoint(call).flatMap(Decision::because))
                .contains("because no VPC endpoint policy allows the sts:GetCallerIdentity action");
        assertThat(with(statement("Allow", "\"Action\":\"sts:*\",\"Resource\":\"*\""))
                        .deniedAtEndpoint(call))
                .isEmpty();
        assertThat(new Authorizer().deniedAtEndpoint(call)).isEmpty();
    }

    @Test
    void aPolicyWithoutPrincipal_isMalformed() {
        assertThatThrownBy(() -> EndpointPolicies.of(Map.of(ID, Given.ALLOW_ALL)))
                .isInstanceOf(MalformedPolicy.class);
    }
}
