package dev.keytrail.server;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Organisations of a running server's accounts, over its own API. Each prints the organisation as one JSON line. */
@Command(
        name = "organization",
        description = "Say which accounts form an organisation, for organisation trails.",
        mixinStandardHelpOptions = true,
        subcommands = {
            OrganizationCommand.Create.class,
            OrganizationCommand.Add.class,
            OrganizationCommand.Remove.class,
            OrganizationCommand.Delete.class,
            OrganizationCommand.Show.class
        })
final class OrganizationCommand implements Callable<Integer> {
    @Override
    public Integer call() {
        throw new OperatorError("say what to do: keytrail organization create, add, remove, delete or show");
    }

    /** What those are told that change something. */
    private abstract static class OfManagement implements Callable<Integer> {
        @Mixin
        private ServerOption server = new ServerOption();

        @Option(names = "--management", required = true, description = "The management account's number")
        private String management = "";

        Integer ask(String operation, Map<String, String> more) throws IOException {
            Map<String, String> input = new LinkedHashMap<>(more);
            input.put("ManagementAccountId", management);
            System.out.println(AccountCommand.ask(server.at(), operation, input));
            return 0;
        }
    }

    @Command(name = "create", description = "Make one of a single account.", mixinStandardHelpOptions = true)
    static final class Create extends OfManagement {
        @Override
        public Integer call() throws IOException {
            return ask("CreateOrganization", Map.of());
        }
    }

    @Command(name = "add", description = "Take an account in.", mixinStandardHelpOptions = true)
    static final class Add extends OfManagement {
        @Option(names = "--account", required = true, description = "The account's number")
        private String account = "";

        @Override
        public Integer call() throws IOException {
            return ask("AddOrganizationAccount", Map.of("AccountId", account));
        }
    }

    @Command(name = "remove", description = "Let an account go.", mixinStandardHelpOptions = true)
    static final class Remove extends OfManagement {
        @Option(names = "--account", required = true, description = "The account's number")
        private String account = "";

        @Override
        public Integer call() throws IOException {
            return ask("RemoveOrganizationAccount", Map.of("AccountId", account));
        }
    }

    @Command(name = "delete", description = "End one that has no trails.", mixinStandardHelpOptions = true)
    static final class Delete extends OfManagement {
        @Override
        public Integer call() throws IOException {
            return ask("DeleteOrganization", Map.of());
        }
    }

    @Command(name = "show", description = "Print the one that an account is in.", mixinStandardHelpOptions = true)
    static final class Show extends OfAccount {
        @Override
        public Integer call() throws IOException {
            System.out.println(ask("DescribeOrganization"));
            return 0;
        }
    }
}
