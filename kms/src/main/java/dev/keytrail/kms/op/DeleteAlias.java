package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.kms.key.Alias;
import dev.keytrail.kms.key.AliasNames;
import dev.keytrail.kms.key.AliasRules;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.Keyring;
import dev.keytrail.kms.key.Named;
import dev.keytrail.kms.key.Permissions;
import dev.keytrail.wire.NoOutput;
import dev.keytrail.wire.shape.kms.DeleteAliasRequest;
import java.util.Optional;

/** DeleteAlias: the key stays. */
final class DeleteAlias {
    private final Permissions permissions;

    DeleteAlias(Permissions permissions) {
        this.permissions = permissions;
    }

    Operation<DeleteAliasRequest, NoOutput> row() {
        return Rows.changing(
                "DeleteAlias",
                DeleteAliasRequest.class,
                NoOutput.class,
                this::run,
                in -> Optional.of(Facts.facts().put("aliasName", in.aliasName())));
    }

    private Effect<NoOutput> run(Attempt attempt, DeleteAliasRequest in) {
        String action = attempt.call().action();
        AliasRules.demandUsable(in.aliasName());
        Alias alias = Aliases.find(attempt, in.aliasName());
        Keyring.note(attempt.notes(), alias);
        Key key = Aliases.keyOf(attempt, alias);
        Keyring.note(attempt.notes(), key);
        permissions.demandOfCaller(attempt, action, Optional.of(alias.arn()), Permissions.NOTHING_MORE);
        permissions.demand(attempt, Named.byId(key), action, Permissions.NOTHING_MORE);
        return Effect.of(
                        NoOutput.INSTANCE,
                        Change.delete(Alias.TABLE, alias.rowKey()),
                        AliasNames.of(attempt.state(), key)
                                .without(alias.name())
                                .of(key))
                .showing(Rows.keyArn(key.arn()));
    }
}
