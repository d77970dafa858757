package dev.keytrail.crypto;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import dev.keytrail.crypto.KeyKind.Family;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * RSA key pairs made ahead, because making one takes up to seconds. Each lies here sealed under the root key until it is
 * taken, and is taken once. Thread-safe; in memory alone, so a process that ends takes its pool along.
 */
final class KeyPool {
    private static final List<KeyKind> KINDS = Arrays.stream(KeyKind.values())
            .filter(kind -> kind.family() == Family.RSA)
            .toList();

    private final Vault vault;
    private final int eachMax;
    private final ReentrantLock turning = new ReentrantLock();

    /** Guarded by {@link #turning}. */
    private final Map<KeyKind, ArrayDeque<Bytes>> sealed = new EnumMap<>(KeyKind.class);

    /** @param eachMax how many pairs of each kind; 0 for no pool */
    KeyPool(Vault vault, int eachMax) {
        this.vault = vault;
        this.eachMax = eachMax;
        KINDS.forEach(kind -> sealed.put(kind, new ArrayDeque<>()));
    }

    /** PKCS#8 of a pair that nobody else gets; empty when there is none of that kind. */
    Optional<Secret> take(KeyKind kind) {
        turning.lock();
        try {
            ArrayDeque<Bytes> ready = sealed.getOrDefault(kind, new ArrayDeque<>());
            Optional<Secret> taken = Optional.empty();
            // One that lies under a root key that has been retired since is let go.
            while (taken.isEmpty() && !ready.isEmpty()) {
                taken = vault.unwrap(ready.remove(), name(kind));
            }
            return taken;
        } finally {
            turning.unlock();
        }
    }

    /** A kind that there are fewest of, while there is room for one more. */
    Optional<KeyKind> wanted() {
        turning.lock();
        try {
            return KINDS.stream()
                    .filter(kind -> count(kind) < eachMax)
                    .min((one, other) -> Integer.compare(count(one), count(other)));
        } finally {
            turning.unlock();
        }
    }

    /** Takes a pair in; beyond the bound it is let go. The caller keeps the secret. */
    void add(KeyKind kind, Secret pkcs8) {
        Bytes wrapped = vault.wrap(pkcs8, name(kind));
        turning.lock();
        try {
            if (count(kind) < eachMax) {
                sealed.getOrDefault(kind, new ArrayDeque<>()).add(wrapped);
            }
        } finally {
            turning.unlock();
        }
    }

    /** How many pairs of each kind are ready. */
    Map<KeyKind, Integer> ready() {
        turning.lock();
        try {
            Map<KeyKind, Integer> counts = new EnumMap<>(KeyKind.class);
            KINDS.forEach(kind -> counts.put(kind, count(kind)));
            return counts;
        } finally {
            turning.unlock();
        }
    }

    private int count(KeyKind kind) {
        return sealed.getOrDefault(kind, new ArrayDeque<>()).size();
    }

    private static String name(KeyKind kind) {
        return "pooled " + kind;
    }
}
