package dev.keytrail.kms.op;

import dev.keytrail.call.Entropy;
import dev.keytrail.call.Operation;
import dev.keytrail.kms.key.Crypto;
import dev.keytrail.kms.key.GrantTokens;
import dev.keytrail.kms.key.KeyIds;
import dev.keytrail.kms.key.KeyPolicies;
import dev.keytrail.kms.key.Materials;
import dev.keytrail.kms.key.Permissions;
import dev.keytrail.kms.key.Principals;
import dev.keytrail.kms.key.Quotas;
import dev.keytrail.kms.key.UsageHistory;
import dev.keytrail.kms.store.KeyStores;
import java.util.List;

/** The rows of every operation that is built. */
public final class Operations {
    private Operations() {}

    public static List<Operation<?, ?>> rows(
            Permissions permissions,
            KeyPolicies policies,
            Principals principals,
            Crypto crypto,
            Materials materials,
            KeyStores stores,
            Entropy entropy,
            UsageHistory history,
            Quotas quotas,
            KeyIds ids) {
        KeyUse use = new KeyUse(permissions, crypto, stores, new ManagedKeys(materials, entropy));
        StoreCare storeCare = new StoreCare(permissions);
        KeyCare care = new KeyCare(permissions);
        return List.of(
                new CreateKey(permissions, policies, materials, new StoredKeys(stores), ids, quotas).row(),
                new DescribeKey(use).row(),
                new ListKeys(permissions).row(),
                new EnableKey(care).row(),
                new DisableKey(care, history).row(),
                new ScheduleKeyDeletion(care, history).row(),
                new GetKeyLastUsage(care, history).row(),
                new CancelKeyDeletion(care).row(),
                new UpdateKeyDescription(care).row(),
                new CreateAlias(permissions, quotas).row(),
                new ListAliases(permissions).row(),
                new UpdateAlias(permissions, quotas).row(),
                new DeleteAlias(permissions).row(),
                new GetKeyPolicy(care).row(),
                new PutKeyPolicy(care, policies).row(),
                new ListKeyPolicies(care).row(),
                new TagResource(care).row(),
                new UntagResource(care).row(),
                new ListResourceTags(care).row(),
                new EnableKeyRotation(care).row(),
                new DisableKeyRotation(care).row(),
                new GetKeyRotationStatus(care).row(),
                new RotateKeyOnDemand(care, materials).row(),
                new ListKeyRotations(care).row(),
                new GetParametersForImport(care, crypto).row(),
                new ImportKeyMaterial(care, crypto, materials).row(),
                new DeleteImportedKeyMaterial(care, materials).row(),
                new ReplicateKey(care, permissions, policies, quotas).row(),
                new UpdatePrimaryRegion(care, permissions).row(),
                new CreateGrant(use, principals, entropy, quotas).row(),
                new ListGrants(care).row(),
                new ListRetirableGrants(permissions).row(),
                new RevokeGrant(care).row(),
                new RetireGrant(permissions, new GrantTokens(crypto.vault())).row(),
                new CreateCustomKeyStore(storeCare, stores, entropy).row(),
                new DescribeCustomKeyStores(permissions, stores).row(),
                new UpdateCustomKeyStore(storeCare, stores).row(),
                new ConnectCustomKeyStore(storeCare, stores).row(),
                new DisconnectCustomKeyStore(storeCare).row(),
                new DeleteCustomKeyStore(storeCare).row(),
                new Encrypt(use).row(),
                new Decrypt(use).row(),
                new ReEncrypt(use).row(),
                new GenerateDataKey(use).row(),
                new GenerateDataKeyWithoutPlaintext(use).row(),
                new GenerateDataKeyPair(use).row(),
                new GenerateDataKeyPairWithoutPlaintext(use).row(),
                new GenerateRandom(use).row(),
                new Sign(use).row(),
                new Verify(use).row(),
                new GetPublicKey(use).row(),
                new GenerateMac(use).row(),
                new VerifyMac(use).row(),
                new DeriveSharedSecret(use).row(),
                new Encapsulate(use).row(),
                new Decapsulate(use).row());
    }
}
