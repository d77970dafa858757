package dev.keytrail.kms.key;

import dev.keytrail.call.Attempt;
import dev.keytrail.policy.ConditionContext;
import java.util.Map;

/** The condition keys that describe a key, or a key to be made (kms.md section 16). */
public final class KeyConditions {
    private static final String AWS_DOMAIN = ".amazonaws.com";

    private KeyConditions() {}

    /** Those of every operation on a key. */
    static void describe(Attempt attempt, Named named, ConditionContext.Builder conditions) {
        Key key = named.key();
        conditions.put("kms:CallerAccount", attempt.call().caller().principal().account());
        describe(key.spec(), key.usage(), key.origin(), key.multiRegion(), conditions);
        RelatedKeys.of(attempt.state(), key)
                .ifPresent(related ->
                        conditions.put("kms:MultiRegionKeyType", related.isPrimary(key) ? "PRIMARY" : "REPLICA"));
        conditions.put("kms:RequestAlias", named.alias());
        conditions.putAll(
                "kms:ResourceAliases", AliasNames.of(attempt.state(), key).names());
        for (Tags.Tag tag : key.tags().all()) {
            conditions.put("aws:ResourceTag/" + tag.key(), tag.value());
        }
        attempt.call()
                .caller()
                .invokedBy()
                .ifPresent(service -> conditions.put("kms:ViaService", via(service, key.region())));
    }

    /** The properties that CreateKey asks for and every key has. */
    public static void describe(
            KeySpec spec, KeyUsage usage, KeyOrigin origin, boolean multiRegion, ConditionContext.Builder conditions) {
        conditions.put("kms:KeySpec", spec.name());
        conditions.put("kms:CustomerMasterKeySpec", spec.name());
        conditions.put("kms:KeyUsage", usage.name());
        conditions.put("kms:CustomerMasterKeyUsage", usage.name());
        conditions.put("kms:KeyOrigin", origin.name());
        conditions.put("kms:MultiRegion", multiRegion);
    }

    /** Tags that a request brings. */
    public static void requestTags(Map<String, String> tags, ConditionContext.Builder conditions) {
        if (tags.isEmpty()) {
            return;
        }
        tags.forEach((key, value) -> conditions.put("aws:RequestTag/" + key, value));
        conditions.putAll("aws:TagKeys", tags.keySet());
    }

    /** {@code s3.amazonaws.com} calls as {@code s3.us-east-1.amazonaws.com}. */
    public static String via(String service, String region) {
        return service.endsWith(AWS_DOMAIN)
                ? service.substring(0, service.length() - AWS_DOMAIN.length()) + "." + region + AWS_DOMAIN
                : service;
    }
}
