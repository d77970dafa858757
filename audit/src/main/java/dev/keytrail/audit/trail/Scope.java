package dev.keytrail.audit.trail;

import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.LedgerRecord.Category;
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
 * @param recursive RecursiveLogging: whether CloudTrail's own deliveries are among the data events
 * @param insights the kinds of Insights events that it takes
 * @param organization present when it is an organisation trail
 */
public record Scope(
        String bucket,
        Optional<String> prefix,
        boolean multiRegion,
        boolean globalEvents,
        List<Selector> selectors,
        boolean validation,
        Optional<String> topic,
        Optional<String> kmsKey,
        boolean recursive,
        List<InsightKind> insights,
        Optional<Organization> organization) {
    /** Where IAM and the global endpoint of STS leave their events (cloudtrail.md F5). */
    private static final String GLOBAL_REGION = "us-east-1";

    private static final Set<String> GLOBAL_SOURCES = Set.of(Service.IAM.eventSource(), Service.STS.eventSource());

    public Scope {
        selectors = List.copyOf(selectors);
        insights = List.copyOf(insights);
    }

    /** Without notices, encryption, Insights and organisation. */
    public Scope(
            String bucket,
            Optional<String> prefix,
            boolean multiRegion,
            boolean globalEvents,
            List<Selector> selectors,
            boolean validation) {
        this(
                bucket,
                prefix,
                multiRegion,
                globalEvents,
                selectors,
                validation,
                Optional.empty(),
                Optional.empty(),
                true,
                List.of(),
                Optional.empty());
    }

    /** Some other value for each member that a change names. */
    private Scope with(
            List<Selector> newSelectors,
            Optional<String> newKey,
            boolean newRecursive,
            List<InsightKind> newInsights,
            Optional<Organization> newOrganization) {
        return new Scope(
                bucket,
                prefix,
                multiRegion,
                globalEvents,
                newSelectors,
                validation,
                topic,
                newKey,
                newRecursive,
                newInsights,
                newOrganization);
    }

    public Scope withKmsKey(Optional<String> changed) {
        return with(selectors, changed, recursive, insights, organization);
    }

    public Scope withSelectors(List<Selector> changed) {
        return with(changed, kmsKey, recursive, insights, organization);
    }

    public Scope withRecursive(boolean changed) {
        return with(selectors, kmsKey, changed, insights, organization);
    }

    public Scope withInsights(List<InsightKind> changed) {
        return with(selectors, kmsKey, recursive, changed, organization);
    }

    public Scope withOrganization(Optional<Organization> changed) {
        return with(selectors, kmsKey, recursive, insights, changed);
    }

    Optional<String> organizationId() {
        return organization.map(Organization::id);
    }

    /** Whether it takes events of the account at all. */
    boolean concerns(String account, String owner) {
        return account.equals(owner)
                || organization.filter(o -> o.accounts().contains(account)).isPresent();
    }

    /** Whether its choice goes beyond AWS's words, and what it leaves out is counted beside its digests. */
    boolean isCounted() {
        return selectors.stream().anyMatch(Selector::isExtended);
    }

    /** Whether the record is one of those that the trail chooses from. */
    boolean covers(LedgerRecord record, String owner, String homeRegion) {
        if (!concerns(record.account(), owner)
                || !multiRegion && !record.region().equals(homeRegion)) {
            return false;
        }
        return switch (record.category()) {
            case MANAGEMENT -> true;
            case DATA -> selectors.stream().anyMatch(Selector::wantsData);
            case INSIGHT, DATA_INSIGHT -> !insights.isEmpty();
            case NETWORK_ACTIVITY ->
                selectors.stream().anyMatch(selector -> selector.category() == Category.NETWORK_ACTIVITY);
        };
    }

    boolean takes(LedgerRecord record) {
        if (record.category() == Category.INSIGHT || record.category() == Category.DATA_INSIGHT) {
            return insights.stream().anyMatch(kind -> InsightRecord.isOf(record, kind));
        }
        if (!globalEvents && record.region().equals(GLOBAL_REGION) && GLOBAL_SOURCES.contains(record.eventSource())) {
            return false;
        }
        EventFields event = new EventFields(record);
        if (record.category() == Category.DATA && !recursive && event.isDelivery()) {
            return false;
        }
        return selectors.stream().anyMatch(selector -> selector.takes(record, event));
    }

    void write(RowWriter out) {
        out.text(bucket).optionalText(prefix).flag(multiRegion).flag(globalEvents);
        out.list(selectors, Selector::write).flag(validation);
        out.optionalText(topic).optionalText(kmsKey);
        out.flag(recursive).texts(insights.stream().map(InsightKind::name).toList());
        out.optional(organization, Organization::write);
    }

    /**
     * @param version of the row it is part of; the first had no validation, the second no topic and key, the third nothing
     *     of what follows
     */
    static Scope read(RowReader in, int version) {
        return new Scope(
                in.text(),
                in.optionalText(),
                in.flag(),
                in.flag(),
                in.list(each -> Selector.read(each, version)),
                version > 1 && in.flag(),
                version > 2 ? in.optionalText() : Optional.empty(),
                version > 2 ? in.optionalText() : Optional.empty(),
                version <= 3 || in.flag(),
                version > 3 ? in.texts().stream().map(InsightKind::valueOf).toList() : List.of(),
                version > 3 ? in.optional(Organization::read) : Optional.empty());
    }
}
