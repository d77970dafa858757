package dev.keytrail.identity.sigv4;

import dev.keytrail.call.Sha256;
import dev.keytrail.identity.sigv4.AuthenticationFailure.Reason;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What a request says about its signature, well-formed but unproven.
 *
 * @param scopeDate the date of the credential scope, yyyymmdd
 * @param signedHeaders lower-case names in the order signed
 * @param signature 64 lower-case hex digits
 * @param timestamp the text that was signed as time, yyyymmddThhmmssZ
 * @param token the session token, if one was sent
 * @param expiresSeconds a presigned request's lifetime, 1 to 604800; empty for the header form
 */
public record Claims(
        String accessKeyId,
        String scopeDate,
        String region,
        String service,
        List<String> signedHeaders,
        String signature,
        String timestamp,
        Instant signedAt,
        Optional<String> token,
        Optional<Integer> expiresSeconds) {
    static final String ALGORITHM = "AWS4-HMAC-SHA256";
    /** A real header has under 600 characters; each signed header adds its name. */
    static final int AUTHORIZATION_CHARS_MAX = 4096;
    /** Longest token accepted; ours and AWS's have under 4096 characters. */
    static final int TOKEN_CHARS_MAX = 8192;

    static final int SIGNED_HEADERS_MAX = 64;
    static final int EXPIRES_SECONDS_MAX = 604_800;
    static final int SIGNATURE_CHARS = 64;

    private static final DateTimeFormatter BASIC =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmssX", Locale.ROOT).withZone(ZoneOffset.UTC);

    public Claims {
        signedHeaders = List.copyOf(signedHeaders);
    }

    public boolean presigned() {
        return expiresSeconds.isPresent();
    }

    /** Reads the header form or the query form. @throws AuthenticationFailure if there is neither, or it is malformed */
    public static Claims of(SignedRequest request) {
        return of(request, KnownClaims.NONE);
    }

    static Claims of(SignedRequest request, KnownClaims known) {
        boolean inHeader = request.headers().first("authorization").isPresent();
        boolean inQuery = request.rawQuery().contains("X-Amz-Signature=")
                || request.rawQuery().contains("X-Amz-Algorithm=");
        if (inHeader && inQuery) {
            throw new AuthenticationFailure(
                    Reason.INCOMPLETE_QUERY,
                    "Only one of the Authorization header and the X-Amz-Signature may be given.");
        }
        if (inHeader) {
            return fromHeader(request.headers(), known);
        }
        if (inQuery) {
            return fromQuery(request);
        }
        throw new AuthenticationFailure(Reason.MISSING, "Request is missing Authentication Token");
    }

    private static Claims fromHeader(HeaderList headers, KnownClaims known) {
        String authorization = headers.first("authorization").orElseThrow();
        if (headers.find("authorization", headers.find("authorization", 0) + 1) >= 0
                || authorization.length() > AUTHORIZATION_CHARS_MAX) {
            throw header("Authorization header must be given once and have at most " + AUTHORIZATION_CHARS_MAX
                    + " characters.");
        }
        Optional<Claims> like = known.like(authorization);
        if (like.isPresent()) {
            String signature = authorization.substring(authorization.length() - SIGNATURE_CHARS);
            String timestamp = timestamp(headers);
            if (isHex(signature) && !timestamp.isEmpty()) {
                Optional<String> token = once(headers, "x-amz-security-token");
                return like.get().signed(signature, timestamp, token, Reason.INCOMPLETE_HEADER);
            }
        }
        return parse(headers, authorization);
    }

    private static Claims parse(HeaderList headers, String authorization) {
        int space = authorization.indexOf(' ');
        String algorithm = space < 0 ? authorization : authorization.substring(0, space);
        if (!algorithm.equals(ALGORITHM)) {
            throw header("Unsupported AWS 'algorithm' in Authorization header. Sign with " + ALGORITHM + ". "
                    + hashed(authorization));
        }
        String[] parts = {"", "", ""};
        for (String raw :
                space < 0 ? new String[0] : authorization.substring(space + 1).split(",", 16)) {
            takePart(raw.strip(), parts, authorization);
        }
        String timestamp = timestamp(headers);
        requireAll(parts, timestamp, authorization);
        Optional<String> token = once(headers, "x-amz-security-token");
        return build(Reason.INCOMPLETE_HEADER, parts[0], parts[1], parts[2], timestamp, token, Optional.empty());
    }

    private static void takePart(String part, String[] parts, String authorization) {
        int equals = part.indexOf('=');
        if (equals < 0) {
            throw header(
                    "Invalid key=value pair (missing equal-sign) in Authorization header. " + hashed(authorization));
        }
        int index = switch (part.substring(0, equals)) {
            case "Credential" -> 0;
            case "SignedHeaders" -> 1;
            case "Signature" -> 2;
            default -> throw header("Unknown parameter in Authorization header. " + hashed(authorization));
        };
        if (!parts[index].isEmpty()) {
            throw header("Duplicate parameter in Authorization header. " + hashed(authorization));
        }
        parts[index] = part.substring(equals + 1);
    }

    private static void requireAll(String[] parts, String timestamp, String authorization) {
        StringBuilder missing = new StringBuilder();
        String[] names = {"Credential", "SignedHeaders", "Signature"};
        for (int i : new int[] {0, 2, 1}) {
            if (parts[i].isEmpty()) {
                missing.append("Authorization header requires '")
                        .append(names[i])
                        .append("' parameter. ");
            }
        }
        if (timestamp.isEmpty()) {
            missing.append("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ");
        }
        if (!missing.isEmpty()) {
            throw header(missing + hashed(authorization));
        }
    }

    /** The text of {@code x-amz-date}, or of {@code date} rewritten to the same form; empty if there is neither. */
    private static String timestamp(HeaderList headers) {
        Optional<String> own = once(headers, "x-amz-date");
        if (own.isPresent()) {
            return own.get().strip();
        }
        String date = once(headers, "date").map(String::strip).orElse("");
        if (date.isEmpty() || date.indexOf('T') == 8) {
            return date;
        }
        try {
            return BASIC.format(OffsetDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME));
        } catch (DateTimeException e) {
            throw header("Date must be in ISO-8601 'basic format' or as in RFC 1123.");
        }
    }

    private static Claims fromQuery(SignedRequest request) {
        Map<String, String> query = Uri.amzParameters(request.rawQuery());
        String algorithm = query.getOrDefault("X-Amz-Algorithm", "");
        StringBuilder missing = new StringBuilder();
        for (String name : List.of(
                "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date")) {
            if (query.getOrDefault(name, "").isEmpty()) {
                missing.append("AWS query-string parameters must include '")
                        .append(name)
                        .append("'. ");
            }
        }
        if (!missing.isEmpty()) {
            throw query(missing + "Re-examine the query-string parameters.");
        }
        if (!algorithm.equals(ALGORITHM)) {
            throw query("Unsupported X-Amz-Algorithm. Sign with " + ALGORITHM + ".");
        }
        return build(
                Reason.INCOMPLETE_QUERY,
                query.getOrDefault("X-Amz-Credential", ""),
                query.getOrDefault("X-Amz-SignedHeaders", ""),
                query.getOrDefault("X-Amz-Signature", ""),
                query.getOrDefault("X-Amz-Date", ""),
                Optional.ofNullable(query.get("X-Amz-Security-Token")),
                Optional.of(expires(query.getOrDefault("X-Amz-Expires", ""))));
    }

    private static int expires(String text) {
        int seconds = 0;
        for (int i = 0; i < text.length(); i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9 || i > 6) {
                seconds = 0;
                break;
            }
            seconds = seconds * 10 + digit;
        }
        if (seconds < 1 || seconds > EXPIRES_SECONDS_MAX) {
            throw query("X-Amz-Expires must be a number of seconds from 1 to " + EXPIRES_SECONDS_MAX + " (a week).");
        }
        return seconds;
    }

    private static Claims build(
            Reason malformed,
            String credential,
            String signedHeaders,
            String signature,
            String timestamp,
            Optional<String> token,
            Optional<Integer> expires) {
        String[] scope = credential.split("/", -1);
        if (scope.length != 5) {
            throw new AuthenticationFailure(
                    malformed,
                    "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.");
        }
        if (!scope[4].equals("aws4_request")) {
            throw new AuthenticationFailure(
                    malformed, "Credential should be scoped with a valid terminator: 'aws4_request'.");
        }
        boolean day = scope[1].length() == 8 && areDigits(scope[1], 0, 8);
        if (!isKeyId(scope[0]) || !day || scope[2].length() > 32 || scope[3].length() > 32) {
            throw new AuthenticationFailure(malformed, "Credential is not of the form keyid/date/region/service/term.");
        }
        return new Claims(
                        scope[0],
                        scope[1],
                        scope[2],
                        scope[3],
                        names(signedHeaders, malformed),
                        "",
                        "",
                        Instant.EPOCH,
                        Optional.empty(),
                        expires)
                .signed(signature, timestamp, token, malformed);
    }

    /** Scope and header names alone: what a client's next request says again. */
    Claims unsigned() {
        return new Claims(
                accessKeyId,
                scopeDate,
                region,
                service,
                signedHeaders,
                "",
                "",
                Instant.EPOCH,
                Optional.empty(),
                expiresSeconds);
    }

    /** The same scope and headers with what differs from request to request. */
    private Claims signed(String newSignature, String newTimestamp, Optional<String> newToken, Reason malformed) {
        if (!isHex(newSignature)) {
            throw new AuthenticationFailure(malformed, "Signature must be 64 lower-case hexadecimal digits.");
        }
        if (newToken.isPresent() && newToken.get().length() > TOKEN_CHARS_MAX) {
            throw AuthenticationFailure.ofCredentials(Reason.BAD_TOKEN).claiming(accessKeyId);
        }
        return new Claims(
                accessKeyId,
                scopeDate,
                region,
                service,
                signedHeaders,
                newSignature,
                newTimestamp,
                instant(newTimestamp, malformed),
                newToken,
                expiresSeconds);
    }

    private static List<String> names(String signedHeaders, Reason malformed) {
        List<String> names = new ArrayList<>(12);
        int from = 0;
        while (from <= signedHeaders.length()) {
            int semicolon = signedHeaders.indexOf(';', from);
            int to = semicolon < 0 ? signedHeaders.length() : semicolon;
            String name = signedHeaders.substring(from, to);
            if (!isHeaderName(name) || names.contains(name) || names.size() == SIGNED_HEADERS_MAX) {
                throw new AuthenticationFailure(
                        malformed, "SignedHeaders must be distinct lower-case header names, separated by semicolons.");
            }
            names.add(name);
            from = to + 1;
        }
        return names;
    }

    /** Parsed by hand: the formatter costs more than the rest of the header. */
    private static Instant instant(String text, Reason malformed) {
        boolean wellFormed = text.length() == 16
                && areDigits(text, 0, 8)
                && text.charAt(8) == 'T'
                && areDigits(text, 9, 15)
                && text.charAt(15) == 'Z';
        int hour = wellFormed ? number(text, 9, 11) : 24;
        int minute = wellFormed ? number(text, 11, 13) : 60;
        int second = wellFormed ? number(text, 13, 15) : 60;
        if (hour < 24 && minute < 60 && second < 60) {
            try {
                long day = LocalDate.of(number(text, 0, 4), number(text, 4, 6), number(text, 6, 8))
                        .toEpochDay();
                return Instant.ofEpochSecond(((day * 24 + hour) * 60 + minute) * 60 + second);
            } catch (DateTimeException e) {
                // No such day: refused like any other text.
            }
        }
        throw new AuthenticationFailure(malformed, "Date must be in ISO-8601 'basic format', e.g. 20150830T123600Z.");
    }

    private static int number(String text, int from, int to) {
        return Integer.parseInt(text, from, to, 10);
    }

    private static boolean areDigits(String text, int from, int to) {
        for (int i = from; i < to; i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return true;
    }

    private static boolean isKeyId(String text) {
        if (text.isEmpty() || text.length() > 128) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!(c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_')) {
                return false;
            }
        }
        return true;
    }

    private static boolean isHex(String text) {
        if (text.length() != SIGNATURE_CHARS) {
            return false;
        }
        // Digits and letters come at random, so a branch for each would be guessed wrong half of the time.
        int odd = 0;
        for (int i = 0; i < SIGNATURE_CHARS; i++) {
            int c = text.charAt(i);
            int noDigit = (c - '0') | ('9' - c);
            int noLetter = (c - 'a') | ('f' - c);
            odd |= noDigit & noLetter;
        }
        return odd >= 0;
    }

    /** RFC 9110 token characters, lower case; and HTTP/2's {@code :authority}. */
    private static boolean isHeaderName(String text) {
        if (text.isEmpty() || text.length() > 128) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean token = c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
            if (!token && !(i == 0 && c == ':')) {
                return false;
            }
        }
        return true;
    }

    private static Optional<String> once(HeaderList headers, String name) {
        int at = headers.find(name, 0);
        if (at < 0) {
            return Optional.empty();
        }
        if (headers.find(name, at + 1) >= 0) {
            throw header("Header '" + name + "' may be given once only.");
        }
        return Optional.of(headers.value(at));
    }

    /** The header itself may be anything, a credential of another kind included, so only its hash is shown. */
    private static String hashed(String authorization) {
        byte[] hash = Sha256.start().digest(authorization.getBytes(StandardCharsets.UTF_8));
        return "(Hashed with SHA-256 and encoded with Base64) Authorization="
                + Base64.getEncoder().encodeToString(hash);
    }

    private static AuthenticationFailure header(String message) {
        return new AuthenticationFailure(Reason.INCOMPLETE_HEADER, message);
    }

    private static AuthenticationFailure query(String message) {
        return new AuthenticationFailure(Reason.INCOMPLETE_QUERY, message);
    }

    /** Neither token nor signature. */
    @Override
    public String toString() {
        return "Claims[" + accessKeyId + "/" + scopeDate + "/" + region + "/" + service + "]";
    }
}
