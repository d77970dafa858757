package dev.keytrail.audit.bucket;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A decoded query string. Immutable; names keep their case and order; the first of two equal names counts.
 *
 * @param sound false when something in it could not be decoded: then the whole request is refused
 */
public record S3Query(Map<String, String> parameters, boolean sound) {
    public S3Query {
        parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
    }

    static S3Query parse(String rawQuery) {
        Map<String, String> parameters = new LinkedHashMap<>();
        boolean sound = true;
        for (String pair : rawQuery.split("&", -1)) {
            if (pair.isEmpty()) {
                continue;
            }
            int equals = pair.indexOf('=');
            Optional<String> name = PercentCode.decode(equals < 0 ? pair : pair.substring(0, equals), true);
            Optional<String> value = PercentCode.decode(equals < 0 ? "" : pair.substring(equals + 1), true);
            if (name.isPresent() && value.isPresent()) {
                parameters.putIfAbsent(name.get(), value.get());
            } else {
                sound = false;
            }
        }
        return new S3Query(parameters, sound);
    }

    boolean has(String name) {
        return parameters.containsKey(name);
    }

    Optional<String> get(String name) {
        return Optional.ofNullable(parameters.get(name));
    }

    /** Absent when missing or empty, which S3 treats alike in listings. */
    Optional<String> nonEmpty(String name) {
        return get(name).filter(value -> !value.isEmpty());
    }

    /** Whether the request carries its signature here instead of in the Authorization header. */
    boolean presigned() {
        return has("X-Amz-Signature");
    }
}
