package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import dev.keytrail.call.State;
import dev.keytrail.identity.directory.Account;
import dev.keytrail.identity.directory.IdentityTables;
import dev.keytrail.identity.directory.ManagedPolicy;
import dev.keytrail.identity.directory.MfaDevice;
import dev.keytrail.wire.NoInput;
import dev.keytrail.wire.shape.iam.GetAccountSummaryResponse;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** GetAccountSummary: how many of what there are, and the quotas that are kept here. */
final class GetAccountSummary {
    private final Permit permit;

    GetAccountSummary(Permit permit) {
        this.permit = permit;
    }

    Operation<NoInput, GetAccountSummaryResponse> row() {
        return Rows.reading(
                Service.IAM,
                "GetAccountSummary",
                NoInput.class,
                GetAccountSummaryResponse.class,
                this::run,
                _ -> Optional.empty());
    }

    private Effect<GetAccountSummaryResponse> run(Attempt attempt, NoInput in) {
        permit.demand(attempt, Permit.ANY);
        Map<String, Integer> summary = counts(attempt.state(), attempt.call().account());
        summary.put("AccessKeysPerUserQuota", CreateAccessKey.KEYS_MAX);
        summary.put("AssumeRolePolicySizeQuota", Documents.TRUST_CHARACTERS_MAX);
        summary.put("AttachedPoliciesPerGroupQuota", ManagedAttachments.POLICIES_MAX);
        summary.put("AttachedPoliciesPerRoleQuota", ManagedAttachments.POLICIES_MAX);
        summary.put("AttachedPoliciesPerUserQuota", ManagedAttachments.POLICIES_MAX);
        summary.put("GroupPolicySizeQuota", Kind.GROUP.inlineCharactersMax());
        summary.put("GroupsPerUserQuota", Membership.GROUPS_MAX);
        summary.put("PolicySizeQuota", Documents.MANAGED_CHARACTERS_MAX);
        summary.put("RolePolicySizeQuota", Kind.ROLE.inlineCharactersMax());
        summary.put("UserPolicySizeQuota", Kind.USER.inlineCharactersMax());
        summary.put("VersionsPerPolicyQuota", PolicyVersions.VERSIONS_MAX);
        return Effect.of(GetAccountSummaryResponse.builder().summaryMap(summary).build());
    }

    private static Map<String, Integer> counts(State state, String account) {
        List<ManagedPolicy> policies = Entities.all(state, IdentityTables.POLICIES, account);
        Account root = Accounts.of(state, account);
        Map<String, Integer> counts = new LinkedHashMap<>();
        counts.put("Users", Entities.all(state, IdentityTables.USERS, account).size());
        counts.put("Groups", Entities.all(state, IdentityTables.GROUPS, account).size());
        counts.put("Roles", Entities.all(state, IdentityTables.ROLES, account).size());
        counts.put("Policies", policies.size());
        counts.put(
                "PolicyVersionsInUse",
                policies.stream().mapToInt(policy -> policy.versions().size()).sum());
        counts.put("AccountAccessKeysPresent", root.rootAccessKeys().isEmpty() ? 0 : 1);
        counts.put("AccountPasswordPresent", root.rootLogin().isPresent() ? 1 : 0);
        counts.put("AccountSigningCertificatesPresent", 0);
        counts.put("AccountMFAEnabled", root.rootMfaDevices().isEmpty() ? 0 : 1);
        List<MfaDevice> devices = Entities.all(state, IdentityTables.MFA_DEVICES, account);
        counts.put("MFADevices", devices.size());
        counts.put("MFADevicesInUse", (int)
                devices.stream().filter(device -> device.holder().isPresent()).count());
        counts.put(
                "Providers",
                Entities.all(state, IdentityTables.OIDC_PROVIDERS, account).size()
                        + Entities.all(state, IdentityTables.SAML_PROVIDERS, account)
                                .size());
        counts.put("InstanceProfiles", 0);
        counts.put("ServerCertificates", 0);
        return counts;
    }
}
