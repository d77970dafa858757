package dev.keytrail.crypto;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Parsed keys by name, the least recently used going first. For operations of ten microseconds and more, beside which its
 * lock is nothing. Library key objects cannot be zeroed: what goes is left to the collector.
 *
 * @param <N> what names a key completely: equal names, equal keys
 */
final class KeyCache<N, T> {
    private final ReentrantLock turning = new ReentrantLock();

    /** Guarded by {@link #turning}. */
    private final Map<N, T> keys;

    KeyCache(int countMax) {
        keys = new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<N, T> eldest) {
                return size() > countMax;
            }
        };
    }

    /** Parses outside the lock; two threads may parse the same key, and one result stays. */
    T get(N name, Supplier<T> parse) {
        T known = find(name);
        if (known != null) {
            return known;
        }
        T parsed = parse.get();
        turning.lock();
        try {
            keys.put(name, parsed);
        } finally {
            turning.unlock();
        }
        return parsed;
    }

    void remove(N name) {
        turning.lock();
        try {
            keys.remove(name);
        } finally {
            turning.unlock();
        }
    }

    private @Nullable T find(N name) {
        turning.lock();
        try {
            return keys.get(name);
        } finally {
            turning.unlock();
        }
    }
}
