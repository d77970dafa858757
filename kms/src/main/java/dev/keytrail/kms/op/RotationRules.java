package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KeyOrigin;
import dev.keytrail.kms.key.KeySpec;
import dev.keytrail.kms.key.KmsErrors;
import dev.keytrail.kms.key.RelatedKeys;

/** Which keys rotate (kms.md section 9); asked after the key's state. */
final class RotationRules {
    private RotationRules() {}

    static void demandSymmetric(Key key) {
        if (key.spec() != KeySpec.SYMMETRIC_DEFAULT) {
            throw KmsErrors.unsupportedKind();
        }
    }

    /** Automatic rotation makes material, so it is for keys whose material is of our making. */
    static void demandAutomatic(Key key) {
        demandSymmetric(key);
        demandOwnMaterial(key);
    }

    static void demandOwnMaterial(Key key) {
        if (key.origin() != KeyOrigin.AWS_KMS) {
            throw KmsErrors.wrongOrigin(key);
        }
    }

    /** Replicas follow their primary. */
    static void demandNotReplica(Attempt attempt, Key key) {
        if (RelatedKeys.of(attempt.state(), key)
                .filter(related -> !related.isPrimary(key))
                .isPresent()) {
            throw KmsErrors.notPrimary(key);
        }
    }
}
