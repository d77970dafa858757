package dev.keytrail.kms.op;

import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KeyOrigin;
import dev.keytrail.kms.key.KmsErrors;
import dev.keytrail.kms.key.StateRule;

/** Which keys take imported material: here a key's origin is looked at before its state (kms.md section 7). */
final class ImportRules {
    private ImportRules() {}

    static void demand(Key key, StateRule rule) {
        if (key.origin() != KeyOrigin.EXTERNAL) {
            throw KmsErrors.wrongOrigin(key);
        }
        rule.demand(key);
    }
}
