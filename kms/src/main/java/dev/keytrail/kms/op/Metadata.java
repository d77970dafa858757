package dev.keytrail.kms.op;

import dev.keytrail.call.Facts;
import dev.keytrail.kms.key.Backing;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KeyOrigin;
import dev.keytrail.kms.key.KeyUsage;
import dev.keytrail.kms.key.Material;
import dev.keytrail.kms.key.RelatedKeys;
import dev.keytrail.wire.shape.kms.CustomerMasterKeySpec;
import dev.keytrail.wire.shape.kms.EncapsulationAlgorithmSpec;
import dev.keytrail.wire.shape.kms.EncryptionAlgorithmSpec;
import dev.keytrail.wire.shape.kms.ExpirationModelType;
import dev.keytrail.wire.shape.kms.KeyAgreementAlgorithmSpec;
import dev.keytrail.wire.shape.kms.KeyManagerType;
import dev.keytrail.wire.shape.kms.KeyMetadata;
import dev.keytrail.wire.shape.kms.KeySpec;
import dev.keytrail.wire.shape.kms.KeyState;
import dev.keytrail.wire.shape.kms.KeyUsageType;
import dev.keytrail.wire.shape.kms.MacAlgorithmSpec;
import dev.keytrail.wire.shape.kms.MultiRegionConfiguration;
import dev.keytrail.wire.shape.kms.MultiRegionKey;
import dev.keytrail.wire.shape.kms.MultiRegionKeyType;
import dev.keytrail.wire.shape.kms.OriginType;
import dev.keytrail.wire.shape.kms.SigningAlgorithmSpec;
import dev.keytrail.wire.shape.kms.XksKeyConfigurationType;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** A key as DescribeKey and CreateKey tell of it, in the answer and in the event (kms.md section 6). */
final class Metadata {
    private Metadata() {}

    /** @param related of a multi-Region key */
    static KeyMetadata of(Key key, Optional<RelatedKeys> related) {
        KeyMetadata.Builder metadata = KeyMetadata.builder()
                .aWSAccountId(key.account())
                .keyId(key.id())
                .arn(key.arn())
                .creationDate(key.created())
                .enabled(enabled(key))
                .description(key.description())
                .keyUsage(KeyUsageType.valueOf(key.usage().name()))
                .keyState(KeyState.valueOf(key.state().value()))
                .deletionDate(key.deletionDate())
                .origin(OriginType.valueOf(key.origin().name()))
                .keyManager(key.awsManaged() ? KeyManagerType.AWS : KeyManagerType.CUSTOMER)
                .keySpec(KeySpec.valueOf(key.spec().name()))
                .customerMasterKeySpec(oldSpec(key))
                .multiRegion(key.multiRegion())
                .currentKeyMaterialId(key.currentMaterial()
                        .filter(material -> key.spec() == dev.keytrail.kms.key.KeySpec.SYMMETRIC_DEFAULT)
                        .filter(material -> key.backing().isEmpty())
                        .map(Material::id));
        Optional<RelatedKeys> set = related.filter(r -> key.multiRegion());
        metadata.multiRegionConfiguration(set.map(r -> configuration(key, r)));
        metadata.customKeyStoreId(key.backing().map(Backing::storeId))
                .cloudHsmClusterId(key.backing().flatMap(Backing::tokenKey).map(Backing.TokenKey::clusterId))
                .xksKeyConfiguration(key.backing()
                        .flatMap(Backing::externalKeyId)
                        .map(id -> XksKeyConfigurationType.builder().id(id).build()));
        if (key.state() == dev.keytrail.kms.key.KeyState.PENDING_REPLICA_DELETION) {
            metadata.pendingDeletionWindowInDays(set.flatMap(RelatedKeys::pendingWindowDays));
        }
        if (key.origin() == KeyOrigin.EXTERNAL && key.isComplete()) {
            // What only waits for a rotation is not the key's for good, and its end not the key's.
            Optional<Instant> validTo = key.materials().stream()
                    .filter(material -> material.standing().isLasting())
                    .flatMap(material -> material.validTo().stream())
                    .min(Comparator.naturalOrder());
            metadata.validTo(validTo)
                    .expirationModel(
                            validTo.isPresent()
                                    ? ExpirationModelType.KEY_MATERIAL_EXPIRES
                                    : ExpirationModelType.KEY_MATERIAL_DOES_NOT_EXPIRE);
        }
        return algorithms(metadata, key).build();
    }

