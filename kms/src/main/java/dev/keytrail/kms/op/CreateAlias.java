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
import dev.keytrail.wire.shape.kms.CreateAliasRequest;
import java.time.Instant;
import java.util.Optional;

/** CreateAlias: needs leave on the alias (IAM) and on the key. */
final class CreateAlias {
    private final Permissions permissions;
    private final Quotas quotas;

    CreateAlias(Permissions permissions, Quotas quotas) {
        this.permissions = permissions;
        this.quotas = quotas;
    }

    Operation<CreateAliasRequest, NoOutput> row() {
        return Rows.changing("CreateAlias", CreateAliasRequest.class, NoOutput.class, this::run, CreateAlias::shown);
    }

    private Effect<NoOutput> run(Attempt attempt, CreateAliasRequest in) {
        Call call = attempt.call();
        String action = call.action();
        AliasRules.demandUsable(in.aliasName());
        AliasRules.demandKeyName(in.targetKeyId());
        Named named = Keyring.find(attempt, in.targetKeyId(), Accepts.OWN_KEY, action);
        Key key = named.key();
        Instant now = Times.of(call);
        Alias alias = new Alias(key.account(), key.region(), in.aliasName(), key.id(), now, now);
        Keyring.note(attempt.notes(), alias);
        permissions.demandOfCaller(attempt, action, Optional.of(alias.arn()), Permissions.NOTHING_MORE);
        permissions.demand(attempt, named, action, Permissions.NOTHING_MORE);
        StateRule.LABELLING.demand(key);
        if (attempt.state().get(Alias.TABLE, alias.rowKey()).isPresent()) {
            throw KmsErrors.aliasExists(alias.arn());
        }
        AliasNames names = AliasNames.of(attempt.state(), key).with(alias.name());
        AliasRules.demandWithinQuota(names, quotas.aliasesOfKey());
        return Effect.of(NoOutput.INSTANCE, Change.put(Alias.TABLE, alias.rowKey(), alias), names.of(key))
                .showing(Rows.keyArn(key.arn()));
    }

    private static Optional<Facts> shown(CreateAliasRequest in) {
        return Optional.of(Facts.facts().put("aliasName", in.aliasName()).put("targetKeyId", in.targetKeyId()));
    }
}
