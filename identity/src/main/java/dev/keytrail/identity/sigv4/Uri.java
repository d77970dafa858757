package dev.keytrail.identity.sigv4;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Paths and queries in the form that is signed (identity.md 1.1). Works on Latin-1 text: one character per byte sent. */
final class Uri {
    /** More parameters than any AWS call puts into a query. */
    static final int PARAMETERS_MAX = 1024;

    private static final char[] HEX = "0123456789ABCDEF".toCharArray();

    private Uri() {}

    /** All services but S3: dot segments and doubled slashes resolved, then what was sent is encoded once more. */
    static String normalizedPath(String rawPath) {
        if (rawPath.isEmpty() || rawPath.equals("/")) {
            return "/";
        }
        List<String> segments = new ArrayList<>();
        for (String segment : rawPath.split("/", -1)) {
            if (segment.equals("..")) {
                if (!segments.isEmpty()) {
                    segments.removeLast();
                }
            } else if (!segment.isEmpty() && !segment.equals(".")) {
                segments.add(segment);
            }
        }
        StringBuilder out = new StringBuilder(rawPath.length() + 16);
        for (String segment : segments) {
            out.append('/');
            encode(segment, out, false);
        }
        if (out.isEmpty() || endsWithFolder(rawPath)) {
            out.append('/');
        }
        return out.toString();
    }

    private static boolean endsWithFolder(String rawPath) {
        return rawPath.endsWith("/") || rawPath.endsWith("/.") || rawPath.endsWith("/..");
    }

    /** S3: the path as it is, each byte encoded exactly once. */
    static String objectPath(String rawPath) {
        if (rawPath.isEmpty()) {
            return "/";
        }
        StringBuilder out = new StringBuilder(rawPath.length() + 16);
        encode(decode(rawPath), out, true);
        return out.toString();
    }

    /** Parameters encoded once, sorted by name, then value; the signature itself left out when it is in the query. */
    static String canonicalQuery(String rawQuery, boolean presigned) {
        if (rawQuery.isEmpty()) {
            return "";
        }
        List<String[]> pairs = new ArrayList<>();
        for (String[] pair : split(rawQuery)) {
            if (!(presigned && pair[0].equals("X-Amz-Signature"))) {
                pairs.add(new String[] {encoded(pair[0]), encoded(pair[1])});
            }
        }
        pairs.sort(Comparator.<String[], String>comparing(p -> p[0]).thenComparing(p -> p[1]));
        StringBuilder out = new StringBuilder(rawQuery.length() + 16);
        for (String[] pair : pairs) {
            out.append(out.isEmpty() ? "" : "&").append(pair[0]).append('=').append(pair[1]);
        }
        return out.toString();
    }

    /** The parameters whose names start with {@code X-Amz-}, decoded. @throws AuthenticationFailure if one is repeated */
    static Map<String, String> amzParameters(String rawQuery) {
        Map<String, String> found = new HashMap<>();
        for (String[] pair : split(rawQuery)) {
            if (pair[0].startsWith("X-Amz-") && found.put(pair[0], pair[1]) != null) {
                throw new AuthenticationFailure(
                        AuthenticationFailure.Reason.INCOMPLETE_QUERY,
                        "AWS query-string parameters may be given once only.");
            }
        }
        return found;
    }

    /** Names and values, percent-decoded. A plus sign stands for itself, as everywhere in Signature Version 4. */
    private static List<String[]> split(String rawQuery) {
        List<String[]> pairs = new ArrayList<>();
        int from = 0;
        while (from <= rawQuery.length()) {
            int ampersand = rawQuery.indexOf('&', from);
            int to = ampersand < 0 ? rawQuery.length() : ampersand;
            if (to > from) {
                int equals = rawQuery.indexOf('=', from);
                boolean valued = equals >= 0 && equals < to;
                String name = decode(rawQuery.substring(from, valued ? equals : to));
                pairs.add(new String[] {name, valued ? decode(rawQuery.substring(equals + 1, to)) : ""});
            }
            if (pairs.size() > PARAMETERS_MAX) {
                throw new AuthenticationFailure(
                        AuthenticationFailure.Reason.INCOMPLETE_QUERY,
                        "The query string may have at most " + PARAMETERS_MAX + " parameters.");
            }
            from = to + 1;
        }
        return pairs;
    }

    /** A percent sign without two hex digits stands for itself. */
    static String decode(String text) {
        if (text.indexOf('%') < 0) {
            return text;
        }
        byte[] source = text.getBytes(StandardCharsets.ISO_8859_1);
        byte[] out = new byte[source.length];
        int size = 0;
        for (int i = 0; i < source.length; i++) {
            int high = source[i] == '%' && i + 2 < source.length ? Character.digit(source[i + 1], 16) : -1;
            int low = high >= 0 ? Character.digit(source[i + 2], 16) : -1;
            if (low >= 0) {
                out[size++] = (byte) (high << 4 | low);
                i += 2;
            } else {
                out[size++] = source[i];
            }
        }
        return new String(out, 0, size, StandardCharsets.ISO_8859_1);
    }

    private static String encoded(String text) {
        StringBuilder out = new StringBuilder(text.length() + 16);
        encode(text, out, false);
        return out.toString();
    }

    private static void encode(String text, StringBuilder out, boolean keepSlash) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (isUnreserved(c) || (keepSlash && c == '/')) {
                out.append(c);
            } else if (c > 0xFF) {
                throw new AuthenticationFailure(AuthenticationFailure.Reason.MISMATCH, SigV4.MISMATCH);
            } else {
                out.append('%').append(HEX[c >> 4 & 0xF]).append(HEX[c & 0xF]);
            }
        }
    }

    private static boolean isUnreserved(char c) {
        return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || "-_.~".indexOf(c) >= 0;
    }
}
