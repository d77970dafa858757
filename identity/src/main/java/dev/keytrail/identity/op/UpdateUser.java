package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import dev.keytrail.identity.directory.AccessKey;
import dev.keytrail.identity.directory.IdentityTables;
import dev.keytrail.identity.directory.MfaDevice;
import dev.keytrail.identity.directory.User;
import dev.keytrail.wire.NoOutput;
import dev.keytrail.wire.shape.iam.UpdateUserRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** UpdateUser: another name or path for the same user. Needs permission on the user under the old and the new one. */
final class UpdateUser {
    private final Permit permit;

    UpdateUser(Permit permit) {
        this.permit = permit;
    }

    Operation<UpdateUserRequest, NoOutput> row() {
        return Rows.changing(
                Service.IAM,
                "UpdateUser",
                UpdateUserRequest.class,
                NoOutput.class,
                this::run,
                in -> Optional.of(Facts.facts()
                        .put("userName", in.userName())
                        .put("newPath", in.newPath())
                        .put("newUserName", in.newUserName())));
    }

    private Effect<NoOutput> run(Attempt attempt, UpdateUserRequest in) {
        User user = Kind.USER.permitted(attempt, permit, in.userName());
        User changed =
                user.renamed(in.newPath().orElse(user.path()), in.newUserName().orElse(user.name()));
        permit.demand(attempt, changed.arn(), conditions -> Kind.conditions(conditions, changed));
        if (changed.name().equalsIgnoreCase(user.name())) {
            return Effect.of(NoOutput.INSTANCE, renamed(attempt, changed));
        }
        if (Kind.USER.find(attempt, changed.name()).isPresent()) {
            throw Kind.USER.exists(changed.name());
        }
        List<Change<?>> changes = new ArrayList<>(List.of(Kind.USER.delete(user)));
        changes.addAll(renamed(attempt, changed));
        return Effect.of(NoOutput.INSTANCE, changes);
    }

    /** The user's row, and those of its keys and devices, which name it. */
    private static List<Change<?>> renamed(Attempt attempt, User user) {
        List<Change<?>> changes = new ArrayList<>(List.of(Kind.USER.put(user)));
        AccessKey.Owner owner = new AccessKey.Owner.OfUser(user.name(), user.id());
        for (String id : user.accessKeys()) {
            attempt.state()
                    .get(IdentityTables.ACCESS_KEYS, id)
                    .map(key -> Change.put(IdentityTables.ACCESS_KEYS, id, key.withOwner(owner)))
                    .ifPresent(changes::add);
        }
        for (String arn : user.mfaDevices()) {
            Mfa.find(attempt, arn)
                    .map(device -> Mfa.put(device.withHolder(
                            device.holder().map(h -> new MfaDevice.Holder(user.name(), user.id(), h.enabled())),
                            device.lastStep())))
                    .ifPresent(changes::add);
        }
        return changes;
    }
}
