package dev.keytrail.call;

import java.util.List;

/** A reason in one line of words. For the caller's account alone: it may name what is nobody else's business. */
public record Remark(String text) implements Reason {
    /** Begins the compact form, to tell it from other reasons. */
    public static final int KIND = 0;

    @Override
    public void write(RowWriter out, Reader reader) {
        if (reader.caller()) {
            out.number(KIND).text(text);
        }
    }

    @Override
    public List<String> lines() {
        return List.of(text);
    }
}
