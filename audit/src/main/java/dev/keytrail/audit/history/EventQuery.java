package dev.keytrail.audit.history;

import dev.keytrail.audit.history.HistoryIndex.Attribute;
import dev.keytrail.audit.history.HistoryIndex.Match;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.LedgerRecord;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A search over the members of events: comparisons joined by AND, OR, NOT and parentheses. Immutable.
 *
 * <p>{@code eventName = Decrypt AND (errorCode EXISTS OR sourceIPAddress ^= "10.") AND context.tenant = "a"}. A path names
 * a member, {@code .} goes down, lists are looked through; {@code context.K} is key K of any encryption context, {@code
 * any} every value of the event. Operators: {@code =}, {@code !=} (no value equals), {@code ^=} (begins), {@code ~}
 * (contains), {@code < <= > >=} (as numbers where both are, else as text, which orders times), {@code EXISTS}.
 */
public final class EventQuery {
    static final int CHARS_MAX = 4096;
    static final int COMPARISONS_MAX = 50;

    /** Takes every event. */
    public static final EventQuery ALL = new EventQuery(new And(List.of()));

    private final Node root;

    private EventQuery(Node root) {
        this.root = root;
    }

    /** @throws IllegalArgumentException with what is wrong and where, in words fit for the caller */
    public static EventQuery parse(String text) {
        if (text.length() > CHARS_MAX) {
            throw new IllegalArgumentException("the query has more than " + CHARS_MAX + " characters");
        }
        return text.isBlank() ? ALL : new EventQuery(new QueryParser(text).parse());
    }

    sealed interface Node {}

    record And(List<Node> all) implements Node {}

    record Or(List<Node> any) implements Node {}

    record Not(Node node) implements Node {}

    /** @param path the member's names, joined by {@link FlatEvent#SEPARATOR} */
    record Comparison(String path, Operator operator, String value) implements Node {}

    enum Operator {
        EQUAL,
        NOT_EQUAL,
        BEGINS,
        CONTAINS,
        LESS,
        AT_MOST,
        MORE,
        AT_LEAST,
        EXISTS
    }

    /** The one indexed attribute that every hit must have, if the query asks for one. */
    public Optional<Match> narrowing() {
        return must().stream()
                .filter(c -> c.operator() == Operator.EQUAL)
                .flatMap(c -> attribute(c).stream())
                .min((a, b) -> rank(a.attribute()) - rank(b.attribute()));
    }

    private static Optional<Match> attribute(Comparison c) {
        return switch (c.path()) {
            case "eventID" -> Optional.of(new Match(Attribute.EVENT_ID, c.value()));
            case "userIdentity" + FlatEvent.SEPARATOR + "accessKeyId" ->
                Optional.of(new Match(Attribute.ACCESS_KEY_ID, c.value()));
            case "eventName" -> Optional.of(new Match(Attribute.EVENT_NAME, c.value()));
            case "eventSource" -> Optional.of(new Match(Attribute.EVENT_SOURCE, c.value()));
            case "readOnly" -> Optional.of(new Match(Attribute.READ_ONLY, c.value()));
            default -> Optional.empty();
        };
    }

    /** Fewest hits first. */
    private static int rank(Attribute attribute) {
        return switch (attribute) {
            case EVENT_ID -> 0;
            case ACCESS_KEY_ID -> 1;
            case EVENT_NAME -> 2;
            case EVENT_SOURCE -> 3;
            default -> 4;
        };
    }

    /** Comparisons that every hit meets. */
    private List<Comparison> must() {
        List<Comparison> must = new ArrayList<>();
        List<Node> nodes = root instanceof And(List<Node> all) ? all : List.of(root);
        for (Node node : nodes) {
            if (node instanceof Comparison c) {
                must.add(c);
            }
        }
        return must;
    }

    /** Whether the event is a hit. */
    public boolean accepts(LedgerRecord record) {
        for (Comparison c : must()) {
            if (!mayMeet(record.json(), c)) {
                return false;
            }
        }
        return meets(root, FlatEvent.of(record.json()));
    }

    /** Cheaply tells most misses: a plain value that must be in the event stands in its text. */
    private static boolean mayMeet(Bytes json, Comparison c) {
        boolean literal = switch (c.operator()) {
            case EQUAL, BEGINS, CONTAINS -> true;
            default -> false;
        };
        boolean plain = c.value().chars().allMatch(ch -> ch >= 0x20 && ch < 0x7F && ch != '"' && ch != '\\');
        return !literal || !plain || contains(json, c.value());
    }

    private static boolean contains(Bytes json, String ascii) {
        byte[] text = json.unsafeArray();
        byte[] wanted = ascii.getBytes(StandardCharsets.US_ASCII);
        if (wanted.length == 0) {
            return true;
        }
        for (int at = 0; at <= text.length - wanted.length; at++) {
            int same = 0;
            while (same < wanted.length && text[at + same] == wanted[same]) {
                same++;
            }
            if (same == wanted.length) {
                return true;
            }
        }
        return false;
    }

    private static boolean meets(Node node, Map<String, List<String>> event) {
        return switch (node) {
            case And(List<Node> all) -> all.stream().allMatch(each -> meets(each, event));
            case Or(List<Node> any) -> any.stream().anyMatch(each -> meets(each, event));
            case Not(Node not) -> !meets(not, event);
            case Comparison c -> meets(c, FlatEvent.values(event, c.path()));
        };
    }

    private static boolean meets(Comparison c, List<String> values) {
        return switch (c.operator()) {
            case EXISTS -> !values.isEmpty();
            case NOT_EQUAL -> values.stream().noneMatch(c.value()::equals);
            case EQUAL -> values.contains(c.value());
            case BEGINS -> values.stream().anyMatch(v -> v.startsWith(c.value()));
            case CONTAINS -> values.stream().anyMatch(v -> v.contains(c.value()));
            case LESS -> values.stream().anyMatch(v -> order(v, c.value()) < 0);
            case AT_MOST -> values.stream().anyMatch(v -> order(v, c.value()) <= 0);
            case MORE -> values.stream().anyMatch(v -> order(v, c.value()) > 0);
            case AT_LEAST -> values.stream().anyMatch(v -> order(v, c.value()) >= 0);
        };
    }

    private static int order(String one, String other) {
        try {
            return Double.compare(Double.parseDouble(one), Double.parseDouble(other));
        } catch (NumberFormatException text) {
            return one.compareTo(other);
        }
    }
}