    private static MultiRegionConfiguration configuration(Key key, RelatedKeys related) {
        return MultiRegionConfiguration.builder()
                .multiRegionKeyType(related.isPrimary(key) ? MultiRegionKeyType.PRIMARY : MultiRegionKeyType.REPLICA)
                .primaryKey(relative(key, related.primaryRegion()))
                .replicaKeys(related.replicaRegions().stream()
                        .map(region -> relative(key, region))
                        .toList())
                .build();
    }

    private static MultiRegionKey relative(Key key, String region) {
        return MultiRegionKey.builder()
                .arn(Key.arn(key.account(), region, key.id()))
                .region(region)
                .build();
    }

    private static Facts shown(Key key, RelatedKeys related) {
        return Facts.facts()
                .put("multiRegionKeyType", related.isPrimary(key) ? "PRIMARY" : "REPLICA")
                .put("primaryKey", shown(key, related.primaryRegion()))
                .putAll(
                        "replicaKeys",
                        related.replicaRegions().stream()
                                .map(region -> shown(key, region))
                                .toList());
    }

    private static Facts shown(Key key, String region) {
        return Facts.facts()
                .put("arn", Key.arn(key.account(), region, key.id()))
                .put("region", region);
    }

    /** The one list that the key's usage has; the others stay absent. */
    private static KeyMetadata.Builder algorithms(KeyMetadata.Builder metadata, Key key) {
        List<String> names = key.spec().algorithms(key.usage());
        return switch (key.usage()) {
            case ENCRYPT_DECRYPT -> metadata.encryptionAlgorithms(all(names, EncryptionAlgorithmSpec::valueOf));
            case SIGN_VERIFY -> metadata.signingAlgorithms(all(names, SigningAlgorithmSpec::valueOf));
            case GENERATE_VERIFY_MAC -> metadata.macAlgorithms(all(names, MacAlgorithmSpec::valueOf));
            case KEY_AGREEMENT -> metadata.keyAgreementAlgorithms(all(names, KeyAgreementAlgorithmSpec::valueOf));
            case ENCAPSULATE_DECAPSULATE ->
                metadata.encapsulationAlgorithms(all(names, EncapsulationAlgorithmSpec::valueOf));
        };
    }

    private static <T> List<T> all(List<String> names, Function<String, T> valueOf) {
        return names.stream().map(valueOf).toList();
    }

    /** The deprecated member's enum stopped growing: newer specs have no value in it. */
    static Optional<CustomerMasterKeySpec> oldSpec(Key key) {
        return Arrays.stream(CustomerMasterKeySpec.values())
                .filter(old -> old.value().equals(key.spec().name()))
                .findFirst();
    }

    /** The members that cloudtrail.md's table C2 lists for CreateKey. */
    static Facts shown(Key key, Optional<RelatedKeys> related) {
        Facts facts = Facts.facts()
                .put("aWSAccountId", key.account())
                .put("keyId", key.id())
                .put("arn", key.arn())
                .put("creationDate", key.created())
                .put("enabled", enabled(key))
                .put("description", key.description())
                .put("keyUsage", key.usage().name())
                .put("keyState", key.state().value())
                .put("origin", key.origin().name())
                .put("customKeyStoreId", key.backing().map(Backing::storeId))
                .put(
                        "cloudHsmClusterId",
                        key.backing().flatMap(Backing::tokenKey).map(Backing.TokenKey::clusterId))
                .put("keyManager", key.awsManaged() ? "AWS" : "CUSTOMER")
                .put("customerMasterKeySpec", key.spec().name())
                .put("keySpec", key.spec().name())
                .putStrings(algorithmsMember(key.usage()), key.spec().algorithms(key.usage()))
                .put("multiRegion", key.multiRegion());
        key.backing()
                .flatMap(Backing::externalKeyId)
                .ifPresent(id -> facts.put("xksKeyConfiguration", Facts.facts().put("id", id)));
        related.filter(set -> key.multiRegion())
                .ifPresent(set -> facts.put("multiRegionConfiguration", shown(key, set)));
        return facts;
    }

    private static boolean enabled(Key key) {
        return key.state() == dev.keytrail.kms.key.KeyState.ENABLED;
    }

    private static String algorithmsMember(KeyUsage usage) {
        return switch (usage) {
            case ENCRYPT_DECRYPT -> "encryptionAlgorithms";
            case SIGN_VERIFY -> "signingAlgorithms";
            case GENERATE_VERIFY_MAC -> "macAlgorithms";
            case KEY_AGREEMENT -> "keyAgreementAlgorithms";
            case ENCAPSULATE_DECAPSULATE -> "encapsulationAlgorithms";
        };
    }
}
