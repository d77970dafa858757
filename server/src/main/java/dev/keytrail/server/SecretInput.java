package dev.keytrail.server;

import dev.keytrail.call.Secret;
import java.io.Console;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Set;

/**
 * Passphrases, PINs and shares on their way in: from a file that others may not read, a file descriptor ({@code /dev/fd/3}), or a
 * terminal without echo. Never from arguments, which every process of the machine may read.
 */
final class SecretInput {
    private static final int BYTES_MAX = 16 << 10;

    private SecretInput() {}

    /** The whole content but for the line's end. @throws IOException with a text for the operator */
    static Secret file(Path file) throws IOException {
        if (Files.isRegularFile(file)) {
            Set<PosixFilePermission> others = Set.of(
                    PosixFilePermission.GROUP_READ,
                    PosixFilePermission.GROUP_WRITE,
                    PosixFilePermission.OTHERS_READ,
                    PosixFilePermission.OTHERS_WRITE);
            if (Files.getPosixFilePermissions(file).stream().anyMatch(others::contains)) {
                throw new IOException(file + " may be read by others than its owner: chmod 600");
            }
        }
        byte[] content;
        try (InputStream in = Files.newInputStream(file)) {
            content = in.readNBytes(BYTES_MAX + 1);
        }
        try {
            if (content.length > BYTES_MAX) {
                throw new IOException(file + " is too long for a secret");
            }
            int end = content.length;
            while (end > 0 && (content[end - 1] == '\n' || content[end - 1] == '\r')) {
                end--;
            }
            if (end == 0) {
                throw new IOException(file + " is empty");
            }
            return Secret.adopt(Arrays.copyOf(content, end));
        } finally {
            Arrays.fill(content, (byte) 0);
        }
    }

    /** From the file if there is one, else from the terminal. */
    static Secret of(List<Path> files, String prompt) throws IOException {
        if (files.size() > 1) {
            throw new OperatorError("one file is enough for " + prompt);
        }
        return files.isEmpty() ? terminal(prompt) : file(files.getFirst());
    }

    /** Lines of the files, one secret each; without a file one from the terminal. */
    static List<Secret> lines(List<Path> files, String prompt) throws IOException {
        if (files.isEmpty()) {
            return List.of(terminal(prompt));
        }
        List<Secret> lines = new ArrayList<>();
        for (Path file : files) {
            try (Secret whole = file(file)) {
                lines.addAll(split(whole));
            }
        }
        return lines;
    }

    static String base64(Secret secret) {
        return new String(Base64.getEncoder().encode(secret.reveal()), StandardCharsets.US_ASCII);
    }

    /** One a line. Closes them. */
    static Secret joined(List<Secret> lines) {
        int bytes = lines.stream().mapToInt(line -> line.sizeBytes() + 1).sum();
        byte[] all = new byte[bytes];
        int at = 0;
        for (Secret line : lines) {
            try (line) {
                System.arraycopy(line.reveal(), 0, all, at, line.sizeBytes());
                at += line.sizeBytes();
                all[at++] = '\n';
            }
        }
        return Secret.adopt(all);
    }

    /** Lines that are not empty, each a secret of its own. */
    static List<Secret> split(Secret whole) {
        List<Secret> lines = new ArrayList<>();
        byte[] content = whole.reveal();
        int from = 0;
        for (int at = 0; at <= content.length; at++) {
            if (at == content.length || content[at] == '\n') {
                if (at > from) {
                    lines.add(Secret.adopt(Arrays.copyOfRange(content, from, at)));
                }
                from = at + 1;
            }
        }
        return lines;
    }

    static Secret terminal(String prompt) {
        Console console = System.console();
        if (console == null || !console.isTerminal()) {
            throw new OperatorError("there is no terminal to read " + prompt + " from: say --secret-file FILE"
                    + " (/dev/fd/N for a file descriptor)");
        }
        char[] typed = console.readPassword("%s: ", prompt);
        if (typed == null || typed.length == 0) {
            throw new OperatorError("nothing was typed");
        }
        ByteBuffer coded = StandardCharsets.UTF_8.encode(CharBuffer.wrap(typed));
        Arrays.fill(typed, '\0');
        byte[] out = new byte[coded.remaining()];
        coded.get(out);
        Arrays.fill(coded.array(), (byte) 0);
        return Secret.adopt(out);
    }
}
