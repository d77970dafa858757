package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Call;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.State;
import dev.keytrail.kms.key.Alias;
import dev.keytrail.kms.key.AliasNames;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.Keyring;
import dev.keytrail.kms.key.Keyring.Accepts;
import dev.keytrail.kms.key.Permissions;
import dev.keytrail.wire.shape.kms.AliasListEntry;
import dev.keytrail.wire.shape.kms.ListAliasesRequest;
import dev.keytrail.wire.shape.kms.ListAliasesResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** ListAliases: of the account in this Region, or of one key, in order of their names. */
final class ListAliases {
    private static final int LIMIT_DEFAULT = 50;
    private static final int LIMIT_MAX = 100;

    private final Permissions permissions;

    ListAliases(Permissions permissions) {
        this.permissions = permissions;
    }

    Operation<ListAliasesRequest, ListAliasesResponse> row() {
        return Rows.reading(
                "ListAliases", ListAliasesRequest.class, ListAliasesResponse.class, this::run, ListAliases::shown);
    }

    private Effect<ListAliasesResponse> run(Attempt attempt, ListAliasesRequest in) {
        Call call = attempt.call();
        Optional<Key> key = in.keyId()
                .map(keyId -> Keyring.find(attempt, keyId, Accepts.OWN_KEY, call.action())
                        .key());
        permissions.demandOfCaller(attempt, call.action(), Optional.empty(), Permissions.NOTHING_MORE);
        Pages pages = Pages.of(call, key.map(Key::id).orElse(""), in.limit(), LIMIT_DEFAULT, LIMIT_MAX, in.marker());
        Pages.Page<State.Row<Alias>> page = pages.take(
                key.isPresent() ? ofKey(attempt, key.get(), pages.after()) : ofAccount(attempt, pages.after()),
                row -> row.value().name());
        return Effect.of(ListAliasesResponse.builder()
                .aliases(page.items().stream().map(row -> entry(row.value())).toList())
                .truncated(page.truncated())
                .nextMarker(page.nextMarker())
                .build());
    }

    private static Iterable<State.Row<Alias>> ofAccount(Attempt attempt, String after) {
        Call call = attempt.call();
        String prefix = Alias.rowKey(call.account(), call.region(), "");
        return attempt.state().scan(Alias.TABLE, prefix, after.isEmpty() ? "" : prefix + after);
    }

    private static Iterable<State.Row<Alias>> ofKey(Attempt attempt, Key key, String after) {
        List<State.Row<Alias>> rows = new ArrayList<>();
        for (String name : AliasNames.of(attempt.state(), key).names()) {
            if (name.compareTo(after) > 0) {
                Alias alias = Aliases.find(attempt, name);
                rows.add(new State.Row<>(alias.rowKey(), alias));
            }
        }
        return rows;
    }

    private static AliasListEntry entry(Alias alias) {
        return AliasListEntry.builder()
                .aliasName(alias.name())
                .aliasArn(alias.arn())
                .targetKeyId(alias.keyId())
                .creationDate(alias.created())
                .lastUpdatedDate(alias.updated())
                .build();
    }

    private static Optional<Facts> shown(ListAliasesRequest in) {
        Facts facts = Facts.facts().put("keyId", in.keyId());
        Pages.show(facts, in.limit(), in.marker());
        return Rows.shown(facts);
    }
}
