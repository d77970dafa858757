package dev.keytrail.policy;

import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.function.IntPredicate;

/** One value of a condition, compiled: does an actual value match it? Negation is the condition's business. */
@FunctionalInterface
interface Wanted {
    boolean matches(String actual, Access access);

    /** Numbers longer than this are no numbers to us, whether wanted or actual. */
    int NUMBER_CHARS_MAX = 64;

    /** @throws MalformedPolicy when the text is no value of the operator's type */
    static Wanted of(Operator operator, String text, boolean variables) {
        return switch (operator) {
            case STRING_EQUALS, STRING_NOT_EQUALS -> Template.plain(text, variables)::matches;
            case STRING_EQUALS_IGNORE_CASE, STRING_NOT_EQUALS_IGNORE_CASE -> {
                Template template = Template.plain(text, variables);
                yield (actual, access) ->
                        template.text(access).filter(actual::equalsIgnoreCase).isPresent();
            }
            case STRING_LIKE, STRING_NOT_LIKE -> Template.wild(text, variables)::matches;
            case ARN_EQUALS, ARN_LIKE, ARN_NOT_EQUALS, ARN_NOT_LIKE -> ArnPattern.of(text, variables)::matches;
            case NUMERIC_EQUALS, NUMERIC_NOT_EQUALS -> numeric(text, order -> order == 0);
            case NUMERIC_LESS_THAN -> numeric(text, order -> order < 0);
            case NUMERIC_LESS_THAN_EQUALS -> numeric(text, order -> order <= 0);
            case NUMERIC_GREATER_THAN -> numeric(text, order -> order > 0);
            case NUMERIC_GREATER_THAN_EQUALS -> numeric(text, order -> order >= 0);
            case DATE_EQUALS, DATE_NOT_EQUALS -> date(text, order -> order == 0);
            case DATE_LESS_THAN -> date(text, order -> order < 0);
            case DATE_LESS_THAN_EQUALS -> date(text, order -> order <= 0);
            case DATE_GREATER_THAN -> date(text, order -> order > 0);
            case DATE_GREATER_THAN_EQUALS -> date(text, order -> order >= 0);
            case BOOL -> bool(text);
            case NULL -> absent(text);
            case BINARY_EQUALS -> binary(text);
            case IP_ADDRESS, NOT_IP_ADDRESS -> {
                Cidr range = Cidr.parse(text).orElseThrow(() -> invalid("range of IP addresses", text));
                yield (actual, _) -> range.contains(actual);
            }
        };
    }

    /** {@code holds} sees how the actual value compares to the wanted one. */
    private static Wanted numeric(String text, IntPredicate holds) {
        BigDecimal wanted = number(text).orElseThrow(() -> invalid("number", text));
        return (actual, _) ->
                number(actual).filter(n -> holds.test(n.compareTo(wanted))).isPresent();
    }

    private static Wanted date(String text, IntPredicate holds) {
        Instant wanted = instant(text).orElseThrow(() -> invalid("date", text));
        return (actual, _) ->
                instant(actual).filter(i -> holds.test(i.compareTo(wanted))).isPresent();
    }

    private static Wanted bool(String text) {
        if (!text.equalsIgnoreCase("true") && !text.equalsIgnoreCase("false")) {
            throw invalid("boolean", text);
        }
        return (actual, _) -> text.equalsIgnoreCase(actual);
    }

    /** For Null: the actual value is whether the key is absent. */
    private static Wanted absent(String text) {
        return bool(text);
    }

    private static Wanted binary(String text) {
        byte[] wanted = bytes(text).orElseThrow(() -> invalid("base64 text", text));
        return (actual, _) ->
                bytes(actual).filter(b -> Arrays.equals(b, wanted)).isPresent();
    }

    private static MalformedPolicy invalid(String type, String text) {
        return new MalformedPolicy("Invalid condition value: " + Json.shown(text) + " is not a " + type + ".");
    }

    private static Optional<byte[]> bytes(String text) {
        try {
            return Optional.of(Base64.getDecoder().decode(text));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    private static Optional<BigDecimal> number(String text) {
        if (text.isEmpty() || text.length() > NUMBER_CHARS_MAX) {
            return Optional.empty();
        }
        try {
            return Optional.of(new BigDecimal(text));
        } catch (NumberFormatException _) {
            return Optional.empty();
        }
    }

    /** ISO 8601 (a date, minutes, seconds or fractions; Z or an offset, Z when missing), or seconds since 1970. */
    static Optional<Instant> instant(String text) {
        if (text.isEmpty() || text.length() > NUMBER_CHARS_MAX) {
            return Optional.empty();
        }
        try {
            if (text.indexOf('-', 1) < 0) {
                return number(text).map(Wanted::ofEpochSeconds);
            }
            int time = text.indexOf('T');
            if (time < 0) {
                return Optional.of(
                        LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant());
            }
            boolean zoned = text.endsWith("Z") || text.indexOf('+', time) > 0 || text.indexOf('-', time) > 0;
            return Optional.of(OffsetDateTime.parse(zoned ? text : text + "Z").toInstant());
        } catch (DateTimeException | ArithmeticException _) {
            return Optional.empty();
        }
    }

    private static Instant ofEpochSeconds(BigDecimal seconds) {
        if (seconds.precision() - seconds.scale() > 12) {
            throw new DateTimeException("beyond the calendar");
        }
        BigDecimal whole = seconds.setScale(0, java.math.RoundingMode.FLOOR);
        return Instant.ofEpochSecond(
                whole.longValueExact(),
                seconds.subtract(whole).movePointRight(9).intValue());
    }
}
