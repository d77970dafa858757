package dev.keytrail.identity.op;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Secret;
import dev.keytrail.call.Service;
import dev.keytrail.identity.directory.Account;
import dev.keytrail.identity.directory.IdentityTables;
import dev.keytrail.identity.directory.LoginProfile;
import dev.keytrail.wire.NoOutput;
import java.util.List;
import java.util.Optional;

/**
 * PutRootPassword and DeleteRootPassword, Keytrail's own: AWS has an email dialogue instead. Root users have no password,
 * and cannot sign in, until the operator gives them one.
 */
public final class RootPasswords {
    private final Permit permit;
    private final PasswordWork passwords;

    RootPasswords(Permit permit, PasswordWork passwords) {
        this.permit = permit;
        this.passwords = passwords;
    }

    /** @param accountId empty: the caller's own account */
    public record Put(Optional<String> accountId, Optional<Secret> password) {}

    public record Delete(Optional<String> accountId) {}

    List<Operation<?, ?>> rows() {
        return List.of(
                Rows.changing(
                        Service.KEYTRAIL,
                        "PutRootPassword",
                        Put.class,
                        NoOutput.class,
                        this::put,
                        in -> Rows.shown(Facts.facts().put("accountId", in.accountId()))),
                Rows.changing(
                        Service.KEYTRAIL,
                        "DeleteRootPassword",
                        Delete.class,
                        NoOutput.class,
                        this::delete,
                        in -> Rows.shown(Facts.facts().put("accountId", in.accountId()))));
    }

    private Effect<NoOutput> put(Attempt attempt, Put in) {
        Account account = permitted(attempt, in.accountId());
        Secret password =
                in.password().orElseThrow(() -> new Refused(ApiError.of("ValidationException", "Password is missing")));
        LoginProfile login = new LoginProfile(attempt.call().receivedAt(), false, passwords.hashed(password));
        return Effect.of(NoOutput.INSTANCE, Accounts.put(account.withRootLogin(Optional.of(login))));
    }

    private Effect<NoOutput> delete(Attempt attempt, Delete in) {
        Account account = permitted(attempt, in.accountId());
        return Effect.of(NoOutput.INSTANCE, Accounts.put(account.withRootLogin(Optional.empty())));
    }

    private Account permitted(Attempt attempt, Optional<String> accountId) {
        String id = accountId.orElse(attempt.call().account());
        permit.demandOfOperator(attempt, "arn:aws:iam::" + id + ":root");
        return attempt.state()
                .get(IdentityTables.ACCOUNTS, id)
                .orElseThrow(() -> new Refused(ApiError.of("ValidationException", "There is no such account")));
    }
}
