package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Call;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.FollowUp;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Resource;
import dev.keytrail.kms.key.Circumstances;
import dev.keytrail.kms.key.Grants;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KeyConditions;
import dev.keytrail.kms.key.KeyCount;
import dev.keytrail.kms.key.KeyOrigin;
import dev.keytrail.kms.key.KeyPolicies;
import dev.keytrail.kms.key.KeyState;
import dev.keytrail.kms.key.KmsErrors;
import dev.keytrail.kms.key.Material;
import dev.keytrail.kms.key.Named;
import dev.keytrail.kms.key.Permissions;
import dev.keytrail.kms.key.Quotas;
import dev.keytrail.kms.key.RelatedKeys;
import dev.keytrail.kms.key.Rotations;
import dev.keytrail.kms.key.StateRule;
import dev.keytrail.kms.key.TagRules;
import dev.keytrail.kms.key.Tags;
import dev.keytrail.wire.shape.kms.ReplicateKeyRequest;
import dev.keytrail.wire.shape.kms.ReplicateKeyResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * ReplicateKey: the same key in another Region, under a policy, description and tags of its own. It is there when this is
 * answered, though the answer says Creating, as clients expect.
 */
final class ReplicateKey {
    private static final String CREATE = "kms:CreateKey";
    private static final String TAG = "kms:TagResource";

    private final KeyCare care;
    private final Permissions permissions;
    private final KeyPolicies policies;
    private final Quotas quotas;

    ReplicateKey(KeyCare care, Permissions permissions, KeyPolicies policies, Quotas quotas) {
        this.care = care;
        this.permissions = permissions;
        this.policies = policies;
        this.quotas = quotas;
    }

    Operation<ReplicateKeyRequest, ReplicateKeyResponse> row() {
        return Rows.changing(
                "ReplicateKey", ReplicateKeyRequest.class, ReplicateKeyResponse.class, this::run, ReplicateKey::shown);
    }

    private Effect<ReplicateKeyResponse> run(Attempt attempt, ReplicateKeyRequest in) {
        String region = in.replicaRegion();
        Map<String, String> tags = TagLists.collected(in.tags().orElse(List.of()));
        Tags tagged = TagRules.demandWithinQuota(Tags.NONE.putAll(tags));
        boolean bypass = in.bypassPolicyLockoutSafetyCheck().orElse(false);
        Key primary = care.ready(
                attempt,
                in.keyId(),
                StateRule.ANY,
                to -> to.put("kms:ReplicaRegion", region).put("kms:BypassPolicyLockoutSafetyCheck", bypass));
        Circumstances there = to -> {
            KeyConditions.describe(primary.spec(), primary.usage(), primary.origin(), true, to);
            KeyConditions.requestTags(tags, to);
            to.put("kms:MultiRegionKeyType", "REPLICA");
            to.put("kms:BypassPolicyLockoutSafetyCheck", bypass);
            to.put("aws:RequestedRegion", region);
        };
        permissions.demandOfCaller(attempt, CREATE, Optional.empty(), there);
        if (!tags.isEmpty()) {
            permissions.demandOfCaller(attempt, TAG, Optional.empty(), there);
        }
        StateRule.REPLICATING.demand(primary);
        RelatedKeys related = RelatedKeys.of(attempt.state(), primary)
                .filter(set -> set.isPrimary(primary))
                .orElseThrow(() -> KmsErrors.notPrimary(primary));
        demandFree(attempt, primary, related, region);
        Key replica = replica(attempt.call(), primary, in, tagged);
        List<Change<?>> beside = new ArrayList<>();
        if (in.policy().isPresent()) {
            beside.add(policies.demandAcceptable(attempt, Named.byId(replica), replica.policy(), bypass, there));
        }
        RelatedKeys wider = related.with(region);
        beside.add(KeyCount.more(attempt.state(), replica, quotas.keys()));
        return answer(in, replica, wider, beside);
    }

