package dev.keytrail.kms.key;

import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A key's tags in order of creation. Each has a serial number that is never given twice, so that a page marker stays
 * true while tags come and go.
 *
 * @param nextSerial the serial of the next new tag
 */
public record Tags(List<Tag> all, long nextSerial) {
    /** AWS's quota of tags on a key (kms.md section 18). */
    public static final int COUNT_MAX = 50;

    public static final Tags NONE = new Tags(List.of(), 1);

    public Tags {
        all = List.copyOf(all);
    }

    /** One tag. */
    public record Tag(long serial, String key, String value) {}

    /** A tag that exists keeps its place and gets the new value. */
    public Tags put(String key, String value) {
        List<Tag> changed = new ArrayList<>(all);
        for (int i = 0; i < changed.size(); i++) {
            Tag tag = changed.get(i);
            if (tag.key().equals(key)) {
                changed.set(i, new Tag(tag.serial(), key, value));
                return new Tags(changed, nextSerial);
            }
        }
        changed.add(new Tag(nextSerial, key, value));
        return new Tags(changed, nextSerial + 1);
    }

    public Tags putAll(Map<String, String> more) {
        Tags tags = this;
        for (Map.Entry<String, String> entry : more.entrySet()) {
            tags = tags.put(entry.getKey(), entry.getValue());
        }
        return tags;
    }

    /** Keys that are not there are no error. */
    public Tags without(Collection<String> keys) {
        List<Tag> left = new ArrayList<>(all);
        left.removeIf(tag -> keys.contains(tag.key()));
        return new Tags(left, nextSerial);
    }

    public Optional<String> get(String key) {
        for (Tag tag : all) {
            if (tag.key().equals(key)) {
                return Optional.of(tag.value());
            }
        }
        return Optional.empty();
    }

    public int count() {
        return all.size();
    }

    void write(RowWriter out) {
        out.number(nextSerial)
                .list(all, (tag, to) -> to.number(tag.serial()).text(tag.key()).text(tag.value()));
    }

    static Tags read(RowReader in) {
        long next = in.number();
        List<Tag> all = in.list(from -> new Tag(from.number(), from.text(), from.text()));
        return all.isEmpty() && next == 1 ? NONE : new Tags(all, next);
    }
}
