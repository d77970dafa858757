package dev.keytrail.policy;

import static dev.keytrail.policy.Given.ACCOUNT;
import static dev.keytrail.policy.Given.ALICE;
import static dev.keytrail.policy.Given.ALLOW_ALL;
import static dev.keytrail.policy.Given.KEY;
import static dev.keytrail.policy.Given.OTHER_ACCOUNT;
import static dev.keytrail.policy.Given.STRANGER;
import static dev.keytrail.policy.Given.caller;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.NamedResource;
import dev.keytrail.call.Reason;
import dev.keytrail.call.Remark;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What is kept beside an event tells the truth about the decision, and tells it only to whom it concerns. */
class ExplanationTest {
    private static final int SETS = 1_000;
    private static final long SEED = Long.getLong("keytrail.seed", 20261125L);
    private static final List<NamedResource> RESOURCES = List.of(new NamedResource("AWS::KMS::Key", KEY));

    private static Explanation kept(Reason reason, String account, boolean caller) {
        Bytes annex = Explanation.encode(List.of(reason), new Reason.Reader(account, caller, RESOURCES));
        return Explanation.decode(annex, RESOURCES);
    }

    private static Grounds grounds(Decision decision) {
        return (Grounds) kept(decision, ACCOUNT, true).entries().getFirst();
    }

    /** A statement that allows for Blue only, next to one about other actions and one that never applies. */
    private static String policy(String... statements) {
        return "{\"Version\":\"2012-10-17\",\"Statement\":[" + String.join(",", statements) + "]}";
    }

    private static final String BLUE = """
            {"Sid":"Blue","Effect":"Allow","Action":"kms:Encrypt","Resource":"*",\
            "Condition":{"StringEquals":{"kms:EncryptionContext:team":"blue"}}}""";
    private static final String ELSEWHERE = """
            {"Sid":"Elsewhere","Effect":"Allow","Action":"kms:*","Resource":"arn:aws:kms:*:*:alias/*"}""";
    private static final String NO_RED = """
            {"Sid":"NoRed","Effect":"Deny","Action":"kms:*","Resource":"*",\
            "Condition":{"StringEquals":{"kms:EncryptionContext:team":"red"}}}""";

    private static Given asking(String team, String... statements) {
        return caller(ALICE)
                .resourcePolicy(Given.DEFAULT_KEY_POLICY)
                .identity(policy(statements))
                .context(ConditionContext.builder()
                        .put("kms:EncryptionContext:team", team)
                        .build());
    }

    @Test
    void kept_allowed_namesOnlyStatementsThatAllow_removingThemFlips_removingOthersDoesNot() {
        Grounds why = grounds(asking("blue", BLUE, ELSEWHERE, NO_RED).decision());
        assertThat(why.verdict()).isEqualTo(Grounds.Verdict.ALLOWED);
        assertThat(why.consulted())
                .flatExtracting(Grounds.Consulted::statements)
                .extracting(s -> s.sid().orElse(""))
                .containsExactly("Enable IAM User Permissions", "Blue");
        assertThat(asking("blue", ELSEWHERE, NO_RED).decision().allowed()).isFalse();
        assertThat(asking("blue", BLUE).decision().allowed()).isTrue();
    }

    @Test
    void kept_explicitDeny_namesTheDeny_removingItFlips_removingOthersDoesNot() {
        Grounds why = grounds(asking("red", NO_RED, BLUE, ALLOW_EVERYTHING).decision());
        assertThat(why.verdict()).isEqualTo(Grounds.Verdict.DENIED);
        assertThat(why.because()).contains("with an explicit deny in an identity-based policy");
        assertThat(why.consulted())
                .singleElement()
                .satisfies(p -> assertThat(p.statements())
                        .singleElement()
                        .satisfies(s -> assertThat(s.sid()).contains("NoRed")));
        assertThat(asking("red", BLUE, ALLOW_EVERYTHING).decision().allowed()).isTrue();
        assertThat(asking("red", NO_RED, ALLOW_EVERYTHING).decision().allowed()).isFalse();
    }

    private static final String ALLOW_EVERYTHING = "{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}";

