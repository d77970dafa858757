package dev.keytrail.crypto;

import dev.keytrail.call.Secret;
import java.math.BigInteger;
import java.util.List;
import java.util.function.Supplier;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;

/** Keys of published vectors, stored as keys of clients are. */
final class VectorKeys {
    static final String ACCOUNT = "111122223333";
    static final String KEY = "1234abcd-12ab-34cd-56ef-1234567890ab";

    private VectorKeys() {}

    /** With the native library and without. */
    static List<Supplier<Algorithms>> sources() {
        return List.of(Algorithms::fastest, Algorithms::withoutAccp);
    }

    static AsymmetricKey imported(AsymmetricKeys keys, KeyKind kind, byte[] pkcs8) {
        return keys.importPrivate(ACCOUNT, KEY, kind, Secret.copyOf(pkcs8)).orElseThrow();
    }

    static AsymmetricKey stored(AsymmetricKeys keys, KeyKind kind, AsymmetricKeyParameter key) {
        try (Secret pkcs8 = KeyForms.canonical(key).privateKey()) {
            return keys.importPrivate(ACCOUNT, KEY, kind, pkcs8).orElseThrow();
        }
    }

    static AsymmetricKey storedScalar(AsymmetricKeys keys, KeyKind kind, byte[] d) {
        return stored(keys, kind, new ECPrivateKeyParameters(new BigInteger(1, d), KeyForms.curve(kind)));
    }
}
