package dev.keytrail.server;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A command about one account of a running server: what all of them are told, and how they ask. */
abstract class OfAccount implements Callable<Integer> {
    @Mixin
    private ServerOption server = new ServerOption();

    @Option(names = "--account", required = true, description = "The account's number")
    private String account = "";

    String accountMember() {
        return "\"AccountId\":\"" + AccountCommand.escape(account) + "\"";
    }

    String ask(String operation, String input) throws IOException {
        return AccountCommand.ask(server.at(), operation, input);
    }
}
