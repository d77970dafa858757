package dev.keytrail.identity.op;

import dev.keytrail.call.Facts;
import dev.keytrail.identity.directory.Group;

/** How groups are shown. */
final class Groups {
    private Groups() {}

    static dev.keytrail.wire.shape.iam.Group shape(Group group) {
        return dev.keytrail.wire.shape.iam.Group.builder()
                .path(group.path())
                .groupName(group.name())
                .groupId(group.id())
                .arn(group.arn())
                .createDate(group.created())
                .build();
    }

    /** As the event of its making shows it. */
    static Facts facts(Group group) {
        return Facts.facts()
                .put("path", group.path())
                .put("groupName", group.name())
                .put("groupId", group.id())
                .put("arn", group.arn())
                .put("createDate", group.created());
    }
}
