package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Call;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.State;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.Permissions;
import dev.keytrail.wire.shape.kms.KeyListEntry;
import dev.keytrail.wire.shape.kms.ListKeysRequest;
import dev.keytrail.wire.shape.kms.ListKeysResponse;
import dev.keytrail.wire.shape.kms.ResourceOwnerType;
import java.util.List;
import java.util.Optional;

/** ListKeys: the account's keys in this Region, in any state, in order of their ids. No key is shared through RAM. */
final class ListKeys {
    private static final int LIMIT_DEFAULT = 100;
    private static final int LIMIT_MAX = 1000;

    private final Permissions permissions;

    ListKeys(Permissions permissions) {
        this.permissions = permissions;
    }

    Operation<ListKeysRequest, ListKeysResponse> row() {
        return Rows.reading("ListKeys", ListKeysRequest.class, ListKeysResponse.class, this::run, ListKeys::shown);
    }

    private Effect<ListKeysResponse> run(Attempt attempt, ListKeysRequest in) {
        Call call = attempt.call();
        List<ResourceOwnerType> owners = in.resourceOwners().orElse(List.of());
        boolean own = owners.isEmpty() || owners.contains(ResourceOwnerType.SELF);
        permissions.demandOfCaller(attempt, call.action(), Optional.empty(), Permissions.NOTHING_MORE);
        Pages pages = Pages.of(
                call,
                String.join(
                        ",",
                        owners.stream()
                                .map(ResourceOwnerType::value)
                                .sorted()
                                .distinct()
                                .toList()),
                in.limit(),
                LIMIT_DEFAULT,
                LIMIT_MAX,
                in.marker());
        String prefix = Key.rowKey(call.account(), call.region(), "");
        Iterable<State.Row<Key>> rest = own
                ? attempt.state().scan(Key.TABLE, prefix, pages.after().isEmpty() ? "" : prefix + pages.after())
                : List.of();
        Pages.Page<State.Row<Key>> page = pages.take(rest, row -> row.value().id());
        return Effect.of(ListKeysResponse.builder()
                .keys(page.items().stream()
                        .map(row -> KeyListEntry.builder()
                                .keyId(row.value().id())
                                .keyArn(row.value().arn())
                                .build())
                        .toList())
                .truncated(page.truncated())
                .nextMarker(page.nextMarker())
                .build());
    }

    private static Optional<Facts> shown(ListKeysRequest in) {
        Facts facts = Facts.facts();
        Pages.show(facts, in.limit(), in.marker());
        in.resourceOwners()
                .ifPresent(owners -> facts.putStrings(
                        "resourceOwners",
                        owners.stream().map(ResourceOwnerType::value).toList()));
        return Rows.shown(facts);
    }
}
