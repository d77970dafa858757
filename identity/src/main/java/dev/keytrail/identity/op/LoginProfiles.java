package dev.keytrail.identity.op;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Principal;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Secret;
import dev.keytrail.call.Service;
import dev.keytrail.identity.directory.Account;
import dev.keytrail.identity.directory.LoginProfile;
import dev.keytrail.identity.directory.User;
import dev.keytrail.wire.NoOutput;
import dev.keytrail.wire.shape.iam.ChangePasswordRequest;
import dev.keytrail.wire.shape.iam.CreateLoginProfileRequest;
import dev.keytrail.wire.shape.iam.CreateLoginProfileResponse;
import dev.keytrail.wire.shape.iam.DeleteLoginProfileRequest;
import dev.keytrail.wire.shape.iam.GetLoginProfileRequest;
import dev.keytrail.wire.shape.iam.GetLoginProfileResponse;
import dev.keytrail.wire.shape.iam.UpdateLoginProfileRequest;
import java.util.List;
import java.util.Optional;

/** Passwords of users: login profiles, and ChangePassword for one's own, the root user's too. AWS's default password policy holds. */
final class LoginProfiles {
    private final Permit permit;
    private final PasswordWork passwords;

    LoginProfiles(Permit permit, PasswordWork passwords) {
        this.permit = permit;
        this.passwords = passwords;
    }

    List<Operation<?, ?>> rows() {
        return List.of(
                Rows.changing(
                        Service.IAM,
                        "CreateLoginProfile",
                        CreateLoginProfileRequest.class,
                        CreateLoginProfileResponse.class,
                        this::create,
                        in -> Rows.shown(facts(in.userName(), in.passwordResetRequired()))),
                Rows.reading(
                        Service.IAM,
                        "GetLoginProfile",
                        GetLoginProfileRequest.class,
                        GetLoginProfileResponse.class,
                        this::get,
                        in -> Rows.shown(facts(in.userName(), Optional.empty()))),
                Rows.changing(
                        Service.IAM,
                        "UpdateLoginProfile",
                        UpdateLoginProfileRequest.class,
                        NoOutput.class,
                        this::update,
                        in -> Rows.shown(facts(Optional.of(in.userName()), in.passwordResetRequired()))),
                Rows.changing(
                        Service.IAM,
                        "DeleteLoginProfile",
                        DeleteLoginProfileRequest.class,
                        NoOutput.class,
                        this::delete,
                        in -> Rows.shown(facts(in.userName(), Optional.empty()))),
                Rows.changing(
                        Service.IAM,
                        "ChangePassword",
                        ChangePasswordRequest.class,
                        NoOutput.class,
                        this::change,
                        _ -> Optional.empty()));
    }

    private Effect<CreateLoginProfileResponse> create(Attempt attempt, CreateLoginProfileRequest in) {
        User user = permitted(attempt, in.userName());
        if (user.login().isPresent()) {
            throw IamErrors.exists("Login Profile for user " + user.name() + " already exists.");
        }
        Secret password = in.password()
                .orElseThrow(
                        () -> IamErrors.validation("A password must be given: there are no others to sign in by."));
        LoginProfile profile = new LoginProfile(
                attempt.call().receivedAt(), in.passwordResetRequired().orElse(false), passwords.hashed(password));
        Facts shown = Facts.facts()
                .put("userName", user.name())
                .put("createDate", profile.created())
                .put("passwordResetRequired", profile.resetRequired());
        return Effect.of(
                        CreateLoginProfileResponse.builder()
                                .loginProfile(shape(user, profile))
                                .build(),
                        Kind.USER.put(user.withLogin(Optional.of(profile))))
                .showing(Facts.facts().put("loginProfile", shown));
    }

    private Effect<GetLoginProfileResponse> get(Attempt attempt, GetLoginProfileRequest in) {
        User user = permitted(attempt, in.userName());
        return Effect.of(GetLoginProfileResponse.builder()
                .loginProfile(shape(user, profile(user)))
                .build());
    }

    private Effect<NoOutput> update(Attempt attempt, UpdateLoginProfileRequest in) {
        User user = permitted(attempt, Optional.of(in.userName()));
        LoginProfile old = profile(user);
        LoginProfile changed = new LoginProfile(
                old.created(),
                in.passwordResetRequired().orElse(old.resetRequired()),
                in.password().map(passwords::hashed).orElse(old.passwordHash()));
        return Effect.of(NoOutput.INSTANCE, Kind.USER.put(user.withLogin(Optional.of(changed))));
    }

    private Effect<NoOutput> delete(Attempt attempt, DeleteLoginProfileRequest in) {
        User user = permitted(attempt, in.userName());
        profile(user);
        return Effect.of(NoOutput.INSTANCE, Kind.USER.put(user.withLogin(Optional.empty())));
    }

    private Effect<NoOutput> change(Attempt attempt, ChangePasswordRequest in) {
        return switch (attempt.call().caller().principal()) {
            case Principal.User _ -> {
                User user = permitted(attempt, Optional.empty());
                LoginProfile changed = changed(profile(user), in);
                yield Effect.of(NoOutput.INSTANCE, Kind.USER.put(user.withLogin(Optional.of(changed))));
            }
            case Principal.Root root -> {
                permit.demand(attempt, root.arn());
                Account account = Accounts.of(attempt.state(), root.accountId());
                LoginProfile old = account.rootLogin().orElseThrow(LoginProfiles::wrongKind);
                yield Effect.of(NoOutput.INSTANCE, Accounts.put(account.withRootLogin(Optional.of(changed(old, in)))));
            }
            default -> throw wrongKind();
        };
    }

    private static Refused wrongKind() {
        return new Refused(ApiError.of("InvalidUserType", "Only IAM Users can change their own password"));
    }

    private LoginProfile changed(LoginProfile old, ChangePasswordRequest in) {
        if (!passwords.matches(in.oldPassword(), old.passwordHash())) {
            throw StsErrors.accessDenied("The old password was incorrect.");
        }
        if (passwords.matches(in.newPassword(), old.passwordHash())) {
            throw PasswordWork.violation("The new password must not be the old one");
        }
        return new LoginProfile(old.created(), false, passwords.hashed(in.newPassword()));
    }

    private User permitted(Attempt attempt, Optional<String> userName) {
        String name = userName.or(() -> Kind.callersName(attempt))
                .orElseThrow(
                        () -> IamErrors.validation("Must specify userName when calling with non-User credentials"));
        return Kind.USER.permitted(attempt, permit, name);
    }

    private static LoginProfile profile(User user) {
        return user.login()
                .orElseThrow(
                        () -> IamErrors.noSuchEntity("Login Profile for User " + user.name() + " cannot be found."));
    }

    private static dev.keytrail.wire.shape.iam.LoginProfile shape(User user, LoginProfile profile) {
        return dev.keytrail.wire.shape.iam.LoginProfile.builder()
                .userName(user.name())
                .createDate(profile.created())
                .passwordResetRequired(profile.resetRequired())
                .build();
    }

    private static Facts facts(Optional<String> userName, Optional<Boolean> reset) {
        Facts facts = Facts.facts().put("userName", userName);
        reset.ifPresent(value -> facts.put("passwordResetRequired", value));
        return facts;
    }
}
