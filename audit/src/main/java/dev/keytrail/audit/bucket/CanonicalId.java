package dev.keytrail.audit.bucket;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** The 64 hex digits by which S3 names an account in owners and ACLs. */
final class CanonicalId {
    private CanonicalId() {}

    static String of(String account) {
        byte[] digest = Checksum.digest("SHA-256").digest(("s3:owner:" + account).getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(digest);
    }
}
