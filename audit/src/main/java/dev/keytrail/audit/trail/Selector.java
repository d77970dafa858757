package dev.keytrail.audit.trail;

import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import java.util.List;
import java.util.Optional;

/**
 * An event selector (cloudtrail.md G2, G3): which management events a trail takes.
 *
 * @param excludedSources event sources that are left out, e.g. {@code kms.amazonaws.com}
 * @param advancedName present when it was given in the advanced form; the name there, or empty text for none
 */
public record Selector(Access access, boolean management, List<String> excludedSources, Optional<String> advancedName) {
    /** ReadWriteType. */
    public enum Access {
        ALL,
        READ_ONLY,
        WRITE_ONLY
    }

    /** What a new trail has. */
    public static final Selector ALL_MANAGEMENT =
            new Selector(Access.ALL, true, List.of(), Optional.of("Management events selector"));

    public Selector {
        excludedSources = List.copyOf(excludedSources);
    }

    boolean takes(LedgerRecord record) {
        if (!management || excludedSources.contains(record.eventSource())) {
            return false;
        }
        return switch (access) {
            case ALL -> true;
            case READ_ONLY -> record.readOnly();
            case WRITE_ONLY -> !record.readOnly();
        };
    }

    void write(RowWriter out) {
        out.text(access.name()).flag(management).texts(excludedSources).optionalText(advancedName);
    }

    static Selector read(RowReader in) {
        return new Selector(Access.valueOf(in.text()), in.flag(), in.texts(), in.optionalText());
    }
}
