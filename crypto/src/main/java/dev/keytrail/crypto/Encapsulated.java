package dev.keytrail.crypto;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;

/** A shared secret (32 bytes, the receiver's to close) and the ciphertext that carries it to the key's owner. */
public record Encapsulated(Secret sharedSecret, Bytes ciphertext) {}
