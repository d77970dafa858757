package dev.keytrail.identity.op;

import dev.keytrail.call.Facts;
import dev.keytrail.call.Principal;
import dev.keytrail.identity.directory.Account;
import dev.keytrail.identity.directory.User;

/** How users are shown. */
final class Users {
    private Users() {}

    /** As Get shows it; lists leave tags and boundary out. */
    static dev.keytrail.wire.shape.iam.User full(User user) {
        dev.keytrail.wire.shape.iam.User.Builder shape = builder(user);
        if (!user.tags().isEmpty()) {
            shape.tags(TagLists.shape(user.tags()));
        }
        user.boundary().ifPresent(arn -> shape.permissionsBoundary(Boundaries.shape(arn)));
        return shape.build();
    }

    static dev.keytrail.wire.shape.iam.User brief(User user) {
        return builder(user).build();
    }

    /** The root user as Get shows it. */
    static dev.keytrail.wire.shape.iam.User root(Account account) {
        Principal.Root root = new Principal.Root(account.id());
        return dev.keytrail.wire.shape.iam.User.builder()
                .userId(root.id())
                .arn(root.arn())
                .createDate(account.created())
                .passwordLastUsed(account.rootPasswordLastUsed())
                .build();
    }

    private static dev.keytrail.wire.shape.iam.User.Builder builder(User user) {
        return dev.keytrail.wire.shape.iam.User.builder()
                .path(user.path())
                .userName(user.name())
                .userId(user.id())
                .arn(user.arn())
                .createDate(user.created())
                .passwordLastUsed(user.passwordLastUsed());
    }

    /** As the event of its making shows it. */
    static Facts facts(User user) {
        Facts facts = Facts.facts()
                .put("path", user.path())
                .put("arn", user.arn())
                .put("userId", user.id())
                .put("createDate", user.created())
                .put("userName", user.name());
        if (!user.tags().isEmpty()) {
            facts.putAll("tags", TagLists.facts(TagLists.shape(user.tags())));
        }
        user.boundary().ifPresent(arn -> facts.put("permissionsBoundary", Boundaries.facts(arn)));
        return facts;
    }
}
