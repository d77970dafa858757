package dev.keytrail.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A ledger's files for whoever verifies them: those of its folder, and behind them those of archives. Changes nothing. */
final class ReadOnlyDisk implements Disk {
    private final Map<String, Path> files;

    private ReadOnlyDisk(Map<String, Path> files) {
        this.files = files;
    }

    /** @param archives folders with files, or with folders of files */
    static ReadOnlyDisk of(Path ledger, List<Path> archives) throws IOException {
        Map<String, Path> files = new HashMap<>();
        collect(ledger, 1, files);
        for (Path archive : archives) {
            if (!Files.isDirectory(archive)) {
                throw new IOException(archive + " is not a folder");
            }
            collect(archive, 2, files);
        }
        return new ReadOnlyDisk(files);
    }

    private static void collect(Path folder, int depth, Map<String, Path> files) throws IOException {
        try (Stream<Path> all = Files.walk(folder, depth)) {
            all.filter(Files::isRegularFile)
                    .sorted()
                    .forEach(file -> files.putIfAbsent(file.getFileName().toString(), file));
        }
    }

    @Override
    public List<String> list() {
        return List.copyOf(files.keySet());
    }

    @Override
    public DiskFile open(String name) throws IOException {
        Path file = files.get(name);
        if (file == null) {
            throw new NoSuchFileException(name);
        }
        return FileDisk.readOnly(file);
    }

    @Override
    public DiskFile create(String name, long zeroBytes) throws IOException {
        throw new IOException("this disk is only read");
    }

    @Override
    public void delete(String name) throws IOException {
        throw new IOException("this disk is only read");
    }

    @Override
    public long freeBytes() {
        return 0;
    }
}
