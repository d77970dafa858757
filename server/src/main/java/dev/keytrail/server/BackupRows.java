package dev.keytrail.server;

import dev.keytrail.audit.Recorder;
import dev.keytrail.call.ApiError;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Secret;
import dev.keytrail.call.Service;
import dev.keytrail.crypto.Vault;
import dev.keytrail.crypto.custody.Custody;
import dev.keytrail.crypto.custody.CustodyRefused;
import dev.keytrail.crypto.custody.Keeper;
import dev.keytrail.crypto.custody.Stretching;
import java.io.IOException;
import java.io.OutputStream;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/**
 * CreateBackup, for principals of the operator's account: the answer's body is the backup. The call is on record before the first
 * byte, and so inside the backup itself; CompleteBackup follows when all of it has left.
 */
final class BackupRows {
    private final Backup backup;
    private final Custodian custodian;
    private final Vault vault;
    private final OperatorOnly operator;
    private final Ledger ledger;
    private final Recorder recorder;
    private final InstantSource clock;
    private final Entropy entropy;

    private final BackupPlace place = new BackupPlace();

    BackupRows(
            Backup backup,
            Custodian custodian,
            Vault vault,
            OperatorOnly operator,
            Ledger ledger,
            Recorder recorder,
            InstantSource clock,
            Entropy entropy) {
        this.backup = backup;
        this.custodian = custodian;
        this.vault = vault;
        this.operator = operator;
        this.ledger = ledger;
        this.recorder = recorder;
        this.clock = clock;
        this.entropy = entropy;
    }

    /** @param passphrase opens the backup without the key file, where custody is by file */
    record Create(Optional<Secret> passphrase) {}

    /** The backup, as it is written to whoever asked. */
    record Stream(HttpReply.Writer writer) {}

    List<Operation<?, ?>> rows() {
        return List.of(new Operation<>(
                Service.KEYTRAIL,
                "CreateBackup",
                true,
                Operation.BODY_BYTES_MAX,
                Create.class,
                Stream.class,
                this::create,
                in -> Optional.of(
                        Facts.facts().put("passphrase", in.passphrase().isPresent()))));
    }

    private Effect<Stream> create(Attempt attempt, Create in) {
        operator.demand(attempt);
        Optional<Keeper> keeper = custodian.keeper();
        boolean byFile = keeper.isEmpty() || keeper.get() instanceof Keeper.File;
        if (in.passphrase().isPresent() && !byFile) {
            throw new Refused(ApiError.of(
                    "ValidationException",
                    "Custody is by " + keeper.get().name()
                            + ", which opens the backup: a passphrase would be a way around it."));
        }
        // The input is closed behind the decision, and the stream is written behind the commit.
        Optional<Secret> passphrase = in.passphrase().map(Secret::copy);
        passphrase.ifPresent(BackupRows::requireLength);
        String requestId = attempt.call().requestId();
        if (!place.take(requestId, clock.instant())) {
            passphrase.ifPresent(Secret::close);
            throw new Refused(
                    ApiError.of("ConflictException", 409, "Another backup is being taken. Try again when it is done."));
        }
        return Effect.of(new Stream(out -> write(out, passphrase, requestId)));
    }

    private static void requireLength(Secret passphrase) {
        if (passphrase.sizeBytes() < Stretching.PASSPHRASE_BYTES_MIN
                || passphrase.sizeBytes() > Stretching.PASSPHRASE_BYTES_MAX) {
            passphrase.close();
            throw new Refused(ApiError.of(
                    "ValidationException",
                    "A passphrase has " + Stretching.PASSPHRASE_BYTES_MIN + " to " + Stretching.PASSPHRASE_BYTES_MAX
                            + " bytes."));
        }
    }

    private void write(OutputStream out, Optional<Secret> passphrase, String requestId) throws IOException {
        if (!place.enter(requestId, clock.instant())) {
            throw new IOException("another backup has begun before this one");
        }
        try {
            String[] id = {""};
            Optional<Long> custody = custodyEpoch();
            Backup.Taken taken = backup.writeTo(out, end -> {
                // The ledger that is saved would have the custody of before, and the header that of after.
                if (!custodyEpoch().equals(custody)) {
                    throw new CustodyRefused("custody has changed while the backup began: take another");
                }
                BackupHeader.Made made = header(end, passphrase);
                id[0] = made.header().id();
                return made;
            });
            ledger.commit(
                    ledger.read(),
                    List.of(),
                    List.of(recorder.record(
                            RewrapJob.event(
                                    "CompleteBackup",
                                    Facts.facts()
                                            .put("backupId", id[0])
                                            .put("ledgerEnd", taken.end())
                                            .put("files", taken.files())
                                            .put("bytes", taken.bytes())),
                            clock.instant())));
        } catch (CustodyRefused e) {
            throw new IOException(e.text(), e);
        } finally {
            passphrase.ifPresent(Secret::close);
            place.leave();
        }
    }

    /** Of what is committed: a change of a moment ago comes into force first. */
    private Optional<Long> custodyEpoch() {
        custodian.step();
        return custodian.rowIfAny().map(Custody::epoch);
    }

    private BackupHeader.Made header(long end, Optional<Secret> passphrase) {
        Optional<Secret> keyFile = passphrase.isPresent() ? Optional.of(custodian.keyFileContent()) : Optional.empty();
        try {
            return BackupHeader.make(clock.instant(), end, custodian.rowIfAny(), vault, keyFile, passphrase, entropy);
        } finally {
            keyFile.ifPresent(Secret::close);
        }
    }
}
