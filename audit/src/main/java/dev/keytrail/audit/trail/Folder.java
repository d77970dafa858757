package dev.keytrail.audit.trail;

import dev.keytrail.call.LedgerRecord;
import java.util.Optional;

/**
 * Where an event's file goes below {@code AWSLogs/} (cloudtrail.md F6).
 *
 * @param kind name of the folder and part of the files' names
 * @param account whose events they are
 */
record Folder(String kind, String account, String region) {
    static final String EVENTS = "CloudTrail";
    static final String INSIGHTS = "CloudTrail-Insight";
    static final String NETWORK_ACTIVITY = "CloudTrail-NetworkActivity";
    private static final String SEPARATOR = ":";

    static Folder of(LedgerRecord record) {
        String kind = switch (record.category()) {
            case MANAGEMENT, DATA -> EVENTS;
            case INSIGHT, DATA_INSIGHT -> INSIGHTS;
            case NETWORK_ACTIVITY -> NETWORK_ACTIVITY;
        };
        return new Folder(kind, record.account(), record.region());
    }

    /** As it stands in rows of that account's trails: the Region alone for the usual one. */
    String code(String trailAccount) {
        if (kind.equals(EVENTS) && account.equals(trailAccount)) {
            return region;
        }
        return kind + SEPARATOR + account + SEPARATOR + region;
    }

    static Folder of(String code, String trailAccount) {
        String[] parts = code.split(SEPARATOR, 3);
        return parts.length == 3 ? new Folder(parts[0], parts[1], parts[2]) : new Folder(EVENTS, trailAccount, code);
    }

    /** The folder of the digests that name this one's files: a chain is for an account and Region. */
    Folder digested() {
        return new Folder(EVENTS, account, region);
    }

    /** E.g. {@code PREFIX/AWSLogs/o-ID/111122223333/CloudTrail-Insight/eu-west-1/}. */
    String path(Optional<String> prefix, Optional<String> organization) {
        return root(prefix, organization) + account + "/" + kind + "/" + region + "/";
    }

    /** All that a trail writes begins so. */
    static String root(Optional<String> prefix, Optional<String> organization) {
        return prefix.map(p -> p + "/").orElse("")
                + "AWSLogs/"
                + organization.map(id -> id + "/").orElse("");
    }
}
