package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Call;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.State;
import dev.keytrail.kms.key.Grant;
import dev.keytrail.kms.key.GrantParty;
import dev.keytrail.kms.key.GrantRow;
import dev.keytrail.kms.key.Grants;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KmsErrors;
import dev.keytrail.kms.key.Permissions;
import dev.keytrail.wire.shape.kms.ListGrantsResponse;
import dev.keytrail.wire.shape.kms.ListRetirableGrantsRequest;
import java.util.List;
import java.util.Optional;

/** ListRetirableGrants: what a principal of the caller's account may retire in this Region, on keys of any account. */
final class ListRetirableGrants {
    private final Permissions permissions;

    ListRetirableGrants(Permissions permissions) {
        this.permissions = permissions;
    }

    Operation<ListRetirableGrantsRequest, ListGrantsResponse> row() {
        return Rows.reading(
                "ListRetirableGrants",
                ListRetirableGrantsRequest.class,
                ListGrantsResponse.class,
                this::run,
                ListRetirableGrants::shown);
    }

    private Effect<ListGrantsResponse> run(Attempt attempt, ListRetirableGrantsRequest in) {
        Call call = attempt.call();
        GrantParty retiring = GrantParty.of(in.retiringPrincipal(), in.retiringServicePrincipal(), "Retiring")
                .orElseThrow(() ->
                        KmsErrors.invalid("One of RetiringPrincipal and RetiringServicePrincipal must be specified."));
        boolean own = retiring.account().map(call.account()::equals).orElse(false);
        if (!own) {
            // Services list their own; nobody lists another account's principals.
            throw KmsErrors.deniedElsewhere(call, call.action());
        }
        permissions.demandOfCaller(attempt, call.action(), Optional.of(retiring.name()), Permissions.NOTHING_MORE);
        Pages pages = Pages.of(
                call, retiring.name(), in.limit(), GrantLists.LIMIT_DEFAULT, GrantLists.LIMIT_MAX, in.marker());
        String prefix = Grants.retiringPrefix(retiring, call.region());
        Iterable<State.Row<GrantRow>> rows =
                attempt.state().scan(GrantRow.RETIRING, prefix, pages.after().isEmpty() ? "" : prefix + pages.after());
        Pages.Page<State.Row<GrantRow>> page =
                pages.take(rows, row -> row.value().rowKey());
        return Effect.of(ListGrantsResponse.builder()
                .grants(page.items().stream()
                        .flatMap(row -> living(attempt, row.value()).stream())
                        .map(GrantLists::entry)
                        .toList())
                .truncated(page.truncated())
                .nextMarker(page.nextMarker())
                .build());
    }

    /** The grants of a deleted key go a little later than the key. */
    private static List<Grant> living(Attempt attempt, GrantRow row) {
        return attempt.state()
                .get(Grant.TABLE, row.rowKey())
                .filter(grant -> attempt.state()
                        .get(Key.TABLE, Key.rowKey(grant.account(), grant.region(), grant.keyId()))
                        .isPresent())
                .map(List::of)
                .orElse(List.of());
    }

    private static Optional<Facts> shown(ListRetirableGrantsRequest in) {
        Facts facts = Facts.facts()
                .put("retiringPrincipal", in.retiringPrincipal())
                .put("retiringServicePrincipal", in.retiringServicePrincipal());
        Pages.show(facts, in.limit(), in.marker());
        return Rows.shown(facts);
    }
}
