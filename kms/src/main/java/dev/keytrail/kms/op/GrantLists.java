package dev.keytrail.kms.op;

import dev.keytrail.call.Facts;
import dev.keytrail.kms.key.Grant;
import dev.keytrail.kms.key.GrantParty;
import dev.keytrail.kms.key.Key;
import dev.keytrail.wire.shape.kms.GrantConstraints;
import dev.keytrail.wire.shape.kms.GrantListEntry;
import dev.keytrail.wire.shape.kms.GrantOperation;
import java.util.Optional;
import java.util.function.Predicate;

/** Grants as listings answer and events show them. */
final class GrantLists {
    static final int LIMIT_DEFAULT = 50;
    static final int LIMIT_MAX = 100;

    private GrantLists() {}

    static GrantListEntry entry(Grant grant) {
        return GrantListEntry.builder()
                .keyId(Key.arn(grant.account(), grant.region(), grant.keyId()))
                .grantId(grant.id())
                .name(grant.name().orElse(""))
                .creationDate(grant.created())
                .granteePrincipal(named(Optional.of(grant.grantee()), false))
                .granteeServicePrincipal(named(Optional.of(grant.grantee()), true))
                .retiringPrincipal(named(grant.retiring(), false))
                .retiringServicePrincipal(named(grant.retiring(), true))
                .issuingAccount(GrantParty.rootOf(grant.issuer()))
                .operations(grant.operations().stream()
                        .map(operation -> GrantOperation.valueOf(operation.name()))
                        .toList())
                .constraints(constraints(grant))
                .build();
    }

    private static Optional<String> named(Optional<GrantParty> party, boolean asService) {
        return party.filter(p -> p.asService() == asService).map(GrantParty::name);
    }

    private static Optional<GrantConstraints> constraints(Grant grant) {
        return Optional.of(grant.constraints())
                .filter(Predicate.not(dev.keytrail.kms.key.GrantConstraints.NONE::equals))
                .map(limits -> GrantConstraints.builder()
                        .encryptionContextEquals(limits.contextEquals())
                        .encryptionContextSubset(limits.contextSubset())
                        .sourceArn(limits.sourceArn())
                        .build());
    }

    static dev.keytrail.kms.key.GrantConstraints constraints(Optional<GrantConstraints> given) {
        return given.map(limits -> new dev.keytrail.kms.key.GrantConstraints(
                        limits.encryptionContextEquals(), limits.encryptionContextSubset(), limits.sourceArn()))
                .orElse(dev.keytrail.kms.key.GrantConstraints.NONE);
    }

    static void show(Facts facts, Optional<GrantConstraints> given) {
        given.ifPresent(limits -> {
            Facts shown = Facts.facts();
            KeyUse.show(shown, "encryptionContextEquals", limits.encryptionContextEquals());
            KeyUse.show(shown, "encryptionContextSubset", limits.encryptionContextSubset());
            facts.put("constraints", shown.put("sourceArn", limits.sourceArn()));
        });
    }
}
