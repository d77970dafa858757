package dev.keytrail.audit.bucket;

import dev.keytrail.audit.bucket.BucketTables.ObjectRow;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Sha256;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * An object of an embedded bucket as it lies in a stopped server's directory, for verification.
 *
 * @param name bucket and key
 * @param files where its bytes are, in order
 * @param sha256 of those bytes, as the ledger says; empty for what was uploaded in parts
 * @param sealed whether they are encrypted under a KMS key
 */
public record StoredObject(String name, List<Path> files, Bytes sha256, boolean sealed) {
    /** The state table of objects. */
    public static final String TABLE = BucketTables.OBJECTS.name();

    /** @param objects the folder of all contents */
    public static StoredObject of(Path objects, String rowKey, byte[] coded) {
        ObjectRow row = BucketTables.OBJECTS.codec().decode(coded);
        return new StoredObject(
                ObjectKeys.decode(rowKey),
                row.pieces().stream()
                        .map(Piece::contentId)
                        .map(id -> objects.resolve(id.substring(0, 2)).resolve(id))
                        .toList(),
                row.sha256(),
                row.sealing().isPresent());
    }

    /** The bytes, if they are those that were put. */
    public Optional<Bytes> read() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            for (Path file : files) {
                Files.copy(file, bytes);
            }
        } catch (NoSuchFileException _) {
            return Optional.empty();
        }
        Bytes all = Bytes.adopt(bytes.toByteArray());
        return sha256.isEmpty() || Sha256.of(all).equals(sha256) ? Optional.of(all) : Optional.empty();
    }
}
