package dev.keytrail.kms;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Call;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Effect;
import dev.keytrail.call.FakeLedger;
import dev.keytrail.call.Job;
import dev.keytrail.call.Notes;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Origin;
import dev.keytrail.call.Principal;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Secret;
import dev.keytrail.call.Service;
import dev.keytrail.call.ServiceEvent;
import dev.keytrail.call.State;
import dev.keytrail.crypto.RootKey;
import dev.keytrail.crypto.SymmetricKeys;
import dev.keytrail.crypto.Vault;
import dev.keytrail.kms.key.Crypto;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.Quotas;
import dev.keytrail.kms.key.UsageHistory;
import dev.keytrail.kms.store.ClusterSettings;
import dev.keytrail.kms.store.StoreTurns;
import dev.keytrail.kms.store.XksSettings;
import dev.keytrail.policy.Authorizer;
import dev.keytrail.policy.CallerPolicies;
import dev.keytrail.policy.NamedPolicy;
import dev.keytrail.policy.Policy;
import dev.keytrail.policy.PolicyCache;
import dev.keytrail.testkit.SeededEntropy;
import dev.keytrail.testkit.SimulatedClock;
import dev.keytrail.wire.shape.kms.CreateKeyRequest;
import dev.keytrail.wire.shape.kms.CreateKeyResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/** The key service over a ledger in memory, real cryptography and real policy decisions. One thread. */
public final class World {
    public static final String ACCOUNT = "111122223333";
    public static final String OTHER_ACCOUNT = "444455556666";
    public static final String REGION = "us-west-2";
    public static final Caller ROOT = Caller.of(new Principal.Root(ACCOUNT), "AKIAROOT");
    public static final Caller ALICE = user(ACCOUNT, "Alice");
    public static final Caller MALLORY = user(OTHER_ACCOUNT, "Mallory");

    public final FakeLedger ledger = new FakeLedger();
    public final SimulatedClock clock = new SimulatedClock();
    public final SymmetricKeys symmetric;
    public final Kms kms;
    /** The service's own events of jobs, in order. */
    public final List<ServiceEvent> serviceEvents = new ArrayList<>();
    /** Key ARNs and what the record would tell of them. */
    public final Map<String, UsageHistory.Use> lastUses = new HashMap<>();
    /** Principals that policies may not name. */
    public final Set<String> unknownPrincipals = new HashSet<>();

    private final Map<String, List<NamedPolicy>> policies = new HashMap<>();
    private final Map<String, Operation<?, ?>> rows = new HashMap<>();

    public World() {
        this(1);
    }

    public World(long seed) {
        this(seed, Quotas.DEFAULT);
    }

    public World(long seed, Quotas quotas) {
        this(seed, quotas, false, ClusterSettings.NONE);
    }

    /** @param idsChosen whether a tag may say a new key's id */
    public World(long seed, Quotas quotas, boolean idsChosen, ClusterSettings clusters) {
        SeededEntropy entropy = new SeededEntropy(seed);
        Crypto crypto = Crypto.over(new Vault(new RootKey(Secret.adopt(entropy.bytes(32))), entropy), entropy, 2);
        symmetric = crypto.symmetric();
        kms = Kms.open(
                crypto,
                entropy,
                new Authorizer(),
                new PolicyCache(1000),
                (state, caller) -> policiesOf(caller),
                (state, principal) -> !unknownPrincipals.contains(principal),
                key -> Optional.ofNullable(lastUses.get(key.arn())),
                quotas,
                idsChosen,
                XksSettings.NONE,
                clusters,
                StoreTurns.UNLIMITED);
        kms.rows().forEach(row -> rows.put(row.name(), row));
        allow(ALICE, "kms:*");
        allow(MALLORY, "kms:*");
    }

    public static Caller user(String account, String name) {
        return Caller.of(
                new Principal.User(account, "AIDA" + name.toUpperCase(java.util.Locale.ROOT), "/", name),
                "AKIA" + name);
    }

    /** What came of a call. */
    public record Answer<O>(Optional<Effect<O>> effect, Optional<ApiError> error, Notes notes) {
        public O reply() {
            return effect.orElseThrow(() -> new AssertionError("refused: " + error))
                    .reply();
        }

        public String code() {
            return error.map(ApiError::code).orElse("ok");
        }

        public String message() {
            return error.flatMap(ApiError::message).orElse("(none)");
        }
    }

