package dev.keytrail.audit.history;

import java.util.List;
import java.util.stream.Collectors;

/** The CSV files that the AWS console gives of event history (cloudtrail.md E4). */
public final class ConsoleCsv {
    /** Between lines; there is none behind the last one. */
    public static final String NEWLINE = "\r\n";

    public static final String HEADER = "User name,AWS access key,Event time,Event source,Event name,AWS region,"
            + "Source IP address,User agent,Error code,Resources,Request ID,Event ID,Read-only,Event type,"
            + "Recipient Account Id,Event category";

    private ConsoleCsv() {}

    /** @param cells in the header's order; empty text for what the event does not have */
    public static String line(List<String> cells) {
        return cells.stream().map(ConsoleCsv::cell).collect(Collectors.joining(","));
    }

    private static String cell(String text) {
        boolean plain = text.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
        return plain ? text : '"' + text.replace("\"", "\"\"") + '"';
    }
}
