package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Call;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.FollowUp;
import dev.keytrail.call.Notes;
import dev.keytrail.call.Principal;
import dev.keytrail.call.Service;
import dev.keytrail.call.Session;
import dev.keytrail.identity.directory.Account;
import dev.keytrail.identity.directory.IdentityTables;
import dev.keytrail.identity.directory.Role;
import dev.keytrail.wire.shape.sts.AssumeRoleRequest;
import java.time.Instant;
import java.util.Optional;

/**
 * SwitchRole of the console: who has signed in takes a role on. It is an AssumeRole that sign-in calls for the user, with
 * its record in both accounts, and a SwitchRole in the role's.
 */
final class SwitchRole {
    /** What calls for the user, as recordings show it. */
    private static final String INVOKER = "AWS Internal";

    private static final String REDIRECT_TO = "https://console.aws.amazon.com/console/home";

    private final AssumeRole assumeRole;

    SwitchRole(AssumeRole assumeRole) {
        this.assumeRole = assumeRole;
    }

    Effect<SignIn.Reply> run(Attempt attempt, SignIn.Switch in) {
        Caller caller = attempt.call().caller();
        Session own = caller.session().filter(Session::fromConsole).orElseThrow(SwitchRole::notSignedIn);
        String destination = in.destination().orElse(REDIRECT_TO);
        attempt.notes()
                .additional(Facts.facts()
                        .put("SwitchFrom", caller.principal().arn())
                        .put("RedirectTo", destination));
        AssumeRoleRequest request = AssumeRoleRequest.builder()
                .roleArn(roleArn(attempt, in))
                .roleSessionName(sessionName(caller.principal()))
                .build();
        Notes assuming = new Notes();
        Call call = attempt.call();
        Call assume = new Call(
                call.requestId(),
                call.receivedAt(),
                Service.STS,
                "AssumeRole",
                call.region(),
                new Caller(caller.principal(), caller.accessKeyId(), caller.session(), Optional.empty()),
                call.origin());
        AssumeRole.Assumed assumed;
        try {
            assumed = assumeRole.assume(
                    new Attempt(assume, attempt.state(), assuming),
                    request,
                    (session, role) -> session.lasting(session.issuedAt(), end(session, own, role))
                            .fromConsole(true));
        } finally {
            assuming.reasons().forEach(attempt.notes()::because);
        }
        attempt.notes().caller(new Caller(assumed.principal(), Optional.empty(), Optional.empty(), Optional.empty()));
        SignIn.Reply reply = new SignIn.Reply.SignedIn(
                assumed.credentials().issued(),
                assumed.credentials().expiration(),
                assumed.principal().accountId(),
                assumed.principal().arn(),
                destination);
        return Effect.of(reply)
                .showing(Facts.facts().put("SwitchRole", "Success"))
                .andThen(new FollowUp(
                        "AssumeRole",
                        call.region(),
                        AssumeRole.facts(request),
                        Optional.of(assumed.shown()),
                        assuming.resources(),
                        Optional.of(new FollowUp.Beside(
                                Service.STS,
                                new Caller(
                                        caller.principal(),
                                        caller.accessKeyId(),
                                        caller.session(),
                                        Optional.of(INVOKER)),
                                true,
                                assuming.additional()))));
    }

    private static RuntimeException notSignedIn() {
        return SignIn.invalid("Only who has signed in can switch roles");
    }

    private static String roleArn(Attempt attempt, SignIn.Switch in) {
        String account =
                Accounts.named(attempt.state(), in.account()).map(Account::id).orElse(in.account());
        return attempt.state()
                .get(IdentityTables.ROLES, IdentityTables.key(account, in.roleName()))
                .map(Role::arn)
                .orElse("arn:aws:iam::" + account + ":role/" + in.roleName());
    }

    private static String sessionName(Principal principal) {
        return switch (principal) {
            case Principal.User user -> user.name();
            case Principal.RoleSession role -> role.sessionName();
            default -> throw SignIn.invalid("Only users and role sessions can switch roles");
        };
    }

    /** As long as roles may last, and no longer than the sign-in. */
    private static Instant end(Session session, Session own, Role role) {
        Instant longest = session.issuedAt()
                .plusSeconds(session.chained() ? AssumeRole.SECONDS_CHAINED_MAX : role.sessionSecondsMax());
        return longest.isBefore(own.expiresAt()) ? longest : own.expiresAt();
    }
}
