package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import dev.keytrail.identity.directory.AccessKey;
import dev.keytrail.identity.directory.IdentityTables;
import dev.keytrail.wire.shape.sts.GetAccessKeyInfoRequest;
import dev.keytrail.wire.shape.sts.GetAccessKeyInfoResponse;
import java.util.Optional;

/**
 * GetAccessKeyInfo: the account of a long-term key. Ids do not spell their account here, so a key that was deleted, or a
 * temporary one, which no row knows, is refused.
 */
final class GetAccessKeyInfo {
    private final Permit permit;

    GetAccessKeyInfo(Permit permit) {
        this.permit = permit;
    }

    Operation<GetAccessKeyInfoRequest, GetAccessKeyInfoResponse> row() {
        return Rows.reading(
                Service.STS,
                "GetAccessKeyInfo",
                GetAccessKeyInfoRequest.class,
                GetAccessKeyInfoResponse.class,
                this::run,
                in -> Optional.of(Facts.facts().put("accessKeyId", in.accessKeyId())));
    }

    private Effect<GetAccessKeyInfoResponse> run(Attempt attempt, GetAccessKeyInfoRequest in) {
        permit.demand(attempt, Permit.ANY);
        String account = attempt.state()
                .get(IdentityTables.ACCESS_KEYS, in.accessKeyId())
                .map(AccessKey::account)
                .orElseThrow(() -> IamErrors.validation("The access key ID is not that of a long-term key in use."));
        return Effect.of(GetAccessKeyInfoResponse.builder().account(account).build());
    }
}
