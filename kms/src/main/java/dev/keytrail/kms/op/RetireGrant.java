package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Principal;
import dev.keytrail.call.Refused;
import dev.keytrail.kms.key.Grant;
import dev.keytrail.kms.key.GrantOperation;
import dev.keytrail.kms.key.GrantParty;
import dev.keytrail.kms.key.GrantTokens;
import dev.keytrail.kms.key.Grants;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.Keyring;
import dev.keytrail.kms.key.Keyring.Accepts;
import dev.keytrail.kms.key.KmsErrors;
import dev.keytrail.kms.key.Named;
import dev.keytrail.kms.key.Permissions;
import dev.keytrail.kms.key.Permissions.Entitlement;
import dev.keytrail.wire.NoOutput;
import dev.keytrail.wire.shape.kms.RetireGrantRequest;
import java.util.List;
import java.util.Optional;

/**
 * RetireGrant: by the retiring principal, by a grantee whose grant holds RetireGrant, or by the account that made the
 * grant. The event shows no parameter, but which grant it was.
 */
final class RetireGrant {
    private final Permissions permissions;
    private final GrantTokens tokens;

    RetireGrant(Permissions permissions, GrantTokens tokens) {
        this.permissions = permissions;
        this.tokens = tokens;
    }

    Operation<RetireGrantRequest, NoOutput> row() {
        return Rows.changing(
                "RetireGrant", RetireGrantRequest.class, NoOutput.class, this::run, in -> Optional.empty());
    }

    private Effect<NoOutput> run(Attempt attempt, RetireGrantRequest in) {
        boolean byToken = in.grantToken().isPresent();
        if (byToken == (in.keyId().isPresent() && in.grantId().isPresent())
                || byToken && (in.keyId().isPresent() || in.grantId().isPresent())) {
            throw KmsErrors.invalid("Specify either a GrantToken, or both KeyId and GrantId.");
        }
        String action = attempt.call().action();
        String keyId;
        String grantId;
        if (byToken) {
            GrantTokens.Named token = tokens.read(in.grantToken().get());
            keyId = Key.arn(token.account(), token.region(), token.keyId());
            grantId = token.grantId();
        } else {
            keyId = in.keyId().orElseThrow();
            grantId = in.grantId().orElseThrow();
        }
        Named named = Keyring.find(attempt, keyId, Accepts.ANY_KEY, action);
        attempt.notes().additional(Facts.facts().put("grantId", grantId));
        Grant grant = find(attempt, named, grantId, action);
        permissions.demandEntitled(attempt, named, action, entitlement(attempt, grant));
        KeyUse.refuseDryRun(in.dryRun());
        return Effect.of(NoOutput.INSTANCE, Grants.remove(attempt.state(), grant));
    }

    /** That another account's key has no such grant is nobody's business. */
    private static Grant find(Attempt attempt, Named named, String grantId, String action) {
        try {
            return RevokeGrant.find(attempt, named.key(), grantId);
        } catch (Refused absent) {
            if (named.foreignTo(attempt)) {
                attempt.notes().callerOnly();
                throw KmsErrors.deniedElsewhere(attempt.call(), action);
            }
            throw absent;
        }
    }

    private static Entitlement entitlement(Attempt attempt, Grant grant) {
        Principal caller = attempt.call().caller().principal();
        List<String> own = GrantParty.names(caller);
        boolean grantee = grant.operations().contains(GrantOperation.RetireGrant);
        boolean named =
                grant.retiring().map(GrantParty::name).filter(own::contains).isPresent()
                        || grantee && own.contains(grant.grantee().name());
        if (named && grant.isMeantFor(caller)) {
            return Entitlement.ITSELF;
        }
        Optional<String> account = GrantParty.accountName(caller);
        boolean delegated = account.equals(grant.retiring().map(GrantParty::name))
                || grantee && account.equals(Optional.of(grant.grantee().name()))
                || account.equals(Optional.of(GrantParty.rootOf(grant.issuer())));
        return account.isPresent() && delegated ? Entitlement.ITS_ACCOUNT : Entitlement.NONE;
    }
}
