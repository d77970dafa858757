package dev.keytrail.crypto;

import dev.keytrail.call.Bytes;

/**
 * Key material as it lies in the store.
 *
 * @param id 64 lower-case hex digits, derived from key id and material, so stable over a re-import
 * @param wrapped AES-256-GCM under the root key; the owner's name and {@code id} are its additional data
 */
public record WrappedMaterial(String id, Bytes wrapped) {}
