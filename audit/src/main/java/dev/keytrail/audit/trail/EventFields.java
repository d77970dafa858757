package dev.keytrail.audit.trail;

import dev.keytrail.audit.history.FlatEvent;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.LedgerRecord.Category;
import dev.keytrail.call.Service;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The fields of one event that selectors name. What only the event's text tells is read when it is first asked for. */
final class EventFields {
    private static final String S3_TYPE = "AWS::S3::Object";
    private static final Map<String, String> DATA_TYPES = Map.of(
            Service.S3.eventSource(), S3_TYPE,
            Service.SNS.eventSource(), "AWS::SNS::Topic",
            Service.CLOUDTRAIL_DATA.eventSource(), "AWS::CloudTrail::Channel");

    private final LedgerRecord record;
    private @Nullable Map<String, List<String>> parsed;

    EventFields(LedgerRecord record) {
        this.record = record;
    }

    private List<String> inText(String path) {
        Map<String, List<String>> known = parsed;
        if (known == null) {
            known = FlatEvent.of(record.json());
            parsed = known;
        }
        return FlatEvent.at(known, path);
    }

    List<String> values(String field) {
        return switch (field) {
            case "eventCategory" ->
                List.of(
                        switch (record.category()) {
                            case MANAGEMENT -> "Management";
                            case DATA -> "Data";
                            case INSIGHT, DATA_INSIGHT -> "Insight";
                            case NETWORK_ACTIVITY -> Selector.NETWORK_ACTIVITY;
                        });
            case "eventName" -> List.of(record.eventName());
            case "eventSource" -> List.of(record.eventSource());
            case "readOnly" -> List.of(Boolean.toString(record.readOnly()));
            case "resources.type" ->
                record.category() == Category.DATA
                        ? dataType().stream().toList()
                        : inText("resources" + FlatEvent.SEPARATOR + "type");
            case "resources.ARN" -> arns();
            case "userIdentity.arn" -> inText("userIdentity" + FlatEvent.SEPARATOR + "arn");
            default -> inText(field);
        };
    }

    /** The kind of resource that a data event is about: it follows from the service (cloudtrail.md G3). */
    Optional<String> dataType() {
        return Optional.ofNullable(DATA_TYPES.get(record.eventSource()));
    }

    /** Of S3's events the objects; one that is about a whole bucket counts as about all objects in it. */
    List<String> arns() {
        List<String> all = inText("resources" + FlatEvent.SEPARATOR + "ARN");
        if (record.category() != Category.DATA || !dataType().equals(Optional.of(S3_TYPE))) {
            return all;
        }
        List<String> objects = all.stream().filter(arn -> arn.indexOf('/') > 0).toList();
        return objects.isEmpty() ? all.stream().map(arn -> arn + "/").toList() : objects;
    }

    /** Whether it is CloudTrail's own delivery (cloudtrail.md F10). */
    boolean isDelivery() {
        return record.eventSource().equals(Service.S3.eventSource())
                && record.eventName().equals("PutObject")
                && inText("userIdentity" + FlatEvent.SEPARATOR + "invokedBy")
                        .contains(Service.CLOUDTRAIL.eventSource());
    }
}
