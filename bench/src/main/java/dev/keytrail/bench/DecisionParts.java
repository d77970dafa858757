package dev.keytrail.bench;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Call;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Effect;
import dev.keytrail.call.NamedResource;
import dev.keytrail.call.Notes;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Origin;
import dev.keytrail.call.Principal;
import dev.keytrail.call.Reason;
import dev.keytrail.call.Secret;
import dev.keytrail.call.Service;
import dev.keytrail.crypto.RootKey;
import dev.keytrail.crypto.SystemEntropy;
import dev.keytrail.crypto.Vault;
import dev.keytrail.kms.Kms;
import dev.keytrail.kms.key.Crypto;
import dev.keytrail.kms.key.Keyring;
import dev.keytrail.kms.key.Named;
import dev.keytrail.kms.key.Permissions;
import dev.keytrail.kms.key.Quotas;
import dev.keytrail.kms.store.ClusterSettings;
import dev.keytrail.kms.store.StoreTurns;
import dev.keytrail.kms.store.XksSettings;
import dev.keytrail.policy.Authorizer;
import dev.keytrail.policy.CallerPolicies;
import dev.keytrail.policy.Explanation;
import dev.keytrail.policy.NamedPolicy;
import dev.keytrail.policy.Policy;
import dev.keytrail.policy.PolicyCache;
import dev.keytrail.policy.PrincipalPolicies;
import dev.keytrail.store.MemoryStore;
import dev.keytrail.wire.shape.kms.CreateGrantRequest;
import dev.keytrail.wire.shape.kms.CreateKeyRequest;
import dev.keytrail.wire.shape.kms.CreateKeyResponse;
import dev.keytrail.wire.shape.kms.GrantOperation;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One decision about a key with a policy of 6 KB, for a user with ten attached policies, while the key has grants to others;
 * and what it costs to put down why it was decided so. Target: under 10 µs with 50 grants, and at most twice that with 5,000.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class DecisionParts {
    private static final String ACCOUNT = "111122223333";
    private static final int KEY_POLICY_STATEMENTS = 28;
    private static final int ATTACHED_POLICIES = 10;
    private static final Caller ADMIN = Caller.of(new Principal.Root(ACCOUNT), "AKIAROOT");
    private static final Caller BY_POLICY =
            Caller.of(new Principal.User(ACCOUNT, "AIDAPOLICY", "/", "policy"), "AKIAPOLICY");
    private static final Caller BY_GRANT =
            Caller.of(new Principal.User(ACCOUNT, "AIDAGRANT", "/", "grant"), "AKIAGRANT");

    @Param({"50", "5000"})
    public int grants;

    private final MemoryStore store = MemoryStore.open(List.copyOf(Kms.tables()));
    private final PolicyCache documents = new PolicyCache(1_000);
    private Optional<Permissions> permissions = Optional.empty();
    private String keyArn = "";
    private List<NamedResource> resources = List.of();

    @Setup
    public void open() {
        SystemEntropy entropy = new SystemEntropy();
        Vault vault = new Vault(new RootKey(Secret.adopt(entropy.bytes(32))), entropy);
        Authorizer authorizer = new Authorizer();
        CallerPolicies attached = attached();
        PrincipalPolicies policies = (_, caller) -> caller.equals(BY_POLICY) ? attached : CallerPolicies.NONE;
        Kms kms = Kms.open(
                Crypto.over(vault, entropy, 1),
                entropy,
                authorizer,
                documents,
                policies,
                (_, _) -> true,
                _ -> Optional.empty(),
                Quotas.DEFAULT,
                false,
                XksSettings.NONE,
                ClusterSettings.NONE,
                StoreTurns.UNLIMITED);
        permissions = Optional.of(new Permissions(authorizer, documents, policies));
        CreateKeyResponse made = run(
                kms, "CreateKey", CreateKeyRequest.builder().policy(keyPolicy()).build());
        keyArn = made.keyMetadata().orElseThrow().arn().orElseThrow();
        resources = List.of(new NamedResource("AWS::KMS::Key", keyArn));
        for (int i = 0; i < grants; i++) {
            grant(kms, "arn:aws:iam::" + ACCOUNT + ":user/other-" + i);
        }
        grant(kms, BY_GRANT.arn());
    }

    private void grant(Kms kms, String grantee) {
        run(
                kms,
                "CreateGrant",
                CreateGrantRequest.builder()
                        .keyId(keyArn)
                        .granteePrincipal(grantee)
                        .operations(List.of(GrantOperation.Encrypt, GrantOperation.Decrypt))
                        .build());
    }

    /** 6 KB: the account's root enabled at the end of many statements for others. */
    private static String keyPolicy() {
        StringBuilder text = new StringBuilder("{\"Version\":\"2012-10-17\",\"Statement\":[");
        for (int i = 0; i < KEY_POLICY_STATEMENTS; i++) {
            text.append("{\"Sid\":\"Team")
                    .append(i)
                    .append("\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::444455556666:role/team-")
                    .append(i)
                    .append("\"},\"Action\":[\"kms:Encrypt\",\"kms:Decrypt\"],\"Resource\":\"*\",\"Condition\":"
                            + "{\"StringEquals\":{\"kms:EncryptionContext:team\":\"")
                    .append(i)
                    .append("\"}}},");
        }
        return text.append("{\"Sid\":\"Root\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::")
                .append(ACCOUNT)
                .append(":root\"},\"Action\":\"kms:*\",\"Resource\":\"*\"}]}")
                .toString();
    }

    private static CallerPolicies attached() {
        List<NamedPolicy> policies = new ArrayList<>();
        for (int i = 0; i < ATTACHED_POLICIES; i++) {
            String text =
                    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[\"s3:Get*\",\"kms:"
                            + (i == ATTACHED_POLICIES - 1 ? "Enc*" : "List*")
                            + "\"],\"Resource\":\"*\"},{\"Effect\":\"Deny\",\"Action\":\"kms:*\",\"Resource\":\"*\",\"Condition\":"
                            + "{\"StringNotEquals\":{\"aws:RequestedRegion\":[\"us-east-1\",\"eu-west-" + i
                            + "\"]}}}]}";
            policies.add(new NamedPolicy(
                    "arn:aws:iam::" + ACCOUNT + ":policy/p" + i, Policy.parse(text, Policy.Kind.IDENTITY)));
        }
        return new CallerPolicies(policies, Optional.empty(), List.of(), false, List.of());
    }

    private static Attempt attempt(MemoryStore store, Caller caller, String operation) {
        Call call = new Call(
                "00000000-0000-4000-8000-000000000000",
                Instant.EPOCH,
                Service.KMS,
                operation,
                "us-east-1",
                caller,
                new Origin("127.0.0.1", Optional.empty(), "localhost", Optional.empty()));
        return new Attempt(call, store.ledger().read(), new Notes());
    }

    @SuppressWarnings("unchecked")
    private <I, O> O run(Kms kms, String operation, I input) {
        Operation<I, O> row = (Operation<I, O>) kms.rows().stream()
                .filter(r -> r.name().equals(operation))
                .findFirst()
                .orElseThrow();
        Attempt attempt = attempt(store, ADMIN, operation);
        Effect<O> effect = row.handler().handle(attempt, input);
        store.ledger().commit(attempt.state(), effect.changes(), List.of());
        return effect.reply();
    }

    private Notes decide(Caller caller) {
        Attempt attempt = attempt(store, caller, "Encrypt");
        Named named = Keyring.find(attempt, keyArn, Keyring.Accepts.ANY_KEY, "kms:Encrypt");
        permissions.orElseThrow().demand(attempt, named, "kms:Encrypt", Permissions.NOTHING_MORE);
        return attempt.notes();
    }

    /** Grants are not looked at, however many there are. */
    @Benchmark
    public Notes allowedByPolicies() {
        return decide(BY_POLICY);
    }

    @Benchmark
    public Notes allowedByGrant() {
        return decide(BY_GRANT);
    }

    /** The decision, and what is kept beside the event of why. */
    @Benchmark
    public Bytes allowedByPoliciesAndWhy() {
        return Explanation.encode(decide(BY_POLICY).reasons(), new Reason.Reader(ACCOUNT, true, resources));
    }
}
