package dev.keytrail.wire;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import dev.keytrail.wire.codec.ShapeWriter;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;

/** Writes a form as AWS's SDKs do: what an honest client of the query protocol sends. */
final class FormWriter implements ShapeWriter {
    private final StringBuilder form = new StringBuilder();
    private final Deque<Level> open = new ArrayDeque<>();
    private String path = "";

    private static final class Level {
        final String path;
        final String keyName;
        final String valueName;
        int count;

        Level(String path, String keyName, String valueName) {
            this.path = path;
            this.keyName = keyName;
            this.valueName = valueName;
        }
    }

    String form() {
        return form.toString();
    }

    @Override
    public void beginStructure() {
        begin("", "");
    }

    @Override
    public void member(String name) {
        Level level = open.element();
        level.count++;
        path = level.path.isEmpty() ? name : level.path + "." + name;
    }

    @Override
    public void endStructure() {
        end();
    }

    @Override
    public void beginList() {
        begin("", "");
    }

    @Override
    public void item() {
        Level level = open.element();
        path = level.path + ".member." + ++level.count;
    }

    @Override
    public void endList() {
        end();
    }

    @Override
    public void beginMap(String keyName, String valueName) {
        begin(keyName, valueName);
    }

    @Override
    public void key(String key) {
        Level level = open.element();
        String entry = level.path + ".entry." + ++level.count;
        path = entry + "." + level.keyName;
        text(key);
        path = entry + "." + level.valueName;
    }

    @Override
    public void endMap() {
        end();
    }

    @Override
    public void text(String value) {
        form.append(form.isEmpty() ? "" : "&");
        form.append(URLEncoder.encode(path, StandardCharsets.UTF_8));
        form.append('=').append(URLEncoder.encode(value, StandardCharsets.UTF_8));
    }

    @Override
    public void secretText(Secret value) {
        text(new String(value.reveal(), StandardCharsets.UTF_8));
    }

    @Override
    public void blob(Bytes value) {
        text(Base64.getEncoder().encodeToString(value.toArray()));
    }

    @Override
    public void secretBlob(Secret value) {
        text(Base64.getEncoder().encodeToString(value.reveal()));
    }

    @Override
    public void integer(int value) {
        text(Integer.toString(value));
    }

    @Override
    public void longInteger(long value) {
        text(Long.toString(value));
    }

    @Override
    public void flag(boolean value) {
        text(Boolean.toString(value));
    }

    @Override
    public void decimal(double value) {
        text(Double.toString(value));
    }

    @Override
    public void time(Instant value) {
        text(value.toString());
    }

    private void begin(String keyName, String valueName) {
        open.push(new Level(path, keyName, valueName));
    }

    private void end() {
        Level level = open.pop();
        if (level.count == 0 && !level.path.isEmpty()) {
            path = level.path;
            text("");
        }
    }
}
