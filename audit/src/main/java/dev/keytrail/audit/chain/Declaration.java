package dev.keytrail.audit.chain;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Facts;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.Service;
import dev.keytrail.call.ServiceEvent;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * A record of the log that says which records are missing, and why. Believed as a leaf of the log alone: whoever can write
 * to the disk can write anything else.
 */
public sealed interface Declaration {
    /** The operator's account has no Region of its own. */
    String REGION = "us-east-1";

    /** Ranges beyond are told as one. */
    int RANGES_MAX = 500;

    /** All records before {@code end} were dropped by now; see {@link Dropped}. */
    record Drop(long end, Bytes root, Bytes base) implements Declaration {}

    /** These records were lost to damage, and the ledger was repaired around them. */
    record Loss(List<Range> ranges) implements Declaration {
        public static final String EVENT = "RepairLedger";

        public Loss {
            ranges = List.copyOf(ranges);
        }

        /** The event that says so, with what else is known. */
        public ServiceEvent event(Facts more) {
            Facts details = Facts.facts()
                    .putStrings("lost", ranges.stream().map(Range::toString).toList())
                    .put("lostRecords", ranges.stream().mapToLong(Range::count).sum());
            more.forEach((name, value) -> {
                switch (value) {
                    case Long number -> details.put(name, number);
                    case Boolean flag -> details.put(name, flag);
                    default -> details.put(name, value.toString());
                }
            });
            return new ServiceEvent(
                    Service.KEYTRAIL,
                    EVENT,
                    LedgerRecord.OPERATOR_ACCOUNT,
                    REGION,
                    List.of(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.of(details));
        }
    }

    /** Indexes from the first to the last. */
    record Range(long from, long to) {
        long count() {
            return to - from + 1;
        }

        @Override
        public String toString() {
            return from + "-" + to;
        }

        private static Optional<Range> parse(String text) {
            String[] parts = text.split("-", 2);
            if (parts.length != 2 || !isNumber(parts[0]) || !isNumber(parts[1])) {
                return Optional.empty();
            }
            Range range = new Range(Long.parseLong(parts[0]), Long.parseLong(parts[1]));
            return range.from <= range.to ? Optional.of(range) : Optional.empty();
        }

        private static boolean isNumber(String text) {
            return text.matches("0|[1-9][0-9]{0,17}");
        }
    }

    /** Whether events of that name may be declarations: a cheap hint, for the name beside an event is no part of the log. */
    static boolean isNamedIn(Bytes json) {
        String text = new String(json.unsafeArray(), StandardCharsets.ISO_8859_1);
        return text.contains("\"" + Dropped.EVENT + "\"") || text.contains("\"" + Loss.EVENT + "\"");
    }

    /** The same where the name is at hand. */
    static boolean isNamed(String eventName) {
        return eventName.equals(Dropped.EVENT) || eventName.equals(Loss.EVENT);
    }

    /** Empty for any other event: what a caller asked for is never a declaration, whatever it is called. */
    static Optional<Declaration> parse(Bytes json) {
        try (JsonParser in = Form.JSON.createParser(ObjectReadContext.empty(), json.unsafeArray())) {
            Map<String, Object> top = Form.members(in, Set.of(Form.DETAILS));
            boolean ours = Service.KEYTRAIL.eventSource().equals(top.get("eventSource"))
                    && "AwsServiceEvent".equals(top.get("eventType"))
                    && LedgerRecord.OPERATOR_ACCOUNT.equals(top.get("recipientAccountId"));
            return ours && top.get(Form.DETAILS) instanceof Map<?, ?> details
                    ? Form.declaration(String.valueOf(top.get("eventName")), details)
                    : Optional.empty();
        } catch (JacksonException | IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    /** How events are read. */
    final class Form {
        private static final JsonFactory JSON = new JsonFactory();
        private static final String DETAILS = "serviceEventDetails";

        private Form() {}

        private static Optional<Declaration> declaration(String name, Map<?, ?> details) {
            if (name.equals(Dropped.EVENT)
                    && details.get("treeSize") instanceof Long end
                    && details.get("rootHash") instanceof String root
                    && details.get("stateSha256") instanceof String base
                    && base.matches("[0-9a-f]{64}")) {
                return Base64Text.decode(root)
                        .map(hash -> new Drop(
                                end, hash, Bytes.adopt(java.util.HexFormat.of().parseHex(base))));
            }
            if (name.equals(Loss.EVENT) && details.get("lost") instanceof List<?> lost) {
                List<Range> ranges = new ArrayList<>();
                lost.forEach(text -> Range.parse(String.valueOf(text)).ifPresent(ranges::add));
                return Optional.of(new Loss(ranges));
            }
            return Optional.empty();
        }

        /** Texts, numbers, lists of texts, and those objects that are asked for; all else is stepped over. */
        private static Map<String, Object> members(JsonParser in, Set<String> objects) {
            Map<String, Object> members = new HashMap<>();
            if (in.currentToken() != JsonToken.START_OBJECT && in.nextToken() != JsonToken.START_OBJECT) {
                throw new IllegalArgumentException("no object");
            }
            while (in.nextToken() == JsonToken.PROPERTY_NAME) {
                String name = in.currentName();
                switch (in.nextToken()) {
                    case VALUE_STRING -> members.put(name, in.getString());
                    case VALUE_NUMBER_INT -> members.put(name, in.getLongValue());
                    case START_ARRAY -> members.put(name, texts(in));
                    case START_OBJECT -> {
                        if (objects.contains(name)) {
                            members.put(name, members(in, Set.of()));
                        } else {
                            in.skipChildren();
                        }
                    }
                    default -> {}
                }
            }
            return members;
        }

        private static List<String> texts(JsonParser in) {
            List<String> texts = new ArrayList<>();
            for (JsonToken token = in.nextToken(); token != JsonToken.END_ARRAY; token = in.nextToken()) {
                if (token == JsonToken.VALUE_STRING) {
                    texts.add(in.getString());
                } else if (token.isStructStart()) {
                    in.skipChildren();
                }
            }
            return texts;
        }
    }
}
