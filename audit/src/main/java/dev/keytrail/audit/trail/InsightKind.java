package dev.keytrail.audit.trail;

import dev.keytrail.call.LedgerRecord.Category;
import java.util.List;

/**
 * What Insights look for: an AWS {@code InsightType} of one event category (cloudtrail.md G5, J1). The names are part of the
 * stored form.
 */
public enum InsightKind {
    /** Unusual numbers of write calls. */
    ApiCallRateInsight("ApiCallRateInsight", Category.MANAGEMENT),
    /** Unusual numbers of calls that fail with some error. */
    ApiErrorRateInsight("ApiErrorRateInsight", Category.MANAGEMENT),
    /** Unusual numbers of calls that read or write data. */
    ApiCallRateInsightOfData("ApiCallRateInsight", Category.DATA),
    ApiErrorRateInsightOfData("ApiErrorRateInsight", Category.DATA);

    private static final List<InsightKind> ALL = List.of(values());

    private final String type;
    private final Category category;

    InsightKind(String type, Category category) {
        this.type = type;
        this.category = category;
    }

    /** @param category MANAGEMENT or DATA */
    public static InsightKind of(String type, Category category) {
        return ALL.stream()
                .filter(kind -> kind.type.equals(type) && kind.category == category)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(type + " of " + category));
    }

    /** AWS's InsightType. */
    public String type() {
        return type;
    }

    /** Of the events that are looked at. */
    public Category category() {
        return category;
    }

    /** Of the events that tell of it. */
    public Category told() {
        return category == Category.DATA ? Category.DATA_INSIGHT : Category.INSIGHT;
    }

    /** Whether it counts calls that failed, each error by itself. */
    public boolean isOfErrors() {
        return this == ApiErrorRateInsight || this == ApiErrorRateInsightOfData;
    }
}
