package dev.keytrail.audit.bucket;

import dev.keytrail.audit.bucket.BucketTables.ObjectRow;
import dev.keytrail.call.Bytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * An object of an embedded bucket as it lies in a stopped server's directory, for verification.
 *
 * @param name bucket and key
 * @param file where its bytes are
 * @param sha256 of those bytes, as the ledger says
 * @param sealed whether they are encrypted under a KMS key
 */
public record StoredObject(String name, Path file, Bytes sha256, boolean sealed) {
    /** The state table of objects. */
    public static final String TABLE = BucketTables.OBJECTS.name();

    /** @param objects the folder of all contents */
    public static StoredObject of(Path objects, String rowKey, byte[] coded) {
        ObjectRow row = BucketTables.OBJECTS.codec().decode(coded);
        return new StoredObject(
                ObjectKeys.decode(rowKey),
                objects.resolve(row.contentId().substring(0, 2)).resolve(row.contentId()),
                row.sha256(),
                row.sealing().isPresent());
    }

    /** The bytes, if they are those that were put. */
    public Optional<Bytes> read() throws IOException {
        try {
            byte[] bytes = Files.readAllBytes(file);
            return Sha.sum(Bytes.adopt(bytes)).equals(sha256) ? Optional.of(Bytes.adopt(bytes)) : Optional.empty();
        } catch (NoSuchFileException _) {
            return Optional.empty();
        }
    }
}
