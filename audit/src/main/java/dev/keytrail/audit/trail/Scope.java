package dev.keytrail.audit.trail;

import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import dev.keytrail.call.Service;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a trail takes and where it puts it: the part of its settings that delivery needs.
 *
 * @param prefix S3KeyPrefix
 * @param globalEvents IncludeGlobalServiceEvents
 * @param validation EnableLogFileValidation: whether digests are written
 * @param topic ARN of the topic that is told of each delivery
 * @param kmsKey ARN of the key that log files are encrypted under
 */
public record Scope(
        String bucket,
        Optional<String> prefix,
        boolean multiRegion,
        boolean globalEvents,
        List<Selector> selectors,
        boolean validation,
        Optional<String> topic,
        Optional<String> kmsKey) {
    /** Where IAM and the global endpoint of STS leave their events (cloudtrail.md F5). */
    private static final String GLOBAL_REGION = "us-east-1";

    private static final Set<String> GLOBAL_SOURCES = Set.of(Service.IAM.eventSource(), Service.STS.eventSource());

    public Scope {
        selectors = List.copyOf(selectors);
    }

    /** Without notices and encryption. */
    public Scope(
            String bucket,
            Optional<String> prefix,
            boolean multiRegion,
            boolean globalEvents,
            List<Selector> selectors,
            boolean validation) {
        this(bucket, prefix, multiRegion, globalEvents, selectors, validation, Optional.empty(), Optional.empty());
    }

    public Scope withKmsKey(Optional<String> changed) {
        return new Scope(bucket, prefix, multiRegion, globalEvents, selectors, validation, topic, changed);
    }

    public Scope withSelectors(List<Selector> changed) {
        return new Scope(bucket, prefix, multiRegion, globalEvents, changed, validation, topic, kmsKey);
    }

    /** Whether the record is one of those that the trail chooses from. */
    boolean covers(LedgerRecord record, String account, String homeRegion) {
        return record.account().equals(account)
                && record.category() == LedgerRecord.Category.MANAGEMENT
                && (multiRegion || record.region().equals(homeRegion));
    }

    boolean takes(LedgerRecord record) {
        if (!globalEvents && record.region().equals(GLOBAL_REGION) && GLOBAL_SOURCES.contains(record.eventSource())) {
            return false;
        }
        return selectors.stream().anyMatch(selector -> selector.takes(record));
    }

    void write(RowWriter out) {
        out.text(bucket).optionalText(prefix).flag(multiRegion).flag(globalEvents);
        out.list(selectors, Selector::write).flag(validation);
        out.optionalText(topic).optionalText(kmsKey);
    }

    /** @param version of the row it is part of; the first had no validation, the second no topic and key */
    static Scope read(RowReader in, int version) {
        return new Scope(
                in.text(),
                in.optionalText(),
                in.flag(),
                in.flag(),
                in.list(Selector::read),
                version > 1 && in.flag(),
                version > 2 ? in.optionalText() : Optional.empty(),
                version > 2 ? in.optionalText() : Optional.empty());
    }
}
