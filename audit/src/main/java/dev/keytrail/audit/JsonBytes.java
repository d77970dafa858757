package dev.keytrail.audit;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Facts;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * Writes JSON as UTF-8 into one growing array, by hand, because each call of the house waits for it. One event, one
 * thread.
 *
 * <p>Output is always valid UTF-8 and one line: control characters, U+2028 and U+2029 are escaped, and a surrogate
 * without its partner becomes U+FFFD, since some readers refuse its escape.
 */
final class JsonBytes {
    private static final byte[] HEX = ascii("0123456789abcdef");
    private static final byte[] NULL = ascii("null");

    private byte[] buffer;
    private int size;

    JsonBytes(int capacity) {
        buffer = new byte[capacity];
    }

    /** Text that is written again and again, ready for {@link #raw}. */
    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    int size() {
        return size;
    }

    /** Takes back all that was written behind {@code size}. */
    void rewind(int earlier) {
        size = earlier;
    }

    Bytes toBytes() {
        return Bytes.adopt(Arrays.copyOf(buffer, size));
    }

    JsonBytes raw(byte[] encoded) {
        ensure(encoded.length);
        System.arraycopy(encoded, 0, buffer, size, encoded.length);
        size += encoded.length;
        return this;
    }

    JsonBytes raw(char ascii) {
        ensure(1);
        buffer[size++] = (byte) ascii;
        return this;
    }

    JsonBytes writeNull() {
        return raw(NULL);
    }

    JsonBytes bool(boolean value) {
        return raw(value ? TRUE : FALSE);
    }

    private static final byte[] TRUE = ascii("true");
    private static final byte[] FALSE = ascii("false");

    /** A quoted string. */
    JsonBytes string(String value) {
        return string(value, Integer.MAX_VALUE);
    }

    /** A quoted string, cut to at most {@code bytesMax} bytes of UTF-8, never inside a character. */
    JsonBytes string(String value, int bytesMax) {
        int length = value.length();
        // Nearly all text needs no escape: room for the worst is made when it does.
        ensureFor(length, 1);
        buffer[size++] = '"';
        int start = 0;
        if (bytesMax >= length) {
            start = plainRun(value, length);
        }
        if (start < length) {
            // Six bytes is the longest a char can become (\\u001f), and the quote.
            ensureFor(length - start, 6);
            escaped(value, start, bytesMax - start);
        }
        buffer[size++] = '"';
        return this;
    }

    private void ensureFor(int chars, int bytesEach) {
        // A longer string than this could overflow the sum; requests are bounded far below.
        if (chars > 64 << 20) {
            throw new IllegalArgumentException("string of " + chars + " characters");
        }
        ensure(chars * bytesEach + 2);
    }

    /** Copies characters that need no escape and are one byte; returns the index of the first other one. */
    private int plainRun(String value, int length) {
        byte[] target = buffer;
        int at = size;
        int i = 0;
        for (; i < length; i++) {
            char c = value.charAt(i);
            if (c < 0x20 || c > 0x7E || c == '"' || c == '\\') {
                break;
            }
            target[at++] = (byte) c;
        }
        size = at;
        return i;
    }

    private void escaped(String value, int from, int bytesMax) {
        int left = bytesMax;
        int i = from;
        while (i < value.length()) {
            int point = value.codePointAt(i);
            i += Character.charCount(point);
            if (point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE) {
                point = 0xFFFD;
            }
            left -= utf8Size(point);
            if (left < 0) {
                return;
            }
            codePoint(point);
        }
    }

    private static int utf8Size(int point) {
        if (point < 0x80) {
            return 1;
        }
        if (point < 0x800) {
            return 2;
        }
        return point < 0x10000 ? 3 : 4;
    }

