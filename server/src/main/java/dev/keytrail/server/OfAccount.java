package dev.keytrail.server;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A command about one account of a running server: what all of them are told, and how they ask. */
abstract class OfAccount implements Callable<Integer> {
    @Mixin
    private ServerOption server = new ServerOption();

    @Option(names = "--account", required = true, description = "The account's number")
    private String account = "";

    String ask(String operation) throws IOException {
        return ask(operation, Map.of());
    }

    /** @param more members of the request beside the account's number */
    String ask(String operation, Map<String, ?> more) throws IOException {
        Map<String, Object> input = new LinkedHashMap<>(more);
        input.put("AccountId", account);
        return AccountCommand.ask(server.at(), operation, input);
    }
}
