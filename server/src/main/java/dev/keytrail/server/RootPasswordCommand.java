package dev.keytrail.server;

import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The root user's password of an account of a running server, without which no root user can sign in. */
@Command(
        name = "root-password",
        description = "Set the root user's password (asked for, or the first line of standard input), or remove it.",
        mixinStandardHelpOptions = true)
final class RootPasswordCommand extends OfAccount {
    @Option(names = "--remove", description = "Remove it: the root user cannot sign in any more")
    private boolean remove;

    @Override
    public Integer call() throws IOException {
        if (remove) {
            ask("DeleteRootPassword");
        } else {
            ask("PutRootPassword", Map.of("Password", password()));
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
