package dev.keytrail.audit.topic.op;

import dev.keytrail.audit.topic.TopicAccess;
import dev.keytrail.call.State;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * One page of a list, 100 items as at AWS. A token is the key of the last row: it opens nothing, for each list looks at
 * the caller's own rows alone.
 */
record Pages<T>(List<T> items, Optional<String> nextToken) {
    static final int SIZE = 100;
    private static final int TOKEN_CHARS_MAX = 2048;

    static String after(Optional<String> token) {
        if (token.isEmpty() || token.get().isEmpty()) {
            return "";
        }
        try {
            if (token.get().length() <= TOKEN_CHARS_MAX) {
                return new String(Base64.getUrlDecoder().decode(token.get()), StandardCharsets.UTF_8);
            }
        } catch (IllegalArgumentException notBase64) {
            // The one answer for both.
        }
        throw TopicAccess.invalid("NextToken");
    }

    static <T> Pages<T> of(Iterable<State.Row<T>> rows, Predicate<T> wanted) {
        List<T> items = new ArrayList<>();
        String last = "";
        for (State.Row<T> row : rows) {
            if (!wanted.test(row.value())) {
                continue;
            }
            if (items.size() == SIZE) {
                String token =
                        Base64.getUrlEncoder().withoutPadding().encodeToString(last.getBytes(StandardCharsets.UTF_8));
                return new Pages<>(items, Optional.of(token));
            }
            items.add(row.value());
            last = row.key();
        }
        return new Pages<>(items, Optional.empty());
    }
}
