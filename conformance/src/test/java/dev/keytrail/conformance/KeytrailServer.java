package dev.keytrail.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

/** The server as it was built, in a process of its own. */
record KeytrailServer(Process process, URI endpoint, StaticCredentialsProvider credentials) {
    /** @param more arguments of {@code serve} */
    static KeytrailServer start(Path folder, String... more) throws IOException {
        Path lib = Path.of("..", "server", "target", "lib");
        Path data = folder.resolve("data");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Xmx512m",
                "-cp",
                lib + "/*",
                "dev.keytrail.server.Main",
                "serve",
                "--data",
                data.toString(),
                "--port",
                "0"));
        command.addAll(List.of(more));
        Process process = new ProcessBuilder(command)
                .redirectError(folder.resolve("server.log").toFile())
                .start();
        BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        URI endpoint = null;
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            if (line.startsWith("ready ")) {
                endpoint = URI.create(line.substring(6));
                break;
            }
        }
        assertThat(endpoint)
                .as("server log: %s", Files.readString(folder.resolve("server.log")))
                .isNotNull();
        Map<String, String> file = new HashMap<>();
        for (String line : Files.readAllLines(data.resolve("admin.credentials"))) {
            String[] parts = line.split(" = ", 2);
            if (parts.length == 2) {
                file.put(parts[0], parts[1]);
            }
        }
        StaticCredentialsProvider credentials = StaticCredentialsProvider.create(
                AwsBasicCredentials.create(file.get("aws_access_key_id"), file.get("aws_secret_access_key")));
        return new KeytrailServer(process, endpoint, credentials);
    }

    void stop() throws InterruptedException {
        process.destroy();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
    }
}
