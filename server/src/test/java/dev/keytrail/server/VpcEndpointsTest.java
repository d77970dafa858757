package dev.keytrail.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keytrail.call.Origin;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VpcEndpointsTest {
    private static final String ONE = "vpce-1234abcd=127.0.0.1:0;111122223333;vpc-1234abcd";

    private static VpcEndpoints parse(String text) {
        return VpcEndpoints.parse(Map.of("vpc.endpoints", text));
    }

    @Test
    void unset_isNone() throws IOException {
        assertThat(Settings.load(Optional.empty(), Map.of(), Map.of())
                        .vpcEndpoints()
                        .doors())
                .isEmpty();
    }

    @Test
    void listed_areRead() {
        assertThat(parse(ONE + ", vpce-0a1b2c3d4e5f60718=[::1]:7481;444455556666;vpc-0a1b2c3d4e5f60718;/p.json")
                        .doors())
                .containsExactly(
                        new VpcEndpoints.Door(
                                new Origin.Endpoint("vpce-1234abcd", "111122223333", "vpc-1234abcd"),
                                "127.0.0.1",
                                0,
                                Optional.empty()),
                        new VpcEndpoints.Door(
                                new Origin.Endpoint("vpce-0a1b2c3d4e5f60718", "444455556666", "vpc-0a1b2c3d4e5f60718"),
                                "::1",
                                7481,
                                Optional.of(Path.of("/p.json"))));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "vpce-1234abcd",
                "vpc-1234abcd=127.0.0.1:1;111122223333;vpc-1234abcd",
                "vpce-1234abcd=127.0.0.1;111122223333;vpc-1234abcd",
                "vpce-1234abcd=127.0.0.1:65536;111122223333;vpc-1234abcd",
                "vpce-1234abcd=127.0.0.1:1;11112222333;vpc-1234abcd",
                "vpce-1234abcd=127.0.0.1:1;111122223333;1234abcd",
                "vpce-1234abcd=127.0.0.1:1;111122223333;vpc-1234abcd;p;q",
                ONE + "," + ONE
            })
    void malformed_isRefused(String text) {
        assertThatThrownBy(() -> parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("vpc.endpoints: ");
    }

    @Test
    void plainHttpBeyondLoopback_isRefused() {
        Map<String, String> flags = Map.of("vpc.endpoints", ONE.replace("127.0.0.1", "192.0.2.1"));
        assertThatThrownBy(() -> Settings.load(Optional.empty(), Map.of(), flags))
                .hasMessageContaining("192.0.2.1 is not loopback");
    }

    @Test
    void policies_areReadAndChecked(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("policy.json");
        VpcEndpoints endpoints = parse(ONE + ";" + file);
        assertThatThrownBy(endpoints::openPolicies).isInstanceOf(IOException.class);
        Files.writeString(file, "{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}]}");
        assertThatThrownBy(endpoints::openPolicies)
                .isInstanceOf(IOException.class)
                .hasMessageContaining(file.toString());
        Files.writeString(file, " ".repeat(20_481));
        assertThatThrownBy(endpoints::openPolicies).hasMessageContaining("20480");
        Files.writeString(
                file,
                "{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\"}]}");
        assertThat(endpoints.openPolicies()).isNotNull();
    }
}
