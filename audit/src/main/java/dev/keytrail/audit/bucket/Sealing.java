package dev.keytrail.audit.bucket;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import dev.keytrail.call.Secret;
import dev.keytrail.crypto.Vault;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How an object's contents are encrypted: under a KMS key (SSE-KMS), or under the server's root key (SSE-S3).
 *
 * @param keyArn the KMS key; empty for the root key
 * @param wrapped the object's own data key, as that key encrypted it
 * @param context what the data key is bound to
 */
record Sealing(String keyArn, Bytes wrapped, Map<String, String> context) {
    /** The header that asks for it, its value, and the headers that say more. */
    static final String HEADER = "x-amz-server-side-encryption";

    static final String ALGORITHM = "aws:kms";
    static final String OWN_ALGORITHM = "AES256";
    static final String KEY_HEADER = "x-amz-server-side-encryption-aws-kms-key-id";
    static final String CONTEXT_HEADER = "x-amz-server-side-encryption-context";

    Sealing {
        context = new TreeMap<>(context);
    }

    private static final String OBJECT = "aws:s3:arn";

    /** Under the root key. */
    static Sealing own(Vault vault, Secret dataKey, String objectArn) {
        return new Sealing("", vault.wrap(dataKey, nameInVault(objectArn)), Map.of(OBJECT, objectArn));
    }

    /** Whether it is the root key that encrypts the data key. */
    boolean isOwn() {
        return keyArn.isEmpty();
    }

    /** As headers name it. */
    String algorithm() {
        return isOwn() ? OWN_ALGORITHM : ALGORITHM;
    }

    /** @throws IllegalStateException when it is another root key's */
    Secret open(Vault vault) {
        return vault.unwrap(wrapped, nameInVault())
                .orElseThrow(() -> new IllegalStateException("the data key of an object does not unwrap"));
    }

    /** Under the newest root key; empty when it is already, or is none of its business. */
    Optional<Sealing> renewed(Vault vault) {
        return isOwn()
                ? vault.renewed(wrapped, nameInVault()).map(bytes -> new Sealing(keyArn, bytes, context))
                : Optional.empty();
    }

    private String nameInVault() {
        return nameInVault(Optional.ofNullable(context.get(OBJECT)).orElse(""));
    }

    private static String nameInVault(String objectArn) {
        return "object key/" + objectArn;
    }

    static void write(Sealing sealing, RowWriter out) {
        out.text(sealing.keyArn).bytes(sealing.wrapped).texts(sealing.context);
    }

    static Sealing read(RowReader in) {
        return new Sealing(in.text(), in.bytes(), in.textMap());
    }
}
