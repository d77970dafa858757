package dev.keytrail.identity.op;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Call;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Secret;
import dev.keytrail.call.Service;
import dev.keytrail.identity.directory.Bootstrap;
import java.util.Optional;

/**
 * CreateAccount, which AWS has no API for: a further account and a key of its root user. Only for principals of the
 * operator's account, as their policies allow ({@code keytrail:CreateAccount}).
 */
public final class CreateAccount {
    private static final int NAME_CHARS_MAX = 50;

    private final Permit permit;
    private final Bootstrap bootstrap;

    CreateAccount(Permit permit, Bootstrap bootstrap) {
        this.permit = permit;
        this.bootstrap = bootstrap;
    }

    /** @param accountName 1 to 50 characters; empty if the account is to have none */
    public record Input(Optional<String> accountName) {}

    /** The secret is shown this once. */
    public record Output(String accountId, String accessKeyId, Secret secretAccessKey) {}

    Operation<Input, Output> row() {
        return Rows.changing(
                Service.KEYTRAIL,
                "CreateAccount",
                Input.class,
                Output.class,
                this::run,
                in -> Rows.shown(Facts.facts().put("accountName", in.accountName())));
    }

    private Effect<Output> run(Attempt attempt, Input in) {
        Call call = attempt.call();
        permit.demandOfOperator(attempt, Permit.ANY);
        String name = in.accountName().orElse("");
        if (in.accountName().isPresent() && (name.isBlank() || name.length() > NAME_CHARS_MAX)) {
            throw new Refused(
                    ApiError.of("ValidationException", "AccountName must have 1 to " + NAME_CHARS_MAX + " characters"));
        }
        Bootstrap.NewAccount made = bootstrap.createAccount(attempt.state(), name, call.receivedAt());
        Facts shown = Facts.facts()
                .put("accountId", made.account().id())
                .put("accessKeyId", made.key().row().id());
        return Effect.of(
                        new Output(
                                made.account().id(),
                                made.key().row().id(),
                                made.key().secret()),
                        made.changes())
                .showing(shown);
    }
}