    public <I, O> Answer<O> as(Caller caller, String operation, I input) {
        return as(caller, REGION, operation, input);
    }

    /** Decides one call and commits it, as the gate would. */
    public <I, O> Answer<O> as(Caller caller, String region, String operation, I input) {
        Operation<I, O> row = row(operation);
        State state = ledger.read();
        Notes notes = new Notes();
        try {
            Effect<O> effect = row.handler().handle(new Attempt(call(caller, region, operation), state, notes), input);
            ledger.commit(state, effect.changes(), List.of());
            return new Answer<>(Optional.of(effect), Optional.empty(), notes);
        } catch (Refused refused) {
            return new Answer<>(Optional.empty(), Optional.of(refused.error()), notes);
        }
    }

    public <I, O> Answer<O> alice(String operation, I input) {
        return as(ALICE, operation, input);
    }

    @SuppressWarnings("unchecked")
    public <I, O> Operation<I, O> row(String operation) {
        return (Operation<I, O>) Optional.ofNullable(rows.get(operation)).orElseThrow();
    }

    public Call call(Caller caller, String region, String operation) {
        return new Call(
                "00000000-0000-4000-8000-000000000000",
                clock.instant(),
                Service.KMS,
                operation,
                region,
                caller,
                new Origin("192.0.2.1", Optional.of("test"), "kms.test", Optional.empty()));
    }

    /** Runs the jobs until nothing is due. */
    public void runJobs() {
        for (Job job : kms.jobs()) {
            while (true) {
                State state = ledger.read();
                Optional<Job.Work> work = job.next(state, clock.instant());
                if (work.isEmpty()) {
                    break;
                }
                ledger.commit(state, work.get().changes(), List.of());
                serviceEvents.addAll(work.get().events());
            }
        }
    }

    public Key newKey() {
        return newKey(CreateKeyRequest.builder().build());
    }

    public Key newKey(CreateKeyRequest request) {
        Answer<CreateKeyResponse> answer = as(ALICE, "CreateKey", request);
        return key(answer.reply().keyMetadata().orElseThrow().keyId().orElseThrow());
    }

    /** The key as it is now. */
    public Key key(String keyId) {
        return ledger.read().get(Key.TABLE, Key.rowKey(ACCOUNT, REGION, keyId)).orElseThrow();
    }

    /** Makes a key what no operation could make it. */
    public Key change(Key key, UnaryOperator<Key> change) {
        Key changed = change.apply(key(key.id()));
        ledger.put(Key.TABLE, changed.rowKey(), changed);
        return changed;
    }

    public void forbidAll(Caller caller) {
        policies.remove(caller.arn());
    }

    public void allow(Caller caller, String... actions) {
        identity(caller, statement("Allow", "\"" + String.join("\",\"", actions) + "\"", "*", ""));
    }

    /** Replaces the caller's identity policy with one of these statements. */
    public void identity(Caller caller, String... statements) {
        String text = "{\"Version\":\"2012-10-17\",\"Statement\":[" + String.join(",", statements) + "]}";
        policies.put(caller.arn(), List.of(new NamedPolicy("test policy", Policy.parse(text, Policy.Kind.IDENTITY))));
    }

    /** @param actions JSON, quoted; {@code condition} JSON or empty */
    public static String statement(String effect, String actions, String resource, String condition) {
        return "{\"Effect\":\"" + effect + "\",\"Action\":[" + actions + "],\"Resource\":\"" + resource + "\""
                + (condition.isEmpty() ? "" : ",\"Condition\":" + condition) + "}";
    }

    /** A key policy that delegates to {@link #ACCOUNT}, with further statements. */
    public static String keyPolicy(String... more) {
        StringBuilder text = new StringBuilder("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
                + "\"Principal\":{\"AWS\":\"" + ACCOUNT + "\"},\"Action\":\"kms:*\",\"Resource\":\"*\"}");
        for (String statement : more) {
            text.append(',').append(statement);
        }
        return text.append("]}").toString();
    }

    /** A key policy's statement for one principal. */
    public static String letting(String principal, String action) {
        return "{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"" + principal + "\"},\"Action\":\"" + action
                + "\",\"Resource\":\"*\"}";
    }

    private CallerPolicies policiesOf(Caller caller) {
        List<NamedPolicy> identity = policies.getOrDefault(caller.arn(), List.of());
        return new CallerPolicies(identity, Optional.empty(), List.of(), false, List.of());
    }
}
