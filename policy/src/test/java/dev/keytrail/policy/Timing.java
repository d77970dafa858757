package dev.keytrail.policy;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;

/** Quick figures for two decisions; a main to run by hand, not a test. The bench module has the careful ones. */
final class Timing {
    private static final int ROUNDS = 8;
    private static final int DECISIONS_PER_ROUND = 200_000;

    private Timing() {}

    public static void main(String[] args) {
        Authorizer authorizer = new Authorizer();
        Access small = Given.caller(Given.ALICE)
                .resourcePolicy(Given.DEFAULT_KEY_POLICY)
                .identity(Given.ALLOW_ALL)
                .access();
        Access large = large();
        System.out.println("large key policy: "
                + large.resourcePolicy().orElseThrow().policy().text().length() + " characters, allowed "
                + authorizer.decide(large).allowed());
        time("default key policy + administrator", () -> authorizer.decide(small));
        time("6 KB key policy + 10 attached policies", () -> authorizer.decide(large));
        time("the same with a fresh context of 12 keys", () -> authorizer.decide(with(large, context())));
    }

    private static ConditionContext context() {
        ConditionContext.Builder builder = ConditionContext.builder();
        for (int i = 0; i < 9; i++) {
            builder.put(KEYS[i], "value");
        }
        return builder.put("kms:CallerAccount", Given.ACCOUNT)
                .put("kms:ViaService", "s3.us-east-1.amazonaws.com")
                .put("kms:EncryptionContext:tenant", "t-17")
                .build();
    }

    private static final String[] KEYS = {
        "kms:KeySpec",
        "kms:KeyUsage",
        "kms:KeyOrigin",
        "kms:MultiRegion",
        "kms:RequestAlias",
        "kms:ResourceAliases",
        "kms:EncryptionAlgorithm",
        "kms:CustomerMasterKeySpec",
        "kms:CustomerMasterKeyUsage"
    };

    private static Access with(Access access, ConditionContext context) {
        return new Access(
                access.caller(),
                access.action(),
                access.resource(),
                access.resourceAccount(),
                context,
                access.policies(),
                access.rules(),
                access.resourcePolicy(),
                access.grant());
    }

    /** The key policy's last statement delegates under a condition; the last attached policy allows. */
    private static Access large() {
        List<String> statements = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            statements.add(("""
                    {"Sid":"Team %d","Effect":"%s","Principal":{"AWS":["arn:aws:iam::111122223333:role/app/Team%d",\
                    "arn:aws:iam::111122223333:user/team/member%d"]},"Action":["kms:Encrypt","kms:Decrypt",\
                    "kms:ReEncrypt*","kms:GenerateDataKey*","kms:DescribeKey"],"Resource":"*","Condition":\
                    {"StringEquals":{"kms:EncryptionContext:tenant":"t-%d"}}}""").formatted(i, i % 4 == 3 ? "Deny" : "Allow", i, i, i));
        }
        statements.add("""
                {"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":\
                {"StringNotEquals":{"kms:CallerAccount":"111122223333"}}}""");
        statements.add("""
                {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*",\
                "Resource":"*","Condition":{"StringLike":{"kms:ViaService":"s3.*.amazonaws.com"}}}""");
        Given given = Given.caller(Given.ALICE)
                .context(context())
                .resourcePolicy("{\"Version\":\"2012-10-17\",\"Statement\":[" + String.join(",", statements) + "]}");
        for (int i = 0; i < 9; i++) {
            given.identity(("""
                    {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["kms:*","s3:Get*"],"Resource":\
                    ["arn:aws:kms:*:111122223333:key/%d*","arn:aws:kms:eu-*:111122223333:alias/*"]},\
                    {"Effect":"Deny","Action":"kms:*","Resource":"arn:aws:kms:*:*:key/*","Condition":\
                    {"StringEquals":{"kms:KeySpec":"X%d"}}},\
                    {"Effect":"Deny","Action":["kms:ScheduleKeyDeletion","kms:Disable*"],"Resource":"*"}]}""").formatted(i + 2, i));
        }
        given.identity("""
                {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":\
                "arn:aws:kms:*:111122223333:key/1234*"}]}""");
        return given.access();
    }

    private static void time(String name, Supplier<Decision> decide) {
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        Optional<Decision> last = Optional.empty();
        for (int round = 1; round <= ROUNDS; round++) {
            long bytes = threads.getCurrentThreadAllocatedBytes();
            long start = threads.getCurrentThreadCpuTime();
            for (int i = 0; i < DECISIONS_PER_ROUND; i++) {
                Decision decision = decide.get();
                if (i == DECISIONS_PER_ROUND - 1) {
                    last = Optional.of(decision);
                }
            }
            double nanos = (threads.getCurrentThreadCpuTime() - start) / (double) DECISIONS_PER_ROUND;
            double allocated = (threads.getCurrentThreadAllocatedBytes() - bytes) / (double) DECISIONS_PER_ROUND;
            System.out.println(String.format(
                    Locale.ROOT, "%s, round %d: %.0f ns of processor time, %.0f bytes", name, round, nanos, allocated));
        }
        System.out.println(last.orElseThrow());
    }
}
