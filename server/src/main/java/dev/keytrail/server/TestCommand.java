package dev.keytrail.server;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** Stands in the help only: the launcher runs the tests itself, for they need the build tool and not the server. */
@Command(name = "test", description = "Run the whole test suite (done by the launcher script).")
final class TestCommand implements Callable<Integer> {
    @Override
    public Integer call() {
        throw new OperatorError("run ./keytrail test from a checkout");
    }
}
