package dev.keytrail.server;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.logging.ConsoleHandler;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** One line an entry, to standard error: time, level, logger, text. Libraries speak from WARNING on. */
final class Logging {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern(
                    "uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    /** Kept, because the JDK's log manager holds loggers weakly and would forget their levels. */
    private static final List<Logger> LEVELS = new ArrayList<>();

    private Logging() {}

    static void configure() {
        Logger root = Logger.getLogger("");
        for (Handler handler : root.getHandlers()) {
            root.removeHandler(handler);
        }
        ConsoleHandler console = new ConsoleHandler();
        console.setLevel(Level.ALL);
        console.setFormatter(new Line());
        root.addHandler(console);
        root.setLevel(Level.WARNING);
        Logger ours = Logger.getLogger("dev.keytrail");
        ours.setLevel(Level.INFO);
        LEVELS.add(ours);
    }

    private static final class Line extends Formatter {
        @Override
        public String format(LogRecord entry) {
            StringWriter trace = new StringWriter();
            if (entry.getThrown() != null) {
                trace.append('\n');
                entry.getThrown().printStackTrace(new PrintWriter(trace));
            }
            return TIME.format(entry.getInstant()) + " " + entry.getLevel().getName() + " " + entry.getLoggerName()
                    + " " + formatMessage(entry) + trace + "\n";
        }
    }
}
