package dev.keytrail.policy;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** Whatever the text, parsing ends in a policy or in {@link MalformedPolicy}. Seeds lie among the test resources. */
class PolicyFuzzTest {
    @FuzzTest(maxDuration = "1m")
    void parse_anyText_givesAPolicyOrMalformedPolicy(byte[] data) {
        String text = new String(data, java.nio.charset.StandardCharsets.UTF_8);
        for (Policy.Kind kind : Policy.Kind.values()) {
            try {
                Policy policy = Policy.parse(text, kind);
                if (!policy.text().equals(text) || policy.statements() < 1) {
                    throw new IllegalStateException("parsed, but not as given: " + policy.statements());
                }
                decide(policy, kind);
            } catch (MalformedPolicy expected) {
                if (expected.getMessage().length() > 1024) {
                    throw new IllegalStateException("a message without bound", expected);
                }
            }
        }
    }

    /** Deciding and tracing with whatever was accepted must not fail either. */
    private static void decide(Policy policy, Policy.Kind kind) {
        NamedPolicy named = new NamedPolicy("fuzzed", policy);
        Given given = Given.caller(Given.ROLE)
                .context(ConditionContext.builder()
                        .put("aws:CurrentTime", "2026-01-01T00:00:00Z")
                        .put("aws:SourceIp", "::1")
                        .build());
        Access access = kind == Policy.Kind.IDENTITY
                ? given.resourcePolicy(Given.DEFAULT_KEY_POLICY).identity(named).access()
                : given.resourcePolicy(named).access();
        new Authorizer().decide(access).trace();
    }
}
