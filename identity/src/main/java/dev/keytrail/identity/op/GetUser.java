package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Principal;
import dev.keytrail.call.Service;
import dev.keytrail.wire.shape.iam.GetUserRequest;
import dev.keytrail.wire.shape.iam.GetUserResponse;
import dev.keytrail.wire.shape.iam.User;

/** GetUser: a named user, or the caller itself, which may be the root user. */
final class GetUser {
    private final Permit permit;

    GetUser(Permit permit) {
        this.permit = permit;
    }

    Operation<GetUserRequest, GetUserResponse> row() {
        return Rows.reading(
                Service.IAM,
                "GetUser",
                GetUserRequest.class,
                GetUserResponse.class,
                this::run,
                in -> Rows.shown(Facts.facts().put("userName", in.userName())));
    }

    private Effect<GetUserResponse> run(Attempt attempt, GetUserRequest in) {
        User user = in.userName().isPresent() ? named(attempt, in.userName().get()) : caller(attempt);
        return Effect.of(GetUserResponse.builder().user(user).build());
    }

    private User named(Attempt attempt, String name) {
        return Users.full(Kind.USER.permitted(attempt, permit, name));
    }

    private User caller(Attempt attempt) {
        return switch (attempt.call().caller().principal()) {
            case Principal.User user -> named(attempt, user.name());
            case Principal.Root root -> root(attempt, root);
            case Principal.RoleSession _,
                    Principal.FederatedUser _,
                    Principal.ProviderUser _,
                    Principal.Claimed _,
                    Principal.ServicePrincipal _,
                    Principal.Nobody _ ->
                throw IamErrors.validation("Must specify userName when calling with non-User credentials");
        };
    }

    private User root(Attempt attempt, Principal.Root root) {
        permit.demand(attempt, root.arn());
        return Users.root(Accounts.of(attempt.state(), root.accountId()));
    }
}
