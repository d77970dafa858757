package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import dev.keytrail.identity.directory.AccessKey;
import dev.keytrail.wire.shape.iam.AccessKeyMetadata;
import dev.keytrail.wire.shape.iam.ListAccessKeysRequest;
import dev.keytrail.wire.shape.iam.ListAccessKeysResponse;
import dev.keytrail.wire.shape.iam.StatusType;
import java.util.Optional;

/** ListAccessKeys: of a named user or of the caller, without secrets. */
final class ListAccessKeys {
    private final Permit permit;

    ListAccessKeys(Permit permit) {
        this.permit = permit;
    }

    Operation<ListAccessKeysRequest, ListAccessKeysResponse> row() {
        return Rows.reading(
                Service.IAM,
                "ListAccessKeys",
                ListAccessKeysRequest.class,
                ListAccessKeysResponse.class,
                this::run,
                ListAccessKeys::facts);
    }

    private Effect<ListAccessKeysResponse> run(Attempt attempt, ListAccessKeysRequest in) {
        KeyHolder holder = KeyHolder.permitted(attempt, permit, in.userName());
        Pages.Page<String> page = Pages.ofList(holder.accessKeys(), in.maxItems(), in.marker());
        return Effect.of(ListAccessKeysResponse.builder()
                .accessKeyMetadata(page.items().stream()
                        .map(id -> metadata(holder, holder.require(attempt, id)))
                        .toList())
                .isTruncated(page.truncated())
                .marker(page.marker())
                .build());
    }

    private static AccessKeyMetadata metadata(KeyHolder holder, AccessKey key) {
        return AccessKeyMetadata.builder()
                .userName(holder.userName())
                .accessKeyId(key.id())
                .status(key.active() ? StatusType.Active : StatusType.Inactive)
                .createDate(key.created())
                .build();
    }

    private static Optional<Facts> facts(ListAccessKeysRequest in) {
        Facts facts = Facts.facts().put("userName", in.userName());
        return Rows.shown(Rows.paging(facts, in.maxItems(), in.marker()));
    }
}
