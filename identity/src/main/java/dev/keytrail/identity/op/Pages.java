package dev.keytrail.identity.op;

import dev.keytrail.call.Refused;
import dev.keytrail.call.State;
import dev.keytrail.call.Table;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** IAM's paging. Markers are base64url of where the page before ended. */
final class Pages {
    /** AWS's page size if none is asked for. */
    private static final int ITEMS_DEFAULT = 100;

    private Pages() {}

    /** @param marker present exactly if there is more */
    record Page<T>(List<T> items, Optional<String> marker) {
        Page {
            items = List.copyOf(items);
        }

        boolean truncated() {
            return marker.isPresent();
        }
    }

    /** Rows under {@code prefix} in key order. The marker holds the last row's key. */
    static <T> Page<T> ofRows(
            State state,
            Table<T> table,
            String prefix,
            Predicate<T> wanted,
            Optional<Integer> maxItems,
            Optional<String> marker) {
        String after = marker.map(Pages::decode).orElse("");
        if (!after.isEmpty() && !after.startsWith(prefix)) {
            throw invalidMarker();
        }
        int max = maxItems.orElse(ITEMS_DEFAULT);
        List<T> items = new ArrayList<>();
        String last = "";
        for (State.Row<T> row : state.scan(table, prefix, after)) {
            if (!wanted.test(row.value())) {
                continue;
            }
            if (items.size() == max) {
                return new Page<>(items, Optional.of(encode(last)));
            }
            items.add(row.value());
            last = row.key();
        }
        return new Page<>(items, Optional.empty());
    }

    /** A short list that lies in one row. The marker holds the position. */
    static <T> Page<T> ofList(List<T> all, Optional<Integer> maxItems, Optional<String> marker) {
        int from = marker.map(Pages::position).orElse(0);
        int to = (int) Math.min(all.size(), (long) from + maxItems.orElse(ITEMS_DEFAULT));
        if (from > all.size()) {
            return new Page<>(List.of(), Optional.empty());
        }
        Optional<String> next = to < all.size() ? Optional.of(encode(Integer.toString(to))) : Optional.empty();
        return new Page<>(all.subList(from, to), next);
    }

    private static int position(String marker) {
        String text = decode(marker);
        if (!text.matches("[0-9]{1,6}")) {
            throw invalidMarker();
        }
        return Integer.parseInt(text);
    }

    private static String encode(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String decode(String marker) {
        try {
            String text = new String(Base64.getUrlDecoder().decode(marker), StandardCharsets.UTF_8);
            if (!text.isEmpty()) {
                return text;
            }
        } catch (IllegalArgumentException e) {
            // Not base64: no marker of ours.
        }
        throw invalidMarker();
    }

    private static Refused invalidMarker() {
        return IamErrors.validation("Invalid Marker.");
    }
}
