package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Call;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.kms.key.Alias;
import dev.keytrail.kms.key.AliasNames;
import dev.keytrail.kms.key.AliasRules;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.Keyring;
import dev.keytrail.kms.key.Keyring.Accepts;
import dev.keytrail.kms.key.KmsErrors;
import dev.keytrail.kms.key.Named;
import dev.keytrail.kms.key.Permissions;
import dev.keytrail.kms.key.Quotas;
import dev.keytrail.kms.key.StateRule;
import dev.keytrail.wire.NoOutput;
import dev.keytrail.wire.shape.kms.UpdateAliasRequest;
import java.util.Optional;

/** UpdateAlias: points an alias at another key of the same kind. Needs leave on the alias and on both keys. */
final class UpdateAlias {
    private final Permissions permissions;
    private final Quotas quotas;

    UpdateAlias(Permissions permissions, Quotas quotas) {
        this.permissions = permissions;
        this.quotas = quotas;
    }

    Operation<UpdateAliasRequest, NoOutput> row() {
        return Rows.changing("UpdateAlias", UpdateAliasRequest.class, NoOutput.class, this::run, UpdateAlias::shown);
    }

    private Effect<NoOutput> run(Attempt attempt, UpdateAliasRequest in) {
        Call call = attempt.call();
        String action = call.action();
        AliasRules.demandUsable(in.aliasName());
        AliasRules.demandKeyName(in.targetKeyId());
        Alias alias = Aliases.find(attempt, in.aliasName());
        Keyring.note(attempt.notes(), alias);
        Key old = Aliases.keyOf(attempt, alias);
        Named target = Keyring.find(attempt, in.targetKeyId(), Accepts.OWN_KEY, action);
        permissions.demandOfCaller(attempt, action, Optional.of(alias.arn()), Permissions.NOTHING_MORE);
        permissions.demand(attempt, Named.byId(old), action, Permissions.NOTHING_MORE);
        permissions.demand(attempt, target, action, Permissions.NOTHING_MORE);
        Key key = target.key();
        StateRule.LABELLING.demand(key);
        if (old.spec().kind() != key.spec().kind() || old.usage() != key.usage()) {
            throw KmsErrors.invalid("Alias " + alias.arn() + " cannot be moved to a key of another type or usage.");
        }
        Effect<NoOutput> effect =
                old.id().equals(key.id()) ? Effect.of(NoOutput.INSTANCE) : move(attempt, alias, old, key);
        return effect.showing(Rows.keyArn(key.arn()));
    }

    private Effect<NoOutput> move(Attempt attempt, Alias alias, Key old, Key key) {
        AliasNames names = AliasNames.of(attempt.state(), key).with(alias.name());
        AliasRules.demandWithinQuota(names, quotas.aliasesOfKey());
        Alias moved = alias.movedTo(key.id(), Times.of(attempt.call()));
        return Effect.of(
                NoOutput.INSTANCE,
                Change.put(Alias.TABLE, moved.rowKey(), moved),
                AliasNames.of(attempt.state(), old).without(alias.name()).of(old),
                names.of(key));
    }

    private static Optional<Facts> shown(UpdateAliasRequest in) {
        return Optional.of(Facts.facts().put("aliasName", in.aliasName()).put("targetKeyId", in.targetKeyId()));
    }
}
