package dev.keytrail.wire;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import dev.keytrail.wire.codec.ShapeWriter;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** Writes AWS JSON 1.1: blobs in base64, times as epoch seconds. */
final class JsonWriter implements ShapeWriter {
    /** Holds nearly every answer without growing. */
    private static final int BYTES_USUAL = 1024;

    private static final JsonFactory FACTORY = JsonFactory.builder().build();

    private final ByteArrayOutputStream buffer = new ByteArrayOutputStream(BYTES_USUAL);
    private final JsonGenerator json = FACTORY.createGenerator(ObjectWriteContext.empty(), buffer);

    byte[] toByteArray() {
        json.close();
        return buffer.toByteArray();
    }

    @Override
    public void beginStructure() {
        json.writeStartObject();
    }

    @Override
    public void member(String name) {
        json.writeName(name);
    }

    @Override
    public void endStructure() {
        json.writeEndObject();
    }

    @Override
    public void beginList() {
        json.writeStartArray();
    }

    @Override
    public void item() {
        // JSON's items are bare values.
    }

    @Override
    public void endList() {
        json.writeEndArray();
    }

    @Override
    public void beginMap(String keyName, String valueName) {
        json.writeStartObject();
    }

    @Override
    public void key(String key) {
        json.writeName(key);
    }

    @Override
    public void endMap() {
        json.writeEndObject();
    }

    @Override
    public void text(String value) {
        json.writeString(value);
    }

    @Override
    public void secretText(Secret value) {
        byte[] content = value.reveal();
        json.writeUTF8String(content, 0, content.length);
    }

    @Override
    public void blob(Bytes value) {
        json.writeBinary(value.unsafeArray());
    }

    @Override
    public void secretBlob(Secret value) {
        json.writeBinary(value.reveal());
    }

    @Override
    public void integer(int value) {
        json.writeNumber(value);
    }

    @Override
    public void longInteger(long value) {
        json.writeNumber(value);
    }

    @Override
    public void flag(boolean value) {
        json.writeBoolean(value);
    }

    /** What JSON has no number for is a string, as Smithy has it. */
    @Override
    public void decimal(double value) {
        if (Double.isFinite(value)) {
            json.writeNumber(value);
        } else {
            json.writeString(Double.toString(value));
        }
    }

    @Override
    public void time(Instant value) {
        json.writeNumber(Times.epochSeconds(value));
    }
}
