package dev.keytrail.wire;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Secret;
import dev.keytrail.wire.codec.ShapeReader;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads AWS query's input: {@code Tags.member.1.Key}, {@code Attributes.entry.1.key}. List items and map entries count in
 * the order of their numbers, gaps are no error. Parameters that the model does not know are skipped.
 */
final class FormReader implements ShapeReader {
    private static final int DIGITS_MAX = 6;

    /** Stands for the value of an entry that has only a key. */
    private static final FormNode NOTHING = new FormNode();

    private final Deque<Frame> open = new ArrayDeque<>();
    private FormNode node;

    /** What is being read: a structure's members, or the items of a list or map. */
    private record Frame(
            Iterator<Map.Entry<String, FormNode>> members, Iterator<FormNode> items, String key, String value) {}

    FormReader(FormParameters parameters) {
        this.node = FormNode.of(parameters);
    }

    @Override
    public void beginStructure() {
        if (node.value() != null && !node.isEmpty()) {
            throw malformed("Unexpected simple value where a structure was expected");
        }
        open.push(new Frame(node.children().entrySet().iterator(), Collections.emptyIterator(), "", ""));
    }

    @Override
    public @Nullable String nextMember() {
        Frame frame = open.element();
        if (!frame.members.hasNext()) {
            open.pop();
            return null;
        }
        Map.Entry<String, FormNode> member = frame.members.next();
        node = member.getValue();
        return member.getKey();
    }

    @Override
    public void beginList() {
        begin("member", "", "");
    }

    @Override
    public boolean nextItem() {
        Frame frame = open.element();
        if (!frame.items.hasNext()) {
            open.pop();
            return false;
        }
        node = frame.items.next();
        return true;
    }

    @Override
    public void beginMap(String keyName, String valueName) {
        begin("entry", keyName, valueName);
    }

    @Override
    public @Nullable String nextKey() {
        Frame frame = open.element();
        if (!frame.items.hasNext()) {
            open.pop();
            return null;
        }
        FormNode entry = frame.items.next();
        FormNode key = entry.children().get(frame.key);
        if (key == null || key.value() == null) {
            throw malformed("Map entry has no key");
        }
        FormNode value = entry.children().get(frame.value);
        node = value == null ? NOTHING : value;
        return key.value();
    }

    @Override
    public boolean isNull() {
        return node == NOTHING;
    }

    @Override
    public void skip() {
        // The next member or item is found by its parent.
    }

    @Override
    public String text() {
        String value = node.value();
        if (value == null || !node.children().isEmpty()) {
            throw malformed("Start of structure or map found where not expected.");
        }
        return value;
    }

    @Override
    public Secret secretText() {
        return Secret.adopt(text().getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public Bytes blob() {
        return Bytes.adopt(binary());
    }

    @Override
    public Secret secretBlob() {
        return Secret.adopt(binary());
    }

    @Override
    public Integer integer() {
        try {
            return Integer.valueOf(text());
        } catch (NumberFormatException e) {
            throw malformed("Value is not an Integer");
        }
    }

    @Override
    public Long longInteger() {
        try {
            return Long.valueOf(text());
        } catch (NumberFormatException e) {
            throw malformed("Value is not a Long");
        }
    }

    @Override
    public Boolean flag() {
        return switch (text()) {
            case "true", "True" -> Boolean.TRUE;
            case "false", "False" -> Boolean.FALSE;
            default -> throw malformed("Value is not a Boolean");
        };
    }

    @Override
    public Double decimal() {
        String text = text();
        if (text.length() > JsonReader.NUMBER_LENGTH_MAX) {
            throw malformed("Value is not a Double");
        }
        try {
            return Double.valueOf(text);
        } catch (NumberFormatException e) {
            throw malformed("Value is not a Double");
        }
    }

    @Override
    public Instant time() {
        Optional<Instant> time = Times.parse(text());
        return time.orElseThrow(() -> malformed("Value is not a Timestamp"));
    }

    private byte[] binary() {
        try {
            return Base64.getDecoder().decode(text());
        } catch (IllegalArgumentException e) {
            throw malformed("Value is not valid base64");
        }
    }

    private void begin(String word, String keyName, String valueName) {
        Collection<FormNode> items;
        if (node.isEmpty()) {
            items = List.of();
        } else {
            FormNode numbered = node.children().get(word);
            if (numbered == null || node.children().size() > 1 || node.value() != null) {
                throw malformed("Unexpected list element");
            }
            items = inOrder(numbered);
        }
        open.push(new Frame(Collections.emptyIterator(), items.iterator(), keyName, valueName));
    }

    private static Collection<FormNode> inOrder(FormNode numbered) {
        if (numbered.value() != null) {
            throw malformed("Unexpected simple value where a list element was expected");
        }
        Map<Integer, FormNode> items = new TreeMap<>();
        numbered.children().forEach((number, item) -> {
            if (!isNumber(number)) {
                throw malformed("Unexpected list element");
            }
            items.put(Integer.valueOf(number), item);
        });
        return items.values();
    }

    /** Plain decimal digits without a leading zero, so that no two spellings are one number. */
    private static boolean isNumber(String text) {
        return !text.isEmpty()
                && text.length() <= DIGITS_MAX
                && text.charAt(0) != '0'
                && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    static Refused malformed(String message) {
        return new Refused(ApiError.of("MalformedInput", message));
    }
}
