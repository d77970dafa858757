package dev.keytrail.audit.chain;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A resource of a log as C2SP tlog-tiles names them, below the log's prefix. */
public sealed interface LogPage {
    /** {@code checkpoint}. */
    record Head() implements LogPage {}

    /**
     * {@code tile/L/N} or {@code tile/L/N.p/W}: hashes alone.
     *
     * @param width 1 to 256 hashes
     */
    record Tile(int level, long number, int width) implements LogPage {}

    /**
     * {@code tile/entries/N} or {@code tile/entries/N.p/W}: the events themselves, each with its length in two bytes before
     * it. An event may be larger than that can say: {@code bundle/N} and {@code bundle/N.p/W} are the same with four.
     */
    record Entries(long number, int width, boolean wide) implements LogPage {}

    /** Empty when it names nothing that a log can have. */
    static Optional<LogPage> parse(String path) {
        if (path.equals(TilePath.CHECKPOINT)) {
            return Optional.of(new Head());
        }
        Matcher parts = Form.PATH.matcher(path);
        if (!parts.matches()) {
            return Optional.empty();
        }
        String digits = parts.group("number").replace("x", "").replace("/", "");
        if (digits.length() > Form.DIGITS_MAX) {
            return Optional.empty();
        }
        long number = Long.parseLong(digits);
        int width =
                Optional.ofNullable(parts.group("width")).map(Integer::parseInt).orElse(Edge.TILE_WIDTH);
        boolean once = TilePath.digits(number).equals(parts.group("number"));
        if (!once || (parts.group("width") != null && width >= Edge.TILE_WIDTH)) {
            return Optional.empty();
        }
        return Optional.of(
                switch (parts.group("kind")) {
                    case "bundle" -> new Entries(number, width, true);
                    case "tile/entries" -> new Entries(number, width, false);
                    default -> new Tile(Integer.parseInt(parts.group("level")), number, width);
                });
    }

    /** The spelling of paths. */
    final class Form {
        private static final int DIGITS_MAX = 18;
        private static final Pattern PATH =
                Pattern.compile("(?<kind>bundle|tile/(?:entries|(?<level>0|[1-9]|[1-5][0-9]|6[0-3])))"
                        + "/(?<number>(?:x[0-9]{3}/){0,5}[0-9]{3})(?:\\.p/(?<width>[1-9][0-9]{0,2}))?");

        private Form() {}
    }
}
