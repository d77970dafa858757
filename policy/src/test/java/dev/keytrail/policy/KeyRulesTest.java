package dev.keytrail.policy;

import static dev.keytrail.policy.Given.ALICE;
import static dev.keytrail.policy.Given.ALLOW_ALL;
import static dev.keytrail.policy.Given.ALLOW_NOTHING;
import static dev.keytrail.policy.Given.DEFAULT_KEY_POLICY;
import static dev.keytrail.policy.Given.DENY_ALL;
import static dev.keytrail.policy.Given.DENY_NOTHING;
import static dev.keytrail.policy.Given.FEDERATED;
import static dev.keytrail.policy.Given.ROLE;
import static dev.keytrail.policy.Given.ROOT;
import static dev.keytrail.policy.Given.STRANGER;
import static dev.keytrail.policy.Given.caller;
import static dev.keytrail.policy.Given.keyPolicy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.keytrail.call.Principal;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** kms.md section 15, row by row. */
class KeyRulesTest {
    private static final String ALLOWED = "";
    private static final String NO_IDENTITY = "because no identity-based policy allows the kms:Encrypt action";
    private static final String NO_RESOURCE = "because no resource-based policy allows the kms:Encrypt action";
    private static final String NO_BOUNDARY = "because no permissions boundary allows the kms:Encrypt action";
    private static final String NO_SESSION = "because no session policy allows the kms:Encrypt action";
    private static final String NO_GUARDRAIL = "because no service control policy allows the kms:Encrypt action";
    private static final Principal.ServicePrincipal SERVICE =
            new Principal.ServicePrincipal("cloudtrail.amazonaws.com");

    private static String aws(String name) {
        return keyPolicy("Allow", "\"Principal\":{\"AWS\":\"" + name + "\"}");
    }

