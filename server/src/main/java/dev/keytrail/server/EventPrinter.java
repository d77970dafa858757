package dev.keytrail.server;

import dev.keytrail.audit.history.ConsoleCsv;
import java.io.PrintStream;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Prints events: a table for people, or the console's download formats (cloudtrail.md E4). */
final class EventPrinter {
    private static final String TABLE = "%-20s  %-28s  %-22s  %-24s  %-20s  %s%n";

    private EventPrinter() {}

    /** All of them, complete. A CSV has CRLF between lines and none behind the last. */
    static void print(PrintStream out, EventsCommand.Form form, List<EventLine> events) {
        switch (form) {
            case TABLE -> {
                header(out, form);
                events.forEach(event -> line(out, form, event));
            }
            case JSON ->
                out.println(
                        events.stream().map(EventLine::json).collect(Collectors.joining(",", "{\"Records\":[", "]}")));
            case CSV ->
                out.print(Stream.concat(
                                Stream.of(ConsoleCsv.HEADER), events.stream().map(EventPrinter::csv))
                        .collect(Collectors.joining(ConsoleCsv.NEWLINE)));
        }
    }

    static void header(PrintStream out, EventsCommand.Form form) {
        switch (form) {
            case TABLE -> out.printf(TABLE, "TIME", "EVENT", "USER", "ERROR", "SOURCE ADDRESS", "EVENT ID");
            case CSV -> out.print(ConsoleCsv.HEADER + ConsoleCsv.NEWLINE);
            case JSON -> {}
        }
    }

    /** One of an endless number. */
    static void line(PrintStream out, EventsCommand.Form form, EventLine event) {
        switch (form) {
            case TABLE ->
                out.printf(
                        TABLE,
                        event.text("eventTime"),
                        event.text("eventName"),
                        printable(event.username().orElse(event.text("userIdentity.type"))),
                        printable(event.text("errorCode")),
                        printable(event.text("sourceIPAddress")),
                        event.text("eventID"));
            case CSV -> out.print(csv(event) + ConsoleCsv.NEWLINE);
            case JSON -> out.println(event.json());
        }
    }

    /** What a client chose must not steer the reader's terminal. */
    private static String printable(String text) {
        return text.replaceAll("\\p{Cntrl}", "?");
    }

    private static String csv(EventLine event) {
        return ConsoleCsv.line(List.of(
                event.username().orElse(""),
                event.text("userIdentity.accessKeyId"),
                event.text("eventTime"),
                event.text("eventSource"),
                event.text("eventName"),
                event.text("awsRegion"),
                event.text("sourceIPAddress"),
                event.text("userAgent"),
                event.text("errorCode"),
                event.resources(),
                event.text("requestID"),
                event.text("eventID"),
                event.text("readOnly"),
                event.text("eventType"),
                event.text("recipientAccountId"),
                event.text("eventCategory")));
    }
}
