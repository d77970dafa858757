package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Facts;
import dev.keytrail.crypto.MacScheme;
import dev.keytrail.kms.key.KeyUsage;
import dev.keytrail.kms.op.KeyUse.Intent;
import dev.keytrail.wire.shape.kms.MacAlgorithmSpec;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What GenerateMac and VerifyMac share. */
final class Macs {
    private Macs() {}

    static MacScheme scheme(MacAlgorithmSpec algorithm) {
        return MacScheme.of(algorithm.value())
                .orElseThrow(() -> new IllegalStateException("no scheme for " + algorithm));
    }

    static Intent intent(Attempt attempt, MacAlgorithmSpec algorithm, Optional<List<String>> grantTokens) {
        return new Intent(
                attempt,
                KeyUsage.GENERATE_VERIFY_MAC,
                algorithm.value(),
                Map.of("kms:MacAlgorithm", algorithm.value()),
                grantTokens);
    }

    /** Never the message nor the MAC (cloudtrail.md C1). */
    static Optional<Facts> shown(String keyId, MacAlgorithmSpec algorithm, Optional<Boolean> dryRun) {
        Facts facts = Facts.facts().put("macAlgorithm", algorithm.value()).put("keyId", keyId);
        KeyUse.showDryRun(facts, dryRun);
        return Optional.of(facts);
    }
}
