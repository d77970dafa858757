package dev.keytrail.audit.bucket;

import dev.keytrail.audit.trail.DataKeys;
import dev.keytrail.audit.trail.ObjectStore;
import dev.keytrail.call.ApiError;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.Job;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Table;
import dev.keytrail.crypto.Rewrapping;
import dev.keytrail.crypto.Vault;
import dev.keytrail.policy.Authorizer;
import dev.keytrail.policy.PolicyCache;
import dev.keytrail.policy.PrincipalPolicies;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The embedded S3 endpoint's one face. Thread-safe; owned by the server, which holds the directory for itself alone.
 *
 * <p>The walk of a request:
 *
 * <ol>
 *   <li>{@link #route} from its head; empty means 405. Identity verifies the signature over the head.
 *   <li>For a body of kind OBJECT, {@link S3Operation#admission} refuses early what would be refused anyway, before
 *       {@code 100 Continue} and before the disk is touched. Whatever refuses here or in the next step is put on record by
 *       running {@link S3Operation#refusing} with {@link S3Route#bare}.
 *   <li>{@link #receive} takes the body in. The request is closed when the call has been answered.
 *   <li>The row's handler decides, the gate commits.
 *   <li>A {@link S3Reply.Content} payload is copied from its source; a refusal is written with {@link #error}.
 * </ol>
 */
public final class Buckets {
    private final BodyReceiver receiver;
    private final BucketAccess access;
    private final S3Router router;
    private final SweepJob sweep;
    private final ContentStore contents;

    private Buckets(
            ContentStore contents, BucketSettings settings, BucketAccess access, PolicyCache policies, KeyRing keys) {
        this.receiver = new BodyReceiver(contents, settings.objectBytesMax());
        this.access = access;
        this.router = new S3Router(access, policies, keys, contents);
        this.contents = contents;
        this.sweep = new SweepJob(contents, settings.garbageKept());
    }

    /**
     * @param directory for the objects' bytes; made if need be
     * @param keys for objects that are encrypted under KMS keys
     * @param vault for those that are encrypted without one
     * @throws IOException the directory cannot be used
     */
    public static Buckets open(
            Path directory,
            BucketSettings settings,
            Authorizer authorizer,
            PolicyCache policies,
            PrincipalPolicies principals,
            Entropy entropy,
            DataKeys keys,
            Vault vault)
            throws IOException {
        return new Buckets(
                ContentStore.open(directory, entropy),
                settings,
                new BucketAccess(authorizer, policies, principals),
                policies,
                new KeyRing(keys, vault, entropy));
    }

    /** Empty when S3 has no such method there. */
    public Optional<S3Route> route(S3Head head) {
        return router.route(head);
    }

    /**
     * Takes the body in and holds it against what the head says of it. On return an object's bytes are safe on disk.
     *
     * @param body the bytes after HTTP's own framing; read to its end
     * @param signer for bodies whose chunks are signed; empty for callers without a signature
     * @param admitted the look at the state under which the request was let in: for keys and sources of copies
     * @throws Refused the body is not what the head says, is too large, a key refuses, or the disk does not take it
     * @throws IOException the client's stream broke: there is nobody to answer
     */
    public S3Request receive(S3Route route, InputStream body, Optional<ChunkVerifier> signer, Attempt admitted)
            throws IOException {
        return receiver.receive(route, body, signer, admitted);
    }

    /** A refusal as S3 writes it; the answer to HEAD has no body. */
    public S3Reply error(ApiError error, S3Head head, String requestId) {
        Map<String, String> headers = Map.of("content-type", "application/xml");
        if (head.method().equals("HEAD") || error.status() == 304) {
            return new S3Reply(error.status(), headers, new S3Reply.None()).with("x-amz-request-id", requestId);
        }
        Xml xml = Xml.plain("Error")
                .text("Code", error.code())
                .text("Message", error.message())
                .text("Resource", PercentCode.decode(head.rawPath(), false).orElse(head.rawPath()))
                .text("RequestId", requestId);
        return new S3Reply(error.status(), headers, new S3Reply.Inline(xml.bytes()))
                .with("x-amz-request-id", requestId);
    }

    /** The operations that are done, for the coverage table. */
    public List<S3Operation> operations() {
        return router.operations();
    }

    public List<Job> jobs() {
        return List.of(sweep);
    }

    /** The tables whose rows this room writes. */
    public static List<Table<?>> tables() {
        return BucketTables.ALL;
    }

    /** How the room's secrets come under a new root key. */
    public static List<Rewrapping<?>> rewrappings() {
        return BucketTables.REWRAPPINGS;
    }

    /** For trail delivery. */
    public ObjectStore objectStore(Door door, Ledger ledger, Entropy entropy, InstantSource clock) {
        return new EmbeddedBuckets(this, access, contents, door, ledger, entropy, clock);
    }
}
