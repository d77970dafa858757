package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Call;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KeyConditions;
import dev.keytrail.kms.key.KeyCount;
import dev.keytrail.kms.key.KeyIds;
import dev.keytrail.kms.key.KeyOrigin;
import dev.keytrail.kms.key.KeyPolicies;
import dev.keytrail.kms.key.KeySpec;
import dev.keytrail.kms.key.KeyState;
import dev.keytrail.kms.key.KeyUsage;
import dev.keytrail.kms.key.Keyring;
import dev.keytrail.kms.key.KmsErrors;
import dev.keytrail.kms.key.Materials;
import dev.keytrail.kms.key.Named;
import dev.keytrail.kms.key.Permissions;
import dev.keytrail.kms.key.Quotas;
import dev.keytrail.kms.key.RelatedKeys;
import dev.keytrail.kms.key.TagRules;
import dev.keytrail.kms.key.Tags;
import dev.keytrail.policy.ConditionContext;
import dev.keytrail.wire.shape.kms.CreateKeyRequest;
import dev.keytrail.wire.shape.kms.CreateKeyResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * CreateKey: a key of any spec with material of our own making, one that waits for material, or one in a custom key store.
 */
final class CreateKey {
    private static final String TAG_ACTION = "kms:TagResource";

    private final Permissions permissions;
    private final KeyPolicies policies;
    private final Materials materials;
    private final StoredKeys stored;
    private final KeyIds ids;
    private final Quotas quotas;

    CreateKey(
            Permissions permissions,
            KeyPolicies policies,
            Materials materials,
            StoredKeys stored,
            KeyIds ids,
            Quotas quotas) {
        this.permissions = permissions;
        this.policies = policies;
        this.materials = materials;
        this.stored = stored;
        this.ids = ids;
        this.quotas = quotas;
    }

    Operation<CreateKeyRequest, CreateKeyResponse> row() {
        return Rows.changing("CreateKey", CreateKeyRequest.class, CreateKeyResponse.class, this::run, CreateKey::shown);
    }

    private Effect<CreateKeyResponse> run(Attempt attempt, CreateKeyRequest in) {
        KeySpec spec = spec(in);
        KeyUsage usage = usage(in, spec);
        Map<String, String> tags = TagLists.collected(in.tags().orElse(List.of()));
        Tags tagged = TagRules.demandWithinQuota(Tags.NONE.putAll(tags));
        boolean bypass = in.bypassPolicyLockoutSafetyCheck().orElse(false);

        Consumer<ConditionContext.Builder> conditions = to -> {
            KeyConditions.describe(spec, usage, origin(in), in.multiRegion().orElse(false), to);
            KeyConditions.requestTags(tags, to);
            tags.forEach((key, value) -> to.put("aws:ResourceTag/" + key, value));
            to.put("kms:BypassPolicyLockoutSafetyCheck", bypass);
        };
        permissions.demandOfCaller(attempt, attempt.call().action(), Optional.empty(), conditions);
        if (!tags.isEmpty()) {
            permissions.demandOfCaller(attempt, TAG_ACTION, Optional.empty(), conditions);
        }
        spec.demandOfferedIn(attempt.call().region());
        StoredKeys.demandConsistent(in, origin(in), spec);

        Key empty = withoutMaterial(attempt, in, spec, usage, tagged);
        List<Change<?>> changes = new ArrayList<>();
        if (in.policy().isPresent()) {
            changes.add(policies.demandAcceptable(attempt, Named.byId(empty), empty.policy(), bypass, conditions));
        }
        KeyCount.demandRoom(attempt.state(), empty, quotas.keys());
        // Last, for it may take seconds, which a request that is refused must not cost.
        StoredKeys.Placed placed = stored.place(attempt, in, empty);
        Key key = filled(placed.key());
        Keyring.note(attempt.notes(), key);
        Optional<RelatedKeys> related =
                Optional.of(key).filter(Key::multiRegion).map(RelatedKeys::first);
        changes.add(Change.put(Key.TABLE, key.rowKey(), key));
        // Counted only now: whoever writes the same row while the key is made does not undo the work.
        changes.add(KeyCount.more(attempt.state(), key, quotas.keys()));
        related.ifPresent(set -> changes.add(set.put()));
        changes.addAll(placed.changes());
        return Effect.of(
                        CreateKeyResponse.builder()
                                .keyMetadata(Metadata.of(key, related))
                                .build(),
                        changes)
                .showing(Facts.facts().put("keyMetadata", Metadata.shown(key, related)));
    }

