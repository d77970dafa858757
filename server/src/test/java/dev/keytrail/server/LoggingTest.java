package dev.keytrail.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;

class LoggingTest {
    private static LogRecord entry() {
        LogRecord entry = new LogRecord(Level.WARNING, "said \"so\"\n");
        entry.setLoggerName("dev.keytrail.server.Gate");
        entry.setThrown(new IllegalStateException("why"));
        return entry;
    }

    @Test
    void entryOfACall_hasItsRequestId_inBothForms() {
        String outer = Logging.enter("one");
        String inner = Logging.enter("two");
        assertThat(Logging.line().format(entry())).contains("WARNING dev.keytrail.server.Gate two said \"so\"");
        assertThat(Logging.json().format(entry()))
                .contains("\"requestId\":\"two\"", "\"message\":\"said \\\"so\\\"\\n\"", "\"level\":\"WARNING\"")
                .contains("\"exception\":\"java.lang.IllegalStateException: why\\n")
                .matches("(?s)\\{[^\\n]*\\}\\n");
        Logging.leave(inner);
        assertThat(Logging.json().format(entry())).contains("\"requestId\":\"one\"");
        Logging.leave(outer);
        assertThat(Logging.json().format(entry())).doesNotContain("requestId");
        assertThat(Logging.line().format(entry())).contains("Gate said");
    }
}
