package dev.keytrail.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** Says why a call was allowed or denied: the decisions kept beside its event, in words. */
@Command(
        name = "why",
        description = "Say why a recorded call was allowed or denied: statements, conditions, values.",
        mixinStandardHelpOptions = true)
final class WhyCommand implements Callable<Integer> {
    @Parameters(paramLabel = "EVENT_ID", description = "The event's id, or #N for the ledger's record N")
    private String event = "";

    @Mixin
    private ServerOption server = new ServerOption();

    @Option(names = "--region", description = "The event's Region (default: AWS_REGION, or us-east-1)")
    private @Nullable String region;

    @Option(names = "--json", description = "Print the whole answer as JSON")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        Map<String, ?> input = ReceiptCommand.input(event);
        String answer = AccountCommand.signedAs(System.getenv(), server.at())
                .keytrail(region(), "ExplainEvent", input)
                .answer();
        String text = json ? answer + "\n" : lines(answer);
        System.out.writeBytes(text.getBytes(StandardCharsets.UTF_8));
        System.out.flush();
        return 0;
    }

    private String region() {
        return Optional.ofNullable(region)
                .or(() -> Optional.ofNullable(System.getenv("AWS_REGION")))
                .orElse("us-east-1");
    }

    /** The texts of the answer's member {@code Lines}. */
    private static String lines(String body) {
        StringBuilder out = new StringBuilder();
        try (JsonParser parser = new JsonFactory().createParser(ObjectReadContext.empty(), body)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                boolean wanted = parser.currentName().equals("Lines");
                parser.nextToken();
                if (!wanted) {
                    parser.skipChildren();
                    continue;
                }
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    out.append(parser.getString()).append('\n');
                }
            }
        }
        return out.isEmpty() ? "nothing had to be decided\n" : out.toString();
    }
}
