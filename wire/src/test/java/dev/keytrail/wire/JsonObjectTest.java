package dev.keytrail.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JsonObjectTest {
    @Test
    void map_keepsItsOrderAndKinds() {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("Text", "a \"b\" \\ \n \u0001 \u00e9 \ud83d\ude00");
        members.put("Long", Long.MAX_VALUE);
        members.put("Integer", -1);
        members.put("Nested", Map.of("Inner", "x"));
        assertThat(JsonObject.of(members).utf8())
                .isEqualTo(
                        "{\"Text\":\"a \\\"b\\\" \\\\ \\n \\u0001 \u00e9 \ud83d\ude00\",\"Long\":9223372036854775807,"
                                + "\"Integer\":-1,\"Nested\":{\"Inner\":\"x\"}}");
        assertThat(JsonObject.of(Map.of())).isEqualTo(Bytes.utf8("{}"));
    }

    @Test
    void secret_isEscapedAndMayBeZeroedThen() {
        Bytes written = JsonObject.of(json -> {
            try (Secret secret = Secret.adopt("p\"\u00e9".getBytes(StandardCharsets.UTF_8))) {
                JsonObject.secret(json, "Password", secret);
            }
            json.writeStringProperty("Next", "");
        });
        assertThat(written.utf8()).isEqualTo("{\"Password\":\"p\\\"\u00e9\",\"Next\":\"\"}");
    }
}
