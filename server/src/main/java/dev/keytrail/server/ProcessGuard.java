package dev.keytrail.server;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes the process's memory to other processes of the same user: Linux's {@code prctl(PR_SET_DUMPABLE, 0)}, after which there is
 * no core dump, and neither a debugger nor {@code /proc/PID/mem} without root's rights. Elsewhere it does nothing.
 */
final class ProcessGuard {
    private static final Logger LOG = LoggerFactory.getLogger(ProcessGuard.class);

    private static final int GET_DUMPABLE = 3;
    private static final int SET_DUMPABLE = 4;

    private ProcessGuard() {}

    /** Also closes {@code /dev/fd} to a process that is not root's, so whatever is read from there comes first. */
    static void closeMemory() {
        if (prctl(SET_DUMPABLE, 0).filter(result -> result == 0).isEmpty()) {
            LOG.warn("this process's memory stays open to others of the same user: there is no prctl here");
        }
    }

    /** Empty where that cannot be told. */
    static Optional<Boolean> isMemoryClosed() {
        return prctl(GET_DUMPABLE, 0).map(result -> result == 0);
    }

    private static Optional<Integer> prctl(int what, long argument) {
        Linker linker = Linker.nativeLinker();
        Optional<MemorySegment> found = linker.defaultLookup().find("prctl");
        if (found.isEmpty()) {
            return Optional.empty();
        }
        MethodHandle prctl = linker.downcallHandle(
                found.get(),
                FunctionDescriptor.of(
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG),
                Linker.Option.firstVariadicArg(1));
        try {
            return Optional.of((int) prctl.invokeExact(what, argument, 0L, 0L, 0L));
        } catch (Throwable e) {
            throw new IllegalStateException("prctl cannot be called", e);
        }
    }
}
