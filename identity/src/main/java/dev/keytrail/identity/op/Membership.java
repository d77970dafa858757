package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import dev.keytrail.identity.directory.Group;
import dev.keytrail.identity.directory.User;
import dev.keytrail.wire.NoOutput;
import dev.keytrail.wire.shape.iam.AddUserToGroupRequest;
import dev.keytrail.wire.shape.iam.RemoveUserFromGroupRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** AddUserToGroup and RemoveUserFromGroup. Doing either twice changes nothing. */
final class Membership {
    /** AWS's quota GroupsPerUser. */
    static final int GROUPS_MAX = 10;

    private final Permit permit;

    Membership(Permit permit) {
        this.permit = permit;
    }

    List<Operation<?, ?>> rows() {
        return List.of(
                Rows.changing(
                        Service.IAM,
                        "AddUserToGroup",
                        AddUserToGroupRequest.class,
                        NoOutput.class,
                        (attempt, in) -> add(attempt, in.groupName(), in.userName()),
                        in -> Optional.of(facts(in.groupName(), in.userName()))),
                Rows.changing(
                        Service.IAM,
                        "RemoveUserFromGroup",
                        RemoveUserFromGroupRequest.class,
                        NoOutput.class,
                        (attempt, in) -> remove(attempt, in.groupName(), in.userName()),
                        in -> Optional.of(facts(in.groupName(), in.userName()))));
    }

    private Effect<NoOutput> add(Attempt attempt, String groupName, String userName) {
        Group group = Kind.GROUP.permitted(attempt, permit, groupName);
        User user = user(attempt, userName);
        if (user.groups().contains(group.name())) {
            return Effect.of(NoOutput.INSTANCE);
        }
        if (user.groups().size() >= GROUPS_MAX) {
            throw IamErrors.limitExceeded("Cannot exceed quota for GroupsPerUser: " + GROUPS_MAX);
        }
        List<String> groups = new ArrayList<>(user.groups());
        groups.add(group.name());
        // The group's row is written too, so that it cannot be deleted at the same time: its deletion looks for
        // members.
        return Effect.of(NoOutput.INSTANCE, Kind.USER.put(user.withGroups(groups)), Kind.GROUP.put(group));
    }

    private Effect<NoOutput> remove(Attempt attempt, String groupName, String userName) {
        Group group = Kind.GROUP.permitted(attempt, permit, groupName);
        User user = user(attempt, userName);
        List<String> groups = new ArrayList<>(user.groups());
        groups.remove(group.name());
        return Effect.of(NoOutput.INSTANCE, Kind.USER.put(user.withGroups(groups)));
    }

    /** The permission is one on the group; who has it may learn which users there are. */
    private static User user(Attempt attempt, String name) {
        return Kind.USER.find(attempt, name).orElseThrow(() -> Kind.USER.noneSuch(name));
    }

    private static Facts facts(String groupName, String userName) {
        return Facts.facts().put("groupName", groupName).put("userName", userName);
    }
}