    static Stream<Arguments> rows() {
        String alice = aws(ALICE.arn());
        String role = aws(ROLE.roleArn());
        String session = aws(ROLE.arn());
        String all = keyPolicy("Allow", "\"Principal\":\"*\"");
        String service = keyPolicy("Allow", "\"Principal\":{\"Service\":\"cloudtrail.amazonaws.com\"}");
        String nobody = aws("arn:aws:iam::111122223333:user/else");
        return Stream.of(
                row(
                        "delegated, identity allows",
                        caller(ALICE).resourcePolicy(DEFAULT_KEY_POLICY).identity(ALLOW_ALL),
                        ALLOWED),
                row(
                        "delegated by number",
                        caller(ALICE).resourcePolicy(aws(Given.ACCOUNT)).identity(ALLOW_ALL),
                        ALLOWED),
                row("delegated, no policies", caller(ALICE).resourcePolicy(DEFAULT_KEY_POLICY), NO_IDENTITY),
                row(
                        "delegated, identity about else",
                        caller(ALICE).resourcePolicy(DEFAULT_KEY_POLICY).identity(ALLOW_NOTHING),
                        NO_IDENTITY),
                row(
                        "not delegated, administrator",
                        caller(ALICE).resourcePolicy(nobody).identity(ALLOW_ALL),
                        NO_RESOURCE),
                row("no key policy", caller(ALICE).identity(ALLOW_ALL), NO_RESOURCE),
                row("user named, no policies", caller(ALICE).resourcePolicy(alice), ALLOWED),
                row("user named by unique id", caller(ALICE).resourcePolicy(aws(ALICE.id())), ALLOWED),
                row(
                        "user named, boundary silent",
                        caller(ALICE).resourcePolicy(alice).boundary(ALLOW_NOTHING),
                        NO_BOUNDARY),
                row("root, delegated", caller(ROOT).resourcePolicy(DEFAULT_KEY_POLICY), ALLOWED),
                row("root, not named", caller(ROOT).resourcePolicy(alice), NO_RESOURCE),
                row(
                        "root, its policies do not bind",
                        caller(ROOT)
                                .resourcePolicy(DEFAULT_KEY_POLICY)
                                .identity(DENY_ALL)
                                .boundary(DENY_ALL),
                        ALLOWED),
                row(
                        "root, guardrail denies",
                        caller(ROOT).resourcePolicy(DEFAULT_KEY_POLICY).guardrail(DENY_ALL),
                        "with an explicit deny in a service control policy"),
                row("role named", caller(ROLE).resourcePolicy(role), ALLOWED),
                row("role named by unique id", caller(ROLE).resourcePolicy(aws(ROLE.roleId())), ALLOWED),
                row(
                        "role named, session policy silent",
                        caller(ROLE).resourcePolicy(role).session(ALLOW_NOTHING),
                        NO_SESSION),
                row(
                        "role named, session without policies",
                        caller(ROLE).resourcePolicy(role).session(),
                        NO_SESSION),
                row(
                        "session named, session policy silent",
                        caller(ROLE).resourcePolicy(session).session(ALLOW_NOTHING),
                        ALLOWED),
                row(
                        "session named, boundary silent",
                        caller(ROLE).resourcePolicy(session).boundary(ALLOW_NOTHING),
                        ALLOWED),
                row(
                        "session named, boundary denies",
                        caller(ROLE).resourcePolicy(session).boundary(DENY_ALL),
                        "with an explicit deny in a permissions boundary"),
                row(
                        "session named, guardrail silent",
                        caller(ROLE).resourcePolicy(session).guardrail(ALLOW_NOTHING),
                        NO_GUARDRAIL),
                row(
                        "guardrail that only denies something else",
                        caller(ALICE).resourcePolicy(alice).guardrail(DENY_NOTHING),
                        ""),
                row(
                        "one guardrail of two silent",
                        caller(ALICE).resourcePolicy(alice).guardrail(ALLOW_ALL).guardrail(ALLOW_NOTHING),
                        NO_GUARDRAIL),
                row(
                        "another session named",
                        caller(ROLE).resourcePolicy(aws("arn:aws:sts::111122223333:assumed-role/Worker/job-8")),
                        NO_RESOURCE),
                row(
                        "federated user named",
                        caller(FEDERATED).resourcePolicy(aws(FEDERATED.arn())).session(),
                        ALLOWED),
                row(
                        "federated user's issuer named",
                        caller(FEDERATED).resourcePolicy(alice).session(),
                        NO_SESSION),
                row("grant, no policies", caller(ALICE).resourcePolicy(nobody).grant(), ALLOWED),
                row(
                        "grant, explicit deny",
                        caller(ALICE).resourcePolicy(nobody).identity(DENY_ALL).grant(),
                        "with an explicit deny in an identity-based policy"),
                row(
                        "grant, another account",
                        caller(STRANGER).resourcePolicy(nobody).grant(),
                        ALLOWED),
                row("everybody, own account", caller(ALICE).resourcePolicy(all), ALLOWED),
                row("everybody, other account, no policies", caller(STRANGER).resourcePolicy(all), NO_IDENTITY),
                row(
                        "everybody, other account, identity allows",
                        caller(STRANGER).resourcePolicy(all).identity(ALLOW_ALL),
                        ALLOWED),
                row("stranger named, no policies", caller(STRANGER).resourcePolicy(aws(STRANGER.arn())), NO_IDENTITY),
                row(
                        "stranger named, both sides",
                        caller(STRANGER).resourcePolicy(aws(STRANGER.arn())).identity(ALLOW_ALL),
                        ALLOWED),
                row(
                        "stranger's account named, both sides",
                        caller(STRANGER)
                                .resourcePolicy(aws(Given.OTHER_ACCOUNT))
                                .identity(ALLOW_ALL),
                        ALLOWED),
                row(
                        "stranger, key policy silent",
                        caller(STRANGER).resourcePolicy(DEFAULT_KEY_POLICY).identity(ALLOW_ALL),
                        NO_RESOURCE),
                row(
                        "stranger, boundary silent",
                        caller(STRANGER).resourcePolicy(all).identity(ALLOW_ALL).boundary(ALLOW_NOTHING),
                        NO_BOUNDARY),
                row("service named", caller(SERVICE).resourcePolicy(service), ALLOWED),
                row("service, delegation only", caller(SERVICE).resourcePolicy(DEFAULT_KEY_POLICY), NO_RESOURCE),
                row(
                        "service, grant",
                        caller(SERVICE).resourcePolicy(DEFAULT_KEY_POLICY).grant(),
                        ALLOWED),
                row("nobody, everybody allowed", caller(new Principal.Nobody()).resourcePolicy(all), NO_RESOURCE),
                row(
                        "key policy denies",
                        caller(ALICE)
                                .resourcePolicy(keyPolicy("Deny", "\"Principal\":\"*\""))
                                .identity(ALLOW_ALL),
                        "with an explicit deny in a resource-based policy"),
                row(
                        "identity denies",
                        caller(ALICE).resourcePolicy(alice).identity(ALLOW_ALL, DENY_ALL),
                        "with an explicit deny in an identity-based policy"),
                row(
                        "session denies",
                        caller(ROLE).resourcePolicy(session).session(DENY_ALL),
                        "with an explicit deny in a session policy"));
    }

    private static Arguments row(String name, Given given, String because) {
        return arguments(name, given, because);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rows")
    void decide_row_isAsTheReferenceSays(String name, Given given, String because) {
        Decision decision = given.decision();
        assertThat(decision.because()).as(name).isEqualTo(because.isEmpty() ? Optional.empty() : Optional.of(because));
        assertThat(decision.allowed()).as("%s: %s", name, decision.trace()).isEqualTo(because.isEmpty());
    }
}
