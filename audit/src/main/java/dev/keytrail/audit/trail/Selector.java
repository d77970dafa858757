package dev.keytrail.audit.trail;

import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.LedgerRecord.Category;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An event selector (cloudtrail.md G2, G3): which events a trail takes.
 *
 * @param management whether it takes management events
 * @param excludedSources event sources whose management events are left out, e.g. {@code kms.amazonaws.com}
 * @param advancedName present when it was given in the advanced form; the name there, or empty text for none
 * @param data basic form: of which resources it takes data events
 * @param conditions advanced form: what must hold beside access and excludedSources. An advanced selector is for events of
 *     one category; {@code management} tells whether that is management, and one for network activity has a condition on
 *     {@code eventCategory}
 */
public record Selector(
        Access access,
        boolean management,
        List<String> excludedSources,
        Optional<String> advancedName,
        List<DataResource> data,
        List<Condition> conditions) {
    /** ReadWriteType. */
    public enum Access {
        ALL,
        READ_ONLY,
        WRITE_ONLY
    }

    /** @param values beginnings of ARNs */
    public record DataResource(String type, List<String> values) {
        public DataResource {
            values = List.copyOf(values);
        }

        private boolean meets(EventFields event) {
            return event.dataType().equals(Optional.of(type))
                    && event.arns().stream().anyMatch(arn -> values.stream().anyMatch(arn::startsWith));
        }
    }

    /** What a new trail has. */
    public static final Selector ALL_MANAGEMENT =
            new Selector(Access.ALL, true, List.of(), Optional.of("Management events selector"));

    /** As eventCategory. */
    public static final String NETWORK_ACTIVITY = "NetworkActivity";

    private static final Condition OF_NETWORK_ACTIVITY = Condition.equal("eventCategory", NETWORK_ACTIVITY);

    /** For network activity events. */
    public static Selector networkActivity(String name, List<Condition> conditions) {
        List<Condition> all = new ArrayList<>(conditions);
        all.addFirst(OF_NETWORK_ACTIVITY);
        return new Selector(Access.ALL, false, List.of(), Optional.of(name), List.of(), all);
    }

    public Selector {
        excludedSources = List.copyOf(excludedSources);
        data = List.copyOf(data);
        conditions = List.copyOf(conditions);
    }

    /** For management events, as AWS lets them be chosen. */
    public Selector(Access access, boolean management, List<String> excludedSources, Optional<String> advancedName) {
        this(access, management, excludedSources, advancedName, List.of(), List.of());
    }

    /** Of an advanced selector: of which events it is. */
    public Category category() {
        if (management) {
            return Category.MANAGEMENT;
        }
        return conditions.contains(OF_NETWORK_ACTIVITY) ? Category.NETWORK_ACTIVITY : Category.DATA;
    }

    /** Whether it can take data events at all. */
    public boolean wantsData() {
        return !data.isEmpty() || advancedName.isPresent() && category() == Category.DATA;
    }

    /** Whether it takes management events that change something. */
    public boolean takesWrites() {
        return management && access != Access.READ_ONLY;
    }

    /** Whether it says more of management events than AWS has words for. */
    public boolean isExtended() {
        return management && !conditions.isEmpty();
    }

    boolean takes(LedgerRecord record, EventFields event) {
        boolean accessed = switch (access) {
            case ALL -> true;
            case READ_ONLY -> record.readOnly();
            case WRITE_ONLY -> !record.readOnly();
        };
        if (!accessed) {
            return false;
        }
        if (record.category() == Category.MANAGEMENT) {
            return management && !excludedSources.contains(record.eventSource()) && holds(event);
        }
        if (advancedName.isPresent()) {
            return category() == record.category() && holds(event);
        }
        return record.category() == Category.DATA && data.stream().anyMatch(resource -> resource.meets(event));
    }

    private boolean holds(EventFields event) {
        return conditions.stream().allMatch(condition -> condition.holds(event.values(condition.field())));
    }

    void write(RowWriter out) {
        out.text(access.name()).flag(management).texts(excludedSources).optionalText(advancedName);
        out.list(data, (d, to) -> to.text(d.type()).texts(d.values()));
        out.list(conditions, Condition::write);
    }

    /** @param version of the row it is part of; data and conditions came with the fourth */
    static Selector read(RowReader in, int version) {
        return new Selector(
                Access.valueOf(in.text()),
                in.flag(),
                in.texts(),
                in.optionalText(),
                version > 3 ? in.list(d -> new DataResource(d.text(), d.texts())) : List.of(),
                version > 3 ? in.list(Condition::read) : List.of());
    }
}
