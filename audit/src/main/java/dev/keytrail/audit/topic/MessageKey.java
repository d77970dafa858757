package dev.keytrail.audit.topic;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Change;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Job;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.RowCodec;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import dev.keytrail.call.Secret;
import dev.keytrail.call.Service;
import dev.keytrail.call.ServiceEvent;
import dev.keytrail.call.Sha256;
import dev.keytrail.call.State;
import dev.keytrail.call.Table;
import dev.keytrail.crypto.AsymmetricKey;
import dev.keytrail.crypto.AsymmetricKeys;
import dev.keytrail.crypto.KeyKind;
import dev.keytrail.crypto.MessageForm;
import dev.keytrail.crypto.SignatureScheme;
import dev.keytrail.crypto.WrappedMaterial;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * The house's key for messages, RSA with 2048 bits, and its certificate. Made when the first topic is, on record in the
 * operator's account; the private half is sealed under the root key.
 *
 * @param certificate DER
 */
record MessageKey(AsymmetricKey pair, Bytes certificate) {
    static final Table<MessageKey> TABLE =
            new Table<>("sns.message-key", RowCodec.of(MessageKey::write, MessageKey::read));
    static final String ROW = "1";

    private static final String PATH_HEAD = "/SimpleNotificationService-";
    private static final String PATH_TAIL = ".pem";
    private static final int PATH_DIGITS = 32;

    /** Clocks of subscribers may be behind. */
    private static final Duration EARLY = Duration.ofDays(1);

    static Optional<MessageKey> find(State state) {
        return state.get(TABLE, ROW);
    }

    /** Where the certificate is had from; names its content. */
    String path() {
        return PATH_HEAD + Sha256.hex(certificate).substring(0, PATH_DIGITS) + PATH_TAIL;
    }

    static boolean isPath(String path) {
        return path.startsWith(PATH_HEAD) && path.endsWith(PATH_TAIL);
    }

    /** Base64, as the envelope has it. */
    String sign(AsymmetricKeys crypto, int signatureVersion, Bytes message) {
        Bytes signature = signatureVersion == 1 ? crypto.signSha1(pair, message) : sha256(crypto, pair, message);
        return Base64.getEncoder().encodeToString(signature.unsafeArray());
    }

    private static Bytes sha256(AsymmetricKeys crypto, AsymmetricKey key, Bytes message) {
        try (Secret copy = Secret.copyOf(message.unsafeArray())) {
            return crypto.sign(key, SignatureScheme.RSASSA_PKCS1_V1_5_SHA_256, MessageForm.RAW, copy);
        }
    }

    /** Makes the key when there is a topic and no key yet. */
    record Maker(AsymmetricKeys crypto) implements Job {
        @Override
        public String name() {
            return "message key";
        }

        @Override
        public Optional<Work> next(State state, Instant now) {
            if (!state.scan(TopicTables.TOPICS, "", "").iterator().hasNext()
                    || find(state).isPresent()) {
                return Optional.empty();
            }
            AsymmetricKey pair = crypto.generate(LedgerRecord.OPERATOR_ACCOUNT, "sns/" + ROW, KeyKind.RSA_2048);
            Instant from = now.truncatedTo(ChronoUnit.SECONDS).minus(EARLY);
            Bytes certificate = Certificate.make(
                    pair.publicKey(),
                    BigInteger.valueOf(now.toEpochMilli()),
                    from,
                    message -> sha256(crypto, pair, message));
            MessageKey made = new MessageKey(pair, certificate);
            ServiceEvent event = new ServiceEvent(
                    Service.KEYTRAIL,
                    "CreateMessageKey",
                    LedgerRecord.OPERATOR_ACCOUNT,
                    "us-east-1",
                    List.of(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.of(Facts.facts().put("certificate", made.path())));
            return Optional.of(new Work(List.of(Change.put(TABLE, ROW, made)), List.of(event)));
        }
    }

    private static void write(MessageKey key, RowWriter out) {
        AsymmetricKey pair = key.pair;
        out.version(1).text(pair.account()).text(pair.keyId()).text(pair.kind().name());
        out.text(pair.material().id()).bytes(pair.material().wrapped()).bytes(pair.publicKey());
        out.bytes(key.certificate);
    }

    private static MessageKey read(RowReader in) {
        in.version(1);
        return new MessageKey(
                new AsymmetricKey(
                        in.text(),
                        in.text(),
                        KeyKind.valueOf(in.text()),
                        new WrappedMaterial(in.text(), in.bytes()),
                        in.bytes()),
                in.bytes());
    }
}