    @Test
    void kept_missingAllow_tellsKeyWantedAndActual_andMendingJustThatFlips() {
        Grounds why = grounds(asking("green", BLUE, ELSEWHERE).decision());
        assertThat(why.verdict()).isEqualTo(Grounds.Verdict.NOT_ALLOWED);
        assertThat(why.layer()).contains("identity-based policy");
        Grounds.Examined blue = why.consulted().getLast().statements().getFirst();
        assertThat(blue.mismatch())
                .contains(new Grounds.Mismatch.ConditionFails(
                        "StringEquals", "kms:EncryptionContext:team", List.of("blue"), List.of("green")));
        assertThat(asking("green", BLUE.replace("\"blue\"", "\"green\""), ELSEWHERE)
                        .decision()
                        .allowed())
                .isTrue();
    }

    @Test
    void kept_randomSets_sayWhatTheWholeTraceSays() {
        RandomPolicies policies = new RandomPolicies(new Random(SEED));
        for (int i = 0; i < SETS; i++) {
            Decision decision = new Authorizer().decide(EvaluatorPropertyTest.access(policies.question()));
            Explanation why = kept(decision, ACCOUNT, true);
            String where = "seed " + SEED + ", set " + i;
            Grounds grounds = (Grounds) why.entries().getFirst();
            assertThat(grounds.allowed()).as(where).isEqualTo(decision.allowed());
            assertThat(grounds.because()).as(where).isEqualTo(decision.because());
            assertThat(decision.trace())
                    .as(where)
                    .containsAll(why.lines().subList(1, why.lines().size()));
            List<String> deciding = decision.decidedBy().stream()
                    .map(m -> m.policyName() + " " + m.number())
                    .toList();
            if (!deciding.isEmpty()) {
                assertThat(grounds.consulted().stream()
                                .flatMap(p -> p.statements().stream().map(s -> p.name() + " " + s.number()))
                                .toList())
                        .as(where)
                        .isEqualTo(deciding);
            }
        }
    }

    @Test
    void kept_acrossAccounts_eachReadsItsOwnPoliciesAlone() {
        Given given = caller(STRANGER)
                .resourcePolicy(Given.keyPolicy("Allow", "\"Principal\":{\"AWS\":\"" + OTHER_ACCOUNT + "\"}"))
                .identity(ALLOW_ALL);
        assertThat(given.decision().allowed()).isTrue();
        String callers =
                String.join("\n", kept(given.decision(), OTHER_ACCOUNT, true).lines());
        assertThat(callers)
                .contains("identity-based policy identity 0, statement 1")
                .doesNotContain("key policy");
        String owners = String.join("\n", kept(given.decision(), ACCOUNT, false).lines());
        assertThat(owners).contains("key policy, statement 1").doesNotContain("identity 0");
        assertThat(kept(given.decision(), "999999999999", false).entries()).isEmpty();
        assertThat(kept(new Remark("secret"), ACCOUNT, false).entries()).isEmpty();
    }

    @Test
    void encode_anAllowedCall_isSmall() {
        Bytes annex = Explanation.encode(
                List.of(asking("blue", BLUE, ELSEWHERE, NO_RED).decision()),
                new Reason.Reader(ACCOUNT, true, RESOURCES));
        assertThat(annex.size()).isLessThan(120);
    }

    @Test
    void encode_thousandsOfDecisions_isBounded() {
        List<Reason> many = new ArrayList<>();
        Decision one = asking("green", BLUE, ELSEWHERE).decision();
        for (int i = 0; i < 5_000; i++) {
            many.add(one);
        }
        Bytes annex = Explanation.encode(many, new Reason.Reader(ACCOUNT, true, List.of()));
        assertThat(annex.size()).isLessThan(70 << 10);
        List<String> lines = Explanation.decode(annex, List.of()).lines();
        assertThat(lines.getLast()).matches("[0-9]+ more decisions");
    }

    @Test
    void decode_recordOfAnOlderServer_givesItsLines() {
        Explanation old = Explanation.decode(Bytes.utf8("denied: a\nkey policy: none"), List.of());
        assertThat(old.lines()).containsExactly("denied: a", "key policy: none");
        assertThat(old.entries().stream().map(Object::getClass).collect(Collectors.toSet()))
                .containsExactly(Explanation.Said.class);
    }
}
