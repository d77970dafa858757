package dev.keytrail.audit.bucket;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import java.util.Map;
import java.util.TreeMap;

/**
 * How an object's content is encrypted (SSE-KMS).
 *
 * @param keyArn the KMS key
 * @param wrapped the object's own data key, as the KMS key encrypted it
 * @param context what the data key is bound to
 * @param sizeBytes of the content, not encrypted
 * @param sha256 likewise
 */
record Sealing(String keyArn, Bytes wrapped, Map<String, String> context, long sizeBytes, Bytes sha256) {
    /** The header that says it, and the one that names the key. */
    static final String ALGORITHM = "aws:kms";

    static final String KEY_HEADER = "x-amz-server-side-encryption-aws-kms-key-id";

    Sealing {
        context = new TreeMap<>(context);
    }

    static void write(Sealing sealing, RowWriter out) {
        out.text(sealing.keyArn).bytes(sealing.wrapped).texts(sealing.context);
        out.number(sealing.sizeBytes).bytes(sealing.sha256);
    }

    static Sealing read(RowReader in) {
        return new Sealing(in.text(), in.bytes(), in.textMap(), in.number(), in.bytes());
    }
}
