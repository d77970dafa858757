package dev.keytrail.audit.op;

import dev.keytrail.audit.trail.Selector;
import dev.keytrail.audit.trail.Selector.Access;
import dev.keytrail.call.ApiError;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Refused;
import dev.keytrail.wire.shape.cloudtrail.AdvancedEventSelector;
import dev.keytrail.wire.shape.cloudtrail.AdvancedFieldSelector;
import dev.keytrail.wire.shape.cloudtrail.EventSelector;
import dev.keytrail.wire.shape.cloudtrail.ReadWriteType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Event selectors between their two wire forms and the one that trails keep (cloudtrail.md G2, G3). */
final class SelectorForms {
    /** AWS's bound on basic selectors (cloudtrail.md G2). */
    static final int BASIC_MAX = 5;

    private static final Set<String> EXCLUDABLE = Set.of("kms.amazonaws.com", "rdsdata.amazonaws.com");
    private static final Set<String> OTHER_CATEGORIES = Set.of("Data", "NetworkActivity");

    private SelectorForms() {}

    static List<Selector> ofBasic(List<EventSelector> given) {
        if (given.isEmpty() || given.size() > BASIC_MAX) {
            throw invalid("Specify 1 to " + BASIC_MAX + " event selectors.");
        }
        return given.stream().map(SelectorForms::ofBasic).toList();
    }

    private static Selector ofBasic(EventSelector given) {
        if (given.dataResources().filter(list -> !list.isEmpty()).isPresent()) {
            throw unsupported("DataResources: data events are not delivered yet.");
        }
        boolean management = given.includeManagementEvents().orElse(true);
        List<String> excluded = given.excludeManagementEventSources().orElse(List.of());
        if (!EXCLUDABLE.containsAll(excluded) || !management && !excluded.isEmpty()) {
            throw invalid("ExcludeManagementEventSources takes "
                    + EXCLUDABLE.stream().sorted().toList() + ", together with management events only.");
        }
        Access access = switch (given.readWriteType().orElse(ReadWriteType.All)) {
            case ReadOnly -> Access.READ_ONLY;
            case WriteOnly -> Access.WRITE_ONLY;
            case All -> Access.ALL;
        };
        return new Selector(access, management, excluded, Optional.empty());
    }

    static List<Selector> ofAdvanced(List<AdvancedEventSelector> given) {
        if (given.isEmpty()) {
            throw invalid("Specify at least one advanced event selector.");
        }
        return given.stream().map(SelectorForms::ofAdvanced).toList();
    }

    private static Selector ofAdvanced(AdvancedEventSelector given) {
        Access access = Access.ALL;
        List<String> excluded = List.of();
        boolean category = false;
        Set<String> seen = new HashSet<>();
        for (AdvancedFieldSelector field : given.fieldSelectors()) {
            if (!seen.add(field.field())) {
                throw invalid("Field " + field.field() + " stands twice in a selector.");
            }
            switch (field.field()) {
                case "eventCategory" -> category = isManagement(field);
                case "readOnly" -> access = access(field);
                case "eventSource" -> excluded = excluded(field);
                default -> throw invalid("Field " + field.field() + " is not valid for management events of a trail.");
            }
        }
        if (!category) {
            throw invalid("Each selector needs eventCategory.");
        }
        return new Selector(access, true, excluded, Optional.of(given.name().orElse("")));
    }

    private static boolean isManagement(AdvancedFieldSelector field) {
        List<String> values = onlyEquals(field);
        if (values.size() == 1 && OTHER_CATEGORIES.contains(values.getFirst())) {
            throw unsupported("eventCategory " + values.getFirst() + ": only management events are delivered yet.");
        }
        if (!values.equals(List.of("Management"))) {
            throw invalid("eventCategory takes one of Management, Data, NetworkActivity.");
        }
        return true;
    }

    private static Access access(AdvancedFieldSelector field) {
        List<String> values = onlyEquals(field);
        if (values.equals(List.of("true"))) {
            return Access.READ_ONLY;
        }
        if (values.equals(List.of("false"))) {
            return Access.WRITE_ONLY;
        }
        throw invalid("readOnly takes Equals true or false.");
    }

    private static List<String> onlyEquals(AdvancedFieldSelector field) {
        if (field.startsWith().isPresent()
                || field.endsWith().isPresent()
                || field.notEquals().isPresent()
                || field.notStartsWith().isPresent()
                || field.notEndsWith().isPresent()) {
            throw invalid("Field " + field.field() + " takes the Equals operator only.");
        }
        return field.equals().orElse(List.of());
    }

