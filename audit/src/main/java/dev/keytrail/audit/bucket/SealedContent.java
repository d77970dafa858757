package dev.keytrail.audit.bucket;

import dev.keytrail.audit.bucket.BucketTables.ObjectRow;
import dev.keytrail.audit.trail.DataKeys;
import dev.keytrail.call.Arn;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Call;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Secret;
import dev.keytrail.call.Service;
import dev.keytrail.crypto.ContentCipher;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Optional;
import java.util.concurrent.Semaphore;

/**
 * Contents that a KMS key encrypts. Reading one asks the key service in the reader's own name (kms:Decrypt, invoked by
 * S3), so that reads of encrypted logs are on the key's record too. Such a content is handled as a whole, in memory, so
 * its size is bounded, and only so many are open at once. Thread-safe.
 */
final class SealedContent {
    static final int BYTES_MAX = 64 << 20;
    private static final int OPEN_MAX = 4;

    private final ContentStore contents;
    private final DataKeys keys;
    private final Semaphore open = new Semaphore(OPEN_MAX);

    SealedContent(ContentStore contents, DataKeys keys) {
        this.contents = contents;
        this.keys = keys;
    }

    /** The encrypted form, and how to undo it. */
    record Sealed(Bytes bytes, Sealing sealing) {}

    /**
     * @param objectArn bound to the content
     * @throws DataKeys.Refusal the key's policy or state does not let the caller use it
     */
    Sealed seal(Caller caller, String key, java.util.Map<String, String> context, String objectArn, Bytes content) {
        try (DataKeys.DataKey data = keys.generate(caller, region(key), key, context)) {
            Bytes bytes = ContentCipher.seal(data.plaintext(), objectArn, content);
            return new Sealed(
                    bytes, new Sealing(data.keyArn(), data.wrapped(), context, content.size(), Sha.sum(content)));
        }
    }

    /** @throws dev.keytrail.call.Refused AccessDenied, SlowDown, InternalError */
    Bytes open(Call call, ObjectRow object, String objectArn) {
        Sealing sealing = object.sealing().orElseThrow();
        if (!open.tryAcquire()) {
            throw S3Error.SLOW_DOWN.refused();
        }
        try (Secret key =
                keys.decrypt(forward(call.caller()), region(sealing.keyArn()), sealing.wrapped(), sealing.context())) {
            return ContentCipher.open(key, objectArn, stored(object))
                    .orElseThrow(() -> S3Error.INTERNAL_ERROR.refused("The object's content is damaged."));
        } catch (DataKeys.Refusal refusal) {
            throw S3Error.ACCESS_DENIED.refused(
                    Optional.ofNullable(refusal.getMessage()).orElse("The KMS key refuses."));
        } finally {
            open.release();
        }
    }

    private Bytes stored(ObjectRow object) {
        try (FileChannel channel = contents.read(object.contentId())) {
            long size = channel.size();
            if (size > BYTES_MAX + ContentCipher.OVERHEAD_BYTES) {
                throw S3Error.INTERNAL_ERROR.refused("The object's content is damaged.");
            }
            ByteBuffer bytes = ByteBuffer.allocate((int) size);
            while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
                // Until the file has given all.
            }
            return Bytes.adopt(bytes.array());
        } catch (IOException e) {
            throw S3Error.INTERNAL_ERROR.refused("The object's content cannot be read.");
        }
    }

    /** The reader, as S3 passes it on. */
    private static Caller forward(Caller caller) {
        return new Caller(
                caller.principal(),
                caller.accessKeyId(),
                caller.session(),
                Optional.of(Service.S3.eventSource()),
                caller.source());
    }

    private static String region(String keyArn) {
        return Arn.parse(keyArn).map(Arn::region).orElse("us-east-1");
    }
}
