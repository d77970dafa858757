package dev.keytrail.audit.chain;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.RowCodec;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import dev.keytrail.call.Secret;
import dev.keytrail.call.State;
import dev.keytrail.call.Table;
import dev.keytrail.crypto.AsymmetricKey;
import dev.keytrail.crypto.AsymmetricKeys;
import dev.keytrail.crypto.Ed25519;
import dev.keytrail.crypto.KeyKind;
import dev.keytrail.crypto.MessageForm;
import dev.keytrail.crypto.SignatureScheme;
import dev.keytrail.crypto.WrappedMaterial;
import java.util.Optional;

/**
 * The log's name and its key pair, wrapped under the root key. A state row, so it is in the ledger that it signs.
 *
 * @param origin first line of every checkpoint, and the key's name
 */
record LogKey(String origin, AsymmetricKey pair) {
    static final Table<LogKey> TABLE = new Table<>("audit.log-key", RowCodec.of(LogKey::write, LogKey::read));

    /** There is one log. */
    static final String ROW = "log";

    private static final int VERSION = 1;

    static Optional<LogKey> find(State state) {
        return state.get(TABLE, ROW);
    }

    VerifierKey verifier() {
        return new VerifierKey(origin, raw(pair.publicKey()));
    }

    /** RFC 8410: the raw key ends the SubjectPublicKeyInfo. */
    static Bytes raw(Bytes subjectPublicKeyInfo) {
        int size = subjectPublicKeyInfo.size();
        return subjectPublicKeyInfo.slice(size - Ed25519.PUBLIC_KEY_BYTES, size);
    }

    SignedNote sign(Checkpoint checkpoint, AsymmetricKeys keys) {
        return SignedNote.sign(checkpoint.text(), verifier(), message -> {
            try (Secret text = Secret.copyOf(message.unsafeArray())) {
                return keys.sign(pair, SignatureScheme.ED25519_SHA_512, MessageForm.RAW, text);
            }
        });
    }

    private static void write(LogKey key, RowWriter out) {
        out.version(VERSION)
                .text(key.origin)
                .text(key.pair.account())
                .text(key.pair.keyId())
                .text(key.pair.kind().name())
                .text(key.pair.material().id())
                .bytes(key.pair.material().wrapped())
                .bytes(key.pair.publicKey());
    }

    private static LogKey read(RowReader in) {
        in.version(VERSION);
        String origin = in.text();
        String account = in.text();
        String keyId = in.text();
        KeyKind kind = KeyKind.valueOf(in.text());
        WrappedMaterial material = new WrappedMaterial(in.text(), in.bytes());
        return new LogKey(origin, new AsymmetricKey(account, keyId, kind, material, in.bytes()));
    }
}
