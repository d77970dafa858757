package dev.keytrail.crypto;

import dev.keytrail.call.Entropy;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * The operating system's DRBG: getrandom(2), which newer kernels and C libraries answer without entering the kernel. Where
 * there is none, the JDK's way to the same source, which takes a lock and mixes in a SHA-1 generator of its own: 1.2 us
 * of a GenerateDataKey.
 */
public final class SystemEntropy implements Entropy {
    /** A power of two. */
    private static final int STRIPES = 16;

    private static final int IDS_PER_DRAW = 128;

    /** So short that the garbage collector, which must wait for the call, does not wait long. */
    private static final long PORTION_BYTES = 256;

    private static final Optional<MethodHandle> GET_RANDOM = getRandom();

    private final SecureRandom random = new SecureRandom();

    /** Drawn ahead for ids alone: two for each call, and each draw takes the JDK's lock. Nothing secret waits here. */
    private final AtomicReferenceArray<ByteBuffer> ids = new AtomicReferenceArray<>(STRIPES);

    @Override
    public void fill(byte[] target) {
        if (GET_RANDOM.isEmpty() || !filled(GET_RANDOM.get(), target)) {
            random.nextBytes(target);
        }
    }

    /** Critical: works on the array itself, so that no copy of a secret is left behind. */
    private static Optional<MethodHandle> getRandom() {
        FunctionDescriptor signature = FunctionDescriptor.of(
                ValueLayout.JAVA_LONG, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT);
        Linker linker = Linker.nativeLinker();
        return linker.defaultLookup()
                .find("getrandom")
                .map(function -> linker.downcallHandle(function, signature, Linker.Option.critical(true)));
    }

    /** Up to 256 bytes come whole or, before the kernel has been seeded, not at all; of more, what came is asked again. */
    private static boolean filled(MethodHandle getRandom, byte[] target) {
        MemorySegment whole = MemorySegment.ofArray(target);
        try {
            for (long done = 0; done < target.length; ) {
                MemorySegment rest = whole.asSlice(done);
                long got = (long) getRandom.invokeExact(rest, Math.min(rest.byteSize(), PORTION_BYTES), 0);
                if (got <= 0) {
                    return false;
                }
                done += got;
            }
            return true;
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public String uuid() {
        int stripe = (int) Thread.currentThread().threadId() & (STRIPES - 1);
        ByteBuffer drawn = ids.getAndSet(stripe, null);
        if (drawn == null || !drawn.hasRemaining()) {
            drawn = ByteBuffer.wrap(bytes(IDS_PER_DRAW * 2 * Long.BYTES));
        }
        String uuid = Entropy.uuid(drawn.getLong(), drawn.getLong());
        ids.set(stripe, drawn);
        return uuid;
    }
}
