package dev.keytrail.audit.chain;

import dev.keytrail.call.Bytes;
import dev.keytrail.crypto.Ed25519;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * A text and signatures over it (C2SP signed-note).
 *
 * @param text ends with a line feed
 */
public record SignedNote(String text, List<Signature> signatures) {
    private static final int LENGTH_MAX = 64 << 10;
    private static final int SIGNATURES_MAX = 64;
    private static final String DASH = "\u2014 ";

    /** @param signature key id, then what the key's algorithm made */
    public record Signature(String name, Bytes signature) {}

    public SignedNote {
        signatures = List.copyOf(signatures);
    }

    static SignedNote sign(String text, VerifierKey key, Function<Bytes, Bytes> signer) {
        Bytes made = signer.apply(Bytes.utf8(text));
        byte[] both = new byte[VerifierKey.ID_BYTES + made.size()];
        System.arraycopy(key.id().unsafeArray(), 0, both, 0, VerifierKey.ID_BYTES);
        System.arraycopy(made.unsafeArray(), 0, both, VerifierKey.ID_BYTES, made.size());
        return new SignedNote(text, List.of(new Signature(key.name(), Bytes.adopt(both))));
    }

    /** Empty when it is no signed note, in its one spelling. */
    public static Optional<SignedNote> parse(String note) {
        int cut = note.lastIndexOf("\n\n");
        if (note.length() > LENGTH_MAX || cut < 0 || !note.endsWith("\n")) {
            return Optional.empty();
        }
        List<Signature> signatures = new ArrayList<>();
        for (String line : note.substring(cut + 2, note.length() - 1).split("\n", -1)) {
            String[] parts = line.split(" ", 3);
            if (parts.length != 3 || !line.startsWith(DASH) || !VerifierKey.isName(parts[1])) {
                return Optional.empty();
            }
            Optional<Bytes> signature = Base64Text.decode(parts[2]).filter(s -> s.size() > VerifierKey.ID_BYTES);
            if (signature.isEmpty() || signatures.size() == SIGNATURES_MAX) {
                return Optional.empty();
            }
            signatures.add(new Signature(parts[1], signature.get()));
        }
        return Optional.of(new SignedNote(note.substring(0, cut + 1), signatures));
    }

    /** The whole note as it is written to files. */
    public String note() {
        StringBuilder out = new StringBuilder(text).append('\n');
        for (Signature signature : signatures) {
            out.append(DASH)
                    .append(signature.name())
                    .append(' ')
                    .append(Base64Text.encode(signature.signature()))
                    .append('\n');
        }
        return out.toString();
    }

    /** Whether the key has signed the text. Signatures of others are passed over. */
    boolean signedBy(VerifierKey key) {
        return signatures.stream()
                .filter(s -> s.name().equals(key.name()))
                .map(Signature::signature)
                .filter(s -> s.slice(0, VerifierKey.ID_BYTES).equals(key.id()))
                .anyMatch(s ->
                        Ed25519.verify(key.publicKey(), Bytes.utf8(text), s.slice(VerifierKey.ID_BYTES, s.size())));
    }

    /** The checkpoint it carries, if the key has signed it and it is the key's own log. */
    public Optional<Checkpoint> checkpoint(VerifierKey key) {
        return signedBy(key) ? Checkpoint.parse(text).filter(c -> c.origin().equals(key.name())) : Optional.empty();
    }
}
