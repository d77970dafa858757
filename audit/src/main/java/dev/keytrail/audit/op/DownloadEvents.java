package dev.keytrail.audit.op;

import dev.keytrail.audit.history.ConsoleCsv;
import dev.keytrail.audit.history.FlatEvent;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.NamedResource;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import dev.keytrail.wire.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * DownloadEvents: a search's answer as the file that the AWS console gives of its list, JSON or CSV (cloudtrail.md E4).
 * AWS has no API for it. A file has a page of {@link SearchEvents}; a token leads to the next one.
 */
public final class DownloadEvents {
    private final SearchEvents search;

    public DownloadEvents(SearchEvents search) {
        this.search = search;
    }

    /** @param format {@code JSON} or {@code CSV} */
    public record Input(SearchEvents.Input search, Optional<String> format) {}

    /** @param content the file: CSV has CRLF between lines and none behind the last */
    public record Output(String content, String contentType, Optional<String> nextToken) {}

    public Operation<Input, Output> row() {
        return new Operation<>(
                Service.KEYTRAIL,
                "DownloadEvents",
                true,
                Operation.BODY_BYTES_MAX,
                Input.class,
                Output.class,
                this::handle,
                in -> TrailDesk.shown(SearchEvents.shown(in.search()).put("format", in.format())));
    }

    private Effect<Output> handle(Attempt attempt, Input in) {
        String format = in.format().orElse("JSON");
        SearchEvents.Output found = search.find(attempt, in.search());
        return switch (format) {
            case "JSON" -> Effect.of(new Output(json(found.events()), "application/json", found.nextToken()));
            case "CSV" -> Effect.of(new Output(csv(found.events()), "text/csv", found.nextToken()));
            default -> throw Administration.invalid("Format must be JSON or CSV");
        };
    }

    private static String json(List<LedgerRecord> events) {
        return events.stream()
                .map(record -> record.json().utf8())
                .collect(Collectors.joining(",", "{\"Records\":[", "]}"));
    }

    private static String csv(List<LedgerRecord> events) {
        return Stream.concat(Stream.of(ConsoleCsv.HEADER), events.stream().map(DownloadEvents::line))
                .collect(Collectors.joining(ConsoleCsv.NEWLINE));
    }

    private static String line(LedgerRecord record) {
        Map<String, List<String>> event = FlatEvent.of(record.json());
        Function<String, String> text =
                path -> FlatEvent.at(event, path).stream().findFirst().orElse("");
        return ConsoleCsv.line(List.of(
                record.username().orElse(""),
                text.apply("userIdentity" + FlatEvent.SEPARATOR + "accessKeyId"),
                text.apply("eventTime"),
                record.eventSource(),
                record.eventName(),
                record.region(),
                text.apply("sourceIPAddress"),
                text.apply("userAgent"),
                text.apply("errorCode"),
                resources(record.resources()),
                text.apply("requestID"),
                record.eventId(),
                Boolean.toString(record.readOnly()),
                text.apply("eventType"),
                record.account(),
                text.apply("eventCategory")));
    }

    /** Compact JSON, names as in the console's files. */
    private static String resources(List<NamedResource> resources) {
        return resources.stream()
                .map(resource -> JsonObject.of(json -> {
                            json.writeStringProperty("resourceType", resource.type());
                            json.writeStringProperty("resourceName", resource.name());
                        })
                        .utf8())
                .collect(Collectors.joining(",", "[", "]"));
    }
}
