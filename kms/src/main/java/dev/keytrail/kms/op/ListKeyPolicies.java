package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Operation;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KeyPolicies;
import dev.keytrail.kms.key.StateRule;
import dev.keytrail.wire.shape.kms.ListKeyPoliciesRequest;
import dev.keytrail.wire.shape.kms.ListKeyPoliciesResponse;
import java.util.List;

/** ListKeyPolicies: a key has one, called default. */
final class ListKeyPolicies {
    private static final int LIMIT_DEFAULT = 100;
    private static final int LIMIT_MAX = 1000;

    private final KeyCare care;

    ListKeyPolicies(KeyCare care) {
        this.care = care;
    }

    Operation<ListKeyPoliciesRequest, ListKeyPoliciesResponse> row() {
        return Rows.reading(
                "ListKeyPolicies",
                ListKeyPoliciesRequest.class,
                ListKeyPoliciesResponse.class,
                this::run,
                in -> KeyCare.shown(in.keyId(), in.limit(), in.marker()));
    }

    private Effect<ListKeyPoliciesResponse> run(Attempt attempt, ListKeyPoliciesRequest in) {
        Key key = care.ready(attempt, in.keyId(), StateRule.ANY);
        Pages pages = Pages.of(attempt.call(), key.id(), in.limit(), LIMIT_DEFAULT, LIMIT_MAX, in.marker());
        List<String> rest = pages.after().isEmpty() ? List.of(KeyPolicies.NAME) : List.of();
        Pages.Page<String> page = pages.take(rest, name -> name);
        return Effect.of(ListKeyPoliciesResponse.builder()
                .policyNames(page.items())
                .truncated(page.truncated())
                .nextMarker(page.nextMarker())
                .build());
    }
}
