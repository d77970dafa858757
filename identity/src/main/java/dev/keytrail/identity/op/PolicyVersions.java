package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import dev.keytrail.identity.directory.ManagedPolicy;
import dev.keytrail.policy.ManagedPolicies;
import dev.keytrail.wire.NoOutput;
import dev.keytrail.wire.shape.iam.CreatePolicyVersionRequest;
import dev.keytrail.wire.shape.iam.CreatePolicyVersionResponse;
import dev.keytrail.wire.shape.iam.DeletePolicyVersionRequest;
import dev.keytrail.wire.shape.iam.GetPolicyVersionRequest;
import dev.keytrail.wire.shape.iam.GetPolicyVersionResponse;
import dev.keytrail.wire.shape.iam.ListPolicyVersionsRequest;
import dev.keytrail.wire.shape.iam.ListPolicyVersionsResponse;
import dev.keytrail.wire.shape.iam.PolicyVersion;
import dev.keytrail.wire.shape.iam.SetDefaultPolicyVersionRequest;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The versions of managed policies: Create, Get, List, SetDefault and Delete. Numbers are never used again; what the
 * default version says binds the next request of everybody the policy is attached to.
 */
final class PolicyVersions {
    /** AWS's quota VersionsPerPolicy. */
    static final int VERSIONS_MAX = 5;

    private static final Pattern VERSION_ID = Pattern.compile("v[1-9][0-9]{0,8}");

    private final Permit permit;
    private final Documents documents;

    PolicyVersions(Permit permit, Documents documents) {
        this.permit = permit;
        this.documents = documents;
    }

    List<Operation<?, ?>> rows() {
        return List.of(
                Rows.changing(
                        Service.IAM,
                        "CreatePolicyVersion",
                        CreatePolicyVersionRequest.class,
                        CreatePolicyVersionResponse.class,
                        this::create,
                        PolicyVersions::facts),
                Rows.reading(
                        Service.IAM,
                        "GetPolicyVersion",
                        GetPolicyVersionRequest.class,
                        GetPolicyVersionResponse.class,
                        this::get,
                        in -> Optional.of(facts(in.policyArn(), in.versionId()))),
                Rows.reading(
                        Service.IAM,
                        "ListPolicyVersions",
                        ListPolicyVersionsRequest.class,
                        ListPolicyVersionsResponse.class,
                        this::list,
                        in -> Optional.of(Rows.paging(
                                Facts.facts().put("policyArn", in.policyArn()), in.maxItems(), in.marker()))),
                Rows.changing(
                        Service.IAM,
                        "SetDefaultPolicyVersion",
                        SetDefaultPolicyVersionRequest.class,
                        NoOutput.class,
                        this::setDefault,
                        in -> Optional.of(facts(in.policyArn(), in.versionId()))),
                Rows.changing(
                        Service.IAM,
                        "DeletePolicyVersion",
                        DeletePolicyVersionRequest.class,
                        NoOutput.class,
                        this::delete,
                        in -> Optional.of(facts(in.policyArn(), in.versionId()))));
    }

    private Effect<CreatePolicyVersionResponse> create(Attempt attempt, CreatePolicyVersionRequest in) {
        ManagedPolicy policy = CustomerPolicies.permitted(attempt, permit, in.policyArn());
        documents.requireManagedPolicy(in.policyDocument());
        if (policy.versions().size() >= VERSIONS_MAX) {
            throw IamErrors.limitExceeded("A managed policy can have up to " + VERSIONS_MAX
                    + " versions. Before you create a new version, you must delete an existing version.");
        }
        ManagedPolicy changed = policy.withVersion(
                in.policyDocument(),
                attempt.call().receivedAt(),
                in.setAsDefault().orElse(false));
        PolicyVersion made = Policies.brief(changed, changed.versions().getLast());
        Facts shown = Facts.facts()
                .put("versionId", Policies.versionId(changed.lastVersion()))
                .put("isDefaultVersion", changed.defaultVersion() == changed.lastVersion())
                .put("createDate", changed.updated());
        return Effect.of(
                        CreatePolicyVersionResponse.builder()
                                .policyVersion(made)
                                .build(),
                        CustomerPolicies.put(changed))
                .showing(Facts.facts().put("policyVersion", shown));
    }

