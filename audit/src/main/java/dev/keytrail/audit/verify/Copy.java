package dev.keytrail.audit.verify;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Makes a folder of a bucket's trails that can be checked without the bucket: contents, and digests' signatures. */
public final class Copy {
    private Copy() {}

    /** @return how many objects were copied */
    public static int all(TrailSource source, String prefix, Path folder, int threads) throws IOException {
        List<String> keys = new ArrayList<>();
        source.list(prefix, key -> {
            if (TrailVerifier.isOfATrail(key)) {
                keys.add(key);
            }
        });
        Path root = folder.toAbsolutePath().normalize();
        new Workers(threads).each(keys, key -> one(source, key, root));
        return keys.size();
    }

    private static void one(TrailSource source, String key, Path root) throws IOException {
        Path file = root.resolve(key).normalize();
        if (!file.startsWith(root)) {
            throw new IOException("the key " + key + " would leave the folder");
        }
        Optional<TrailSource.Stored> stored = source.read(key);
        if (stored.isEmpty()) {
            return;
        }
        Files.createDirectories(Optional.ofNullable(file.getParent()).orElse(root));
        Files.write(file, stored.get().body().unsafeArray());
        if (stored.get().signature().isPresent()) {
            Files.writeString(
                    file.resolveSibling(file.getFileName() + FolderSource.SIGNATURE),
                    stored.get().signature().get(),
                    StandardCharsets.US_ASCII);
        }
    }
}
