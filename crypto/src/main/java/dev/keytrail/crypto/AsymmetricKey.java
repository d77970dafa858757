package dev.keytrail.crypto;

import dev.keytrail.call.Bytes;

/**
 * A key pair as it lies in the store.
 *
 * @param material the private key, PKCS#8 inside
 * @param publicKey DER SubjectPublicKeyInfo, the exact bytes that GetPublicKey gives
 */
public record AsymmetricKey(String account, String keyId, KeyKind kind, WrappedMaterial material, Bytes publicKey) {}
