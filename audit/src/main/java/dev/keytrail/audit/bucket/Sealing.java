package dev.keytrail.audit.bucket;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import java.util.Map;
import java.util.TreeMap;

/**
 * How an object's contents are encrypted (SSE-KMS).
 *
 * @param keyArn the KMS key
 * @param wrapped the object's own data key, as the KMS key encrypted it
 * @param context what the data key is bound to
 */
record Sealing(String keyArn, Bytes wrapped, Map<String, String> context) {
    /** The header that asks for it, its value, and the headers that say more. */
    static final String HEADER = "x-amz-server-side-encryption";

    static final String ALGORITHM = "aws:kms";
    static final String KEY_HEADER = "x-amz-server-side-encryption-aws-kms-key-id";
    static final String CONTEXT_HEADER = "x-amz-server-side-encryption-context";

    Sealing {
        context = new TreeMap<>(context);
    }

    static void write(Sealing sealing, RowWriter out) {
        out.text(sealing.keyArn).bytes(sealing.wrapped).texts(sealing.context);
    }

    static Sealing read(RowReader in) {
        return new Sealing(in.text(), in.bytes(), in.textMap());
    }
}
