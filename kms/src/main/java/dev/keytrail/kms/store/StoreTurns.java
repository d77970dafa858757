package dev.keytrail.kms.store;

import dev.keytrail.call.Call;

/** How often a custom key store is asked (kms.md section 18). Thread-safe. */
@FunctionalInterface
public interface StoreTurns {
    StoreTurns UNLIMITED = (_, _) -> {};

    /**
     * One use of a key of the store.
     *
     * @throws dev.keytrail.call.Refused ThrottlingException
     */
    void take(Call call, String storeId);
}
