package dev.keytrail.audit.chain;

import dev.keytrail.call.Bytes;
import java.util.Optional;

/**
 * What the log was at one moment (C2SP tlog-checkpoint). Says nothing by itself: a {@link SignedNote} carries it.
 *
 * @param origin the log's name, unique to it
 * @param size records in it
 * @param root 32 bytes
 */
public record Checkpoint(String origin, long size, Bytes root) {
    String text() {
        return origin + "\n" + size + "\n" + Base64Text.encode(root) + "\n";
    }

    /** Empty when the text is no checkpoint. Extension lines are passed over. */
    static Optional<Checkpoint> parse(String text) {
        String[] lines = text.split("\n", -1);
        boolean whole = lines.length >= 4 && lines[lines.length - 1].isEmpty();
        for (int i = 0; whole && i < lines.length - 1; i++) {
            whole = !lines[i].isEmpty();
        }
        if (!whole || !lines[1].matches("0|[1-9][0-9]{0,17}")) {
            return Optional.empty();
        }
        return Base64Text.decode(lines[2])
                .filter(root -> root.size() == TreeHasher.HASH_BYTES)
                .map(root -> new Checkpoint(lines[0], Long.parseLong(lines[1]), root));
    }
}
