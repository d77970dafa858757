package dev.keytrail.crypto;

import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Unwrapped material by id, bounded by count. A hit takes no lock. The one to go is found by second chance: a hand goes
 * round, spares what was used since its last visit, and takes the first that was not.
 *
 * <p>Material that goes is zeroed at once. A reader therefore copies it out and looks afterwards whether it was still
 * alive; see {@link Entry#copyTo}.
 */
final class MaterialCache {
    private final ConcurrentMap<String, Entry> entries = new ConcurrentHashMap<>();
    private final ReentrantLock turning = new ReentrantLock();

    /** Guarded by {@link #turning}, as is {@link #hand}. */
    private final @Nullable Entry[] ring;

    private int hand;

    MaterialCache(int countMax) {
        ring = new @Nullable Entry[countMax];
    }

    /** The entry for exactly this owner and these wrapped bytes: a hit must not skip what unwrapping would refuse. */
    @Nullable
    Entry find(String account, String keyId, WrappedMaterial wanted) {
        Entry entry = entries.get(wanted.id());
        if (entry == null || !entry.isFor(account, keyId, wanted)) {
            return null;
        }
        if (!entry.used) {
            entry.used = true;
        }
        return entry;
    }

    /** Takes {@code material} over. */
    Entry add(String account, String keyId, WrappedMaterial wrapped, byte[] header, byte[] material) {
        Entry entry = new Entry(account, keyId, wrapped, header, material);
        turning.lock();
        try {
            Entry former = entries.get(wrapped.id());
            if (former != null && former.isFor(account, keyId, wrapped)) {
                entry.die();
                return former;
            }
            if (former != null) {
                entry.place = former.place;
                former.die();
            } else {
                entry.place = freePlace();
            }
            ring[entry.place] = entry;
            entries.put(wrapped.id(), entry);
        } finally {
            turning.unlock();
        }
        return entry;
    }

    void remove(String materialId) {
        turning.lock();
        try {
            Entry entry = entries.remove(materialId);
            if (entry != null) {
                ring[entry.place] = null;
                entry.die();
            }
        } finally {
            turning.unlock();
        }
    }

    int size() {
        return entries.size();
    }

    private int freePlace() {
        while (true) {
            int place = hand;
            hand = (hand + 1) % ring.length;
            Entry candidate = ring[place];
            if (candidate == null) {
                return place;
            }
            if (candidate.used) {
                candidate.used = false;
            } else {
                entries.remove(candidate.wrapped.id());
                candidate.die();
                return place;
            }
        }
    }

    /** One material, unwrapped, with the header that its ciphertexts bear. */
    static final class Entry {
        private final String account;
        private final String keyId;
        private final WrappedMaterial wrapped;
        final byte[] header;
        private final byte[] material;

        /** A hint, so plain: losing a write costs at most an early eviction. */
        private boolean used;

        private boolean alive = true;
        private int place;

        private Entry(String account, String keyId, WrappedMaterial wrapped, byte[] header, byte[] material) {
            this.account = account;
            this.keyId = keyId;
            this.wrapped = wrapped;
            this.header = header;
            this.material = material;
        }

        private boolean isFor(String account, String keyId, WrappedMaterial wanted) {
            return wrapped.wrapped().equals(wanted.wrapped())
                    && this.keyId.equals(keyId)
                    && this.account.equals(account)
                    && wrapped.id().equals(wanted.id());
        }

        /** False when the material was zeroed before or meanwhile: then {@code target} holds nothing of use. */
        boolean copyTo(byte[] target) {
            System.arraycopy(material, 0, target, 0, KeyedCipher.KEY_BYTES);
            // Pairs with the fence in die(): whoever read a zero reads alive == false afterwards.
            VarHandle.acquireFence();
            return alive;
        }

        private void die() {
            alive = false;
            VarHandle.releaseFence();
            Arrays.fill(material, (byte) 0);
        }
    }
}