    private static List<String> excluded(AdvancedFieldSelector field) {
        boolean others = field.equals().isPresent()
                || field.startsWith().isPresent()
                || field.endsWith().isPresent()
                || field.notStartsWith().isPresent()
                || field.notEndsWith().isPresent();
        List<String> values = field.notEquals().orElse(List.of());
        if (others || values.isEmpty() || !EXCLUDABLE.containsAll(values)) {
            throw invalid("eventSource of management events takes NotEquals "
                    + EXCLUDABLE.stream().sorted().toList() + " only.");
        }
        return values;
    }

    static List<EventSelector> basic(List<Selector> selectors) {
        return selectors.stream()
                .map(selector -> EventSelector.builder()
                        .readWriteType(
                                switch (selector.access()) {
                                    case ALL -> ReadWriteType.All;
                                    case READ_ONLY -> ReadWriteType.ReadOnly;
                                    case WRITE_ONLY -> ReadWriteType.WriteOnly;
                                })
                        .includeManagementEvents(selector.management())
                        .dataResources(List.of())
                        .excludeManagementEventSources(selector.excludedSources())
                        .build())
                .toList();
    }

    static List<AdvancedEventSelector> advanced(List<Selector> selectors) {
        return selectors.stream().map(SelectorForms::advanced).toList();
    }

    private static AdvancedEventSelector advanced(Selector selector) {
        List<AdvancedFieldSelector> fields = new ArrayList<>();
        fields.add(AdvancedFieldSelector.builder()
                .field("eventCategory")
                .equals(List.of("Management"))
                .build());
        if (selector.access() != Access.ALL) {
            String readOnly = Boolean.toString(selector.access() == Access.READ_ONLY);
            fields.add(AdvancedFieldSelector.builder()
                    .field("readOnly")
                    .equals(List.of(readOnly))
                    .build());
        }
        if (!selector.excludedSources().isEmpty()) {
            fields.add(AdvancedFieldSelector.builder()
                    .field("eventSource")
                    .notEquals(selector.excludedSources())
                    .build());
        }
        return AdvancedEventSelector.builder()
                .name(selector.advancedName().filter(name -> !name.isEmpty()))
                .fieldSelectors(fields)
                .build();
    }

    static boolean isAdvanced(List<Selector> selectors) {
        return selectors.getFirst().advancedName().isPresent();
    }

    static List<Facts> basicFacts(List<EventSelector> selectors) {
        return selectors.stream().map(SelectorForms::facts).toList();
    }

    private static Facts facts(EventSelector selector) {
        Facts facts = Facts.facts();
        selector.readWriteType().ifPresent(type -> facts.put("readWriteType", type.value()));
        selector.includeManagementEvents().ifPresent(include -> facts.put("includeManagementEvents", include));
        selector.dataResources()
                .ifPresent(resources -> facts.putAll(
                        "dataResources",
                        resources.stream()
                                .map(resource -> {
                                    Facts one = Facts.facts().put("type", resource.type());
                                    resource.values().ifPresent(values -> one.putStrings("values", values));
                                    return one;
                                })
                                .toList()));
        selector.excludeManagementEventSources()
                .ifPresent(sources -> facts.putStrings("excludeManagementEventSources", sources));
        return facts;
    }

    static List<Facts> advancedFacts(List<AdvancedEventSelector> selectors) {
        return selectors.stream()
                .map(selector -> Facts.facts()
                        .put("name", selector.name())
                        .putAll(
                                "fieldSelectors",
                                selector.fieldSelectors().stream()
                                        .map(SelectorForms::facts)
                                        .toList()))
                .toList();
    }

    private static Facts facts(AdvancedFieldSelector field) {
        Facts facts = Facts.facts().put("field", field.field());
        field.equals().ifPresent(values -> facts.putStrings("equals", values));
        field.startsWith().ifPresent(values -> facts.putStrings("startsWith", values));
        field.endsWith().ifPresent(values -> facts.putStrings("endsWith", values));
        field.notEquals().ifPresent(values -> facts.putStrings("notEquals", values));
        field.notStartsWith().ifPresent(values -> facts.putStrings("notStartsWith", values));
        field.notEndsWith().ifPresent(values -> facts.putStrings("notEndsWith", values));
        return facts;
    }

    private static Refused invalid(String message) {
        return new Refused(ApiError.of("InvalidEventSelectorsException", message));
    }

    private static Refused unsupported(String message) {
        return new Refused(ApiError.of("UnsupportedOperationException", message));
    }
}
