package dev.keytrail.audit.op;

import dev.keytrail.audit.trail.Organizations;
import dev.keytrail.call.ApiError;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Refused;
import dev.keytrail.wire.shape.cloudtrail.DeregisterOrganizationDelegatedAdminRequest;
import dev.keytrail.wire.shape.cloudtrail.DeregisterOrganizationDelegatedAdminResponse;
import dev.keytrail.wire.shape.cloudtrail.RegisterOrganizationDelegatedAdminRequest;
import dev.keytrail.wire.shape.cloudtrail.RegisterOrganizationDelegatedAdminResponse;
import java.util.List;
import java.util.Optional;

/** RegisterOrganizationDelegatedAdmin and DeregisterOrganizationDelegatedAdmin: who else looks after an organisation's trails. */
final class DelegatedAdministrators {
    /** AWS's bound (cloudtrail.md F11). */
    static final int DELEGATES_MAX = 3;

    private final Permit permit;

    DelegatedAdministrators(Permit permit) {
        this.permit = permit;
    }

    List<Operation<?, ?>> rows() {
        return List.of(
                TrailDesk.row(
                        "RegisterOrganizationDelegatedAdmin",
                        false,
                        RegisterOrganizationDelegatedAdminRequest.class,
                        RegisterOrganizationDelegatedAdminResponse.class,
                        this::register,
                        in -> Optional.of(Facts.facts().put("memberAccountId", in.memberAccountId()))),
                TrailDesk.row(
                        "DeregisterOrganizationDelegatedAdmin",
                        false,
                        DeregisterOrganizationDelegatedAdminRequest.class,
                        DeregisterOrganizationDelegatedAdminResponse.class,
                        this::deregister,
                        in -> Optional.of(Facts.facts().put("delegatedAdminAccountId", in.delegatedAdminAccountId()))));
    }

    private Effect<RegisterOrganizationDelegatedAdminResponse> register(
            Attempt attempt, RegisterOrganizationDelegatedAdminRequest in) {
        Organizations.Row organization = managed(attempt);
        String account = in.memberAccountId();
        if (account.equals(organization.management())) {
            throw refuse("CannotDelegateManagementAccountException", "The management account needs no delegation.");
        }
        requireMember(organization, account);
        if (organization.delegates().contains(account)) {
            throw refuse("AccountRegisteredException", "Account " + account + " is a delegated administrator already.");
        }
        if (organization.delegates().size() >= DELEGATES_MAX) {
            throw refuse(
                    "DelegatedAdminAccountLimitExceededException",
                    "An organization can have at most " + DELEGATES_MAX + " CloudTrail delegated administrators.");
        }
        return Effect.of(
                RegisterOrganizationDelegatedAdminResponse.builder().build(),
                Organizations.replace(organization.withDelegate(account)));
    }

    private Effect<DeregisterOrganizationDelegatedAdminResponse> deregister(
            Attempt attempt, DeregisterOrganizationDelegatedAdminRequest in) {
        Organizations.Row organization = managed(attempt);
        String account = in.delegatedAdminAccountId();
        requireMember(organization, account);
        if (!organization.delegates().contains(account)) {
            throw refuse("AccountNotRegisteredException", "Account " + account + " is no delegated administrator.");
        }
        return Effect.of(
                DeregisterOrganizationDelegatedAdminResponse.builder().build(),
                Organizations.replace(organization.withoutDelegate(account)));
    }

    private Organizations.Row managed(Attempt attempt) {
        permit.check(attempt, Permit.ANY);
        String account = attempt.call().account();
        Organizations.Row organization = Organizations.of(attempt.state(), account)
                .orElseThrow(() ->
                        refuse("OrganizationsNotInUseException", "Account " + account + " is not in an organization."));
        if (!organization.management().equals(account)) {
            throw refuse(
                    "NotOrganizationManagementAccountException",
                    "Account " + account + " is not the management account of its organization.");
        }
        return organization;
    }

    private static void requireMember(Organizations.Row organization, String account) {
        if (!organization.organization().accounts().contains(account)) {
            throw refuse("AccountNotFoundException", "Account " + account + " is not in the organization.");
        }
    }

    private static Refused refuse(String code, String message) {
        return new Refused(ApiError.of(code, message));
    }
}