    private Effect<GetPolicyVersionResponse> get(Attempt attempt, GetPolicyVersionRequest in) {
        Optional<ManagedPolicy> own = CustomerPolicies.permittedToRead(attempt, permit, in.policyArn());
        PolicyVersion version = own.map(p -> Policies.full(p, require(p, in.versionId())))
                .orElseGet(() -> ofAws(in.policyArn(), in.versionId()));
        return Effect.of(
                GetPolicyVersionResponse.builder().policyVersion(version).build());
    }

    private Effect<ListPolicyVersionsResponse> list(Attempt attempt, ListPolicyVersionsRequest in) {
        Optional<ManagedPolicy> own = CustomerPolicies.permittedToRead(attempt, permit, in.policyArn());
        // The newest first, as AWS lists them.
        List<PolicyVersion> all = own.map(p -> p.versions().reversed().stream()
                        .map(version -> Policies.brief(p, version))
                        .toList())
                .orElseGet(() -> List.of(PolicyVersion.builder()
                        .versionId(Policies.versionId(1))
                        .isDefaultVersion(true)
                        .build()));
        Pages.Page<PolicyVersion> page = new Paging(in.maxItems(), in.marker()).of(all);
        return Effect.of(ListPolicyVersionsResponse.builder()
                .versions(page.items())
                .isTruncated(page.truncated())
                .marker(page.marker())
                .build());
    }

    private Effect<NoOutput> setDefault(Attempt attempt, SetDefaultPolicyVersionRequest in) {
        ManagedPolicy policy = CustomerPolicies.permitted(attempt, permit, in.policyArn());
        int number = require(policy, in.versionId()).number();
        return Effect.of(
                NoOutput.INSTANCE,
                CustomerPolicies.put(
                        policy.withDefaultVersion(number, attempt.call().receivedAt())));
    }

    private Effect<NoOutput> delete(Attempt attempt, DeletePolicyVersionRequest in) {
        ManagedPolicy policy = CustomerPolicies.permitted(attempt, permit, in.policyArn());
        int number = require(policy, in.versionId()).number();
        if (number == policy.defaultVersion()) {
            throw IamErrors.deleteConflict("Cannot delete the default version of a policy.");
        }
        return Effect.of(
                NoOutput.INSTANCE,
                CustomerPolicies.put(
                        policy.withoutVersion(number, attempt.call().receivedAt())));
    }

    private static ManagedPolicy.Version require(ManagedPolicy policy, String versionId) {
        if (!VERSION_ID.matcher(versionId).matches()) {
            throw noSuchVersion(policy.arn(), versionId);
        }
        return policy.version(Integer.parseInt(versionId, 1, versionId.length(), 10))
                .orElseThrow(() -> noSuchVersion(policy.arn(), versionId));
    }

    /** AWS's policies have one version here. */
    static PolicyVersion ofAws(String arn, String versionId) {
        ManagedPolicies.Managed policy = ManagedPolicies.byArn(arn).orElseThrow(() -> IamErrors.noSuchPolicy(arn));
        if (!versionId.equals(Policies.versionId(1))) {
            throw noSuchVersion(arn, versionId);
        }
        return PolicyVersion.builder()
                .versionId(Policies.versionId(1))
                .isDefaultVersion(true)
                .document(Documents.encoded(policy.policy().text()))
                .build();
    }

    private static RuntimeException noSuchVersion(String arn, String versionId) {
        return IamErrors.noSuchEntity(
                "Policy " + arn + " version " + versionId + " does not exist or is not attachable.");
    }

    private static Optional<Facts> facts(CreatePolicyVersionRequest in) {
        Facts facts = Facts.facts().put("policyArn", in.policyArn()).put("policyDocument", in.policyDocument());
        in.setAsDefault().ifPresent(value -> facts.put("setAsDefault", value));
        return Optional.of(facts);
    }

    private static Facts facts(String arn, String versionId) {
        return Facts.facts().put("policyArn", arn).put("versionId", versionId);
    }
}
