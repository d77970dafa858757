package dev.keytrail.audit.chain;

import dev.keytrail.audit.chain.SignedNote.Signature;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.Sha256;
import dev.keytrail.crypto.AsymmetricKeys;
import dev.keytrail.crypto.Vault;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A witness (C2SP tlog-witness): remembers the newest checkpoint of each log that it is set up for, and cosigns another one
 * only if it continues that. What it has cosigned is durable before anybody sees the cosignature. Thread-safe; one request
 * at a time.
 *
 * <p>Its folder: {@code key} (its key pairs, wrapped), {@code verifier-key}, {@code logs/HASH} (the newest checkpoint of
 * the log whose origin has that SHA-256, with all signatures).
 */
public final class Witness {
    /** A request with its proof and a checkpoint of many signatures. */
    public static final int REQUEST_BYTES_MAX = SignedNote.LENGTH_MAX + (8 << 10);

    private static final int PROOF_LINES_MAX = 63;
    private static final String KEY = "key";
    private static final Logger LOG = LoggerFactory.getLogger(Witness.class);

    private final ChainDisk disk;
    private final AsymmetricKeys keys;
    private final LogKey key;
    private final Map<String, VerifierKeys> logs = new HashMap<>();
    private final ReentrantLock lock = new ReentrantLock();

    private Witness(ChainDisk disk, AsymmetricKeys keys, LogKey key, List<VerifierKeys> logs) {
        this.disk = disk;
        this.keys = keys;
        this.key = key;
        for (VerifierKeys log : logs) {
            if (this.logs.put(log.name(), log) != null) {
                throw new IllegalArgumentException("two logs of the name " + log.name());
            }
        }
    }

    /**
     * @param name the witness' own, if this is its first start; made up then if it is empty
     * @param logs the keys of each log to watch
     * @throws IllegalArgumentException when it has another name already
     */
    public static Witness open(
            ChainDisk disk, Vault vault, Entropy entropy, Optional<String> name, List<VerifierKeys> logs) {
        AsymmetricKeys keys = new AsymmetricKeys(vault, entropy);
        name.filter(n -> !VerifierKey.isName(n)).ifPresent(n -> {
            throw new IllegalArgumentException("a witness' name has no white space, no plus and at most 255 bytes");
        });
        LogKey key = disk.read(KEY)
                .map(file -> LogKey.TABLE.codec().decode(file.toArray()))
                .orElseGet(() -> {
                    LogKey made = LogKeyJob.make(keys, name, "keytrail-witness/");
                    disk.writeDurably(KEY, Bytes.adopt(LogKey.TABLE.codec().encode(made)));
                    return made;
                });
        if (name.isPresent() && !name.get().equals(key.origin())) {
            throw new IllegalArgumentException("this witness is named " + key.origin() + " since its first start");
        }
        disk.writeDurably(TilePath.VERIFIER_KEY, Bytes.utf8(key.cosigners().text() + "\n"));
        return new Witness(disk, keys, key, logs);
    }

    /** What logs and auditors are told to believe. */
    public VerifierKeys verifierKeys() {
        return key.cosigners();
    }

    /** An answer of the protocol. */
    public sealed interface Reply {
        /** 200: signature lines, or a note. */
        record Text(String text) implements Reply {}

        /** 409: the size that it has cosigned. */
        record Conflict(long size) implements Reply {}

        /** Any other status, and a line for people. */
        record Refusal(int status, String why) implements Reply {}
    }

    /**
     * add-checkpoint.
     *
     * @throws java.io.UncheckedIOException when its state cannot be read or written; nothing was cosigned
     */
    public Reply addCheckpoint(Bytes body, Instant now) {
        Optional<Request> parsed = Request.parse(body.utf8());
        if (parsed.isEmpty()) {
            return new Reply.Refusal(400, "not a request of tlog-witness");
        }
        Request request = parsed.get();
        Optional<VerifierKeys> log = Optional.ofNullable(logs.get(request.checkpoint.origin()));
        if (log.isEmpty()) {
            return new Reply.Refusal(404, "not a log of this witness");
        }
        if (!request.note.signedBy(log.get())) {
            return new Reply.Refusal(403, "not signed by the log's keys");
        }
        if (request.old > request.checkpoint.size()) {
            return new Reply.Refusal(400, "the old size is beyond the checkpoint's");
        }
        lock.lock();
        try {
            return decide(request, log.get(), now);
        } finally {
            lock.unlock();
        }
    }

