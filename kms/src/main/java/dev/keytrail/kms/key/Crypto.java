package dev.keytrail.kms.key;

import dev.keytrail.call.Entropy;
import dev.keytrail.crypto.AsymmetricKeys;
import dev.keytrail.crypto.Attestations;
import dev.keytrail.crypto.HmacKeys;
import dev.keytrail.crypto.RecipientEnvelope;
import dev.keytrail.crypto.SymmetricKeys;
import dev.keytrail.crypto.Vault;

/**
 * The fronts of the room that alone sees material unwrapped, together: all over one root key. Thread-safe.
 *
 * @param asymmetric without a bound on how many run at once: operations that clients call go through {@code pairs}
 */
public record Crypto(
        Vault vault,
        SymmetricKeys symmetric,
        AsymmetricKeys asymmetric,
        HmacKeys hmac,
        KeyPairs pairs,
        Attestations attestations,
        RecipientEnvelope envelope) {
    /** Without a root to verify attestation documents against. */
    public static Crypto over(Vault vault, Entropy entropy, int slowMax) {
        return over(vault, entropy, slowMax, Attestations.NONE, 0);
    }

    /**
     * @param slowMax how many slow asymmetric operations may run at once; the machine's cores
     * @param pooledMax how many pairs of each RSA kind may be made ahead
     */
    public static Crypto over(Vault vault, Entropy entropy, int slowMax, Attestations attestations, int pooledMax) {
        AsymmetricKeys asymmetric = new AsymmetricKeys(vault, entropy, pooledMax);
        return new Crypto(
                vault,
                new SymmetricKeys(vault, entropy),
                asymmetric,
                new HmacKeys(vault, entropy),
                new KeyPairs(asymmetric, slowMax),
                attestations,
                new RecipientEnvelope(asymmetric, entropy));
    }
}
