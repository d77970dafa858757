package dev.keytrail.server;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Accounts of a running server, over its own API: {@code keytrail account create --endpoint URL}. */
@Command(
        name = "account",
        description = "Administer accounts of a running server.",
        mixinStandardHelpOptions = true,
        subcommands = {
            AccountCommand.Create.class,
            GuardrailCommand.class,
            RootPasswordCommand.class,
            RetentionCommand.class
        })
final class AccountCommand implements Callable<Integer> {
    @Override
    public Integer call() {
        throw new OperatorError("say what to do: keytrail account create --endpoint URL");
    }

    /** Prints {@code {"AccountId","AccessKeyId","SecretAccessKey"}} of the new account's root user as one JSON line. */
    @Command(
            name = "create",
            description = "Make a further account; prints the access key of its root user.",
            mixinStandardHelpOptions = true)
    static final class Create implements Callable<Integer> {
        @Mixin
        private ServerOption server = new ServerOption();

        @Option(names = "--name", description = "A name for the account")
        private String name = "";

        @Override
        public Integer call() throws IOException {
            Map<String, String> input = name.isEmpty() ? Map.of() : Map.of("AccountName", name);
            System.out.println(ask(server.at(), "CreateAccount", input));
            return 0;
        }
    }

    /**
     * One operation of Keytrail's own API, as whoever the environment names.
     *
     * @param input as {@link JsonObject} takes it
     * @throws OperatorError when it is refused
     */
    static String ask(URI endpoint, String operation, Map<String, ?> input) throws IOException {
        return signedAs(System.getenv(), endpoint)
                .keytrail("us-east-1", operation, input)
                .answer();
    }

    static SigningClient signedAs(Map<String, String> environment, URI endpoint) throws IOException {
        return signedAs(environment, endpoint, InstantSource.system());
    }

    static SigningClient signedAs(Map<String, String> environment, URI endpoint, InstantSource clock)
            throws IOException {
        Optional<String> id = Optional.ofNullable(environment.get("AWS_ACCESS_KEY_ID"));
        Optional<String> secret = Optional.ofNullable(environment.get("AWS_SECRET_ACCESS_KEY"));
        Optional<String> file = Optional.ofNullable(environment.get("AWS_SHARED_CREDENTIALS_FILE"));
        if (id.isEmpty() && file.isPresent()) {
            for (String line : Files.readAllLines(Path.of(file.get()), StandardCharsets.UTF_8)) {
                String[] parts = line.split("=", 2);
                if (parts.length == 2 && parts[0].strip().equals("aws_access_key_id")) {
                    id = Optional.of(parts[1].strip());
                } else if (parts.length == 2 && parts[0].strip().equals("aws_secret_access_key")) {
                    secret = Optional.of(parts[1].strip());
                }
            }
        }
        if (id.isEmpty() || secret.isEmpty()) {
            throw new OperatorError("no credentials: set AWS_SHARED_CREDENTIALS_FILE to the server's admin.credentials,"
                    + " or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
        }
        return new SigningClient(endpoint, id.get(), secret.get(), clock);
    }
}
