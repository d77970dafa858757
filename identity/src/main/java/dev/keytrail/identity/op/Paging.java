package dev.keytrail.identity.op;

import dev.keytrail.call.Facts;
import java.util.List;
import java.util.Optional;

/** The parameters that every list has. */
record Paging(Optional<Integer> maxItems, Optional<String> marker) {
    <T> Pages.Page<T> of(List<T> all) {
        return Pages.ofList(all, maxItems, marker);
    }

    Facts shown(Facts facts) {
        return Rows.paging(facts, maxItems, marker);
    }
}
