package dev.keytrail.audit.op;

import dev.keytrail.audit.trail.Condition;
import dev.keytrail.audit.trail.Selector;
import dev.keytrail.audit.trail.Selector.Access;
import dev.keytrail.audit.trail.Selector.DataResource;
import dev.keytrail.call.ApiError;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Refused;
import dev.keytrail.wire.shape.cloudtrail.AdvancedEventSelector;
import dev.keytrail.wire.shape.cloudtrail.AdvancedFieldSelector;
import dev.keytrail.wire.shape.cloudtrail.EventSelector;
import dev.keytrail.wire.shape.cloudtrail.ReadWriteType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Event selectors between their two wire forms and the one that trails keep (cloudtrail.md G2, G3). */
final class SelectorForms {
    /** AWS's bound on basic selectors (cloudtrail.md G2). */
    static final int BASIC_MAX = 5;

    /** AWS's bound on the values of data resources in a trail (cloudtrail.md G2). */
    static final int DATA_VALUES_MAX = 250;

    /** AWS's bound on the values of all conditions of a trail (cloudtrail.md G3). */
    static final int VALUES_MAX = 500;

    private static final Set<String> EXCLUDABLE = Set.of("kms.amazonaws.com", "rdsdata.amazonaws.com");

    /** How ARNs of the types begin that basic selectors know. */
    private static final Map<String, String> DATA_TYPES = Map.of(
            "AWS::S3::Object", "arn:aws:s3",
            "AWS::Lambda::Function", "arn:aws:lambda",
            "AWS::DynamoDB::Table", "arn:aws:dynamodb");

    private static final Pattern TYPE = Pattern.compile("AWS::[A-Za-z0-9]{1,64}::[A-Za-z0-9]{1,64}");

    /** Fields of data events beside eventCategory, resources.type and readOnly (cloudtrail.md G3). */
    private static final Set<String> DATA_FIELDS = Set.of(
            "eventName",
            "eventSource",
            "eventType",
            "resources.ARN",
            "sessionCredentialFromConsole",
            "userIdentity.arn");

    /** Fields of network activity events beside eventCategory (cloudtrail.md G3). */
    private static final Set<String> NETWORK_FIELDS = Set.of("eventSource", "eventName", "errorCode", "vpcEndpointId");

    private static final Pattern SOURCE = Pattern.compile("[a-z0-9-]{1,64}\\.amazonaws\\.com");

    /** What AWS has no selectors for: management events by operation, key, principal and outcome, data events by outcome. */
    private static final Set<String> EXTENDED_FIELDS = Set.of(
            "eventName",
            "eventSource",
            "eventType",
            "resources.ARN",
            "resources.type",
            "userIdentity.arn",
            "errorCode");

    private SelectorForms() {}

    static List<Selector> ofBasic(List<EventSelector> given) {
        if (given.isEmpty() || given.size() > BASIC_MAX) {
            throw invalid("Specify 1 to " + BASIC_MAX + " event selectors.");
        }
        List<Selector> selectors = given.stream().map(SelectorForms::ofBasic).toList();
        int values = selectors.stream()
                .flatMap(selector -> selector.data().stream())
                .mapToInt(data -> data.values().size())
                .sum();
        if (values > DATA_VALUES_MAX) {
            throw invalid("A trail can have at most " + DATA_VALUES_MAX + " data resources.");
        }
        return selectors;
    }

    private static Selector ofBasic(EventSelector given) {
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
        List<DataResource> data = given.dataResources().orElse(List.of()).stream()
                .map(SelectorForms::ofData)
                .toList();
        return new Selector(access, management, excluded, Optional.empty(), data, List.of());
    }

    private static DataResource ofData(dev.keytrail.wire.shape.cloudtrail.DataResource given) {
        String type = given.type().orElse("");
        String beginning = DATA_TYPES.getOrDefault(type, "");
        if (beginning.isEmpty()) {
            throw invalid("The type of a data resource is one of "
                    + DATA_TYPES.keySet().stream().sorted().toList() + ".");
        }
        List<String> values = given.values().orElse(List.of());
        if (!values.stream().allMatch(value -> value.startsWith(beginning))) {
            throw invalid("Values of " + type + " must be ARNs that begin with " + beginning + ".");
        }
        return new DataResource(type, values);
    }

