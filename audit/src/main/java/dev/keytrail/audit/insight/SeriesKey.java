package dev.keytrail.audit.insight;

import dev.keytrail.audit.trail.InsightKind;

/**
 * What is counted together.
 *
 * @param errorCode empty but for error rates
 */
record SeriesKey(String region, InsightKind kind, String source, String name, String errorCode)
        implements Comparable<SeriesKey> {
    private static final String SEPARATOR = "/";

    String row(String account) {
        return account + SEPARATOR + text();
    }

    private String text() {
        return String.join(SEPARATOR, region, kind.name(), source, name, errorCode);
    }

    static SeriesKey ofRow(String row) {
        String[] parts = row.split(SEPARATOR, 6);
        return new SeriesKey(parts[1], InsightKind.valueOf(parts[2]), parts[3], parts[4], parts[5]);
    }

    @Override
    public int compareTo(SeriesKey other) {
        return text().compareTo(other.text());
    }
}