    /** Keys in external key stores have material of ours besides; those in tokens have none. */
    private Key filled(Key empty) {
        if (empty.origin() == KeyOrigin.EXTERNAL || empty.origin() == KeyOrigin.AWS_CLOUDHSM) {
            return empty;
        }
        Materials.Made made = materials.make(empty.account(), empty.id(), empty.spec());
        return empty.withMaterials(List.of(made.material()), made.publicKey());
    }

    private Key withoutMaterial(Attempt attempt, CreateKeyRequest in, KeySpec spec, KeyUsage usage, Tags tags) {
        Call call = attempt.call();
        boolean multiRegion = in.multiRegion().orElse(false);
        String id = ids.next(attempt.state(), call, tags, multiRegion);
        String account = call.account();
        return new Key(
                account,
                call.region(),
                id,
                Key.arn(account, call.region(), id),
                Times.of(call),
                in.description().orElse(""),
                spec,
                usage,
                origin(in),
                false,
                multiRegion,
                origin(in) == KeyOrigin.EXTERNAL ? KeyState.PENDING_IMPORT : KeyState.ENABLED,
                Optional.empty(),
                Optional.empty(),
                in.policy().orElseGet(() -> KeyPolicies.defaultFor(account)),
                tags,
                List.of(),
                Optional.empty(),
                Optional.empty());
    }

    /** KeySpec and its old name CustomerMasterKeySpec: either, or both alike. */
    private static KeySpec spec(CreateKeyRequest in) {
        Optional<String> given = in.keySpec().map(dev.keytrail.wire.shape.kms.KeySpec::value);
        Optional<String> old = in.customerMasterKeySpec().map(dev.keytrail.wire.shape.kms.CustomerMasterKeySpec::value);
        if (given.isPresent() && old.isPresent() && !given.equals(old)) {
            throw KmsErrors.invalid("You cannot specify different values for KeySpec and CustomerMasterKeySpec.");
        }
        return given.or(() -> old).map(KeySpec::valueOf).orElse(KeySpec.SYMMETRIC_DEFAULT);
    }

    private static KeyUsage usage(CreateKeyRequest in, KeySpec spec) {
        Optional<KeyUsage> given = in.keyUsage().map(usage -> KeyUsage.valueOf(usage.value()));
        if (given.isEmpty() && spec != KeySpec.SYMMETRIC_DEFAULT) {
            throw KmsErrors.invalid(
                    "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.");
        }
        KeyUsage usage = given.orElse(KeyUsage.ENCRYPT_DECRYPT);
        if (!spec.allows(usage)) {
            throw KmsErrors.invalid("KeyUsage " + usage + " is not compatible with KeySpec " + spec);
        }
        return usage;
    }

    private static KeyOrigin origin(CreateKeyRequest in) {
        return in.origin().map(origin -> KeyOrigin.valueOf(origin.value())).orElse(KeyOrigin.AWS_KMS);
    }

    private static Optional<Facts> shown(CreateKeyRequest in) {
        String spec = in.keySpec()
                .map(dev.keytrail.wire.shape.kms.KeySpec::value)
                .or(() -> in.customerMasterKeySpec().map(dev.keytrail.wire.shape.kms.CustomerMasterKeySpec::value))
                .orElse(KeySpec.SYMMETRIC_DEFAULT.name());
        Facts facts = Facts.facts()
                .putAll("tags", TagLists.shown(in.tags().orElse(List.of())))
                .put("keyUsage", in.keyUsage().map(u -> u.value()).orElse(KeyUsage.ENCRYPT_DECRYPT.name()))
                .put("description", in.description().orElse(""))
                .put("origin", origin(in).name())
                .put("multiRegion", in.multiRegion().orElse(false).booleanValue())
                .put("keySpec", spec)
                .put("customerMasterKeySpec", spec)
                .put(
                        "bypassPolicyLockoutSafetyCheck",
                        in.bypassPolicyLockoutSafetyCheck().orElse(false).booleanValue())
                .put("policy", in.policy())
                .put("customKeyStoreId", in.customKeyStoreId())
                .put("xksKeyId", in.xksKeyId());
        return Optional.of(facts);
    }
}
