package dev.keytrail.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Random policy sets against {@link NaiveEvaluator}, and what traces name against what really decided. */
class EvaluatorPropertyTest {
    /** {@code -Dkeytrail.policySets=100000} for the long run. */
    private static final int POLICY_SETS = Integer.getInteger("keytrail.policySets", 20_000);

    private static final int TRACED_SETS = POLICY_SETS / 4;
    private static final long SEED = Long.getLong("keytrail.seed", 20261125L);

    @Test
    void decide_randomPolicySets_agreesWithTheNaiveEvaluator() {
        RandomPolicies policies = new RandomPolicies(new Random(SEED));
        Map<String, Integer> outcomes = new TreeMap<>();
        for (int i = 0; i < POLICY_SETS; i++) {
            NaiveEvaluator.Question question = policies.question();
            Decision decision = new Authorizer().decide(access(question));
            String expected = NaiveEvaluator.decide(question);
            String actual = decision.because().orElse("");
            if (!actual.equals(expected) || decision.allowed() != expected.isEmpty()) {
                fail("seed %s, set %s: expected <%s> but was <%s>%n%s%n%s"
                        .formatted(SEED, i, expected, actual, question, decision.trace()));
            }
            outcomes.merge(expected.replace(question.action(), "X"), 1, Integer::sum);
        }
        // Every outcome there is must have been met often, or the agreement means little.
        assertThat(outcomes).as("seed %s", SEED).hasSize(11);
        assertThat(outcomes.values()).allMatch(count -> count >= POLICY_SETS / 1000);
    }

    @Test
    void decidedBy_removingWhatItNames_flipsTheDecision() {
        RandomPolicies policies = new RandomPolicies(new Random(SEED + 1));
        int flipped = 0;
        for (int i = 0; i < TRACED_SETS; i++) {
            NaiveEvaluator.Question question = policies.question();
            Decision decision = new Authorizer().decide(access(question));
            List<Decision.Matched> named = decision.decidedBy();
            List<String> trace = decision.trace();
            for (Decision.Matched matched : named) {
                assertThat(trace)
                        .anyMatch(line -> line.contains(matched.policyName())
                                && line.contains("statement " + matched.number() + ": ")
                                && line.endsWith(" applies"));
            }
            if (named.isEmpty()) {
                continue;
            }
            Decision without = new Authorizer().decide(access(keeping(question, named, false)));
            Decision with = new Authorizer().decide(access(keeping(question, named, true)));
            String where = "seed " + (SEED + 1) + ", set " + i;
            if (decision.explicitlyDenied()) {
                assertThat(without.explicitlyDenied()).as(where).isFalse();
            } else if (!withoutStatements(question)) {
                assertThat(without.allowed()).as(where).isFalse();
            }
            flipped += without.allowed() == decision.allowed() ? 0 : 1;
            assertThat(with.because()).as(where).isEqualTo(decision.because());
        }
        assertThat(flipped).as("seed %s", SEED + 1).isGreaterThan(TRACED_SETS / 20);
    }

    /** Allowed whatever the policies say: the root user in its account, and holders of grants. */
    private static boolean withoutStatements(NaiveEvaluator.Question question) {
        NaiveEvaluator.Question bare = new NaiveEvaluator.Question(
                question.caller(),
                question.action(),
                question.resource(),
                question.resourceAccount(),
                question.context(),
                question.rules(),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                Optional.empty(),
                question.grant());
        return NaiveEvaluator.decide(bare).isEmpty();
    }

    /** The question with the named statements made inert, or with all others made inert. */
    private static NaiveEvaluator.Question keeping(
            NaiveEvaluator.Question q, List<Decision.Matched> named, boolean keepNamed) {
        return new NaiveEvaluator.Question(
                q.caller(),
                q.action(),
                q.resource(),
                q.resourceAccount(),
                q.context(),
                q.rules(),
                keeping(q.identity(), "identity ", named, keepNamed),
                q.boundary().map(p -> keeping(p, "boundary", named, keepNamed)),
                q.session().map(all -> keeping(all, "session ", named, keepNamed)),
                keeping(q.guardrails(), "guardrail ", named, keepNamed),
                q.resourcePolicy().map(p -> keeping(p, "key policy", named, keepNamed)),
                q.grant());
    }

    private static List<Map<String, Object>> keeping(
            List<Map<String, Object>> policies, String prefix, List<Decision.Matched> named, boolean keepNamed) {
        List<Map<String, Object>> kept = new ArrayList<>();
        for (Map<String, Object> policy : policies) {
            kept.add(keeping(policy, prefix + kept.size(), named, keepNamed));
        }
        return kept;
    }

    private static Map<String, Object> keeping(
            Map<String, Object> policy, String name, List<Decision.Matched> named, boolean keepNamed) {
        List<Object> statements = new ArrayList<>();
        for (Map<String, Object> statement : NaiveEvaluator.statements(policy)) {
            int number = statements.size() + 1;
            boolean isNamed = named.stream().anyMatch(m -> m.policyName().equals(name) && m.number() == number);
            Map<String, Object> copy = new LinkedHashMap<>(statement);
            if (isNamed != keepNamed) {
                copy.remove("NotAction");
                copy.put("Action", "none:Nothing");
                copy.putIfAbsent("Resource", "*");
                if (copy.containsKey("NotResource")) {
                    copy.remove("Resource");
                }
            }
            statements.add(copy);
        }
        Map<String, Object> kept = new LinkedHashMap<>(policy);
        kept.put("Statement", statements);
        return kept;
    }

    static Access access(NaiveEvaluator.Question q) {
        ConditionContext.Builder context = ConditionContext.builder();
        q.context().forEach(context::putAll);
        Given given = Given.caller(q.caller())
                .action(q.action())
                .resource(q.resource())
                .rules(q.rules())
                .context(context.build())
                .identity(q.identity().stream().map(RandomPolicies::json).toArray(String[]::new));
        q.boundary().map(RandomPolicies::json).ifPresent(given::boundary);
        q.session()
                .ifPresent(all ->
                        given.session(all.stream().map(RandomPolicies::json).toArray(String[]::new)));
        q.guardrails().stream().map(RandomPolicies::json).forEach(given::guardrail);
        q.resourcePolicy().map(RandomPolicies::json).ifPresent(given::resourcePolicy);
        return (q.grant() ? given.grant() : given).access();
    }
}
