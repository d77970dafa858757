package dev.keytrail.server;

import java.net.URI;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which running server a command speaks to. */
final class ServerOption {
    @Option(names = "--endpoint", paramLabel = "URL", description = "The server (default: AWS_ENDPOINT_URL)")
    private @Nullable URI endpoint;

    URI at() {
        return Optional.ofNullable(endpoint)
                .or(() -> Optional.ofNullable(System.getenv("AWS_ENDPOINT_URL")).map(URI::create))
                .orElseThrow(() -> new OperatorError("say where the server is: --endpoint URL, or AWS_ENDPOINT_URL"));
    }
}
