package dev.keytrail.crypto;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * A few {@link KeyedCipher}s to borrow. Not thread locals: a virtual thread lives for one request and would make its own.
 * Lock-free; a thread that finds nothing free nearby makes one, a thread that finds no room lets it go.
 */
final class CipherPool {
    /** More than the threads that can run at once on most machines; a cipher weighs some 5 KiB. */
    private static final int SLOTS_LOG2 = 5;

    private static final int PROBES = 4;

    private final AtomicReferenceArray<@Nullable KeyedCipher> slots = new AtomicReferenceArray<>(1 << SLOTS_LOG2);

    KeyedCipher borrow() {
        int first = firstSlot();
        for (int probe = 0; probe < PROBES; probe++) {
            int slot = (first + probe) & (slots.length() - 1);
            if (slots.get(slot) != null) {
                KeyedCipher found = slots.getAndSet(slot, null);
                if (found != null) {
                    return found;
                }
            }
        }
        return new KeyedCipher();
    }

    /** Not to be called after an exception: a cipher in an unknown state is left to the collector. */
    void giveBack(KeyedCipher cipher) {
        int first = firstSlot();
        for (int probe = 0; probe < PROBES; probe++) {
            int slot = (first + probe) & (slots.length() - 1);
            if (slots.get(slot) == null && slots.compareAndSet(slot, null, cipher)) {
                return;
            }
        }
    }

    /** Lets go of all, with the last keys inside them. */
    void clear() {
        for (int slot = 0; slot < slots.length(); slot++) {
            slots.set(slot, null);
        }
    }

    /** Spreads threads by their id (Fibonacci hashing), as neighbours have neighbouring ids. */
    private static int firstSlot() {
        return ((int) Thread.currentThread().threadId() * 0x9E3779B9) >>> (32 - SLOTS_LOG2);
    }
}
