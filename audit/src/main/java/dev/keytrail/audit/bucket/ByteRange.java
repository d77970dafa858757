package dev.keytrail.audit.bucket;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A run of an object's bytes, both ends included. */
record ByteRange(long first, long last) {
    private static final Pattern SINGLE = Pattern.compile("bytes=\\s*([0-9]{0,18})\\s*-\\s*([0-9]{0,18})\\s*");

    /**
     * What a Range header asks for of an object of that size; empty for what counts as no range: another unit, several
     * ranges, a turned one (RFC 9110 section 14.2).
     *
     * @throws dev.keytrail.call.Refused InvalidRange
     */
    static Optional<ByteRange> of(String header, long size) {
        Matcher matcher = SINGLE.matcher(header);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        String from = matcher.group(1);
        String to = matcher.group(2);
        if (from.isEmpty() && to.isEmpty()) {
            return Optional.empty();
        }
        long first = from.isEmpty() ? Math.max(0, size - Long.parseLong(to)) : Long.parseLong(from);
        long last = from.isEmpty() || to.isEmpty() ? size - 1 : Math.min(size - 1, Long.parseLong(to));
        if (!from.isEmpty() && !to.isEmpty() && Long.parseLong(to) < first) {
            return Optional.empty();
        }
        if (first >= size || (from.isEmpty() && Long.parseLong(to) == 0)) {
            throw S3Error.INVALID_RANGE.refused();
        }
        return Optional.of(new ByteRange(first, last));
    }

    long bytes() {
        return last - first + 1;
    }

    /** E.g. {@code bytes 0-99/1000}. */
    String contentRange(long size) {
        return "bytes " + first + "-" + last + "/" + size;
    }
}
