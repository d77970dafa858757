package dev.keytrail.wire;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import java.io.ByteArrayOutputStream;
import java.util.Map;
import java.util.function.Consumer;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** One JSON object (RFC 8259) in UTF-8 without white space, for answers and files that no service model describes. */
public final class JsonObject {
    private static final JsonFactory JSON = new JsonFactory();

    private JsonObject() {}

    /** @param members writes properties; the object around them is there */
    public static Bytes of(Consumer<JsonGenerator> members) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), out)) {
            json.writeStartObject();
            members.accept(json);
            json.writeEndObject();
        }
        return Bytes.adopt(out.toByteArray());
    }

    /** @param members each a whole number, an object like this one, or else its text; in the map's order */
    public static Bytes of(Map<String, ?> members) {
        return of(json -> write(json, members));
    }

    private static void write(JsonGenerator json, Map<?, ?> members) {
        members.forEach((name, value) -> {
            switch (value) {
                case Long number -> json.writeNumberProperty(name.toString(), number);
                case Integer number -> json.writeNumberProperty(name.toString(), number);
                case Map<?, ?> nested -> {
                    json.writeObjectPropertyStart(name.toString());
                    write(json, nested);
                    json.writeEndObject();
                }
                default -> json.writeStringProperty(name.toString(), value.toString());
            }
        });
    }

    /** A property whose text is UTF-8 that is not to become a string; the secret stays the caller's to close. */
    public static void secret(JsonGenerator json, String name, Secret secret) {
        json.writeName(name);
        byte[] text = secret.reveal();
        json.writeUTF8String(text, 0, text.length);
        // What is revealed may be zeroed when this returns.
        json.flush();
    }
}
