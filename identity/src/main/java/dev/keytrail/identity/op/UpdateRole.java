package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import dev.keytrail.identity.directory.Role;
import dev.keytrail.wire.shape.iam.UpdateRoleDescriptionRequest;
import dev.keytrail.wire.shape.iam.UpdateRoleDescriptionResponse;
import dev.keytrail.wire.shape.iam.UpdateRoleRequest;
import dev.keytrail.wire.shape.iam.UpdateRoleResponse;
import java.util.List;
import java.util.Optional;

/**
 * UpdateRole, and UpdateRoleDescription, which it came to replace. UpdateRole resets what it is not given: AWS's session
 * duration falls back to an hour, and the description stays.
 */
final class UpdateRole {
    private static final int SESSION_SECONDS_DEFAULT = 3600;

    private final Permit permit;

    UpdateRole(Permit permit) {
        this.permit = permit;
    }

    List<Operation<?, ?>> rows() {
        return List.of(
                Rows.changing(
                        Service.IAM,
                        "UpdateRole",
                        UpdateRoleRequest.class,
                        UpdateRoleResponse.class,
                        this::run,
                        UpdateRole::facts),
                Rows.changing(
                        Service.IAM,
                        "UpdateRoleDescription",
                        UpdateRoleDescriptionRequest.class,
                        UpdateRoleDescriptionResponse.class,
                        this::run,
                        in -> Optional.of(
                                Facts.facts().put("roleName", in.roleName()).put("description", in.description()))));
    }

    private Effect<UpdateRoleResponse> run(Attempt attempt, UpdateRoleRequest in) {
        Role role = Kind.ROLE.permitted(attempt, permit, in.roleName());
        Role changed = role.withSessionSecondsMax(in.maxSessionDuration().orElse(SESSION_SECONDS_DEFAULT));
        if (in.description().isPresent()) {
            changed = changed.withDescription(in.description().filter(text -> !text.isEmpty()));
        }
        return Effect.of(UpdateRoleResponse.builder().build(), Kind.ROLE.put(changed));
    }

    private Effect<UpdateRoleDescriptionResponse> run(Attempt attempt, UpdateRoleDescriptionRequest in) {
        Role role = Kind.ROLE.permitted(attempt, permit, in.roleName());
        Role changed = role.withDescription(Optional.of(in.description()).filter(text -> !text.isEmpty()));
        return Effect.of(
                        UpdateRoleDescriptionResponse.builder()
                                .role(Roles.full(changed))
                                .build(),
                        Kind.ROLE.put(changed))
                .showing(Facts.facts().put("role", Roles.facts(changed)));
    }

    private static Optional<Facts> facts(UpdateRoleRequest in) {
        Facts facts = Facts.facts().put("roleName", in.roleName()).put("description", in.description());
        in.maxSessionDuration().ifPresent(seconds -> facts.put("maxSessionDuration", seconds));
        return Optional.of(facts);
    }
}
