package dev.keytrail.call;

import java.util.List;
import java.util.Optional;

/** Ledger records for tests: plausible, small and told apart by their event id. */
public final class SampleRecords {
    public static final String ACCOUNT = "111122223333";
    public static final String REGION = "eu-central-1";

    private SampleRecords() {}

    /** A management event of {@link #ACCOUNT} with a resource, made by {@code alice}. */
    public static LedgerRecord event(String eventId, long eventTimeSeconds) {
        return event(ACCOUNT, REGION, eventId, eventTimeSeconds);
    }

    public static LedgerRecord event(String account, String region, String eventId, long eventTimeSeconds) {
        return new LedgerRecord(
                account,
                region,
                LedgerRecord.Category.MANAGEMENT,
                eventId,
                eventTimeSeconds,
                "kms.amazonaws.com",
                "Encrypt",
                true,
                Optional.of("alice"),
                Optional.of("AKIAIOSFODNN7EXAMPLE"),
                List.of(new NamedResource(
                        "AWS::KMS::Key", "arn:aws:kms:" + region + ":" + account + ":key/1234abcd-12ab-34cd-56ef")),
                Bytes.utf8("{\"eventID\":\"" + eventId + "\"}"),
                Bytes.EMPTY);
    }
}
