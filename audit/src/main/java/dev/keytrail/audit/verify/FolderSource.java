package dev.keytrail.audit.verify;

import dev.keytrail.call.Bytes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A folder with a bucket's objects under their keys. Object metadata is not in files, so a digest's signature is looked for
 * beside it, in {@code DIGEST.signature}; where that is missing, the next digest repeats it.
 */
public final class FolderSource implements TrailSource {
    /** End of the name of the file that has a digest's signature. */
    public static final String SIGNATURE = ".signature";

    private static final long BYTES_MAX = 256L << 20;

    private final Path folder;

    public FolderSource(Path folder) {
        this.folder = folder.toAbsolutePath().normalize();
    }

    @Override
    public void list(String prefix, Consumer<String> each) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            files.filter(Files::isRegularFile)
                    .map(file -> folder.relativize(file).toString().replace('\\', '/'))
                    .filter(key -> key.startsWith(prefix) && !key.endsWith(SIGNATURE))
                    .forEach(each);
        } catch (UncheckedIOException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    @Override
    public Optional<Stored> read(String key) throws IOException {
        Path file = folder.resolve(key).normalize();
        // Keys come out of digests too, and those may be anybody's.
        if (!file.startsWith(folder) || !Files.isRegularFile(file)) {
            return Optional.empty();
        }
        if (Files.size(file) > BYTES_MAX) {
            throw new IOException(key + " has more than " + BYTES_MAX + " bytes");
        }
        Path beside = file.resolveSibling(file.getFileName() + SIGNATURE);
        Optional<String> signature = Files.isRegularFile(beside)
                ? Optional.of(
                        Files.readString(beside, StandardCharsets.US_ASCII).strip())
                : Optional.empty();
        return Optional.of(new Stored(Bytes.adopt(Files.readAllBytes(file)), signature));
    }

    @Override
    public Optional<String> bucket() {
        return Optional.empty();
    }
}
