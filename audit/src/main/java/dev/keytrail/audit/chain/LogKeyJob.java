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

/**
 * Makes the log's key pairs at the first start, on record in the operator's own account; a log of an earlier version, which
 * has the Ed25519 pair alone, gets its second one.
 */
final class LogKeyJob implements Job {
    /** The operator's account has no Region of its own. */
    private static final String REGION = "us-east-1";

    /** Of the public key's digits, so many make a default name unique. */
    private static final int ORIGIN_DIGITS = 16;

    private static final String SECOND = "log-ml-dsa";

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
        Optional<LogKey> known = LogKey.find(state);
        if (known.flatMap(LogKey::second).isPresent()) {
            return Optional.empty();
        }
        LogKey made = known.map(key -> new LogKey(key.origin(), key.pair(), Optional.of(second(keys))))
                .orElseGet(() -> make(keys, origin, "keytrail/"));
        ServiceEvent event = new ServiceEvent(
                Service.KEYTRAIL,
                "CreateLogKey",
                LedgerRecord.OPERATOR_ACCOUNT,
                REGION,
                List.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(Facts.facts()
                        .put("origin", made.origin())
                        .put("verifierKey", made.verifier().text())
                        .put(
                                "mlDsaKeyId",
                                made.secondVerifier().map(key -> key.id().hex()))
                        .put(
                                "mlDsaKeySha256",
                                made.secondVerifier().map(key -> key.sha256().hex()))));
        return Optional.of(new Work(List.of(Change.put(LogKey.TABLE, LogKey.ROW, made)), List.of(event)));
    }

    /** @param prefix of a name that is made up */
    static LogKey make(AsymmetricKeys keys, Optional<String> name, String prefix) {
        AsymmetricKey pair = keys.generate(LedgerRecord.OPERATOR_ACCOUNT, LogKey.ROW, KeyKind.ECC_NIST_EDWARDS25519);
        String madeUp = prefix + LogKey.raw(pair).hex().substring(0, ORIGIN_DIGITS);
        return new LogKey(name.orElse(madeUp), pair, Optional.of(second(keys)));
    }

    private static AsymmetricKey second(AsymmetricKeys keys) {
        return keys.generate(LedgerRecord.OPERATOR_ACCOUNT, SECOND, KeyKind.ML_DSA_44);
    }
}
