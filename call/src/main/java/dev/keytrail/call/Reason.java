package dev.keytrail.call;

import java.util.List;

/**
 * Why something was decided as it was, for auditors: kept beside the event, never inside it. Immutable, so that it can be
 * written down, or put into words, after the decision.
 */
public interface Reason {
    /**
     * Who is to read it.
     *
     * @param account whose record it is kept with
     * @param caller whether that is the caller's own account
     * @param resources those of the record: what they name need not be repeated
     */
    record Reader(String account, boolean caller, List<NamedResource> resources) {}

    /** Appends the compact form of what {@code reader} may see; nothing if that is nothing. */
    void write(RowWriter out, Reader reader);

    /** All of it in words, a line each. */
    List<String> lines();
}
