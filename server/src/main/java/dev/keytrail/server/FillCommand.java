package dev.keytrail.server;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.NamedResource;
import dev.keytrail.crypto.SystemEntropy;
import dev.keytrail.store.EmbeddedStore;
import dev.keytrail.store.StoreOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The bench's ledgers: made-up events of the operator's account, as many as are wanted, written by the real store. */
@Command(
        name = "fill",
        hidden = true,
        description = "Fill a stopped server's ledger with made-up events, for the bench.")
final class FillCommand implements Callable<Integer> {
    private static final int COMMIT_RECORDS = 500;

    @Option(names = "--data", required = true)
    private Path data = Path.of(".");

    @Option(names = "--events", required = true)
    private long events;

    @Option(names = "--account", required = true, description = "Whose events they are")
    private String account = "";

    @Option(names = "--bytes", defaultValue = "1400", description = "About how large an event's JSON is")
    private int bytes;

    @Option(names = "--no-index", description = "Leave the history index to the next start")
    private boolean noIndex;

    @Override
    public Integer call() throws IOException {
        Entropy entropy = new SystemEntropy();
        StoreOptions options = StoreOptions.defaults().withIndexing(!noIndex);
        try (EmbeddedStore store =
                EmbeddedStore.open(data.resolve("store"), House.tables(), options, InstantSource.system())) {
            Ledger ledger = store.ledger();
            String key = "arn:aws:kms:us-east-1:" + account + ":key/" + entropy.uuid();
            String padding = "x".repeat(Math.max(1, bytes - 560));
            long second = InstantSource.system().instant().getEpochSecond();
            for (long done = 0; done < events; done += COMMIT_RECORDS) {
                List<LedgerRecord> records = new ArrayList<>(COMMIT_RECORDS);
                for (int i = 0; i < Math.min(COMMIT_RECORDS, events - done); i++) {
                    records.add(record(entropy.uuid(), entropy.uuid(), second, key, padding));
                }
                ledger.commit(ledger.read(), List.of(), records);
            }
            System.out.println(ledger.end() + " records");
        }
        return 0;
    }

    private LedgerRecord record(String requestId, String eventId, long second, String key, String padding) {
        String json = "{\"eventVersion\":\"1.11\",\"userIdentity\":{\"type\":\"IAMUser\",\"accountId\":\"" + account
                + "\"},\"eventTime\":\"2026-01-01T00:00:00Z\",\"eventSource\":\"kms.amazonaws.com\",\"eventName\":\"Encrypt\""
                + ",\"awsRegion\":\"us-east-1\",\"requestParameters\":{\"keyId\":\"" + key
                + "\",\"encryptionContext\":{\"p\":\"" + padding + "\"}},\"responseElements\":null,\"requestID\":\""
                + requestId
                + "\",\"eventID\":\"" + eventId + "\",\"readOnly\":true,\"eventType\":\"AwsApiCall\"}";
        return new LedgerRecord(
                account,
                "us-east-1",
                LedgerRecord.Category.MANAGEMENT,
                eventId,
                second,
                "kms.amazonaws.com",
                "Encrypt",
                true,
                Optional.of("admin"),
                Optional.empty(),
                List.of(new NamedResource("AWS::KMS::Key", key)),
                Bytes.utf8(json),
                Bytes.EMPTY);
    }
}
