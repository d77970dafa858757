package dev.keytrail.audit.verify;

import dev.keytrail.audit.JsonFacts;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Facts;
import java.io.IOException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** What a trail says it delivered and left out in one digest's time. */
record Counts(long delivered, long suppressed, long total) {
    private static final JsonFactory JSON = new JsonFactory();

    static Counts read(Bytes content) throws IOException {
        Facts facts = JsonFacts.parse(content.utf8()).orElseThrow(() -> new IOException("it is not JSON"));
        return new Counts(number(facts, "delivered"), number(facts, "suppressed"), number(facts, "total"));
    }

    private static long number(Facts facts, String name) throws IOException {
        try {
            return Long.parseLong(
                    facts.get(name).map(Object::toString).orElseThrow(() -> new IOException("it has no " + name)));
        } catch (NumberFormatException notOne) {
            throw new IOException("its " + name + " is no number");
        }
    }

    /** How many records a log file has. */
    static long records(Bytes logFile) throws IOException {
        long count = 0;
        try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), logFile.unsafeArray())) {
            while (json.nextToken() != null) {
                if (json.currentToken() == JsonToken.START_ARRAY && "Records".equals(json.currentName())) {
                    while (json.nextToken() == JsonToken.START_OBJECT) {
                        json.skipChildren();
                        count++;
                    }
                }
            }
            return count;
        } catch (JacksonException notJson) {
            throw new IOException("a log file is not JSON");
        }
    }
}
