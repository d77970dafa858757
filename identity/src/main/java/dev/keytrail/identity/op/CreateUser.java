package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import dev.keytrail.identity.directory.Identifiers;
import dev.keytrail.identity.directory.User;
import dev.keytrail.policy.ConditionContext;
import dev.keytrail.wire.shape.iam.CreateUserRequest;
import dev.keytrail.wire.shape.iam.CreateUserResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** CreateUser: without key, password or policy; names are unique without case. */
final class CreateUser {
    private final Permit permit;
    private final Identifiers identifiers;

    CreateUser(Permit permit, Identifiers identifiers) {
        this.permit = permit;
        this.identifiers = identifiers;
    }

    Operation<CreateUserRequest, CreateUserResponse> row() {
        return Rows.changing(
                Service.IAM,
                "CreateUser",
                CreateUserRequest.class,
                CreateUserResponse.class,
                this::run,
                CreateUser::facts);
    }

    private Effect<CreateUserResponse> run(Attempt attempt, CreateUserRequest in) {
        Map<String, String> tags = TagLists.checked(in.tags().orElse(List.of()));
        User user = User.of(
                attempt.call().account(),
                identifiers.uniqueId("AIDA"),
                in.path().orElse("/"),
                in.userName(),
                attempt.call().receivedAt(),
                tags,
                in.permissionsBoundary());
        permit.demand(attempt, user.arn(), conditions -> conditions(conditions, in, tags));
        if (!tags.isEmpty()) {
            permit.demand(attempt, "iam:TagUser", user.arn(), conditions -> conditions(conditions, in, tags));
        }
        if (Kind.USER.find(attempt, in.userName()).isPresent()) {
            throw Kind.USER.exists(in.userName());
        }
        List<Change<?>> changes = new ArrayList<>(List.of(Kind.USER.put(user)));
        in.permissionsBoundary()
                .flatMap(arn -> Attachments.boundarySet(attempt, arn))
                .ifPresent(changes::add);
        return Effect.of(CreateUserResponse.builder().user(Users.full(user)).build(), changes)
                .showing(Facts.facts().put("user", Users.facts(user)));
    }

    private static void conditions(
            ConditionContext.Builder conditions, CreateUserRequest in, Map<String, String> tags) {
        conditions.put("iam:PermissionsBoundary", in.permissionsBoundary());
        TagLists.conditions(conditions, tags);
    }

    private static Optional<Facts> facts(CreateUserRequest in) {
        Facts facts = Facts.facts()
                .put("path", in.path())
                .put("userName", in.userName())
                .put("permissionsBoundary", in.permissionsBoundary());
        in.tags().ifPresent(tags -> facts.putAll("tags", TagLists.facts(tags)));
        return Optional.of(facts);
    }
}