    /** @param extended whether fields that AWS has no selectors for are taken too */
    static List<Selector> ofAdvanced(List<AdvancedEventSelector> given, boolean extended) {
        if (given.isEmpty()) {
            throw invalid("Specify at least one advanced event selector.");
        }
        long values = given.stream()
                .flatMap(selector -> selector.fieldSelectors().stream())
                .mapToInt(field -> condition(field).size())
                .sum();
        if (values > VALUES_MAX) {
            throw invalid("A trail can have at most " + VALUES_MAX + " values in its advanced event selectors.");
        }
        return given.stream().map(selector -> ofAdvanced(selector, extended)).toList();
    }

    private static Selector ofAdvanced(AdvancedEventSelector given, boolean extended) {
        Map<String, Condition> fields = new LinkedHashMap<>();
        for (AdvancedFieldSelector field : given.fieldSelectors()) {
            Condition condition = condition(field);
            if (condition.size() == 0) {
                throw invalid("Field " + field.field() + " has no values.");
            }
            if (fields.put(field.field(), condition) != null) {
                throw invalid("Field " + field.field() + " stands twice in a selector.");
            }
        }
        Access access = access(Optional.ofNullable(fields.remove("readOnly")));
        String category = onlyValue("eventCategory", Optional.ofNullable(fields.remove("eventCategory")))
                .orElseThrow(() -> invalid("Each selector needs eventCategory."));
        Optional<String> name = Optional.of(given.name().orElse(""));
        return switch (category) {
            case "Management" -> management(access, name, fields, extended);
            case "Data" -> data(access, name, fields, extended);
            case Selector.NETWORK_ACTIVITY ->
                networkActivity(access, given.name().orElse(""), fields);
            default -> throw invalid("eventCategory takes one of Management, Data, NetworkActivity.");
        };
    }

    private static Selector management(
            Access access, Optional<String> name, Map<String, Condition> fields, boolean extended) {
        List<String> excluded = List.of();
        Optional<Condition> source = Optional.ofNullable(fields.get("eventSource"));
        if (source.isPresent() && isExclusion(source.get())) {
            excluded = source.get().notEqual();
            fields.remove("eventSource");
        } else if (source.isPresent() && !extended) {
            throw invalid("eventSource of management events takes NotEquals "
                    + EXCLUDABLE.stream().sorted().toList() + " only.");
        }
        requireFields("management events", fields, extended ? EXTENDED_FIELDS : Set.of());
        return new Selector(access, true, excluded, name, List.of(), List.copyOf(fields.values()));
    }

    private static boolean isExclusion(Condition source) {
        return source.size() == source.notEqual().size() && EXCLUDABLE.containsAll(source.notEqual());
    }

    private static Selector data(
            Access access, Optional<String> name, Map<String, Condition> fields, boolean extended) {
        String type = onlyValue("resources.type", Optional.ofNullable(fields.get("resources.type")))
                .orElseThrow(() -> invalid("Selectors of data events need resources.type with one value."));
        if (!TYPE.matcher(type).matches()) {
            throw invalid("The resource type is not valid: " + type);
        }
        Set<String> allowed = new HashSet<>(DATA_FIELDS);
        allowed.add("resources.type");
        if (extended) {
            allowed.add("errorCode");
        }
        requireFields("data events", fields, allowed);
        return new Selector(access, false, List.of(), name, List.of(), List.copyOf(fields.values()));
    }

