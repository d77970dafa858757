package dev.keytrail.policy;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.NamedResource;
import dev.keytrail.call.Reason;
import dev.keytrail.call.Remark;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Why a call ended as it did: its decisions in order, as kept beside the event. {@link #encode} is on every call's path,
 * {@link #decode} is for those who ask.
 */
public record Explanation(List<Entry> entries) {
    public static final Explanation NONE = new Explanation(List.of());

    /** A call that decides about a thousand objects is explained as far as this goes. */
    private static final int BYTES_MAX = 64 << 10;

    private static final int VERSION = 1;

    /** One reason. */
    public sealed interface Entry permits Grounds, Said {
        /** In words, the headline first. */
        List<String> lines();
    }

    /** A reason that no policy gave. */
    public record Said(String text) implements Entry {
        @Override
        public List<String> lines() {
            return List.of(text);
        }
    }

    public Explanation {
        entries = List.copyOf(entries);
    }

    public List<String> lines() {
        return entries.stream().flatMap(entry -> entry.lines().stream()).toList();
    }

    /** What {@code reader} may see of the reasons; empty when that is nothing. */
    public static Bytes encode(List<Reason> reasons, Reason.Reader reader) {
        if (reasons.isEmpty()) {
            return Bytes.EMPTY;
        }
        RowWriter out = new RowWriter().version(VERSION);
        int empty = out.size();
        for (int i = 0; i < reasons.size(); i++) {
            if (out.size() > BYTES_MAX) {
                new Remark((reasons.size() - i) + " more decisions").write(out, reader);
                break;
            }
            reasons.get(i).write(out, reader);
        }
        return out.size() == empty ? Bytes.EMPTY : Bytes.adopt(out.toByteArray());
    }

    /** @param resources those of the record that the annex belongs to */
    public static Explanation decode(Bytes annex, List<NamedResource> resources) {
        if (annex.isEmpty()) {
            return NONE;
        }
        if (annex.unsafeArray()[0] >= ' ') {
            // The oldest records have plain lines; a version number is no printable character.
            return new Explanation(
                    Stream.of(annex.utf8().split("\n")).<Entry>map(Said::new).toList());
        }
        RowReader in = new RowReader(annex.unsafeArray());
        in.version(VERSION);
        List<Entry> entries = new ArrayList<>();
        while (in.hasMore()) {
            switch (in.integer()) {
                case Remark.KIND -> entries.add(new Said(in.text()));
                case Grounds.KIND -> entries.add(Grounds.read(in, resources));
                default -> throw new IllegalArgumentException("reason of unknown kind");
            }
        }
        return new Explanation(entries);
    }
}
