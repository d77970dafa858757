package dev.keytrail.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;

class Utf8JsonFactoryTest {
    private final Utf8JsonFactory factory = new Utf8JsonFactory(StreamReadConstraints.defaults());

    @Test
    void names_ofCallersChoice_areNotKeptWithoutBound() {
        int mostKept = 0;
        for (int i = 0; i < 3000; i++) {
            assertThat(firstName("{\"member\":1,\"own-name-" + i + "\":2}")).isEqualTo("member");
            mostKept = Math.max(mostKept, factory.namesKept());
        }
        assertThat(mostKept).isBetween(100, Utf8JsonFactory.NAMES_MAX + 2);
    }

    @Test
    void names_ofOneDocumentWithVeryMany_areReadAndForgotten() {
        StringBuilder json = new StringBuilder("{\"first\":0");
        for (int i = 0; i < 20_000; i++) {
            json.append(",\"n").append(i).append("\":0");
        }
        assertThat(firstName(json.append('}').toString())).isEqualTo("first");
        assertThat(firstName("{\"second\":0}")).isEqualTo("second");
        assertThat(factory.namesKept()).isLessThan(Utf8JsonFactory.NAMES_MAX);
    }

    private String firstName(String json) {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        try (JsonParser parser = factory.createParser(ObjectReadContext.empty(), body, 0, body.length)) {
            parser.nextToken();
            String first = parser.nextName();
            while (parser.nextToken() != null) {
                parser.currentName();
            }
            return first;
        }
    }
}
