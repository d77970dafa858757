package dev.keytrail.kms.op;

import dev.keytrail.call.Entropy;
import dev.keytrail.call.Operation;
import dev.keytrail.crypto.SymmetricKeys;
import dev.keytrail.kms.key.KeyPolicies;
import dev.keytrail.kms.key.Permissions;
import java.util.List;

/** The rows of every operation that is built. */
public final class Operations {
    private Operations() {}

    public static List<Operation<?, ?>> rows(
            Permissions permissions, KeyPolicies policies, SymmetricKeys symmetric, Entropy entropy) {
        KeyUse use = new KeyUse(permissions, symmetric);
        return List.of(
                new CreateKey(permissions, policies, symmetric, entropy).row(),
                new DescribeKey(permissions).row(),
                new Encrypt(use).row(),
                new Decrypt(use).row());
    }
}
