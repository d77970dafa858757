package dev.keytrail.audit.bucket;

import java.util.Collection;
import java.util.List;
import java.util.Set;

/** Which {@code x-amz-*} headers an operation knows: any other is refused, because it would change the meaning. */
final class HeaderRules {
    private static final String USER_METADATA = "x-amz-meta-";

    /** Those that authentication, the payload's coding and clients' diagnostics bring to any operation. */
    private static final Set<String> EVERYWHERE = Set.of(
            "x-amz-content-sha256",
            "x-amz-date",
            "x-amz-decoded-content-length",
            "x-amz-expected-bucket-owner",
            // Nothing costs anything here, so agreeing to pay changes nothing.
            "x-amz-request-payer",
            "x-amz-sdk-checksum-algorithm",
            "x-amz-security-token",
            // An offer to take an MD5 after the body, which a server need not make use of.
            "x-amz-te",
            "x-amz-trailer",
            "x-amz-user-agent");

    private HeaderRules() {}

    /** @throws dev.keytrail.call.Refused NotImplemented, naming the header */
    static void require(S3Request request, String... known) {
        require(request, List.of(known));
    }

    /** @throws dev.keytrail.call.Refused NotImplemented, naming the header */
    static void require(S3Request request, Collection<String> known) {
        Set<String> more = Set.copyOf(known);
        for (String name : request.headers().names()) {
            if (!name.startsWith("x-amz-") || EVERYWHERE.contains(name) || more.contains(name)) {
                continue;
            }
            if (name.startsWith(USER_METADATA) && more.contains(USER_METADATA)) {
                continue;
            }
            // Of the body, checked where there is one. The Java SDK sends it with HEAD too, and S3 lets it.
            if (Checksum.ofHeader(name).isPresent()) {
                continue;
            }
            throw S3Error.NOT_IMPLEMENTED.refused(
                    "A header you provided implies functionality that is not implemented: " + name);
        }
    }

    /** With BucketOwnerEnforced, the only ownership there is, these ACLs mean what holds anyway. */
    static void requireHarmlessAcl(S3Request request) {
        String acl = request.headers().get("x-amz-acl").orElse("private");
        if (!acl.equals("private") && !acl.equals("bucket-owner-full-control")) {
            throw S3Error.ACCESS_CONTROL_LIST_NOT_SUPPORTED.refused();
        }
    }
}
