package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import dev.keytrail.identity.directory.AccessKey;
import dev.keytrail.identity.directory.IdentityTables;
import dev.keytrail.identity.directory.KeyUse;
import dev.keytrail.wire.shape.iam.AccessKeyLastUsed;
import dev.keytrail.wire.shape.iam.GetAccessKeyLastUsedRequest;
import dev.keytrail.wire.shape.iam.GetAccessKeyLastUsedResponse;
import java.util.Optional;

/** GetAccessKeyLastUsed: the newest call that history has of a key of the caller's account, whatever came of it. */
final class GetAccessKeyLastUsed {
    private static final String NEVER = "N/A";

    private final Permit permit;
    private final KeyUse uses;

    GetAccessKeyLastUsed(Permit permit, KeyUse uses) {
        this.permit = permit;
        this.uses = uses;
    }

    Operation<GetAccessKeyLastUsedRequest, GetAccessKeyLastUsedResponse> row() {
        return Rows.reading(
                Service.IAM,
                "GetAccessKeyLastUsed",
                GetAccessKeyLastUsedRequest.class,
                GetAccessKeyLastUsedResponse.class,
                this::run,
                in -> Optional.of(Facts.facts().put("accessKeyId", in.accessKeyId())));
    }

    private Effect<GetAccessKeyLastUsedResponse> run(Attempt attempt, GetAccessKeyLastUsedRequest in) {
        String account = attempt.call().account();
        AccessKey key = attempt.state()
                .get(IdentityTables.ACCESS_KEYS, in.accessKeyId())
                .filter(k -> k.account().equals(account))
                .orElseThrow(() -> Permit.denied(attempt.call(), "access key " + in.accessKeyId(), Optional.empty()));
        Optional<String> owner = key.owner() instanceof AccessKey.Owner.OfUser(String name, String _)
                ? Optional.of(name)
                : Optional.empty();
        if (owner.isPresent()) {
            Kind.USER.permitted(attempt, permit, owner.get());
        } else {
            permit.demand(attempt, "arn:aws:iam::" + account + ":root");
        }
        Optional<KeyUse.Use> last = uses.last(account, key.id());
        return Effect.of(GetAccessKeyLastUsedResponse.builder()
                .userName(owner)
                .accessKeyLastUsed(AccessKeyLastUsed.builder()
                        .lastUsedDate(last.map(KeyUse.Use::at))
                        .region(last.map(KeyUse.Use::region).orElse(NEVER))
                        .serviceName(last.map(KeyUse.Use::service).orElse(NEVER))
                        .build())
                .build());
    }
}
