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
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * One line an entry, to standard error: time, level, logger, text, and the request id where a call is being answered.
 * Libraries speak from WARNING on.
 */
final class Logging {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern(
                    "uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    /** Kept, because the JDK's log manager holds loggers weakly and would forget their levels. */
    private static final List<Logger> LEVELS = new ArrayList<>();

    /**
     * The call that the thread is answering, for log lines alone: a library that warns cannot be given one. Nothing decides by
     * it; the {@code Call} is a parameter everywhere.
     */
    private static final ThreadLocal<@Nullable String> REQUEST = new ThreadLocal<>();

    private Logging() {}

    static void configure() {
        Logger root = Logger.getLogger("");
        for (Handler handler : root.getHandlers()) {
            root.removeHandler(handler);
        }
        ConsoleHandler console = new ConsoleHandler();
        console.setLevel(Level.ALL);
        console.setFormatter(line());
        console.setFilter(Logging::isWorthALine);
        root.addHandler(console);
        root.setLevel(Level.WARNING);
        Logger ours = Logger.getLogger("dev.keytrail");
        ours.setLevel(Level.INFO);
        LEVELS.add(ours);
    }

    /** For commands: what they do they print, and what goes well inside is nobody's interest. */
    static void quietly() {
        Logger.getLogger("dev.keytrail").setLevel(Level.WARNING);
    }

    /** The HTTP library warns of every client that leaves in the middle of a head, and with a stack trace. */
    private static boolean isWorthALine(LogRecord entry) {
        boolean ofHttp = String.valueOf(entry.getLoggerName()).startsWith("io.helidon.");
        return !ofHttp || entry.getThrown() == null || !Listener.isOfTheClient(entry.getThrown());
    }

    /** Entries as JSON objects from now on, one a line. */
    static void asJson() {
        for (Handler handler : Logger.getLogger("").getHandlers()) {
            handler.setFormatter(json());
        }
    }

    /** What this thread logs belongs to a call from now on. @return what it belonged to, for {@link #leave} */
    static @Nullable String enter(String requestId) {
        String outer = REQUEST.get();
        REQUEST.set(requestId);
        return outer;
    }

    static void leave(@Nullable String outer) {
        if (outer == null) {
            REQUEST.remove();
        } else {
            REQUEST.set(outer);
        }
    }

    private static String trace(Throwable thrown) {
        StringWriter trace = new StringWriter();
        thrown.printStackTrace(new PrintWriter(trace));
        return trace.toString();
    }

    static Formatter line() {
        return new Line();
    }

    static Formatter json() {
        return new Json();
    }

    private static final class Line extends Formatter {
        @Override
        public String format(LogRecord entry) {
            String request = REQUEST.get();
            return TIME.format(entry.getInstant()) + " " + entry.getLevel().getName() + " " + entry.getLoggerName()
                    + " " + (request == null ? "" : request + " ") + formatMessage(entry)
                    + (entry.getThrown() == null ? "" : "\n" + trace(entry.getThrown())) + "\n";
        }
    }

    private static final class Json extends Formatter {
        private static final JsonFactory JSON = new JsonFactory();

        @Override
        public String format(LogRecord entry) {
            StringWriter out = new StringWriter();
            try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), out)) {
                json.writeStartObject();
                json.writeStringProperty("time", TIME.format(entry.getInstant()));
                json.writeStringProperty("level", entry.getLevel().getName());
                json.writeStringProperty("logger", String.valueOf(entry.getLoggerName()));
                String request = REQUEST.get();
                if (request != null) {
                    json.writeStringProperty("requestId", request);
                }
                json.writeStringProperty("message", formatMessage(entry));
                if (entry.getThrown() != null) {
                    json.writeStringProperty("exception", trace(entry.getThrown()));
                }
                json.writeEndObject();
            }
            return out.append('\n').toString();
        }
    }
}
