package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import dev.keytrail.identity.directory.AttachedPolicies;
import dev.keytrail.identity.directory.Group;
import dev.keytrail.identity.directory.Identifiers;
import dev.keytrail.wire.shape.iam.CreateGroupRequest;
import dev.keytrail.wire.shape.iam.CreateGroupResponse;
import java.util.Optional;

/** CreateGroup: without members and policies. */
final class CreateGroup {
    private final Permit permit;
    private final Identifiers identifiers;

    CreateGroup(Permit permit, Identifiers identifiers) {
        this.permit = permit;
        this.identifiers = identifiers;
    }

    Operation<CreateGroupRequest, CreateGroupResponse> row() {
        return Rows.changing(
                Service.IAM,
                "CreateGroup",
                CreateGroupRequest.class,
                CreateGroupResponse.class,
                this::run,
                in -> Optional.of(Facts.facts().put("path", in.path()).put("groupName", in.groupName())));
    }

    private Effect<CreateGroupResponse> run(Attempt attempt, CreateGroupRequest in) {
        Group group = new Group(
                attempt.call().account(),
                identifiers.uniqueId("AGPA"),
                in.path().orElse("/"),
                in.groupName(),
                attempt.call().receivedAt(),
                AttachedPolicies.NONE);
        permit.demand(attempt, group.arn());
        if (Kind.GROUP.find(attempt, in.groupName()).isPresent()) {
            throw Kind.GROUP.exists(in.groupName());
        }
        return Effect.of(
                        CreateGroupResponse.builder().group(Groups.shape(group)).build(), Kind.GROUP.put(group))
                .showing(Facts.facts().put("group", Groups.facts(group)));
    }
}
