package dev.keytrail.server;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import dev.keytrail.call.Secret;
import dev.keytrail.crypto.RootKey;
import dev.keytrail.crypto.Vault;
import dev.keytrail.crypto.custody.Custody;
import dev.keytrail.crypto.custody.CustodyRefused;
import dev.keytrail.crypto.custody.Stretching;
import dev.keytrail.crypto.custody.WrappingKey;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;

/**
 * The part of a backup in plain: who can open it. The rest is one {@link dev.keytrail.crypto.SealedStream} under a key made for
 * this backup, which is bound to these bytes and wrapped under the root key; so a restore needs the root key's custody,
 * whose row is here. With a passphrase, the key file's content is here too, sealed under that: then the passphrase is
 * enough.
 *
 * @param id names the backup
 * @param end index of the record behind the last
 * @param custody as it was; empty for a root key that lay in its file as it was
 * @param wrappedKey the stream's key, under the root key
 * @param keyFile of the keeper "file": the 32 bytes of {@code root.key} under a passphrase, if one was given
 */
record BackupHeader(
        String id,
        Instant made,
        long end,
        Optional<Custody> custody,
        Bytes wrappedKey,
        Optional<SealedKeyFile> keyFile) {
    private static final byte[] MAGIC = "keytrail-backup-1\n".getBytes(StandardCharsets.US_ASCII);
    private static final int BYTES_MAX = 64 << 10;
    private static final int KEY_BYTES = 32;

    /** @param sealed by a key that the passphrase gives */
    record SealedKeyFile(Stretching stretching, Bytes sealed) {}

    /** A header and the key of its stream. */
    record Made(BackupHeader header, Secret key) {}

    static Made make(
            Instant now,
            long end,
            Optional<Custody> custody,
            Vault vault,
            Optional<Secret> keyFile,
            Optional<Secret> passphrase,
            Entropy entropy) {
        String id = entropy.hex(8);
        Secret key = Secret.adopt(entropy.bytes(KEY_BYTES));
        Optional<SealedKeyFile> sealed = passphrase.map(said -> {
            Stretching stretching = Stretching.fresh(entropy);
            try (WrappingKey wrapping = stretching.key(said)) {
                return new SealedKeyFile(
                        stretching, wrapping.wrap(keyFile.orElseThrow(), "key file of backup " + id, entropy));
            }
        });
        return new Made(new BackupHeader(id, now, end, custody, vault.wrap(key, nameOf(id)), sealed), key);
    }

    private static String nameOf(String id) {
        return "key of backup " + id;
    }

    /** Empty when these are not the root keys that the backup was made under. */
    Optional<Secret> key(RootKey root, Entropy entropy) {
        return new Vault(root, entropy).unwrap(wrappedKey, nameOf(id));
    }

    /** The key file's content. @throws CustodyRefused when the passphrase is wrong, or the backup has none */
    Secret keyFile(Secret passphrase, Entropy entropy) {
        SealedKeyFile sealed =
                keyFile.orElseThrow(() -> new CustodyRefused("the backup was made without a passphrase"));
        try (WrappingKey wrapping = sealed.stretching().key(passphrase)) {
            return wrapping.unwrap(sealed.sealed(), "key file of backup " + id, entropy)
                    .orElseThrow(() -> new CustodyRefused("the passphrase is wrong"));
        }
    }

    /** As it stands in the file, and as the stream is bound to it. */
    Bytes encoded() {
        RowWriter out = new RowWriter();
        out.version(1).text(id).instant(made).number(end);
        out.optional(custody, (row, to) -> to.bytes(row.encoded())).bytes(wrappedKey);
        out.optional(keyFile, (file, to) -> {
            Stretching how = file.stretching();
            to.number(how.memoryKib()).number(how.passes()).number(how.lanes()).bytes(how.salt());
            to.bytes(file.sealed());
        });
        return Bytes.adopt(out.toByteArray());
    }

    void writeTo(OutputStream out) throws IOException {
        Bytes encoded = encoded();
        out.write(MAGIC);
        out.write(ByteBuffer.allocate(4).putInt(encoded.size()).array());
        out.write(encoded.unsafeArray());
    }

    /** @throws OperatorError when this is no backup */
    static BackupHeader readFrom(InputStream in) throws IOException {
        if (!Arrays.equals(in.readNBytes(MAGIC.length), MAGIC)) {
            throw new OperatorError("this is no backup of Keytrail, or its beginning is damaged");
        }
        try {
            int length = new DataInputStream(in).readInt();
            if (length < 1 || length > BYTES_MAX) {
                throw new OperatorError("the backup is damaged: its header has no such length");
            }
            byte[] encoded = in.readNBytes(length);
            if (encoded.length < length) {
                throw new EOFException();
            }
            return decode(encoded);
        } catch (EOFException _) {
            throw new OperatorError("the backup is cut in its header");
        } catch (IllegalArgumentException | ArithmeticException | CustodyRefused | java.time.DateTimeException _) {
            throw new OperatorError("the backup's header is damaged");
        }
    }

    private static BackupHeader decode(byte[] encoded) {
        RowReader in = new RowReader(encoded);
        in.version(1);
        return new BackupHeader(
                in.text(),
                in.instant(),
                in.number(),
                in.optional(RowReader::bytes).map(Custody::decode),
                in.bytes(),
                in.optional(from -> new SealedKeyFile(
                        new Stretching(from.integer(), from.integer(), from.integer(), from.bytes()), from.bytes())));
    }
}
