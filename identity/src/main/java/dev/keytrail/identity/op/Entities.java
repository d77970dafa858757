package dev.keytrail.identity.op;

import dev.keytrail.call.State;
import dev.keytrail.call.Table;
import dev.keytrail.identity.directory.Entity;
import dev.keytrail.identity.directory.IdentityTables;
import dev.keytrail.identity.directory.User;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** All rows of an account, for what is answered by looking at each. */
final class Entities {
    private Entities() {}

    /**
     * How often a managed policy is used in an account.
     *
     * @param boundaries users and roles that it is the permissions boundary of
     */
    record Uses(int attachments, int boundaries) {
        static final Uses NONE = new Uses(0, 0);

        private Uses plus(Uses other) {
            return new Uses(attachments + other.attachments, boundaries + other.boundaries);
        }
    }

    static <T> List<T> all(State state, Table<T> table, String account) {
        List<T> all = new ArrayList<>();
        state.scan(table, IdentityTables.prefix(account), "").forEach(row -> all.add(row.value()));
        return all;
    }

    /** Users, then groups, then roles; each in the order of names. */
    static List<Entity<?>> all(State state, String account) {
        List<Entity<?>> all = new ArrayList<>(all(state, IdentityTables.USERS, account));
        all.addAll(all(state, IdentityTables.GROUPS, account));
        all.addAll(all(state, IdentityTables.ROLES, account));
        return all;
    }

    /** The uses of each policy that is used, by its ARN. */
    static Map<String, Uses> policyUses(State state, String account) {
        Map<String, Uses> uses = new HashMap<>();
        for (Entity<?> entity : all(state, account)) {
            entity.policies().managed().forEach(arn -> uses.merge(arn, new Uses(1, 0), Uses::plus));
            Optional<String> boundary = entity.boundary();
            boundary.ifPresent(arn -> uses.merge(arn, new Uses(0, 1), Uses::plus));
        }
        return uses;
    }

    /** @param group its name without case */
    static List<User> members(State state, String account, String group) {
        return all(state, IdentityTables.USERS, account).stream()
                .filter(user -> user.groups().stream().anyMatch(group::equalsIgnoreCase))
                .toList();
    }
}
