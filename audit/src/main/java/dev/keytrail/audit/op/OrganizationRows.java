package dev.keytrail.audit.op;

import dev.keytrail.audit.trail.Organizations;
import dev.keytrail.audit.trail.Organizations.Row;
import dev.keytrail.audit.trail.Trails;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * CreateOrganization, AddOrganizationAccount, RemoveOrganizationAccount, DeleteOrganization and DescribeOrganization, which
 * AWS has in another service: which accounts of this server form an organisation, for its trails. For principals of the
 * operator's account; each account that is concerned has the event too.
 */
public final class OrganizationRows {
    /** Bounds the settings of its trails, which name all accounts. */
    static final int ACCOUNTS_MAX = 1000;

    private static final int ID_BYTES = 5;

    private final Administration administration;
    private final Trails trails;
    private final Entropy entropy;

    public OrganizationRows(Administration administration, Trails trails, Entropy entropy) {
        this.administration = administration;
        this.trails = trails;
        this.entropy = entropy;
    }

    public record Create(Optional<String> managementAccountId) {}

    public record Add(Optional<String> managementAccountId, Optional<String> accountId) {}

    public record Remove(Optional<String> managementAccountId, Optional<String> accountId) {}

    public record Delete(Optional<String> managementAccountId) {}

    /** @param accountId of any of its accounts */
    public record Describe(Optional<String> accountId) {}

    /** The organisation as it is now. */
    public record Shown(Row organization) {}

    public List<Operation<?, ?>> rows() {
        return List.of(
                row("CreateOrganization", false, Create.class, this::create, in -> facts(in.managementAccountId())),
                row(
                        "AddOrganizationAccount",
                        false,
                        Add.class,
                        this::add,
                        in -> facts(in.managementAccountId()).put("accountId", in.accountId())),
                row(
                        "RemoveOrganizationAccount",
                        false,
                        Remove.class,
                        this::remove,
                        in -> facts(in.managementAccountId()).put("accountId", in.accountId())),
                row("DeleteOrganization", false, Delete.class, this::delete, in -> facts(in.managementAccountId())),
                row(
                        "DescribeOrganization",
                        true,
                        Describe.class,
                        this::describe,
                        in -> Facts.facts().put("accountId", in.accountId())));
    }

    private static <I> Operation<I, Shown> row(
            String name,
            boolean readOnly,
            Class<I> input,
            dev.keytrail.call.Handler<I, Shown> handler,
            java.util.function.Function<I, Facts> facts) {
        return new Operation<>(
                Service.KEYTRAIL,
                name,
                readOnly,
                Operation.BODY_BYTES_MAX,
                input,
                Shown.class,
                handler,
                facts.andThen(TrailDesk::shown));
    }

    private static Facts facts(Optional<String> managementAccountId) {
        return Facts.facts().put("managementAccountId", managementAccountId);
    }

    private Effect<Shown> create(Attempt attempt, Create in) {
        String management = administration.account(attempt, in.managementAccountId(), "ManagementAccountId");
        requireFree(attempt, management);
        Row made = new Row(management, "o-" + entropy.hex(ID_BYTES), List.of(), List.of());
        return Effect.of(new Shown(made), Organizations.create(made))
                .showing(Facts.facts().put("organizationId", made.id()));
    }

    private Effect<Shown> add(Attempt attempt, Add in) {
        Row now = managed(attempt, in.managementAccountId());
        String account = account(attempt, in.accountId());
        requireFree(attempt, account);
        if (now.members().size() + 1 >= ACCOUNTS_MAX) {
            throw Administration.invalid("An organization can have at most " + ACCOUNTS_MAX + " accounts");
        }
        Row changed = now.with(account);
        return Effect.of(new Shown(changed), followed(attempt, changed, Organizations.join(changed, account)));
    }

    private Effect<Shown> remove(Attempt attempt, Remove in) {
        Row now = managed(attempt, in.managementAccountId());
        String account = account(attempt, in.accountId());
        if (!now.members().contains(account)) {
            throw Administration.invalid("Account " + account + " is no member of the organization");
        }
        Row changed = now.without(account);
        return Effect.of(new Shown(changed), followed(attempt, changed, Organizations.leave(changed, account)));
    }

    private List<Change<?>> followed(Attempt attempt, Row changed, List<Change<?>> changes) {
        List<Change<?>> all = new ArrayList<>(changes);
        all.addAll(trails.follow(attempt.state(), attempt.call(), changed));
        return all;
    }

    private Effect<Shown> delete(Attempt attempt, Delete in) {
        Row now = managed(attempt, in.managementAccountId());
        boolean used = trails.allForDecision(attempt.state(), now.management()).stream()
                .anyMatch(trail -> trail.scope().organization().isPresent());
        if (used) {
            throw Administration.invalid("The organization has trails: delete or convert them first");
        }
        now.members().forEach(member -> administration.require(attempt, member));
        return Effect.of(new Shown(now), Organizations.delete(now));
    }

    private Effect<Shown> describe(Attempt attempt, Describe in) {
        String account = administration.account(attempt, in.accountId(), "AccountId");
        return Effect.of(new Shown(Organizations.of(attempt.state(), account)
                .orElseThrow(() -> Administration.invalid("Account " + account + " is in no organization"))));
    }

    private Row managed(Attempt attempt, Optional<String> managementAccountId) {
        String management = administration.account(attempt, managementAccountId, "ManagementAccountId");
        return Organizations.of(attempt.state(), management)
                .filter(row -> row.management().equals(management))
                .orElseThrow(() -> Administration.invalid(
                        "Account " + management + " is the management account of no organization"));
    }

    private String account(Attempt attempt, Optional<String> given) {
        String account = given.orElseThrow(() -> Administration.invalid("AccountId is missing"));
        administration.require(attempt, account);
        return account;
    }

    private static void requireFree(Attempt attempt, String account) {
        if (Organizations.of(attempt.state(), account).isPresent()) {
            throw Administration.invalid("Account " + account + " is in an organization already");
        }
    }
}
