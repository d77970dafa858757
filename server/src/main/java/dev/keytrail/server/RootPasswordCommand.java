package dev.keytrail.server;

import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The root user's password of an account of a running server, without which no root user can sign in. */
@Command(
        name = "root-password",
        description = "Set the root user's password (asked for, or the first line of standard input), or remove it.",
        mixinStandardHelpOptions = true)
final class RootPasswordCommand implements Callable<Integer> {
    @Mixin
    private ServerOption server = new ServerOption();

    @Option(names = "--account", required = true, description = "The account's number")
    private String account = "";

    @Option(names = "--remove", description = "Remove it: the root user cannot sign in any more")
    private boolean remove;

    @Override
    public Integer call() throws IOException {
        SigningClient client = AccountCommand.signedAs(System.getenv(), server.at());
        String member = "\"AccountId\":\"" + AccountCommand.escape(account) + "\"";
        SigningClient.Reply reply = remove
                ? client.call("keytrail", "us-east-1", "Keytrail.DeleteRootPassword", "{" + member + "}")
                : client.call(
                        "keytrail",
                        "us-east-1",
                        "Keytrail.PutRootPassword",
                        "{" + member + ",\"Password\":\"" + AccountCommand.escape(password()) + "\"}");
        if (reply.status() != 200) {
            throw new OperatorError("the server refused (HTTP " + reply.status() + "): " + reply.body());
        }
        return 0;
    }

    /** Never an argument: those can be seen by everybody on the machine. */
    private static String password() throws IOException {
        Console console = System.console();
        if (console != null && console.isTerminal()) {
            char[] typed = console.readPassword("Password of the root user: ");
            return typed == null ? "" : new String(typed);
        }
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        String line = in.readLine();
        return line == null ? "" : line;
    }
}
