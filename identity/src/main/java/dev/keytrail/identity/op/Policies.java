package dev.keytrail.identity.op;

import dev.keytrail.call.Facts;
import dev.keytrail.identity.directory.ManagedPolicy;
import dev.keytrail.policy.ManagedPolicies;
import dev.keytrail.wire.shape.iam.Policy;
import dev.keytrail.wire.shape.iam.PolicyVersion;

/** How managed policies are shown. */
final class Policies {
    private Policies() {}

    /** As Get shows it; lists leave tags and description out. */
    static Policy full(ManagedPolicy policy) {
        Policy.Builder shape = builder(policy).description(policy.description());
        if (!policy.tags().isEmpty()) {
            shape.tags(TagLists.shape(policy.tags()));
        }
        return shape.build();
    }

    static Policy brief(ManagedPolicy policy) {
        return builder(policy).build();
    }

    private static Policy.Builder builder(ManagedPolicy policy) {
        return Policy.builder()
                .policyName(policy.name())
                .policyId(policy.id())
                .arn(policy.arn())
                .path(policy.path())
                .defaultVersionId(versionId(policy.defaultVersion()))
                .attachmentCount(policy.attachments())
                .permissionsBoundaryUsageCount(policy.boundaryUses())
                .isAttachable(true)
                .createDate(policy.created())
                .updateDate(policy.updated());
    }

    /** One of AWS's own, without the unique id and dates that only AWS gives it. */
    static Policy ofAws(ManagedPolicies.Managed policy, Entities.Uses uses) {
        return Policy.builder()
                .policyName(policy.name())
                .arn(policy.arn())
                .path(Attachments.path(policy.arn()))
                .defaultVersionId(versionId(1))
                .attachmentCount(uses.attachments())
                .permissionsBoundaryUsageCount(uses.boundaries())
                .isAttachable(true)
                .description(policy.description())
                .build();
    }

    /** Documents are shown one at a time only. */
    static PolicyVersion brief(ManagedPolicy policy, ManagedPolicy.Version version) {
        return builder(policy, version).build();
    }

    static PolicyVersion full(ManagedPolicy policy, ManagedPolicy.Version version) {
        return builder(policy, version)
                .document(Documents.encoded(version.document()))
                .build();
    }

    private static PolicyVersion.Builder builder(ManagedPolicy policy, ManagedPolicy.Version version) {
        return PolicyVersion.builder()
                .versionId(versionId(version.number()))
                .isDefaultVersion(version.number() == policy.defaultVersion())
                .createDate(version.created());
    }

    static String versionId(int number) {
        return "v" + number;
    }

    /** As the event of its making shows it. */
    static Facts facts(ManagedPolicy policy) {
        Facts facts = Facts.facts()
                .put("policyName", policy.name())
                .put("policyId", policy.id())
                .put("arn", policy.arn())
                .put("path", policy.path())
                .put("defaultVersionId", versionId(policy.defaultVersion()))
                .put("attachmentCount", policy.attachments())
                .put("permissionsBoundaryUsageCount", policy.boundaryUses())
                .put("isAttachable", true)
                .put("createDate", policy.created())
                .put("updateDate", policy.updated());
        if (!policy.tags().isEmpty()) {
            facts.putAll("tags", TagLists.facts(TagLists.shape(policy.tags())));
        }
        return facts;
    }
}
