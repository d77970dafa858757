package dev.keytrail.audit.bucket;

import dev.keytrail.audit.bucket.BucketTables.ObjectRow;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Sha256;
import dev.keytrail.crypto.ContentCipher;
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
 * @param sha256 of its content, as the ledger says; empty for what was uploaded in parts
 * @param sealed whether they are encrypted, so that without a key no more can be said than how many there must be
 * @param bytes how many bytes the files have together
 */
public record StoredObject(String name, List<Path> files, Bytes sha256, boolean sealed, long bytes) {
    /** The state table of objects. */
    public static final String TABLE = BucketTables.OBJECTS.name();

    /** @param objects the folder of all contents */
    public static StoredObject of(Path objects, String rowKey, byte[] coded) {
        ObjectRow row = BucketTables.OBJECTS.codec().decode(coded);
        boolean sealed = row.sealing().isPresent();
        return new StoredObject(
                ObjectKeys.decode(rowKey),
                row.pieces().stream()
                        .map(Piece::contentId)
                        .map(id -> objects.resolve(id.substring(0, 2)).resolve(id))
                        .toList(),
                row.sha256(),
                sealed,
                row.pieces().stream()
                        .mapToLong(piece -> sealed ? ContentCipher.sealedBytes(piece.sizeBytes()) : piece.sizeBytes())
                        .sum());
    }

    /** The bytes, if they are those that were put; of encrypted ones, if there are as many. */
    public Optional<Bytes> read() throws IOException {
        ByteArrayOutputStream found = new ByteArrayOutputStream();
        try {
            for (Path file : files) {
                Files.copy(file, found);
            }
        } catch (NoSuchFileException _) {
            return Optional.empty();
        }
        Bytes all = Bytes.adopt(found.toByteArray());
        boolean right = sealed || sha256.isEmpty()
                ? all.size() == bytes
                : Sha256.of(all).equals(sha256);
        return right ? Optional.of(all) : Optional.empty();
    }
}
