package dev.keytrail.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Guardrails of accounts of a running server, over its own API. */
@Command(
        name = "guardrail",
        description = "Set, remove and list the policies that bind everybody in an account.",
        mixinStandardHelpOptions = true,
        subcommands = {GuardrailCommand.Put.class, GuardrailCommand.Delete.class, GuardrailCommand.Show.class})
final class GuardrailCommand implements Callable<Integer> {
    @Override
    public Integer call() {
        throw new OperatorError("say what to do: keytrail account guardrail put, delete or list");
    }

    @Command(name = "put", description = "Set or replace one.", mixinStandardHelpOptions = true)
    static final class Put extends OfAccount {
        @Option(names = "--name", required = true)
        private String name = "";

        @Option(names = "--document", required = true, description = "File of an IAM policy document")
        private Path document = Path.of("guardrail.json");

        @Override
        public Integer call() throws IOException {
            String text = Files.readString(document, StandardCharsets.UTF_8);
            ask("PutGuardrail", Map.of("Name", name, "Document", text));
            return 0;
        }
    }

    @Command(name = "delete", description = "Remove one.", mixinStandardHelpOptions = true)
    static final class Delete extends OfAccount {
        @Option(names = "--name", required = true)
        private String name = "";

        @Override
        public Integer call() throws IOException {
            ask("DeleteGuardrail", Map.of("Name", name));
            return 0;
        }
    }

    /** Prints {@code {"Guardrails":{NAME: DOCUMENT}}} as one JSON line. */
    @Command(name = "list", description = "Print all of an account.", mixinStandardHelpOptions = true)
    static final class Show extends OfAccount {
        @Override
        public Integer call() throws IOException {
            System.out.println(ask("ListGuardrails"));
            return 0;
        }
    }
}
