package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Facts;
import dev.keytrail.kms.key.KeyUsage;
import dev.keytrail.kms.op.KeyUse.Intent;
import dev.keytrail.wire.shape.kms.EncapsulationAlgorithmSpec;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What Encapsulate and Decapsulate share. */
final class Encapsulation {
    private Encapsulation() {}

    static Intent intent(Attempt attempt, EncapsulationAlgorithmSpec algorithm, Optional<List<String>> grantTokens) {
        return new Intent(attempt, KeyUsage.ENCAPSULATE_DECAPSULATE, algorithm.value(), Map.of(), grantTokens);
    }

    static Optional<Facts> shown(String keyId, EncapsulationAlgorithmSpec algorithm, Optional<Boolean> dryRun) {
        Facts facts = Facts.facts().put("keyId", keyId).put("encapsulationAlgorithm", algorithm.value());
        KeyUse.showDryRun(facts, dryRun);
        return Optional.of(facts);
    }
}
