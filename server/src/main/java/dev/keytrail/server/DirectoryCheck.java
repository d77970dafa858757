package dev.keytrail.server;

import com.sun.security.auth.module.UnixSystem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whether the data directory is its owner's alone. What can be put right is, with a warning; what cannot stops the start. */
final class DirectoryCheck {
    private static final Logger LOG = LoggerFactory.getLogger(DirectoryCheck.class);

    /** Key files are looked at by custody itself, which refuses those that others may read. */
    private static final List<String> PRIVATE_FILES = List.of("admin.credentials", "keytrail.properties");

    private static final int OTHERS_WRITE = 0002;
    private static final int STICKY = 01000;
    private static final int OTHERS = 0077;
    private static final Pattern UMASK = Pattern.compile("(?m)^Umask:\\s*([0-7]+)$");

    private DirectoryCheck() {}

    /** @throws OperatorError when the directory is another user's */
    static void check(Path folder) throws IOException {
        if (Files.exists(folder)) {
            owner(folder);
            Set<PosixFilePermission> mode = Files.getPosixFilePermissions(folder);
            if (isOpen(mode)) {
                LOG.warn(
                        "{} was open to others ({}) and is narrowed to its owner now: look whether somebody has been there",
                        folder,
                        PosixFilePermissions.toString(mode));
            }
            for (String name : PRIVATE_FILES) {
                file(folder.resolve(name));
            }
        }
        above(
                folder.toAbsolutePath().getParent() == null
                        ? folder
                        : folder.toAbsolutePath().getParent());
        umask().filter(mask -> (mask & OTHERS) != OTHERS)
                .ifPresent(mask -> LOG.warn(
                        "the umask is {}, so files may be made readable for others: the directory's mode alone protects"
                                + " them. Start with the launcher, or umask 077",
                        Integer.toOctalString(mask)));
    }

    private static boolean isOpen(Set<PosixFilePermission> mode) {
        return mode.stream().anyMatch(bit -> !bit.name().startsWith("OWNER_"));
    }

    private static void owner(Path folder) throws IOException {
        int owner = (Integer) Files.getAttribute(folder, "unix:uid");
        long us = new UnixSystem().getUid();
        if (us == owner) {
            return;
        }
        String text = folder + " belongs to the user with id " + owner + ", and the server runs as " + us;
        if (us != 0) {
            throw new OperatorError(text + ": start it as its owner, or give it the directory (chown -R)");
        }
        LOG.warn("{}: what it writes will be root's", text);
    }

    private static void file(Path file) throws IOException {
        if (Files.isRegularFile(file)) {
            Set<PosixFilePermission> mode = Files.getPosixFilePermissions(file);
            if (isOpen(mode)) {
                LOG.warn(
                        "{} is open to others ({}), and the directory's mode alone protects it: chmod 600",
                        file,
                        PosixFilePermissions.toString(mode));
            }
        }
    }

    /** Whoever may write there can put another directory in this one's place. */
    private static void above(Path parent) throws IOException {
        if (Files.isDirectory(parent)) {
            int mode = (Integer) Files.getAttribute(parent, "unix:mode");
            if ((mode & OTHERS_WRITE) != 0 && (mode & STICKY) == 0) {
                LOG.warn("anybody may write in {} and put another directory in place of this one", parent);
            }
        }
    }

    /** Linux alone. */
    private static Optional<Integer> umask() {
        try {
            Matcher found = UMASK.matcher(Files.readString(Path.of("/proc/self/status")));
            return found.find() ? Optional.of(Integer.parseInt(found.group(1), 8)) : Optional.empty();
        } catch (IOException _) {
            return Optional.empty();
        }
    }
}
