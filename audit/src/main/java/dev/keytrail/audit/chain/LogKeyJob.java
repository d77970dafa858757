package dev.keytrail.audit.chain;

import dev.keytrail.call.Change;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Job;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.Service;
import dev.keytrail.call.ServiceEvent;
import dev.keytrail.call.State;
import dev.keytrail.crypto.AsymmetricKey;
import dev.keytrail.crypto.AsymmetricKeys;
import dev.keytrail.crypto.KeyKind;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Makes the log's key pair at the first start, on record in the operator's own account. */
final class LogKeyJob implements Job {
    /** The operator's account has no Region of its own. */
    private static final String REGION = "us-east-1";

    /** Of the public key's digits, so many make a default name unique. */
    private static final int ORIGIN_DIGITS = 16;

    private final AsymmetricKeys keys;
    private final Optional<String> origin;

    LogKeyJob(AsymmetricKeys keys, Optional<String> origin) {
        this.keys = keys;
        this.origin = origin;
    }

    @Override
    public String name() {
        return "log key";
    }

    @Override
    public Optional<Work> next(State state, Instant now) {
        if (LogKey.find(state).isPresent()) {
            return Optional.empty();
        }
        AsymmetricKey pair = keys.generate(LedgerRecord.OPERATOR_ACCOUNT, LogKey.ROW, KeyKind.ECC_NIST_EDWARDS25519);
        String name = origin.orElseGet(
                () -> "keytrail/" + LogKey.raw(pair.publicKey()).hex().substring(0, ORIGIN_DIGITS));
        LogKey made = new LogKey(name, pair);
        ServiceEvent event = new ServiceEvent(
                Service.KEYTRAIL,
                "CreateLogKey",
                LedgerRecord.OPERATOR_ACCOUNT,
                REGION,
                List.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(Facts.facts()
                        .put("origin", name)
                        .put("verifierKey", made.verifier().text())));
        return Optional.of(new Work(List.of(Change.put(LogKey.TABLE, LogKey.ROW, made)), List.of(event)));
    }
}
