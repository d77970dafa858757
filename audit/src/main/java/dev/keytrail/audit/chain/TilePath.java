package dev.keytrail.audit.chain;

import java.util.Locale;

/** The names of a log's resources: tiles as C2SP tlog-tiles has them, {@code tile/L/N}, partial {@code tile/L/N.p/W}. */
public final class TilePath {
    /** The signed note that vouches for all else. */
    static final String CHECKPOINT = "checkpoint";

    /** The newest checkpoint with witnesses' cosignatures; not part of C2SP's layout. */
    static final String WITNESSED = "witnessed";

    /** The log's keys for whoever verifies; not part of C2SP's layout. */
    static final String VERIFIER_KEY = "verifier-key";

    private TilePath() {}

    static String full(int level, long number) {
        return "tile/" + level + "/" + digits(number);
    }

    /** @param width hashes in it, 1 to 256 */
    public static String of(int level, long number, int width) {
        return full(level, number) + (width < Edge.TILE_WIDTH ? ".p/" + width : "");
    }

    /** Groups of three decimal digits, each a folder, all but the last with an x before them. */
    public static String digits(long number) {
        String path = String.format(Locale.ROOT, "%03d", number % 1000);
        for (long rest = number / 1000; rest > 0; rest /= 1000) {
            path = String.format(Locale.ROOT, "x%03d/", rest % 1000) + path;
        }
        return path;
    }
}
