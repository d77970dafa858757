package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Session;
import dev.keytrail.identity.directory.IdentityPolicies;
import dev.keytrail.policy.ConditionContext;
import dev.keytrail.wire.shape.sts.PolicyDescriptorType;
import dev.keytrail.wire.shape.sts.Tag;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.Deflater;

/**
 * What a request asks to put into a session: policies that narrow it, and tags. Checked but for the existence of the
 * managed policies, which nobody learns before he is let in.
 *
 * @param policies the inline one as a document, managed ones by ARN
 * @param packedPolicySize percentage of the room for all this, when there is anything
 */
record SessionContents(
        List<String> policies,
        Map<String, String> tags,
        List<String> transitiveTagKeys,
        Optional<Integer> packedPolicySize) {
    private static final int POLICY_CHARACTERS_MAX = 2048;
    private static final int POLICY_ARNS_MAX = 10;
    private static final int TAGS_MAX = 50;

    /** The packed form must go into each request's token. AWS does not publish its bound; this one is ours. */
    private static final int PACKED_BYTES_MAX = 2048;

    /** @throws dev.keytrail.call.Refused if something is not as it may be */
    static SessionContents checked(
            Documents documents,
            Optional<String> policy,
            Optional<List<PolicyDescriptorType>> arns,
            Optional<List<Tag>> tags,
            Optional<List<String>> transitiveTagKeys) {
        List<String> policies = new ArrayList<>();
        policy.ifPresent(document -> {
            if (document.length() > POLICY_CHARACTERS_MAX) {
                throw tooLong("policy", POLICY_CHARACTERS_MAX);
            }
            documents.requireIdentityPolicy(document);
            policies.add(document);
        });
        List<PolicyDescriptorType> described = arns.orElse(List.of());
        if (described.size() > POLICY_ARNS_MAX) {
            throw tooLong("policyArns", POLICY_ARNS_MAX);
        }
        described.stream().flatMap(d -> d.arn().stream()).forEach(arn -> {
            Attachments.requireForm(arn);
            policies.add(arn);
        });
        Map<String, String> checked = checked(tags.orElse(List.of()));
        List<String> transitive = transitiveTagKeys.orElse(List.of());
        for (String key : transitive) {
            if (checked.keySet().stream().noneMatch(key::equalsIgnoreCase)) {
                throw StsErrors.invalidParameterValue(
                        "The specified transitive tag key must be included in the requested tags.");
            }
        }
        return new SessionContents(policies, checked, transitive, packed(policies, checked));
    }

    private static Map<String, String> checked(List<Tag> tags) {
        if (tags.size() > TAGS_MAX) {
            throw tooLong("tags", TAGS_MAX);
        }
        Map<String, String> map = new LinkedHashMap<>();
        Set<String> seen = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        for (Tag tag : tags) {
            if (tag.key().toLowerCase(Locale.ROOT).startsWith("aws:")) {
                throw StsErrors.invalidParameterValue("Tag keys beginning with 'aws:' are reserved for system use.");
            }
            if (!seen.add(tag.key())) {
                throw StsErrors.invalidParameterValue(
                        "Duplicate tag keys found. Please note that Tag keys are case insensitive.");
            }
            map.put(tag.key(), tag.value());
        }
        return map;
    }

    private static RuntimeException tooLong(String member, int max) {
        return IamErrors.validation("1 validation error detected: Value at '" + member
                + "' failed to satisfy constraint: Member must have length less than or equal to " + max);
    }

    /** The condition keys of the request's tags. */
    void conditions(ConditionContext.Builder conditions) {
        TagLists.conditions(conditions, tags);
        conditions.putAll("sts:TransitiveTagKeys", transitiveTagKeys);
    }

    /** With the policies of another, which were checked. */
    SessionContents withPolicies(List<String> checked) {
        return new SessionContents(checked, tags, transitiveTagKeys, packed(checked, tags));
    }

    /** With the transitive tags of the session that asks, which cannot be set anew. */
    SessionContents inheriting(Optional<Session> asking) {
        if (asking.isEmpty() || asking.get().transitiveTagKeys().isEmpty()) {
            return this;
        }
        Map<String, String> all = new LinkedHashMap<>();
        List<String> transitive = new ArrayList<>(asking.get().transitiveTagKeys());
        asking.get().tags().forEach((key, value) -> {
            if (transitive.stream().anyMatch(key::equalsIgnoreCase)) {
                all.put(key, value);
            }
        });
        for (String key : tags.keySet()) {
            if (all.keySet().stream().anyMatch(key::equalsIgnoreCase)) {
                throw StsErrors.invalidParameterValue("One of the specified transitive tag keys can't be set because it"
                        + " conflicts with a transitive tag key from the calling session.");
            }
        }
        all.putAll(tags);
        transitive.addAll(transitiveTagKeys);
        return new SessionContents(policies, all, transitive, packedPolicySize);
    }

    /** @param account whose customer-managed policies may be named */
    void requirePolicies(Attempt attempt, String account) {
        for (String policy : policies) {
            if (!policy.startsWith("arn:")) {
                continue;
            }
            String owner = Attachments.requireForm(policy);
            boolean reachable = owner.equals("aws") || owner.equals(account);
            if (!reachable || !IdentityPolicies.exists(attempt.state(), policy)) {
                throw IamErrors.malformedPolicy("Policy " + policy + " does not exist or is not attachable.");
            }
        }
    }

    private static Optional<Integer> packed(List<String> policies, Map<String, String> tags) {
        if (policies.isEmpty() && tags.isEmpty()) {
            return Optional.empty();
        }
        StringBuilder all = new StringBuilder();
        policies.forEach(policy -> all.append(policy).append('\n'));
        tags.forEach((key, value) -> all.append(key).append('=').append(value).append('\n'));
        int bytes = deflated(all.toString().getBytes(StandardCharsets.UTF_8));
        int percent = (bytes * 100 + PACKED_BYTES_MAX - 1) / PACKED_BYTES_MAX;
        if (percent > 100) {
            throw StsErrors.packedPolicyTooLarge(percent);
        }
        return Optional.of(percent);
    }

    private static int deflated(byte[] bytes) {
        Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION);
        try {
            deflater.setInput(bytes);
            deflater.finish();
            byte[] out = new byte[bytes.length + 64];
            int total = 0;
            while (!deflater.finished()) {
                total += deflater.deflate(out);
            }
            return total;
        } finally {
            deflater.end();
        }
    }

    /** The members of the request, as events show them. */
    static void facts(
            Facts facts, Optional<String> policy, Optional<List<PolicyDescriptorType>> arns, Optional<List<Tag>> tags) {
        arns.ifPresent(all -> facts.putAll(
                "policyArns",
                all.stream().map(d -> Facts.facts().put("arn", d.arn())).toList()));
        facts.put("policy", policy);
        tags.ifPresent(all -> facts.putAll(
                "tags",
                all.stream()
                        .map(t -> Facts.facts().put("key", t.key()).put("value", t.value()))
                        .toList()));
    }
}
