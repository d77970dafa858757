package dev.keytrail.crypto;

import dev.keytrail.call.Entropy;
import java.io.IOException;
import java.nio.file.Path;

/** Custody of the root key in a file that only its owner may read (0600): the default, for development and small sites. */
public final class FileCustody {
    private FileCustody() {}

    /** Reads the root key, or makes one (synced, with its directory) when there is no file and {@code mayCreate}. */
    public static RootKey open(Path file, boolean mayCreate, Entropy entropy) throws IOException {
        throw new IOException("not built: " + file.getFileName() + mayCreate + entropy);
    }
}
