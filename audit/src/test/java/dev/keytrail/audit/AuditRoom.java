package dev.keytrail.audit;

import dev.keytrail.audit.history.PlainHistory;
import dev.keytrail.audit.op.Accounts;
import dev.keytrail.audit.trail.DataKeys;
import dev.keytrail.audit.trail.DeliverySettings;
import dev.keytrail.audit.trail.FakeObjectStore;
import dev.keytrail.audit.trail.NoticeBoard;
import dev.keytrail.call.ApiError;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Call;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Effect;
import dev.keytrail.call.FakeLedger;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.Notes;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Origin;
import dev.keytrail.call.Principal;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Resource;
import dev.keytrail.call.Secret;
import dev.keytrail.call.Service;
import dev.keytrail.call.State;
import dev.keytrail.crypto.RootKey;
import dev.keytrail.crypto.Vault;
import dev.keytrail.policy.Authorizer;
import dev.keytrail.policy.CallerPolicies;
import dev.keytrail.testkit.SeededEntropy;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The whole room on fakes, with a plain gate in front: decide, record, commit. */
public final class AuditRoom {
    public static final String ACCOUNT = "111122223333";
    public static final String REGION = "eu-west-1";
    public static final Caller ROOT = Caller.of(new Principal.Root(ACCOUNT), "AKIAROOT");

    /** Has no policies and so may do nothing. */
    public static final Caller ALICE = Caller.of(new Principal.User(ACCOUNT, "AIDAALICE", "/", "alice"), "AKIAALICE");

    public final FakeLedger ledger = new FakeLedger();
    public final FakeObjectStore store = new FakeObjectStore();
    public final SeededEntropy entropy = new SeededEntropy(3);
    public Audit audit;
    private final AuditSettings settings;
    public Instant now = Instant.parse("2026-03-04T05:06:07.890Z");
    public Caller caller = ROOT;
    public String region = REGION;
    private int calls;

    /** The caller's account is the operator's; these others are there too. */
    public static final List<String> OTHERS = List.of("222233334444", "333344445555", "444455556666", "555566667777");

    private static final class LocalAccounts implements Accounts {
        @Override
        public boolean exists(State state, String account) {
            return account.equals(ACCOUNT) || OTHERS.contains(account);
        }

        @Override
        public boolean isOperator(State state, String account) {
            return account.equals(ACCOUNT);
        }
    }

    public AuditRoom() {
        this(AuditSettings.DEFAULT);
    }

    public AuditRoom(AuditSettings settings) {
        this.settings = settings;
        audit = open();
    }

    /** All that was in memory is gone. */
    public void restart() {
        audit = open();
    }

    private Audit open() {
        return Audit.open(
                new Audit.Parts(
                        ledger,
                        new PlainHistory(ledger),
                        store,
                        NoticeBoard.NONE,
                        DataKeys.NONE,
                        new Authorizer(),
                        (_, _) -> CallerPolicies.NONE,
                        new Vault(new RootKey(Secret.adopt(new byte[32])), entropy),
                        entropy,
                        new LocalAccounts(),
                        Runnable::run),
                settings);
    }

    public static AuditRoom withFiles(int fileBytes) {
        return new AuditRoom(new AuditSettings(
                Duration.ofDays(90),
                new DeliverySettings(Duration.ofSeconds(60), Duration.ofHours(1), fileBytes, 6, 10_000_000),
                false));
    }

    /** Makes the call, records it whatever it comes to, and answers or throws. */
    public <O> O call(Object input, Class<O> output) {
        Operation<?, ?> row = audit.rows().stream()
                .filter(r -> r.input() == input.getClass())
                .findFirst()
                .orElseThrow();
        return output.cast(run(row, input));
    }

    private <I, O> O run(Operation<I, O> row, Object given) {
        I input = row.input().cast(given);
        Call call = new Call("req-" + calls++, now, row.service(), row.name(), region, caller, origin());
        State state = ledger.read();
        Notes notes = new Notes();
        try {
            Effect<O> effect = row.handler().handle(new Attempt(call, state, notes), input);
            ledger.commit(
                    state,
                    effect.changes(),
                    audit.recorder()
                            .record(
                                    call,
                                    row.readOnly(),
                                    row.requestParameters().apply(input),
                                    new Outcome.Done(effect.responseElements()),
                                    notes,
                                    now));
            return effect.reply();
        } catch (Refused refused) {
            ledger.commit(
                    state,
                    List.of(),
                    audit.recorder()
                            .record(
                                    call,
                                    row.readOnly(),
                                    row.requestParameters().apply(input),
                                    Outcome.failed(refused.error()),
                                    notes,
                                    now));
            throw refused;
        }
    }

    /** The error that a call is refused with. */
    public ApiError refusal(Object input) {
        try {
            Object answer = call(input, Object.class);
            throw new AssertionError("not refused: " + answer);
        } catch (Refused refused) {
            return refused.error();
        }
    }

    /** A KMS call of the same caller. */
    public LedgerRecord kms(String name, boolean readOnly, String key) {
        Call call = new Call("req-" + calls++, now, Service.KMS, name, region, caller, origin());
        Notes notes = new Notes();
        notes.resource(new Resource(ACCOUNT, "AWS::KMS::Key", key));
        List<LedgerRecord> records =
                audit.recorder().record(call, readOnly, Optional.empty(), Outcome.done(), notes, now);
        ledger.commit(ledger.read(), List.of(), records);
        return records.getFirst();
    }

    /** Lets delivery see what is there, so many seconds pass, and delivery do all it wants. */
    public void deliver(int seconds) {
        drain();
        now = now.plusSeconds(seconds);
        drain();
    }

    private void drain() {
        for (int i = 0; i < 1000; i++) {
            if (!audit.delivery().step(now).isZero()) {
                return;
            }
        }
        throw new AssertionError("delivery never rests");
    }

    private static Origin origin() {
        return new Origin("192.0.2.1", Optional.of("test"), "localhost", Optional.empty());
    }
}
