package dev.keytrail.audit.verify;

/**
 * Something that is not as signed.
 *
 * @param key of the object concerned, or the place that it is missing from
 */
public record Finding(Kind kind, String key, String reason) implements Comparable<Finding> {
    /** What is wrong, as reports name it. */
    public enum Kind {
        /** There is not one digest. */
        NO_DIGESTS,
        /** A digest is named by the next one, and is not there. */
        DIGEST_MISSING,
        /** A window of time has no digest; the key is where one is expected. */
        DIGEST_GAP,
        /** The newest digests are missing: nothing tells that logging had ended. */
        DIGESTS_END_EARLY,
        /** A digest is not what was signed. */
        DIGEST_ALTERED,
        /** A digest whose signature is not here, and which no next one speaks for. */
        DIGEST_UNPROVEN,
        /** A digest says that it lies elsewhere. */
        DIGEST_MOVED,
        /** The digests begin anew where the ones before had not ended. */
        CHAIN_BROKEN,
        /** A log file that a digest names is not there. */
        LOG_MISSING,
        /** A log file is not what its digest says. */
        LOG_ALTERED,
        /** A log file that no digest names, from a time that digests cover. */
        LOG_PLANTED,
        /** What a trail delivered and what it left out do not make what it chose from. */
        COUNTS_WRONG,
        /** An object in a trail's folders that is neither digest nor log file. */
        STRANGE
    }

    @Override
    public int compareTo(Finding other) {
        int byKind = kind.compareTo(other.kind);
        return byKind != 0 ? byKind : (key + reason).compareTo(other.key + other.reason);
    }

    @Override
    public String toString() {
        return kind + " " + key + ": " + reason;
    }
}
