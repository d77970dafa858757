package dev.keytrail.shapegen;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** A folder of generated sources: writes what differs, and removes what was not written this time. */
final class SourceFolder {
    private final Path root;
    private final Set<Path> written = new HashSet<>();

    SourceFolder(Path root) {
        this.root = root;
    }

    void write(String packageName, String typeName, String source) {
        Path file = root.resolve(packageName.replace('.', '/')).resolve(typeName + ".java");
        if (!written.add(file)) {
            throw new IllegalStateException("two sources for " + file);
        }
        byte[] content = ShapeGenerator.utf8(source);
        try {
            if (!Files.exists(file) || !Arrays.equals(Files.readAllBytes(file), content)) {
                Files.createDirectories(file.getParent());
                Files.write(file, content);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + file, e);
        }
    }

    void prune() throws IOException {
        List<Path> stale;
        try (Stream<Path> files = Files.walk(root)) {
            stale = files.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> !written.contains(file))
                    .toList();
        }
        for (Path file : stale) {
            Files.delete(file);
        }
    }
}
