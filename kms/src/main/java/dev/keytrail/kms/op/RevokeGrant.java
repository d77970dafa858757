package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.kms.key.Circumstances;
import dev.keytrail.kms.key.Grant;
import dev.keytrail.kms.key.Grants;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KmsErrors;
import dev.keytrail.wire.NoOutput;
import dev.keytrail.wire.shape.kms.RevokeGrantRequest;
import java.util.Optional;

/** RevokeGrant: by whoever may on the key; binds every call that starts after its answer. */
final class RevokeGrant {
    private final KeyCare care;

    RevokeGrant(KeyCare care) {
        this.care = care;
    }

    Operation<RevokeGrantRequest, NoOutput> row() {
        return Rows.changing("RevokeGrant", RevokeGrantRequest.class, NoOutput.class, this::run, RevokeGrant::shown);
    }

    private Effect<NoOutput> run(Attempt attempt, RevokeGrantRequest in) {
        Key key = care.anyones(attempt, in.keyId(), forService(attempt)).key();
        Grant grant = find(attempt, key, in.grantId());
        KeyUse.refuseDryRun(in.dryRun());
        return Effect.of(NoOutput.INSTANCE, Grants.remove(attempt.state(), grant));
    }

    /** @throws dev.keytrail.call.Refused InvalidGrantIdException or NotFoundException */
    static Grant find(Attempt attempt, Key key, String grantId) {
        if (!Grant.isId(grantId)) {
            throw KmsErrors.invalidGrantId();
        }
        return Grants.get(attempt.state(), key, grantId).orElseThrow(() -> KmsErrors.noSuchGrant(grantId));
    }

    /** Whether a service asks on somebody's behalf. */
    static Circumstances forService(Attempt attempt) {
        boolean service = attempt.call().caller().invokedBy().isPresent();
        return to -> to.put("kms:GrantIsForAWSResource", service);
    }

    private static Optional<Facts> shown(RevokeGrantRequest in) {
        Facts facts = Facts.facts().put("keyId", in.keyId()).put("grantId", in.grantId());
        KeyUse.showDryRun(facts, in.dryRun());
        return Optional.of(facts);
    }
}
