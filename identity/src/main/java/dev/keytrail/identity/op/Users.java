package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.identity.directory.AttachedPolicies;
import dev.keytrail.identity.directory.IdentityTables;
import dev.keytrail.identity.directory.User;
import dev.keytrail.policy.ConditionContext;
import dev.keytrail.wire.shape.iam.AttachedPermissionsBoundary;
import dev.keytrail.wire.shape.iam.PermissionsBoundaryAttachmentType;
import dev.keytrail.wire.shape.iam.Tag;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Finding users of the caller's account, and how they are shown. */
final class Users {
    private static final String TYPE = "AWS::IAM::User";

    private Users() {}

    /** Notes the user as a resource of the event. */
    static Optional<User> find(Attempt attempt, String name) {
        attempt.notes().named(TYPE, name);
        return attempt.state()
                .get(IdentityTables.USERS, IdentityTables.key(attempt.call().account(), name));
    }

    /** Asks for permission on the user before telling whether there is one. */
    static User permitted(Attempt attempt, Permit permit, String name, Consumer<ConditionContext.Builder> more) {
        Optional<User> user = find(attempt, name);
        permit.demand(attempt, arn(attempt, user, name), conditions -> {
            user.ifPresent(u -> tags(conditions, u.tags()));
            more.accept(conditions);
        });
        return user.orElseThrow(() -> IamErrors.noSuchUser(name));
    }

    static User permitted(Attempt attempt, Permit permit, String name) {
        return permitted(attempt, permit, name, Permit.NOTHING_MORE);
    }

    /** A user that is not there is taken to have the path {@code /}. */
    private static String arn(Attempt attempt, Optional<User> user, String name) {
        return user.map(User::arn).orElse("arn:aws:iam::" + attempt.call().account() + ":user/" + name);
    }

    private static void tags(ConditionContext.Builder conditions, Map<String, String> tags) {
        tags.forEach((key, value) -> {
            conditions.put("aws:ResourceTag/" + key, value);
            conditions.put("iam:ResourceTag/" + key, value);
        });
    }

    static Change<User> put(User user) {
        return Change.put(IdentityTables.USERS, IdentityTables.key(user.account(), user.name()), user);
    }

    static Change<User> putPolicies(User user, AttachedPolicies policies) {
        return put(user.withPolicies(policies));
    }

    /** As Get shows it; lists leave tags and boundary out. */
    static dev.keytrail.wire.shape.iam.User full(User user) {
        dev.keytrail.wire.shape.iam.User.Builder shape = builder(user);
        if (!user.tags().isEmpty()) {
            shape.tags(user.tags().entrySet().stream()
                    .map(t -> Tag.builder().key(t.getKey()).value(t.getValue()).build())
                    .toList());
        }
        user.boundary()
                .ifPresent(arn -> shape.permissionsBoundary(AttachedPermissionsBoundary.builder()
                        .permissionsBoundaryArn(arn)
                        .permissionsBoundaryType(PermissionsBoundaryAttachmentType.PermissionsBoundaryPolicy)
                        .build()));
        return shape.build();
    }

    static dev.keytrail.wire.shape.iam.User brief(User user) {
        return builder(user).build();
    }

    private static dev.keytrail.wire.shape.iam.User.Builder builder(User user) {
        return dev.keytrail.wire.shape.iam.User.builder()
                .path(user.path())
                .userName(user.name())
                .userId(user.id())
                .arn(user.arn())
                .createDate(user.created());
    }
}
