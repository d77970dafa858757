package dev.keytrail.server;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Secret;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** A request's one flat JSON object, with texts and whole numbers of known names: any other member is an error here. */
record FlatJson(Map<String, Object> members) {
    private static final JsonFactory JSON = new JsonFactory();

    /** @throws Refused SerializationException for anything else; no bytes are an object without members */
    static FlatJson parse(Bytes body, String... names) {
        Map<String, Object> members = new HashMap<>();
        if (body.isEmpty()) {
            return new FlatJson(members);
        }
        try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), body.unsafeArray())) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw malformed();
            }
            while (json.nextToken() != JsonToken.END_OBJECT) {
                String name = json.currentName();
                if (name == null || !List.of(names).contains(name)) {
                    throw malformed();
                }
                members.put(
                        name,
                        switch (json.nextToken()) {
                            case VALUE_STRING -> json.getString();
                            case VALUE_NUMBER_INT -> json.getLongValue();
                            default -> throw malformed();
                        });
            }
            return new FlatJson(members);
        } catch (JacksonException e) {
            throw malformed();
        }
    }

    Optional<String> text(String name) {
        return of(name, String.class);
    }

    Optional<Secret> secret(String name) {
        return text(name).map(text -> Secret.adopt(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** A secret of any bytes, in base64 as AWS's blobs are. */
    Optional<Secret> blob(String name) {
        try {
            return text(name).map(text -> Secret.adopt(Base64.getDecoder().decode(text)));
        } catch (IllegalArgumentException _) {
            throw malformed();
        }
    }

    Optional<Long> number(String name) {
        return of(name, Long.class);
    }

    private <T> Optional<T> of(String name, Class<T> type) {
        Optional<Object> member = Optional.ofNullable(members.get(name));
        if (member.isPresent() && !type.isInstance(member.get())) {
            throw malformed();
        }
        return member.map(type::cast);
    }

    private static Refused malformed() {
        return new Refused(new ApiError("SerializationException", 400, Optional.empty()));
    }

    /** Names only: values may be secret. */
    @Override
    public String toString() {
        return "FlatJson" + members.keySet();
    }
}
