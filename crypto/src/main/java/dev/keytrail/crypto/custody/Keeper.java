package dev.keytrail.crypto.custody;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import java.util.List;

/** How the wrapping key is had. Nothing in a keeper is secret. */
public sealed interface Keeper {
    /** As commands, settings, events and answers name it. */
    String name();

    /**
     * A file beside the ledger that its owner alone may read.
     *
     * @param keyId {@link WrappingKey#id} of the key in it: of two files after a crash it is this one's
     */
    record File(String keyId) implements Keeper {
        @Override
        public String name() {
            return "file";
        }
    }

    /** A passphrase, through Argon2id. */
    record Passphrase(Stretching stretching) implements Keeper {
        @Override
        public String name() {
            return "passphrase";
        }
    }

    /**
     * Shares, of which {@code threshold} together are the key and fewer are nothing.
     *
     * @param set names the set, so that a share of another one is told apart
     * @param commitments SHA-256 of each share, by its number from 1: a wrong one is named before it does harm
     */
    record Shares(String set, int threshold, List<Bytes> commitments) implements Keeper {
        public Shares {
            commitments = List.copyOf(commitments);
        }

        @Override
        public String name() {
            return "shares";
        }
    }

    /**
     * A key in a PKCS#11 token, AES-256, not extractable. Library and token are the operator's settings.
     *
     * @param keyId the key's {@code CKA_ID}
     * @param wrapped the wrapping key, by AES-GCM in the token; the key's id is its additional data
     */
    record Token(Bytes keyId, Bytes vector, Bytes wrapped) implements Keeper {
        @Override
        public String name() {
            return "token";
        }
    }

    /**
     * A key of another KMS. Where that is stands in the operator's settings.
     *
     * @param keyArn the key that encrypted, as the other KMS named it
     * @param context value of the encryption context's one member
     * @param wrapped the other KMS's ciphertext
     */
    record Kms(String keyArn, String context, Bytes wrapped) implements Keeper {
        @Override
        public String name() {
            return "kms";
        }
    }

    static void write(Keeper keeper, RowWriter out) {
        switch (keeper) {
            case File file -> out.number(1).text(file.keyId);
            case Passphrase passphrase -> {
                Stretching how = passphrase.stretching;
                out.number(2).number(how.memoryKib()).number(how.passes()).number(how.lanes());
                out.bytes(how.salt());
            }
            case Shares shares ->
                out.number(3)
                        .text(shares.set)
                        .number(shares.threshold)
                        .list(shares.commitments, (c, to) -> to.bytes(c));
            case Token token ->
                out.number(4).bytes(token.keyId).bytes(token.vector).bytes(token.wrapped);
            case Kms kms -> out.number(5).text(kms.keyArn).text(kms.context).bytes(kms.wrapped);
        }
    }

    static Keeper read(RowReader in) {
        int kind = in.integer();
        return switch (kind) {
            case 1 -> new File(in.text());
            case 2 -> new Passphrase(new Stretching(in.integer(), in.integer(), in.integer(), in.bytes()));
            case 3 -> new Shares(in.text(), in.integer(), in.list(RowReader::bytes));
            case 4 -> new Token(in.bytes(), in.bytes(), in.bytes());
            case 5 -> new Kms(in.text(), in.text(), in.bytes());
            default -> throw new IllegalArgumentException("keeper of kind " + kind);
        };
    }
}
