package dev.keytrail.wire.codec;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One request being read, value by value, in the order it has. Every method throws {@link dev.keytrail.call.Refused}
 * (SerializationException in JSON, MalformedInput in a form) when what is there is not what is asked for. One thread.
 */
public interface ShapeReader {
    void beginStructure();

    /** The next member that has a value, or null at the structure's end. Its value must be read or skipped. */
    @Nullable
    String nextMember();

    void beginList();

    boolean nextItem();

    /** In forms, the parts of an entry are called {@code keyName} and {@code valueName}. */
    void beginMap(String keyName, String valueName);

    /** The next entry's key, or null at the map's end. */
    @Nullable
    String nextKey();

    /** Whether the present item or map value is null; then there is nothing to read. */
    boolean isNull();

    void skip();

    String text();

    Secret secretText();

    Bytes blob();

    Secret secretBlob();

    Integer integer();

    Long longInteger();

    Boolean flag();

    Double decimal();

    Instant time();

    default List<String> texts(Place place, String member) {
        List<String> list = new ArrayList<>();
        beginList();
        for (int index = 1; nextItem(); index++) {
            if (isNull()) {
                place.item(member, index).absent();
            } else {
                list.add(text());
            }
        }
        return Collections.unmodifiableList(list);
    }

    default Map<String, String> textMap(Place place, String member, String keyName, String valueName) {
        Map<String, String> map = new LinkedHashMap<>();
        beginMap(keyName, valueName);
        for (String key = nextKey(); key != null; key = nextKey()) {
            if (isNull()) {
                place.entry(member, key).absent();
            } else {
                map.put(key, text());
            }
        }
        return Collections.unmodifiableMap(map);
    }
}
