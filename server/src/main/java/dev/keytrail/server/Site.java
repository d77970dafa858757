package dev.keytrail.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where a server keeps things: the data directory, or a temporary one that goes when the server stops. */
final class Site implements AutoCloseable {
    private final Path folder;
    private final boolean ephemeral;

    private Site(Path folder, boolean ephemeral) {
        this.folder = folder;
        this.ephemeral = ephemeral;
    }

    static Site open(Settings settings) throws IOException {
        if (settings.data().isEmpty()) {
            return new Site(Files.createTempDirectory("keytrail-ephemeral-"), true);
        }
        Path folder = settings.data().get();
        if (Files.exists(folder) && !Files.isDirectory(folder)) {
            throw new OperatorError(folder + " is not a directory");
        }
        DirectoryCheck.check(folder);
        Directories.createPrivate(folder);
        return new Site(folder, false);
    }

    boolean ephemeral() {
        return ephemeral;
    }

    Path rootKeyFile() {
        return folder.resolve("root.key");
    }

    Path credentialsFile() {
        return folder.resolve("admin.credentials");
    }

    Path storeFolder() {
        return folder.resolve("store");
    }

    Path objectsFolder() {
        return folder.resolve("objects");
    }

    Path chainFolder() {
        return folder.resolve("chain");
    }

    @Override
    public void close() throws IOException {
        if (ephemeral) {
            Directories.deleteTree(folder);
        }
    }
}
