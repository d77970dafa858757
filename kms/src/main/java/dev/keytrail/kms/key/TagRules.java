package dev.keytrail.kms.key;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Collects the tags of a request, in order, under AWS's rules (kms.md section 13). One request, one thread. */
public final class TagRules {
    private static final String RESERVED_PREFIX = "aws:";

    private final Map<String, String> tags = new LinkedHashMap<>();

    /** @throws dev.keytrail.call.Refused TagException: twice the same key, or a reserved one */
    public TagRules add(String key, String value) {
        demandNotReserved(key);
        if (tags.putIfAbsent(key, value) != null) {
            throw KmsErrors.tag("Duplicate tag keys");
        }
        return this;
    }

    public static void demandNotReserved(String key) {
        if (key.toLowerCase(Locale.ROOT).startsWith(RESERVED_PREFIX)) {
            throw KmsErrors.tag("Tags beginning with aws: are reserved");
        }
    }

    /** @throws dev.keytrail.call.Refused TagException: more than a key may have */
    public static Tags demandWithinQuota(Tags tags) {
        if (tags.count() > Tags.COUNT_MAX) {
            throw KmsErrors.tag("Too many tags");
        }
        return tags;
    }

    /** The collected tags in the order given. */
    public Map<String, String> collected() {
        return tags;
    }
}
