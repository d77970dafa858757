package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import dev.keytrail.identity.directory.AccountAlias;
import dev.keytrail.identity.directory.IdentityTables;
import dev.keytrail.wire.NoOutput;
import dev.keytrail.wire.shape.iam.CreateAccountAliasRequest;
import dev.keytrail.wire.shape.iam.DeleteAccountAliasRequest;
import dev.keytrail.wire.shape.iam.ListAccountAliasesRequest;
import dev.keytrail.wire.shape.iam.ListAccountAliasesResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The one alias that an account may have, unique in the server: Create (in place of an older one), Delete, List. */
final class AccountAliases {
    private final Permit permit;

    AccountAliases(Permit permit) {
        this.permit = permit;
    }

    List<Operation<?, ?>> rows() {
        return List.of(
                Rows.changing(
                        Service.IAM,
                        "CreateAccountAlias",
                        CreateAccountAliasRequest.class,
                        NoOutput.class,
                        (attempt, in) -> create(attempt, in.accountAlias()),
                        in -> Optional.of(Facts.facts().put("accountAlias", in.accountAlias()))),
                Rows.changing(
                        Service.IAM,
                        "DeleteAccountAlias",
                        DeleteAccountAliasRequest.class,
                        NoOutput.class,
                        (attempt, in) -> delete(attempt, in.accountAlias()),
                        in -> Optional.of(Facts.facts().put("accountAlias", in.accountAlias()))),
                Rows.reading(
                        Service.IAM,
                        "ListAccountAliases",
                        ListAccountAliasesRequest.class,
                        ListAccountAliasesResponse.class,
                        this::list,
                        in -> Rows.shown(Rows.paging(Facts.facts(), in.maxItems(), in.marker()))));
    }

    private Effect<NoOutput> create(Attempt attempt, String alias) {
        permit.demand(attempt, Permit.ANY);
        String account = attempt.call().account();
        if (alias.matches("[0-9]{12}")) {
            throw IamErrors.invalidInput("The account alias must not be a number of 12 digits.");
        }
        Optional<AccountAlias> holder = attempt.state().get(IdentityTables.ALIASES, alias);
        if (holder.isPresent() && !holder.get().account().equals(account)) {
            throw IamErrors.exists("The account alias " + alias + " already exists.");
        }
        AccountAlias row = new AccountAlias(alias, account);
        List<Change<?>> changes = new ArrayList<>();
        of(attempt, account)
                .filter(old -> !old.equals(alias))
                .ifPresent(old -> changes.add(Change.delete(IdentityTables.ALIASES, old)));
        changes.add(Change.put(IdentityTables.ALIASES, alias, row));
        changes.add(Change.put(IdentityTables.ALIASES, account, row));
        return Effect.of(NoOutput.INSTANCE, changes);
    }

    private Effect<NoOutput> delete(Attempt attempt, String alias) {
        permit.demand(attempt, Permit.ANY);
        String account = attempt.call().account();
        if (!of(attempt, account).equals(Optional.of(alias))) {
            throw IamErrors.noSuchEntity("The account alias " + alias + " cannot be found.");
        }
        return Effect.of(
                NoOutput.INSTANCE,
                Change.delete(IdentityTables.ALIASES, alias),
                Change.delete(IdentityTables.ALIASES, account));
    }

    private Effect<ListAccountAliasesResponse> list(Attempt attempt, ListAccountAliasesRequest in) {
        permit.demand(attempt, Permit.ANY);
        List<String> all = of(attempt, attempt.call().account()).stream().toList();
        Pages.Page<String> page = new Paging(in.maxItems(), in.marker()).of(all);
        return Effect.of(ListAccountAliasesResponse.builder()
                .accountAliases(page.items())
                .isTruncated(page.truncated())
                .marker(page.marker())
                .build());
    }

    private static Optional<String> of(Attempt attempt, String account) {
        return attempt.state().get(IdentityTables.ALIASES, account).map(AccountAlias::alias);
    }
}
