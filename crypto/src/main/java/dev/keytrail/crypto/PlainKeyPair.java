package dev.keytrail.crypto;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;

/**
 * A key pair that is handed out. The receiver owns and closes the private key.
 *
 * @param privateKey DER PKCS#8; of lattice kinds in seed form (RFC 9881, RFC 9935) when the seed is known
 * @param publicKey DER SubjectPublicKeyInfo
 */
public record PlainKeyPair(Secret privateKey, Bytes publicKey) {}
