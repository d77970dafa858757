package dev.keytrail.identity.op;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.call.Principal;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Table;
import dev.keytrail.identity.directory.Entity;
import dev.keytrail.identity.directory.Group;
import dev.keytrail.identity.directory.IdentityTables;
import dev.keytrail.identity.directory.Role;
import dev.keytrail.identity.directory.User;
import dev.keytrail.policy.ConditionContext;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Users, groups or roles of the caller's account: how one is called, found and stored.
 *
 * @param noun as in ARNs, parameters and error texts
 * @param title as in names of operations and types
 * @param inlineCharactersMax of all inline policies of one together, white space not counted
 */
record Kind<E extends Entity<E>>(String noun, String title, Table<E> table, int inlineCharactersMax) {
    static final Kind<User> USER = new Kind<>("user", "User", IdentityTables.USERS, 2048);
    static final Kind<Group> GROUP = new Kind<>("group", "Group", IdentityTables.GROUPS, 5120);
    static final Kind<Role> ROLE = new Kind<>("role", "Role", IdentityTables.ROLES, 10_240);

    /** The parameter that names one, as events show it. */
    String nameMember() {
        return noun + "Name";
    }

    /** Notes it as a resource of the event. */
    Optional<E> find(Attempt attempt, String name) {
        attempt.notes().named("AWS::IAM::" + title, name);
        return attempt.state().get(table, IdentityTables.key(attempt.call().account(), name));
    }

    /** Asks for permission on it before telling whether there is one. */
    E permitted(Attempt attempt, Permit permit, String name, Consumer<ConditionContext.Builder> more) {
        Optional<E> found = find(attempt, name);
        permit.demand(attempt, arn(attempt, found, name), conditions -> {
            found.ifPresent(entity -> conditions(conditions, entity));
            more.accept(conditions);
        });
        return found.orElseThrow(() -> noneSuch(name));
    }

    E permitted(Attempt attempt, Permit permit, String name) {
        return permitted(attempt, permit, name, Permit.NOTHING_MORE);
    }

    /** Asks for permission to list those under a path. */
    void permitList(Attempt attempt, Permit permit, String path) {
        permit.demand(attempt, "arn:aws:iam::" + attempt.call().account() + ":" + noun + path);
    }

    /** One that is not there is taken to have the path {@code /}. */
    private String arn(Attempt attempt, Optional<E> found, String name) {
        return found.map(Entity::arn).orElse("arn:aws:iam::" + attempt.call().account() + ":" + noun + "/" + name);
    }

    /** The keys that an entity itself answers. */
    static void conditions(ConditionContext.Builder conditions, Entity<?> entity) {
        TagLists.resourceConditions(conditions, entity.tags());
        conditions.put("iam:PermissionsBoundary", entity.boundary());
    }

    /** The name of the user that calls, if one does. */
    static Optional<String> callersName(Attempt attempt) {
        return attempt.call().caller().principal() instanceof Principal.User user
                ? Optional.of(user.name())
                : Optional.empty();
    }

    Refused noneSuch(String name) {
        return IamErrors.noSuchEntity("The " + noun + " with name " + name + " cannot be found.");
    }

    Refused exists(String name) {
        return new Refused(ApiError.of("EntityAlreadyExists", 409, title + " with name " + name + " already exists."));
    }

    /** @throws Refused UnmodifiableEntity for a service-linked role */
    Change<E> put(E entity) {
        if (entity instanceof Role && entity.path().startsWith(CreateServiceLinkedRole.PATH)) {
            throw new Refused(ApiError.of(
                    "UnmodifiableEntity",
                    "Cannot perform the operation on the protected role '" + entity.name()
                            + "' - this role is only modifiable by AWS"));
        }
        return Change.put(table, IdentityTables.key(entity.account(), entity.name()), entity);
    }

    Change<E> delete(E entity) {
        return Change.delete(table, IdentityTables.key(entity.account(), entity.name()));
    }
}
