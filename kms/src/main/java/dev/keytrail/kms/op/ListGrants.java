package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Principal;
import dev.keytrail.call.State;
import dev.keytrail.kms.key.Grant;
import dev.keytrail.kms.key.GrantParty;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KmsErrors;
import dev.keytrail.wire.shape.kms.ListGrantsRequest;
import dev.keytrail.wire.shape.kms.ListGrantsResponse;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** ListGrants: a key's grants, in order of their ids. */
final class ListGrants {
    private final KeyCare care;

    ListGrants(KeyCare care) {
        this.care = care;
    }

    Operation<ListGrantsRequest, ListGrantsResponse> row() {
        return Rows.reading(
                "ListGrants", ListGrantsRequest.class, ListGrantsResponse.class, this::run, ListGrants::shown);
    }

    private Effect<ListGrantsResponse> run(Attempt attempt, ListGrantsRequest in) {
        Key key = care.anyones(attempt, in.keyId(), RevokeGrant.forService(attempt))
                .key();
        demandOneGrantee(attempt, in);
        if (in.grantId().isPresent() && !Grant.isId(in.grantId().get())) {
            throw KmsErrors.invalidGrantId();
        }
        String arguments = String.join(
                "\n",
                key.arn(),
                in.grantId().orElse(""),
                in.granteePrincipal().orElse(""),
                in.granteeServicePrincipal().orElse(""));
        Pages pages = Pages.of(
                attempt.call(), arguments, in.limit(), GrantLists.LIMIT_DEFAULT, GrantLists.LIMIT_MAX, in.marker());
        String prefix = key.rowKey() + "/";
        // One grant of a known id lies where a scan that starts with its whole key finds it first.
        String from = prefix + in.grantId().orElse("");
        Iterable<State.Row<Grant>> rows =
                attempt.state().scan(Grant.TABLE, from, pages.after().isEmpty() ? "" : prefix + pages.after());
        Pages.Page<Grant> page = pages.take(chosen(rows, filter(in)), Grant::id);
        return Effect.of(ListGrantsResponse.builder()
                .grants(page.items().stream().map(GrantLists::entry).toList())
                .truncated(page.truncated())
                .nextMarker(page.nextMarker())
                .build());
    }

    /** Services filter by themselves, everybody else by principals. */
    private static void demandOneGrantee(Attempt attempt, ListGrantsRequest in) {
        if (in.granteeServicePrincipal().isEmpty()) {
            return;
        }
        if (in.granteePrincipal().isPresent()) {
            throw KmsErrors.invalid("Only one of GranteePrincipal and GranteeServicePrincipal can be specified.");
        }
        if (!(attempt.call().caller().principal() instanceof Principal.ServicePrincipal)) {
            throw KmsErrors.invalid("GranteeServicePrincipal can be specified only by service principals.");
        }
    }

    private static Iterable<Grant> chosen(Iterable<State.Row<Grant>> rows, Predicate<Grant> filter) {
        return () -> {
            Stream<Grant> grants =
                    StreamSupport.stream(rows.spliterator(), false).map(State.Row::value);
            Iterator<Grant> chosen = grants.filter(filter).iterator();
            return chosen;
        };
    }

    private static Predicate<Grant> filter(ListGrantsRequest in) {
        List<GrantParty> grantees = Stream.concat(
                        in.granteePrincipal().stream().map(name -> new GrantParty(name, false)),
                        in.granteeServicePrincipal().stream().map(name -> new GrantParty(name, true)))
                .toList();
        return grant -> grantees.isEmpty() || grantees.stream().allMatch(grant.grantee()::equals);
    }

    private static Optional<Facts> shown(ListGrantsRequest in) {
        Facts facts = Facts.facts().put("keyId", in.keyId());
        Pages.show(facts, in.limit(), in.marker());
        return Optional.of(facts.put("granteePrincipal", in.granteePrincipal())
                .put("granteeServicePrincipal", in.granteeServicePrincipal())
                .put("grantId", in.grantId()));
    }
}