    private static Selector networkActivity(Access access, String name, Map<String, Condition> fields) {
        String source = onlyValue("eventSource", Optional.ofNullable(fields.get("eventSource")))
                .orElseThrow(() -> invalid("Selectors of network activity events need eventSource with one value."));
        if (!SOURCE.matcher(source).matches()) {
            throw invalid("The event source is not valid: " + source);
        }
        if (access != Access.ALL) {
            throw invalid("Field readOnly is not valid for network activity events of a trail.");
        }
        requireFields("network activity events", fields, NETWORK_FIELDS);
        onlyValue("errorCode", Optional.ofNullable(fields.get("errorCode")))
                .filter(code -> !code.equals("VpceAccessDenied"))
                .ifPresent(_ -> {
                    throw invalid("errorCode of network activity events takes Equals VpceAccessDenied only.");
                });
        return Selector.networkActivity(name, List.copyOf(fields.values()));
    }

    private static void requireFields(String of, Map<String, Condition> fields, Set<String> allowed) {
        for (String field : fields.keySet()) {
            if (!allowed.contains(field)) {
                throw invalid("Field " + field + " is not valid for " + of + " of a trail.");
            }
        }
    }

    private static Optional<String> onlyValue(String field, Optional<Condition> condition) {
        if (condition.isPresent()
                && (!condition.get().isEqualsOnly() || condition.get().size() != 1)) {
            throw invalid("Field " + field + " takes the Equals operator with one value only.");
        }
        return condition.map(c -> c.equal().getFirst());
    }

    private static Access access(Optional<Condition> readOnly) {
        return switch (onlyValue("readOnly", readOnly).orElse("")) {
            case "" -> Access.ALL;
            case "true" -> Access.READ_ONLY;
            case "false" -> Access.WRITE_ONLY;
            default -> throw invalid("readOnly takes Equals true or false.");
        };
    }

    private static Condition condition(AdvancedFieldSelector field) {
        return new Condition(
                field.field(),
                field.equals().orElse(List.of()),
                field.startsWith().orElse(List.of()),
                field.endsWith().orElse(List.of()),
                field.notEquals().orElse(List.of()),
                field.notStartsWith().orElse(List.of()),
                field.notEndsWith().orElse(List.of()));
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
                        .dataResources(selector.data().stream()
                                .map(data -> dev.keytrail.wire.shape.cloudtrail.DataResource.builder()
                                        .type(data.type())
                                        .values(data.values())
                                        .build())
                                .toList())
                        .excludeManagementEventSources(selector.excludedSources())
                        .build())
                .toList();
    }

    static List<AdvancedEventSelector> advanced(List<Selector> selectors) {
        return selectors.stream().map(SelectorForms::advanced).toList();
    }

    private static AdvancedEventSelector advanced(Selector selector) {
        List<AdvancedFieldSelector> fields = new ArrayList<>();
        switch (selector.category()) {
            case MANAGEMENT -> fields.add(field(Condition.equal("eventCategory", "Management")));
            case DATA -> fields.add(field(Condition.equal("eventCategory", "Data")));
            // The condition on its category is one of its own.
            case NETWORK_ACTIVITY, INSIGHT, DATA_INSIGHT -> {}
        }
        if (selector.access() != Access.ALL) {
            fields.add(field(Condition.equal("readOnly", Boolean.toString(selector.access() == Access.READ_ONLY))));
        }
        if (!selector.excludedSources().isEmpty()) {
            fields.add(AdvancedFieldSelector.builder()
                    .field("eventSource")
                    .notEquals(selector.excludedSources())
                    .build());
        }
        selector.conditions().forEach(condition -> fields.add(field(condition)));
        return AdvancedEventSelector.builder()
                .name(selector.advancedName().filter(name -> !name.isEmpty()))
                .fieldSelectors(fields)
                .build();
    }

    private static AdvancedFieldSelector field(Condition condition) {
        return AdvancedFieldSelector.builder()
                .field(condition.field())
                .equals(given(condition.equal()))
                .startsWith(given(condition.startsWith()))
                .endsWith(given(condition.endsWith()))
                .notEquals(given(condition.notEqual()))
                .notStartsWith(given(condition.notStartsWith()))
                .notEndsWith(given(condition.notEndsWith()))
                .build();
    }

    private static Optional<List<String>> given(List<String> values) {
        return Optional.of(values).filter(list -> !list.isEmpty());
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
}
