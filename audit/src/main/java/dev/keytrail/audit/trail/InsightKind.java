package dev.keytrail.audit.trail;

/** What Insights look for, spelled as AWS's {@code InsightType} (cloudtrail.md G5, J1). */
public enum InsightKind {
    /** Unusual numbers of write calls. */
    ApiCallRateInsight,
    /** Unusual numbers of calls that fail with some error. */
    ApiErrorRateInsight
}
