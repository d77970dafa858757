package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import dev.keytrail.identity.directory.AttachedPolicies;
import dev.keytrail.identity.directory.Identifiers;
import dev.keytrail.identity.directory.IdentityTables;
import dev.keytrail.identity.directory.Role;
import dev.keytrail.wire.shape.iam.CreateServiceLinkedRoleRequest;
import dev.keytrail.wire.shape.iam.CreateServiceLinkedRoleResponse;
import java.util.Map;
import java.util.Optional;

/**
 * CreateServiceLinkedRole, for the services of the house that have such roles at AWS. Nobody can assume or change one: it is
 * here so that what expects it finds it.
 */
final class CreateServiceLinkedRole {
    /** What all paths of such roles begin with. */
    static final String PATH = "/aws-service-role/";

    private static final Map<String, String> NAMES = Map.of(
            "cloudtrail.amazonaws.com", "AWSServiceRoleForCloudTrail",
            "cks.kms.amazonaws.com", "AWSServiceRoleForKeyManagementServiceCustomKeyStores",
            "mrk.kms.amazonaws.com", "AWSServiceRoleForKeyManagementServiceMultiRegionKeys");

    private static final int SESSION_SECONDS = 3600;

    private final Permit permit;
    private final Identifiers identifiers;

    CreateServiceLinkedRole(Permit permit, Identifiers identifiers) {
        this.permit = permit;
        this.identifiers = identifiers;
    }

    Operation<CreateServiceLinkedRoleRequest, CreateServiceLinkedRoleResponse> row() {
        return Rows.changing(
                Service.IAM,
                "CreateServiceLinkedRole",
                CreateServiceLinkedRoleRequest.class,
                CreateServiceLinkedRoleResponse.class,
                this::run,
                in -> Optional.of(Facts.facts()
                        .put("aWSServiceName", in.aWSServiceName())
                        .put("description", in.description())
                        .put("customSuffix", in.customSuffix())));
    }

    private Effect<CreateServiceLinkedRoleResponse> run(Attempt attempt, CreateServiceLinkedRoleRequest in) {
        String service = in.aWSServiceName();
        Optional<String> name = Optional.ofNullable(NAMES.get(service));
        String account = attempt.call().account();
        String arn = "arn:aws:iam::" + account + ":role" + PATH + service + "/" + name.orElse("AWSServiceRoleFor*");
        permit.demand(attempt, arn, conditions -> conditions.put("iam:AWSServiceName", service));
        String roleName = name.orElseThrow(
                () -> IamErrors.invalidInput("Service role name for " + service + ": there is no such service here."));
        if (in.customSuffix().isPresent()) {
            throw IamErrors.invalidInput("Custom suffix is not allowed for " + service);
        }
        if (Kind.ROLE.find(attempt, roleName).isPresent()) {
            throw IamErrors.invalidInput("Service role name " + roleName
                    + " has been taken in this account, please try a different suffix.");
        }
        String trust = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":[\""
                + service + "\"]},\"Action\":[\"sts:AssumeRole\"]}]}";
        Role role = new Role(
                account,
                identifiers.uniqueId("AROA"),
                PATH + service + "/",
                roleName,
                attempt.call().receivedAt(),
                in.description().filter(text -> !text.isEmpty()),
                trust,
                Map.of(),
                SESSION_SECONDS,
                Map.of(),
                Optional.empty(),
                AttachedPolicies.NONE);
        return Effect.of(
                        CreateServiceLinkedRoleResponse.builder()
                                .role(Roles.full(role))
                                .build(),
                        Change.put(IdentityTables.ROLES, IdentityTables.key(account, roleName), role))
                .showing(Facts.facts().put("role", Roles.facts(role)));
    }
}
