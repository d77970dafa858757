package dev.keytrail.audit.chain;

import dev.keytrail.call.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A text and signatures over it (C2SP signed-note).
 *
 * @param text ends with a line feed
 */
public record SignedNote(String text, List<Signature> signatures) {
    /** Longest note read; a post-quantum signature takes more than 3 KiB. */
    public static final int LENGTH_MAX = 128 << 10;

    private static final int SIGNATURES_MAX = 64;
    private static final String DASH = "\u2014 ";

    /** @param signature key id, then what the key's algorithm made */
    public record Signature(String name, Bytes signature) {
        static Signature by(VerifierKey key, Bytes made) {
            byte[] both = new byte[VerifierKey.ID_BYTES + made.size()];
            System.arraycopy(key.id().unsafeArray(), 0, both, 0, VerifierKey.ID_BYTES);
            System.arraycopy(made.unsafeArray(), 0, both, VerifierKey.ID_BYTES, made.size());
            return new Signature(key.name(), Bytes.adopt(both));
        }

        /** Whether it claims to be this key's. */
        boolean isOf(VerifierKey key) {
            return name.equals(key.name())
                    && signature.slice(0, VerifierKey.ID_BYTES).equals(key.id());
        }

        boolean verifies(VerifierKey key, String text) {
            return key.verifies(text, signature.slice(VerifierKey.ID_BYTES, signature.size()));
        }

        /** The line as it stands in a note, with its line feed. */
        String line() {
            return DASH + name + ' ' + Base64Text.encode(signature) + '\n';
        }

        private static Optional<Signature> parse(String line) {
            String[] parts = line.split(" ", 3);
            if (parts.length != 3 || !line.startsWith(DASH) || !VerifierKey.isName(parts[1])) {
                return Optional.empty();
            }
            return Base64Text.decode(parts[2])
                    .filter(s -> s.size() > VerifierKey.ID_BYTES)
                    .map(s -> new Signature(parts[1], s));
        }
    }

    public SignedNote {
        signatures = List.copyOf(signatures);
    }

    /** Empty when it is no signed note, in its one spelling. */
    public static Optional<SignedNote> parse(String note) {
        int cut = note.lastIndexOf("\n\n");
        if (note.length() > LENGTH_MAX || cut < 0) {
            return Optional.empty();
        }
        return parseSignatures(note.substring(cut + 2))
                .map(signatures -> new SignedNote(note.substring(0, cut + 1), signatures));
    }

    /** Signature lines alone: what a witness answers. */
    static Optional<List<Signature>> parseSignatures(String lines) {
        if (lines.length() > LENGTH_MAX || !lines.endsWith("\n")) {
            return Optional.empty();
        }
        List<Signature> signatures = new ArrayList<>();
        for (String line : lines.substring(0, lines.length() - 1).split("\n", -1)) {
            Optional<Signature> signature = Signature.parse(line);
            if (signature.isEmpty() || signatures.size() == SIGNATURES_MAX) {
                return Optional.empty();
            }
            signatures.add(signature.get());
        }
        return Optional.of(signatures);
    }

    /** The whole note as it is written to files. */
    public String note() {
        StringBuilder out = new StringBuilder(text).append('\n');
        signatures.forEach(signature -> out.append(signature.line()));
        return out.toString();
    }

    SignedNote plus(List<Signature> more) {
        List<Signature> all = new ArrayList<>(signatures);
        all.addAll(more);
        return new SignedNote(text, all);
    }

    /**
     * Whether the key has signed the text. Signatures of others are passed over; one that claims to be the key's and is not
     * spoils the note.
     */
    boolean signedBy(VerifierKey key) {
        List<Signature> own =
                signatures.stream().filter(signature -> signature.isOf(key)).toList();
        return !own.isEmpty() && own.stream().allMatch(signature -> signature.verifies(key, text));
    }

    /** Whether all of them have. */
    boolean signedBy(VerifierKeys keys) {
        return keys.keys().stream().allMatch(this::signedBy);
    }

    /**
     * The checkpoint it carries, if all keys have signed it and it is the keys' own log. Extension lines are not taken: this
     * log writes none.
     */
    public Optional<Checkpoint> checkpoint(VerifierKeys keys) {
        return signedBy(keys)
                ? Checkpoint.parse(text)
                        .filter(c -> c.origin().equals(keys.name()) && c.text().equals(text))
                : Optional.empty();
    }

    /** The same for one key. */
    public Optional<Checkpoint> checkpoint(VerifierKey key) {
        return checkpoint(VerifierKeys.of(key));
    }
}
