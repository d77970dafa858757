package dev.keytrail.audit.trail;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Change;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.Secret;
import dev.keytrail.call.State;
import dev.keytrail.call.Table;
import dev.keytrail.crypto.AsymmetricKey;
import dev.keytrail.crypto.AsymmetricKeys;
import dev.keytrail.crypto.KeyKind;
import dev.keytrail.crypto.MessageForm;
import dev.keytrail.crypto.Rewrapping;
import dev.keytrail.crypto.SignatureScheme;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The keys that sign digests: one line of them for each Region, shared by its accounts as at AWS. Made when first needed;
 * each is valid for exactly thirty days and followed by the next one some days before its end. Public keys are kept for
 * ever, for so are digests. Thread-safe.
 */
public final class SigningKeys {
    /** Key: {@code region/number}, the number in ten digits. */
    static final Table<SigningKey> KEYS = new Table<>("cloudtrail.digest-key", SigningKey.CODEC);

    static final Rewrapping<SigningKey> REWRAPPING = new Rewrapping<>(
            KEYS,
            (vault, key) ->
                    vault.renewed(key.pair()).map(pair -> new SigningKey(key.number(), key.from(), key.to(), pair)));

    static final Duration VALIDITY = Duration.ofDays(30);

    /** No digest is signed with a key that ends so soon: both this one and its successor are then current. */
    static final Duration OVERLAP = Duration.ofDays(7);

    /** A key is valid from before its first digest, for a look-up that begins a little late to find it. */
    static final Duration EARLY = Duration.ofDays(1);

    /** The owner's name in the vault: the house itself. */
    private static final String OWNER = LedgerRecord.OPERATOR_ACCOUNT;

    private final Ledger ledger;
    private final AsymmetricKeys crypto;
    private final Maker maker;

    /** Makes a key pair of that name. A real one takes a good part of a second. */
    interface Maker {
        AsymmetricKey make(String account, String name);
    }

    public SigningKeys(Ledger ledger, AsymmetricKeys crypto) {
        this(ledger, crypto, (account, name) -> crypto.generate(account, name, KeyKind.RSA_2048));
    }

    SigningKeys(Ledger ledger, AsymmetricKeys crypto, Maker maker) {
        this.ledger = ledger;
        this.crypto = crypto;
        this.maker = maker;
    }

    /**
     * The key for a digest of this Region that ends then; makes it if there is none.
     *
     * @throws Ledger.Conflict if another made one at the same time
     */
    SigningKey current(String region, Instant end) {
        State state = ledger.read();
        List<SigningKey> keys = all(state, region);
        for (SigningKey key : keys.reversed()) {
            if (key.covers(end) && end.isBefore(key.to().minus(OVERLAP))) {
                return key;
            }
        }
        long number = keys.isEmpty() ? 1 : keys.getLast().number() + 1;
        // Read for the commit to notice another one of that number.
        Optional<SigningKey> taken = state.get(KEYS, rowKey(region, number));
        if (taken.isPresent()) {
            return taken.get();
        }
        Instant from = end.truncatedTo(ChronoUnit.SECONDS).minus(EARLY);
        AsymmetricKey pair = maker.make(OWNER, "digest/" + region + "/" + number);
        SigningKey made = new SigningKey(number, from, from.plus(VALIDITY), pair);
        ledger.commit(state, List.of(Change.put(KEYS, rowKey(region, number), made)), List.of());
        return made;
    }

    /** A key that a plan names. */
    static SigningKey numbered(State state, String region, long number) {
        return state.get(KEYS, rowKey(region, number))
                .orElseThrow(() -> new IllegalStateException("digest key " + region + "/" + number + " is missing"));
    }

    /** RSASSA-PKCS1-v1_5 with SHA-256: the same bytes each time. */
    Bytes sign(SigningKey key, Bytes message) {
        try (Secret copy = Secret.copyOf(message.unsafeArray())) {
            return crypto.sign(key.pair(), SignatureScheme.RSASSA_PKCS1_V1_5_SHA_256, MessageForm.RAW, copy);
        }
    }

    /** The Region's keys that are valid at some time in [from, to], oldest first. */
    public static List<SigningKey> overlapping(State state, String region, Instant from, Instant to) {
        return all(state, region).stream()
                .filter(key -> !key.from().isAfter(to) && key.to().isAfter(from))
                .toList();
    }

    private static List<SigningKey> all(State state, String region) {
        List<SigningKey> keys = new ArrayList<>();
        state.scan(KEYS, region + "/", "").forEach(row -> keys.add(row.value()));
        return keys;
    }

    private static String rowKey(String region, long number) {
        return String.format(Locale.ROOT, "%s/%010d", region, number);
    }
}
