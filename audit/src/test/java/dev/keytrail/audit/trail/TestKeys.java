package dev.keytrail.audit.trail;

import dev.keytrail.call.Ledger;
import dev.keytrail.call.Secret;
import dev.keytrail.crypto.AsymmetricKey;
import dev.keytrail.crypto.AsymmetricKeys;
import dev.keytrail.crypto.KeyKind;
import dev.keytrail.crypto.RootKey;
import dev.keytrail.crypto.Vault;
import dev.keytrail.testkit.SeededEntropy;

/** Signing keys that cost no time: every one is the same pair. */
final class TestKeys {
    private static final AsymmetricKeys CRYPTO = new AsymmetricKeys(
            new Vault(new RootKey(Secret.adopt(new byte[32])), new SeededEntropy(5)), new SeededEntropy(6));

    static final AsymmetricKey PAIR = CRYPTO.generate("000000000000", "digest/test/1", KeyKind.RSA_2048);

    private TestKeys() {}

    static SigningKeys over(Ledger ledger) {
        return new SigningKeys(ledger, CRYPTO, (_, _) -> PAIR);
    }
}