    private Reply decide(Request request, VerifierKeys log, Instant now) {
        Optional<Checkpoint> last = last(log).flatMap(note -> Checkpoint.parse(note.text()));
        long size = last.map(Checkpoint::size).orElse(0L);
        Checkpoint checkpoint = request.checkpoint;
        if (request.old != size) {
            if (checkpoint.size() < size) {
                LOG.warn("{} shows {} records after {}: put back, or one of two", log.name(), checkpoint.size(), size);
            }
            return new Reply.Conflict(size);
        }
        Bytes empty = new TreeHasher().empty();
        boolean rooted = checkpoint.size() > 0 || checkpoint.root().equals(empty);
        Bytes before = last.map(Checkpoint::root).orElse(empty);
        if (!rooted || !MerkleProofs.consistent(size, before, checkpoint.size(), checkpoint.root(), request.proof)) {
            LOG.error(
                    "{} shows a history of {} records that does not continue the one of {} cosigned here",
                    log.name(),
                    checkpoint.size(),
                    size);
            return new Reply.Refusal(422, "the checkpoint does not continue the one cosigned before");
        }
        List<Signature> own = key.cosign(checkpoint, keys, now);
        List<Signature> proven = request.note.signatures().stream()
                .filter(s -> log.keys().stream().anyMatch(s::isOf))
                .toList();
        SignedNote kept = new SignedNote(request.note.text(), proven).plus(own);
        disk.writeDurably(path(log.name()), Bytes.utf8(kept.note()));
        StringBuilder lines = new StringBuilder();
        own.forEach(signature -> lines.append(signature.line()));
        return new Reply.Text(lines.toString());
    }

    /** A damaged memory must not be taken for none: then anything could be cosigned. */
    private Optional<SignedNote> last(VerifierKeys log) {
        return disk.read(path(log.name()))
                .map(file -> SignedNote.parse(file.utf8())
                        .filter(note -> note.signedBy(key.cosigners()))
                        .orElseThrow(() -> new IllegalStateException("what this witness remembers of " + log.name()
                                + " is damaged: restore " + path(log.name()))));
    }

    /**
     * The newest checkpoint of a log as it was cosigned here.
     *
     * @param originHash lower-case hex of SHA-256 over the log's name
     */
    public Reply checkpoint(String originHash) {
        lock.lock();
        try {
            return logs.values().stream()
                    .filter(log -> hash(log.name()).equals(originHash))
                    .findFirst()
                    .flatMap(this::last)
                    .<Reply>map(note -> new Reply.Text(note.note()))
                    .orElseGet(() -> new Reply.Refusal(404, "nothing cosigned of such a log"));
        } finally {
            lock.unlock();
        }
    }

    private static String path(String origin) {
        return "logs/" + hash(origin);
    }

    /** The name of a log in the paths of its witnesses. */
    public static String hash(String origin) {
        return Sha256.hex(Bytes.utf8(origin));
    }

    private record Request(long old, List<Bytes> proof, SignedNote note, Checkpoint checkpoint) {
        static Optional<Request> parse(String body) {
            int cut = body.indexOf("\n\n");
            if (cut < 0) {
                return Optional.empty();
            }
            String[] head = body.substring(0, cut).split("\n", -1);
            Optional<SignedNote> note = SignedNote.parse(body.substring(cut + 2));
            Optional<Checkpoint> checkpoint = note.flatMap(n -> Checkpoint.parse(n.text()));
            if (checkpoint.isEmpty()
                    || head.length > PROOF_LINES_MAX + 1
                    || !head[0].matches("old (0|[1-9][0-9]{0,17})")) {
                return Optional.empty();
            }
            List<Bytes> proof = new ArrayList<>();
            for (int i = 1; i < head.length; i++) {
                Optional<Bytes> hash = Base64Text.decode(head[i]).filter(h -> h.size() == TreeHasher.HASH_BYTES);
                if (hash.isEmpty()) {
                    return Optional.empty();
                }
                proof.add(hash.get());
            }
            return Optional.of(new Request(Long.parseLong(head[0].substring(4)), proof, note.get(), checkpoint.get()));
        }
    }
}
