package dev.keytrail.audit.topic;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Change;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.Job;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.State;
import dev.keytrail.call.Table;
import dev.keytrail.crypto.AsymmetricKeys;
import dev.keytrail.crypto.Rewrapping;
import dev.keytrail.crypto.Vault;
import dev.keytrail.policy.Authorizer;
import dev.keytrail.policy.PolicyCache;
import dev.keytrail.policy.PrincipalPolicies;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/** The room's front: what the operations in {@code op} stand on, the postman, the certificate. Thread-safe. */
public final class Topics {
    private final Ledger ledger;
    private final Vault vault;
    private final Entropy entropy;
    private final TopicAccess access;
    private final Postman postman;
    private final MessageKey.Maker keyMaker;

    private Topics(
            Ledger ledger,
            Vault vault,
            Entropy entropy,
            TopicAccess access,
            Postman postman,
            MessageKey.Maker keyMaker) {
        this.ledger = ledger;
        this.vault = vault;
        this.entropy = entropy;
        this.access = access;
        this.postman = postman;
        this.keyMaker = keyMaker;
    }

    /**
     * What the room needs of others.
     *
     * @param url where subscribers reach this server, e.g. {@code http://127.0.0.1:7480}
     * @param executor runs posts: on threads of their own, or at once in a simulation
     */
    public record Parts(
            Ledger ledger,
            Vault vault,
            Entropy entropy,
            Authorizer authorizer,
            PolicyCache policies,
            PrincipalPolicies principals,
            Subscriber network,
            Supplier<String> url,
            Executor executor) {}

    public static Topics open(Parts parts) {
        AsymmetricKeys crypto = new AsymmetricKeys(parts.vault(), parts.entropy());
        return new Topics(
                parts.ledger(),
                parts.vault(),
                parts.entropy(),
                new TopicAccess(parts.authorizer(), parts.policies(), parts.principals()),
                new Postman(parts.ledger(), parts.vault(), crypto, parts.network(), parts.url(), parts.executor()),
                new MessageKey.Maker(crypto));
    }

    /** The state rows of this room; a store must know them before it opens. */
    public static List<Table<?>> tables() {
        return List.of(
                TopicTables.TOPICS,
                TopicTables.SUBSCRIPTIONS,
                TopicTables.REVISIONS,
                TopicTables.MESSAGES,
                TopicTables.OUTBOX,
                MessageKey.TABLE);
    }

    /** How the room's secrets come under a new root key. */
    public static List<Rewrapping<?>> rewrappings() {
        return List.of(
                new Rewrapping<>(
                        MessageKey.TABLE,
                        (vault, key) -> vault.renewed(key.pair()).map(pair -> new MessageKey(pair, key.certificate()))),
                new Rewrapping<>(TopicTables.MESSAGES, Postman::renewed));
    }

    public TopicAccess access() {
        return access;
    }

    public Entropy entropy() {
        return entropy;
    }

    public Postman postman() {
        return postman;
    }

    public List<Job> jobs() {
        return List.of(keyMaker);
    }

    /** The changes that send a message to these subscriptions. */
    public List<Change<?>> sending(Topic topic, Message message, List<Subscription> to) {
        List<Change<?>> changes = new ArrayList<>();
        if (to.isEmpty()) {
            return changes;
        }
        String key = TopicTables.messageKey(TopicTables.key(topic), message);
        changes.add(Change.put(TopicTables.MESSAGES, key, Postman.seal(vault, message)));
        to.forEach(s -> changes.add(Change.put(TopicTables.OUTBOX, key + "/" + s.id(), s.id())));
        return changes;
    }

    /** Whether a path may be a certificate's. */
    public static boolean isCertificatePath(String path) {
        return MessageKey.isPath(path);
    }

    /** The PEM text of the certificate at this path; public, and no call of any API. */
    public Optional<Bytes> certificate(String path) {
        State state = ledger.read();
        return MessageKey.find(state)
                .filter(key -> key.path().equals(path))
                .map(key -> Bytes.utf8(Certificate.pem(key.certificate())));
    }
}
