package dev.keytrail.audit.chain;

import dev.keytrail.audit.chain.VerifierKey.Kind;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.RowCodec;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import dev.keytrail.call.State;
import dev.keytrail.call.Table;
import dev.keytrail.crypto.AsymmetricKey;
import dev.keytrail.crypto.AsymmetricKeys;
import dev.keytrail.crypto.Ed25519;
import dev.keytrail.crypto.KeyKind;
import dev.keytrail.crypto.MlDsa44;
import dev.keytrail.crypto.SignatureScheme;
import dev.keytrail.crypto.Vault;
import dev.keytrail.crypto.WrappedMaterial;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A signer's name and its key pairs, wrapped under the root key. The log's is a state row, so it is in the ledger that it
 * signs; a witness keeps its own in a file.
 *
 * @param origin first line of every checkpoint, and the keys' name
 * @param pair Ed25519
 * @param second ML-DSA-44; empty in a log of an earlier version until the key job has run
 */
record LogKey(String origin, AsymmetricKey pair, Optional<AsymmetricKey> second) {
    static final Table<LogKey> TABLE = new Table<>("audit.log-key", RowCodec.of(LogKey::write, LogKey::read));

    /** There is one log. */
    static final String ROW = "log";

    private static final int VERSION = 1;

    static Optional<LogKey> find(State state) {
        return state.get(TABLE, ROW);
    }

    /** The key that every version of a log has signed with. */
    VerifierKey verifier() {
        return new VerifierKey(origin, Kind.ED25519, raw(pair));
    }

    Optional<VerifierKey> secondVerifier() {
        return second.map(key -> new VerifierKey(origin, Kind.ML_DSA_44, raw(key)));
    }

    /** The keys that a checkpoint signed now is signed with. */
    VerifierKeys verifiers() {
        return all(verifier());
    }

    /** The same keys as a witness' ones. */
    VerifierKeys cosigners() {
        return all(new VerifierKey(origin, Kind.COSIGNATURE_ED25519, raw(pair)));
    }

    private VerifierKeys all(VerifierKey first) {
        List<VerifierKey> keys = new ArrayList<>(List.of(first));
        secondVerifier().ifPresent(keys::add);
        return new VerifierKeys(keys);
    }

    /** RFC 8410 and RFC 9881: the raw key ends the SubjectPublicKeyInfo. */
    static Bytes raw(AsymmetricKey key) {
        int bytes = key.kind() == KeyKind.ML_DSA_44 ? MlDsa44.PUBLIC_KEY_BYTES : Ed25519.PUBLIC_KEY_BYTES;
        int size = key.publicKey().size();
        return key.publicKey().slice(size - bytes, size);
    }

    SignedNote sign(Checkpoint checkpoint, AsymmetricKeys keys, Instant now) {
        List<SignedNote.Signature> signatures = new ArrayList<>();
        Bytes text = Bytes.utf8(checkpoint.text());
        signatures.add(SignedNote.Signature.by(
                verifier(), Cosignature.sign(keys, pair, SignatureScheme.ED25519_SHA_512, text)));
        second(checkpoint, keys, now).ifPresent(signatures::add);
        return new SignedNote(checkpoint.text(), signatures);
    }

    /** What a witness gives. */
    List<SignedNote.Signature> cosign(Checkpoint checkpoint, AsymmetricKeys keys, Instant now) {
        List<SignedNote.Signature> signatures = new ArrayList<>();
        signatures.add(SignedNote.Signature.by(
                cosigners().keys().getFirst(),
                Cosignature.ed25519(keys, pair, now.getEpochSecond(), checkpoint.text())));
        second(checkpoint, keys, now).ifPresent(signatures::add);
        return signatures;
    }

    private Optional<SignedNote.Signature> second(Checkpoint checkpoint, AsymmetricKeys keys, Instant now) {
        return second.map(key -> SignedNote.Signature.by(
                secondVerifier().orElseThrow(),
                Cosignature.mlDsa(keys, key, origin, now.getEpochSecond(), checkpoint)));
    }

    /** Empty when both pairs are under the newest root key already. */
    Optional<LogKey> renewed(Vault vault) {
        Optional<AsymmetricKey> first = vault.renewed(pair);
        Optional<AsymmetricKey> other = second.flatMap(vault::renewed);
        return first.isEmpty() && other.isEmpty()
                ? Optional.empty()
                : Optional.of(new LogKey(origin, first.orElse(pair), other.or(() -> second)));
    }

    private static void write(LogKey key, RowWriter out) {
        out.version(VERSION).text(key.origin);
        writePair(key.pair, out);
        key.second.ifPresent(second -> writePair(second, out));
    }

    private static void writePair(AsymmetricKey pair, RowWriter out) {
        out.text(pair.account())
                .text(pair.keyId())
                .text(pair.kind().name())
                .text(pair.material().id())
                .bytes(pair.material().wrapped())
                .bytes(pair.publicKey());
    }

    private static LogKey read(RowReader in) {
        in.version(VERSION);
        String origin = in.text();
        AsymmetricKey first = readPair(in);
        return new LogKey(origin, first, in.hasMore() ? Optional.of(readPair(in)) : Optional.empty());
    }

    private static AsymmetricKey readPair(RowReader in) {
        String account = in.text();
        String keyId = in.text();
        KeyKind kind = KeyKind.valueOf(in.text());
        WrappedMaterial material = new WrappedMaterial(in.text(), in.bytes());
        return new AsymmetricKey(account, keyId, kind, material, in.bytes());
    }
}