    private static void demandFree(Attempt attempt, Key primary, RelatedKeys related, String region) {
        if (related.regions().contains(region)) {
            throw KmsErrors.replicaExists(Key.arn(primary.account(), region, primary.id()));
        }
        // The grants of a replica that was deleted must be gone before a key of the same name is there.
        if (Grants.areLeft(attempt.state(), primary.account(), region, primary.id())) {
            throw KmsErrors.replicaExists(Key.arn(primary.account(), region, primary.id()));
        }
    }

    private static Key replica(Call call, Key primary, ReplicateKeyRequest in, Tags tags) {
        boolean imported = primary.origin() == KeyOrigin.EXTERNAL;
        return new Key(
                primary.account(),
                in.replicaRegion(),
                primary.id(),
                Key.arn(primary.account(), in.replicaRegion(), primary.id()),
                Times.of(call),
                in.description().orElse(""),
                primary.spec(),
                primary.usage(),
                primary.origin(),
                false,
                true,
                imported ? KeyState.PENDING_IMPORT : KeyState.ENABLED,
                Optional.empty(),
                Optional.empty(),
                in.policy().orElseGet(() -> KeyPolicies.defaultFor(primary.account())),
                tags,
                imported ? primary.materials().stream().map(Material::emptied).toList() : primary.materials(),
                primary.publicKey(),
                Optional.empty());
    }

    private static Effect<ReplicateKeyResponse> answer(
            ReplicateKeyRequest in, Key replica, RelatedKeys related, List<Change<?>> beside) {
        // What the client is told: in the making, without material.
        Key creating = replica.withMaterials(List.of()).withState(KeyState.CREATING);
        Optional<RelatedKeys> set = Optional.of(related);
        Facts response = Facts.facts()
                .put("replicaKeyMetadata", Metadata.shown(creating, set))
                .put("replicaPolicy", replica.policy());
        if (in.tags().isPresent()) {
            response.putAll("replicaTags", TagLists.shown(in.tags().get()));
        }
        FollowUp made = new FollowUp(
                "CreateKey",
                replica.region(),
                createKey(in, replica),
                Optional.of(Facts.facts().put("keyMetadata", Metadata.shown(creating, set))),
                List.of(new Resource(replica.account(), Key.RESOURCE_TYPE, replica.arn())));
        List<Change<?>> changes = new ArrayList<>(beside);
        changes.add(Change.put(Key.TABLE, replica.rowKey(), replica));
        changes.add(related.put());
        return Effect.of(
                        ReplicateKeyResponse.builder()
                                .replicaKeyMetadata(Metadata.of(creating, set))
                                .replicaPolicy(replica.policy())
                                .replicaTags(in.tags().orElse(List.of()))
                                .build(),
                        changes)
                .showing(response)
                .andThen(made)
                .andThen(Rotations.synchronised(replica));
    }

    private static Optional<Facts> createKey(ReplicateKeyRequest in, Key replica) {
        return Optional.of(Facts.facts()
                .putAll("tags", TagLists.shown(in.tags().orElse(List.of())))
                .put("keyUsage", replica.usage().name())
                .put("description", replica.description())
                .put("origin", replica.origin().name())
                .put("multiRegion", true)
                .put("keySpec", replica.spec().name())
                .put("customerMasterKeySpec", replica.spec().name())
                .put(
                        "bypassPolicyLockoutSafetyCheck",
                        in.bypassPolicyLockoutSafetyCheck().orElse(false).booleanValue())
                .put("policy", in.policy()));
    }

    private static Optional<Facts> shown(ReplicateKeyRequest in) {
        Facts facts = Facts.facts()
                .put("keyId", in.keyId())
                .put("replicaRegion", in.replicaRegion())
                .put("description", in.description())
                .put(
                        "bypassPolicyLockoutSafetyCheck",
                        in.bypassPolicyLockoutSafetyCheck().orElse(false).booleanValue())
                .put("policy", in.policy());
        in.tags().ifPresent(tags -> facts.putAll("tags", TagLists.shown(tags)));
        return Optional.of(facts);
    }
}
