package dev.keytrail.kms.key;

import dev.keytrail.call.Entropy;
import dev.keytrail.crypto.AsymmetricKeys;
import dev.keytrail.crypto.HmacKeys;
import dev.keytrail.crypto.SymmetricKeys;
import dev.keytrail.crypto.Vault;

/** The fronts of the room that alone sees material unwrapped, together: all over one root key. Thread-safe. */
public record Crypto(Vault vault, SymmetricKeys symmetric, AsymmetricKeys asymmetric, HmacKeys hmac) {
    public static Crypto over(Vault vault, Entropy entropy) {
        return new Crypto(
                vault,
                new SymmetricKeys(vault, entropy),
                new AsymmetricKeys(vault, entropy),
                new HmacKeys(vault, entropy));
    }
}
