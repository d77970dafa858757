package dev.keytrail.kms.op;

import dev.keytrail.call.Facts;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KeyUsage;
import dev.keytrail.kms.key.Material;
import dev.keytrail.wire.shape.kms.CustomerMasterKeySpec;
import dev.keytrail.wire.shape.kms.EncryptionAlgorithmSpec;
import dev.keytrail.wire.shape.kms.KeyManagerType;
import dev.keytrail.wire.shape.kms.KeyMetadata;
import dev.keytrail.wire.shape.kms.KeySpec;
import dev.keytrail.wire.shape.kms.KeyState;
import dev.keytrail.wire.shape.kms.KeyUsageType;
import dev.keytrail.wire.shape.kms.OriginType;
import java.util.List;

/** A key as DescribeKey and CreateKey tell of it, in the answer and in the event (kms.md section 6). */
final class Metadata {
    private Metadata() {}

    static KeyMetadata of(Key key) {
        return KeyMetadata.builder()
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
                .customerMasterKeySpec(CustomerMasterKeySpec.valueOf(key.spec().name()))
                .encryptionAlgorithms(algorithms(key).stream()
                        .map(EncryptionAlgorithmSpec::valueOf)
                        .toList())
                .multiRegion(key.multiRegion())
                .currentKeyMaterialId(key.currentMaterial().map(Material::id))
                .build();
    }

    /** The members that cloudtrail.md's table C2 lists for CreateKey. */
    static Facts shown(Key key) {
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
                .put("keyManager", key.awsManaged() ? "AWS" : "CUSTOMER")
                .put("customerMasterKeySpec", key.spec().name())
                .put("keySpec", key.spec().name())
                .putStrings("encryptionAlgorithms", algorithms(key))
                .put("multiRegion", key.multiRegion());
        return facts;
    }

    private static boolean enabled(Key key) {
        return key.state() == dev.keytrail.kms.key.KeyState.ENABLED;
    }

    private static List<String> algorithms(Key key) {
        // The other usages' lists come with their operations; CreateKey makes no such key yet.
        return key.spec().algorithms(KeyUsage.ENCRYPT_DECRYPT);
    }
}
