package dev.keytrail.audit.chain;

import dev.keytrail.audit.history.PlainHistory;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.FakeLedger;
import dev.keytrail.call.Job;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.Secret;
import dev.keytrail.call.ServiceEvent;
import dev.keytrail.call.State;
import dev.keytrail.crypto.RootKey;
import dev.keytrail.crypto.Vault;
import dev.keytrail.testkit.SeededEntropy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A ledger, a disk and a log over them. */
final class ChainWorld {
    static final String ACCOUNT = "111122223333";
    static final String REGION = "eu-west-1";
    static final String ORIGIN = "example.org/log";

    FakeLedger ledger = new FakeLedger();
    final MemoryDisk disk = new MemoryDisk();
    final SeededEntropy entropy = new SeededEntropy(8);
    final Vault vault = new Vault(new RootKey(Secret.adopt(new byte[32])), entropy);
    Instant now = Instant.parse("2026-03-04T05:06:07Z");
    Chain chain;

    ChainWorld() {
        chain = open();
        makeKey(chain);
    }

    WitnessPolicy witnesses = WitnessPolicy.NONE;

    Chain open() {
        return Chain.open(ledger, disk, vault, entropy, Optional.of(ORIGIN), witnesses);
    }

    /** As the gate does it. */
    private void makeKey(Chain chain) {
        State state = ledger.read();
        Job.Work work = chain.keyJob().next(state, now).orElseThrow();
        ServiceEvent event = work.events().getFirst();
        ledger.commit(
                state,
                work.changes(),
                List.of(record(event.account(), "key", "{\"eventName\":\"" + event.name() + "\"}")));
    }

    LogVerifier.Report verify(VerifierKeys keys, SignedNote... remembered) {
        try (LedgerLeaves leaves = new LedgerLeaves(ledger)) {
            return new LogVerifier(leaves, disk).verify(keys, List.of(remembered));
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    VerifierKeys key() {
        return chain.verifierKeys().orElseThrow();
    }

    LedgerRecord record(String account, String eventId, String json) {
        return new LedgerRecord(
                account,
                REGION,
                LedgerRecord.Category.MANAGEMENT,
                eventId,
                now.getEpochSecond(),
                "kms.amazonaws.com",
                "Encrypt",
                true,
                Optional.empty(),
                Optional.empty(),
                List.of(),
                Bytes.utf8(json),
                Bytes.EMPTY);
    }

    static String json(long number) {
        return "{\"eventID\":\"event-" + number + "\",\"text\":\"\\\"<\u00e9\u20ac\ud83d\ude00>\\n\"}";
    }

    void events(int count) {
        List<LedgerRecord> records = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long number = ledger.end() + i;
            records.add(record(ACCOUNT, "event-" + number, json(number)));
        }
        ledger.commit(ledger.read(), List.of(), records);
    }

    /** Steps until the log rests. */
    void settle() {
        settle(chain);
    }

    void settle(Chain log) {
        for (int i = 0; i < 1000; i++) {
            now = now.plusMillis(10);
            if (!log.step(now).equals(Duration.ZERO)) {
                return;
            }
        }
        throw new AssertionError("the log never rests");
    }

    Checkpoint checkpoint() {
        return checkpoint(chain);
    }

    Checkpoint checkpoint(Chain log) {
        return log.checkpoint().orElseThrow().checkpoint(key()).orElseThrow();
    }

    List<Bytes> leaves() {
        return ledger.all().stream().map(LedgerRecord::json).toList();
    }

    Receipts receipts() {
        return new Receipts(ledger, new PlainHistory(ledger), chain);
    }

    Receipt receipt(long index) {
        return ((Receipts.Answer.Made) receipts().ofIndex(ACCOUNT, index)).receipt();
    }

    /** The same key row, other records: what an operator with root can make of a ledger. */
    void rewrite(List<LedgerRecord> records) {
        FakeLedger forged = new FakeLedger();
        forged.put(LogKey.TABLE, LogKey.ROW, LogKey.find(ledger.read()).orElseThrow());
        forged.commit(forged.read(), List.of(), records);
        ledger = forged;
    }
}
