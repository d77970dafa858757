package dev.keytrail.bench;

import dev.keytrail.audit.Outcome;
import dev.keytrail.audit.Recorder;
import dev.keytrail.call.ApiError;
import dev.keytrail.call.Call;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Facts;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.Notes;
import dev.keytrail.call.Origin;
import dev.keytrail.call.Principal;
import dev.keytrail.call.Resource;
import dev.keytrail.call.Service;
import dev.keytrail.testkit.SeededEntropy;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * What the recorder makes of calls of 200 users on 10,000 keys, nine in ten of them cryptographic, one in a hundred refused.
 * The same ones each time.
 */
final class SampleEvents {
    static final int USERS = 200;

    /** Of the events' time. */
    static final int PER_SECOND = 2000;

    private static final int KEYS = 10_000;
    private static final List<String> OPERATIONS = List.of(
            "Encrypt",
            "Decrypt",
            "GenerateDataKey",
            "Decrypt",
            "GenerateDataKey",
            "Encrypt",
            "Decrypt",
            "Decrypt",
            "GenerateDataKeyWithoutPlaintext",
            "DescribeKey");

    private final String account;
    private final String region;
    private final long start;
    private final Random random = new Random(7);
    private final SeededEntropy entropy = new SeededEntropy(7);
    private final Recorder recorder = new Recorder(entropy);
    private final List<String> keys = new ArrayList<>();
    private int made;
    private String requestId = "";

    /** @param start Unix time of the first */
    SampleEvents(String account, String region, long start) {
        this.account = account;
        this.region = region;
        this.start = start;
        for (int i = 0; i < KEYS; i++) {
            keys.add("arn:aws:kms:" + region + ":" + account + ":key/" + entropy.uuid());
        }
    }

    /** Of the newest call. */
    String requestId() {
        return requestId;
    }

    String anyKey() {
        return keys.get(random.nextInt(KEYS));
    }

    String anyOperation() {
        return OPERATIONS.get(random.nextInt(OPERATIONS.size()));
    }

    /** The records of one more call. */
    List<LedgerRecord> next() {
        int number = made++;
        int who = random.nextInt(USERS);
        Caller caller = Caller.of(
                new Principal.User(account, "AIDA%017d".formatted(who), "/", "user-" + who),
                "AKIA%016d".formatted(who));
        String key = keys.get(random.nextInt(KEYS));
        String operation = OPERATIONS.get(random.nextInt(OPERATIONS.size()));
        Instant now = Instant.ofEpochSecond(start + number / PER_SECOND);
        Origin origin = new Origin(
                "192.0.2." + who,
                Optional.of("Boto3/1.44.8 md/Botocore#1.44.8 md/awscrt#0.27.0 ua/2.1 os/linux#6.1 md/arch#x86_64"
                        + " lang/python#3.12.11 md/pyimpl#CPython m/Z,b,D cfg/retry-mode#legacy Botocore/1.44.8"),
                "kms." + region + ".example.com",
                Optional.of(new Origin.Tls("TLSv1.3", "TLS_AES_128_GCM_SHA256")));
        requestId = entropy.uuid();
        Call call = new Call(requestId, now, Service.KMS, operation, region, caller, origin);
        Facts parameters = Facts.facts().put("keyId", key);
        if (!operation.equals("DescribeKey")) {
            parameters
                    .put("encryptionAlgorithm", "SYMMETRIC_DEFAULT")
                    .put("encryptionContext", Map.of("tenant", "tenant-" + random.nextInt(500), "purpose", "orders"));
        }
        Notes notes = new Notes();
        notes.resource(new Resource(account, "AWS::KMS::Key", key));
        if (!operation.equals("DescribeKey")) {
            byte[] material = new byte[32];
            new Random(key.hashCode()).nextBytes(material);
            notes.additional(Facts.facts().put("keyMaterialId", HexFormat.of().formatHex(material)));
        }
        Outcome outcome = random.nextInt(100) == 0
                ? Outcome.failed(ApiError.of(
                        "AccessDeniedException",
                        "User: " + caller.arn() + " is not authorized to perform: kms:" + operation + " on resource: "
                                + key + " because no identity-based policy allows the kms:" + operation + " action"))
                : Outcome.done();
        return recorder.record(call, true, Optional.of(parameters), outcome, notes, now);
    }
}
