package dev.keytrail.server;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * How long the ledger keeps records.
 *
 * @param retention empty: for ever, unless somebody asks for a drop
 * @param archive folder that dropped records are copied to first
 * @param segmentBytes size of a segment, which is the unit that is dropped
 */
record LedgerSettings(Optional<Duration> retention, Optional<Path> archive, int segmentBytes) {
    private static final String RETENTION = "ledger.retention";
    private static final String ARCHIVE = "ledger.archive";
    private static final String SEGMENT = "ledger.segment";
    static final Duration RETENTION_MIN = Duration.ofDays(1);
    static final Duration RETENTION_MAX = Duration.ofDays(36_500);

    static void defaults(Map<String, String> all) {
        all.put(RETENTION, "none");
        all.put(ARCHIVE, "");
        all.put(SEGMENT, "64");
    }

    static LedgerSettings parse(Map<String, String> values) {
        String text = Settings.text(values, RETENTION);
        Optional<Duration> retention = text.equals("none")
                ? Optional.empty()
                : Optional.of(Settings.duration(RETENTION, text, RETENTION_MIN, RETENTION_MAX));
        Optional<Path> archive = Settings.path(values, ARCHIVE);
        if (retention.isPresent() && !Settings.flag(values, "chain")) {
            throw new IllegalArgumentException(RETENTION
                    + " needs the Merkle log (chain=true): without it nothing would be left of what is dropped");
        }
        if (archive.isPresent() && !Settings.flag(values, "chain")) {
            throw new IllegalArgumentException(
                    ARCHIVE + " needs the Merkle log (chain=true): without it nothing is ever dropped");
        }
        return new LedgerSettings(retention, archive, (int) Settings.number(values, SEGMENT, 1, 1024) << 20);
    }
}
