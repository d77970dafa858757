package dev.keytrail.server;

import java.io.IOException;
import java.net.URI;
import java.util.concurrent.Callable;
import picocli.CommandLine.Option;

/** A command about one account of a running server: what all of them are told, and how they ask. */
abstract class OfAccount implements Callable<Integer> {
    @Option(names = "--endpoint", required = true, description = "The server, e.g. http://127.0.0.1:7480")
    private URI endpoint = URI.create("http://127.0.0.1:7480");

    @Option(names = "--account", required = true, description = "The account's number")
    private String account = "";

    String accountMember() {
        return "\"AccountId\":\"" + AccountCommand.escape(account) + "\"";
    }

    String ask(String operation, String input) throws IOException {
        return AccountCommand.ask(endpoint, operation, input);
    }
}
