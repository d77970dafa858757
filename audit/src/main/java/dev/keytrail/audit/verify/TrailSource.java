package dev.keytrail.audit.verify;

import dev.keytrail.call.Bytes;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Consumer;

/** Port: where a trail's objects are. Thread-safe. */
public interface TrailSource {
    /** All keys that start so, in any order. */
    void list(String prefix, Consumer<String> each) throws IOException;

    /** Empty when there is no such object. */
    Optional<Stored> read(String key) throws IOException;

    /** The bucket's name; empty where objects are only a copy of one. */
    Optional<String> bucket();

    /** @param signature of a digest, hex; empty when it was not kept */
    record Stored(Bytes body, Optional<String> signature) {}
}