    private void codePoint(int point) {
        if (point == '"' || point == '\\') {
            buffer[size++] = '\\';
            buffer[size++] = (byte) point;
        } else if (point < 0x20) {
            control(point);
        } else if (point == 0x2028 || point == 0x2029) {
            unicodeEscape(point);
        } else if (point < 0x80) {
            buffer[size++] = (byte) point;
        } else if (point < 0x800) {
            buffer[size++] = (byte) (0xC0 | point >> 6);
            continuation(point);
        } else if (point < 0x10000) {
            buffer[size++] = (byte) (0xE0 | point >> 12);
            continuation(point >> 6);
            continuation(point);
        } else {
            buffer[size++] = (byte) (0xF0 | point >> 18);
            continuation(point >> 12);
            continuation(point >> 6);
            continuation(point);
        }
    }

    private void continuation(int bits) {
        buffer[size++] = (byte) (0x80 | bits & 0x3F);
    }

    private void control(int point) {
        char letter = switch (point) {
            case '\b' -> 'b';
            case '\t' -> 't';
            case '\n' -> 'n';
            case '\f' -> 'f';
            case '\r' -> 'r';
            default -> 'u';
        };
        if (letter == 'u') {
            unicodeEscape(point);
        } else {
            buffer[size++] = '\\';
            buffer[size++] = (byte) letter;
        }
    }

    private void unicodeEscape(int point) {
        buffer[size++] = '\\';
        buffer[size++] = 'u';
        for (int shift = 12; shift >= 0; shift -= 4) {
            buffer[size++] = HEX[point >> shift & 0xF];
        }
    }

    JsonBytes number(long value) {
        return raw(ascii(Long.toString(value)));
    }

    /** JSON has no word for what is not finite: that becomes {@code null}. */
    JsonBytes number(double value) {
        return Double.isFinite(value) ? raw(ascii(Double.toString(value))) : writeNull();
    }

    /** The next member's name and colon, with a comma unless it is the first of its object. */
    JsonBytes name(String name) {
        if (buffer[size - 1] != '{') {
            raw(',');
        }
        return string(name).raw(':');
    }

    JsonBytes facts(Facts facts) {
        raw('{');
        facts.forEach((name, value) -> {
            name(name);
            value(value);
        });
        return raw('}');
    }

    private void value(Object value) {
        switch (value) {
            case null -> writeNull();
            case String text -> string(text);
            case Boolean flag -> bool(flag);
            case Long number -> number(number.longValue());
            case Double number -> number(number.doubleValue());
            case Facts object -> facts(object);
            case List<?> list -> list(list);
            default -> throw new IllegalArgumentException("no fact: " + value.getClass());
        }
    }

    private void list(List<?> values) {
        raw('[');
        boolean first = true;
        for (Object value : values) {
            if (!first) {
                raw(',');
            }
            first = false;
            value(value);
        }
        raw(']');
    }

    /** {@code YYYY-MM-DDThh:mm:ssZ}, quoted. */
    JsonBytes instant(long epochSecond) {
        ensure(22);
        buffer[size++] = '"';
        long day = Math.floorDiv(epochSecond, 86_400L);
        int second = (int) Math.floorMod(epochSecond, 86_400L);
        date(day);
        buffer[size++] = 'T';
        two(second / 3600);
        buffer[size++] = ':';
        two(second / 60 % 60);
        buffer[size++] = ':';
        two(second % 60);
        buffer[size++] = 'Z';
        buffer[size++] = '"';
        return this;
    }

    /** The proleptic Gregorian date of a day since 1970, by counting from 1 March of year 0. Years 0 to 9999. */
    private void date(long epochDay) {
        long shifted = epochDay + 719_468;
        long era = Math.floorDiv(shifted, 146_097L);
        int dayOfEra = (int) (shifted - era * 146_097);
        int yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365;
        int dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
        int shiftedMonth = (5 * dayOfYear + 2) / 153;
        int month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
        int year = (int) (yearOfEra + era * 400) + (month <= 2 ? 1 : 0);
        two(year / 100);
        two(year % 100);
        buffer[size++] = '-';
        two(month);
        buffer[size++] = '-';
        two(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1);
    }

    private void two(int value) {
        buffer[size++] = (byte) ('0' + value / 10);
        buffer[size++] = (byte) ('0' + value % 10);
    }

    private void ensure(int more) {
        if (buffer.length - size < more) {
            buffer = Arrays.copyOf(buffer, Math.max(buffer.length * 2, size + more));
        }
    }
}
