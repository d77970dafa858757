package dev.keytrail.wire.codec;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** One message being written, value by value. One thread. */
public interface ShapeWriter {
    void beginStructure();

    /** Names the value that comes next. */
    void member(String name);

    void endStructure();

    void beginList();

    /** Announces the list's next value. */
    void item();

    void endList();

    /** In XML, the parts of an entry are called {@code keyName} and {@code valueName}. */
    void beginMap(String keyName, String valueName);

    /** Begins an entry; its value comes next. */
    void key(String key);

    void endMap();

    void text(String value);

    void secretText(Secret value);

    void blob(Bytes value);

    void secretBlob(Secret value);

    void integer(int value);

    void longInteger(long value);

    void flag(boolean value);

    void decimal(double value);

    /** To the millisecond: what is finer is cut off. */
    void time(Instant value);

    default void texts(List<String> values) {
        beginList();
        for (String value : values) {
            item();
            text(value);
        }
        endList();
    }

    default void textMap(Map<String, String> values, String keyName, String valueName) {
        beginMap(keyName, valueName);
        for (Map.Entry<String, String> entry : values.entrySet()) {
            key(entry.getKey());
            text(entry.getValue());
        }
        endMap();
    }
}
