package dev.keytrail.kms;

import dev.keytrail.call.Entropy;
import dev.keytrail.call.Job;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Table;
import dev.keytrail.crypto.Rewrapping;
import dev.keytrail.kms.key.Alias;
import dev.keytrail.kms.key.AliasNames;
import dev.keytrail.kms.key.Crypto;
import dev.keytrail.kms.key.CustomKeyStore;
import dev.keytrail.kms.key.Due;
import dev.keytrail.kms.key.Grant;
import dev.keytrail.kms.key.GrantRow;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KeyCount;
import dev.keytrail.kms.key.KeyIds;
import dev.keytrail.kms.key.KeyPolicies;
import dev.keytrail.kms.key.KeyStoreBook;
import dev.keytrail.kms.key.Materials;
import dev.keytrail.kms.key.Permissions;
import dev.keytrail.kms.key.PolicyPrincipals;
import dev.keytrail.kms.key.Principals;
import dev.keytrail.kms.key.Quotas;
import dev.keytrail.kms.key.RelatedKeys;
import dev.keytrail.kms.key.RotationPlan;
import dev.keytrail.kms.key.UsageHistory;
import dev.keytrail.kms.op.Operations;
import dev.keytrail.kms.store.ClusterSettings;
import dev.keytrail.kms.store.KeyStores;
import dev.keytrail.kms.store.StoreTurns;
import dev.keytrail.kms.store.XksSettings;
import dev.keytrail.policy.Authorizer;
import dev.keytrail.policy.PolicyCache;
import dev.keytrail.policy.PrincipalPolicies;
import java.util.Collection;
import java.util.List;

/** The key service, opened: what the house wires. Immutable and thread-safe; holds no state of its own. */
public final class Kms {
    private final List<Operation<?, ?>> rows;
    private final List<Job> jobs;

    private Kms(List<Operation<?, ?>> rows, List<Job> jobs) {
        this.rows = List.copyOf(rows);
        this.jobs = List.copyOf(jobs);
    }

    /**
     * @param documents compiled key policies; shared with whoever else compiles documents
     * @param idsChosen whether a tag of CreateKey may say the new key's id: {@link KeyIds}
     * @param xks the external key store proxies that may be talked to
     * @param clusters the tokens that there are
     * @param turns how often a custom key store may be asked
     */
    public static Kms open(
            Crypto crypto,
            Entropy entropy,
            Authorizer authorizer,
            PolicyCache documents,
            PrincipalPolicies callers,
            Principals principals,
            UsageHistory history,
            Quotas quotas,
            boolean idsChosen,
            XksSettings xks,
            ClusterSettings clusters,
            StoreTurns turns) {
        Permissions permissions = new Permissions(authorizer, documents, callers);
        KeyPolicies policies = new KeyPolicies(permissions, principals);
        Materials materials = new Materials(crypto);
        KeyStores stores = new KeyStores(crypto, xks, clusters, turns, entropy);
        return new Kms(
                Operations.rows(
                        permissions,
                        policies,
                        principals,
                        crypto,
                        materials,
                        stores,
                        entropy,
                        history,
                        quotas,
                        new KeyIds(entropy, idsChosen)),
                List.of(
                        new KeyDeletion(materials, stores),
                        new KeyRotation(materials),
                        new KeyMaterialExpiry(materials),
                        new KeyStoreConnecting(stores, entropy)));
    }

    /** Every kind of state row this service keeps. */
    public static Collection<Table<?>> tables() {
        return List.of(
                Key.TABLE,
                KeyCount.TABLE,
                Alias.TABLE,
                AliasNames.TABLE,
                Due.TABLE,
                Due.ROTATIONS,
                Due.EXPIRIES,
                RotationPlan.TABLE,
                RelatedKeys.TABLE,
                PolicyPrincipals.TABLE,
                Grant.TABLE,
                GrantRow.USES,
                GrantRow.RETIRING,
                GrantRow.NAMED,
                GrantRow.Count.TABLE,
                GrantRow.Newest.TABLE,
                CustomKeyStore.TABLE,
                CustomKeyStore.PENDING,
                CustomKeyStore.EXTERNAL_KEYS,
                CustomKeyStore.KEY_COUNTS,
                CustomKeyStore.CLUSTERS,
                KeyStoreBook.TABLE);
    }

    /** How the service's secrets come under a new root key. */
    public static List<Rewrapping<?>> rewrappings() {
        return List.of(
                new Rewrapping<>(Key.TABLE, (vault, key) -> key.renewed(vault)),
                new Rewrapping<>(CustomKeyStore.TABLE, KeyStores::renewed));
    }

    public Collection<Operation<?, ?>> rows() {
        return rows;
    }

    public Collection<Job> jobs() {
        return jobs;
    }
}
