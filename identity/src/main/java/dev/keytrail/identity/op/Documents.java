package dev.keytrail.identity.op;

import dev.keytrail.policy.MalformedPolicy;
import dev.keytrail.policy.Policy;
import dev.keytrail.policy.PolicyCache;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** Policy documents in requests and answers. */
final class Documents {
    private final PolicyCache cache;

    Documents(PolicyCache cache) {
        this.cache = cache;
    }

    /** @throws Refused MalformedPolicyDocument, saying what is wrong */
    void requireIdentityPolicy(String document) {
        try {
            cache.get(document, Policy.Kind.IDENTITY);
        } catch (MalformedPolicy e) {
            throw IamErrors.malformedPolicy(String.valueOf(e.getMessage()));
        }
    }

    /** What counts against a size quota: all but white space. */
    static int characters(String document) {
        return (int) document.chars().filter(c -> !Character.isWhitespace(c)).count();
    }

    /** As answers carry it: percent-encoded (RFC 3986). */
    static String encoded(String document) {
        // The form encoding of the JDK differs from RFC 3986 in these three alone.
        return URLEncoder.encode(document, StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("*", "%2A")
                .replace("%7E", "~");
    }
}
