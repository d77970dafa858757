package dev.keytrail.crypto;

import dev.keytrail.call.Bytes;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads the part of CBOR (RFC 8949) that attestation documents are made of: integers, byte and text strings, arrays, maps
 * and null, all of definite length. Everything else is malformed, as are bytes left over and a key twice in a map: what
 * was signed must have one meaning. Values are Long, Bytes, String, List, Map and {@link Null}.
 *
 * <p>Small enough to be reviewed beside the verification that rests on it, which a library for all of CBOR is not.
 */
final class Cbor {
    private static final int DEPTH_MAX = 8;

    private static final int UNSIGNED = 0;
    private static final int NEGATIVE = 1;
    private static final int BYTES = 2;
    private static final int TEXT = 3;
    private static final int ARRAY = 4;
    private static final int MAP = 5;
    private static final int TAG = 6;
    private static final int NULL_BYTE = 0xF6;
    /** RFC 9052 section 4.2: the tag of a COSE_Sign1, which may stand before it. */
    private static final int COSE_SIGN1 = 18;

    private final byte[] in;
    private int at;

    private Cbor(byte[] in) {
        this.in = in;
    }

    /** CBOR's null. */
    enum Null {
        NULL
    }

    /** Empty when the bytes are not one such value and nothing else. */
    static Optional<Object> read(Bytes encoded) {
        Cbor reader = new Cbor(encoded.unsafeArray());
        try {
            reader.skipTag();
            Object value = reader.value(0);
            return reader.at == reader.in.length ? Optional.of(value) : Optional.empty();
        } catch (Malformed _) {
            return Optional.empty();
        }
    }

    /** A byte string's head and content. */
    static byte[] encode(byte[] content) {
        return encode(BYTES, content);
    }

    static byte[] encode(String text) {
        return encode(TEXT, text.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] encode(int major, byte[] content) {
        ByteBuffer out = ByteBuffer.allocate(5 + content.length);
        int high = major << 5;
        if (content.length < 24) {
            out.put((byte) (high | content.length));
        } else if (content.length < 1 << 8) {
            out.put((byte) (high | 24)).put((byte) content.length);
        } else if (content.length < 1 << 16) {
            out.put((byte) (high | 25)).putShort((short) content.length);
        } else {
            out.put((byte) (high | 26)).putInt(content.length);
        }
        out.put(content).flip();
        byte[] bytes = new byte[out.remaining()];
        out.get(bytes);
        return bytes;
    }

    private void skipTag() throws Malformed {
        if (in.length > 0 && (in[0] & 0xE0) >>> 5 == TAG) {
            at = 1;
            if (number(in[0] & 0x1F) != COSE_SIGN1) {
                throw new Malformed();
            }
        }
    }

    private Object value(int depth) throws Malformed {
        if (depth > DEPTH_MAX) {
            throw new Malformed();
        }
        int first = next();
        if (first == NULL_BYTE) {
            return Null.NULL;
        }
        int major = first >>> 5;
        if (major > MAP) {
            throw new Malformed();
        }
        long number = number(first & 0x1F);
        return switch (major) {
            case UNSIGNED -> number;
            case NEGATIVE -> -1 - number;
            case BYTES -> Bytes.adopt(take(number));
            case TEXT -> text(take(number));
            case ARRAY -> array(number, depth);
            default -> map(number, depth);
        };
    }

    private List<Object> array(long count, int depth) throws Malformed {
        List<Object> values = new ArrayList<>();
        for (int left = fitting(count); left > 0; left--) {
            values.add(value(depth + 1));
        }
        return values;
    }

    private Map<Object, Object> map(long count, int depth) throws Malformed {
        Map<Object, Object> values = new LinkedHashMap<>();
        for (int left = fitting(count); left > 0; left--) {
            Object key = value(depth + 1);
            @Nullable Object before = values.put(key, value(depth + 1));
            if (before != null) {
                throw new Malformed();
            }
        }
        return values;
    }

    private int next() throws Malformed {
        if (at >= in.length) {
            throw new Malformed();
        }
        return in[at++] & 0xFF;
    }

    private long number(int low) throws Malformed {
        if (low < 24) {
            return low;
        }
        if (low > 27) {
            throw new Malformed(); // Indefinite length, or reserved.
        }
        long number = 0;
        for (int i = 0; i < 1 << (low - 24); i++) {
            number = number << 8 | next();
        }
        if (number < 0) {
            throw new Malformed(); // Beyond what a long holds.
        }
        return number;
    }

    /** No more members than there are bytes left. */
    private int fitting(long count) throws Malformed {
        if (count > in.length - at) {
            throw new Malformed();
        }
        return (int) count;
    }

    private byte[] take(long count) throws Malformed {
        byte[] taken = new byte[fitting(count)];
        System.arraycopy(in, at, taken, 0, taken.length);
        at += taken.length;
        return taken;
    }

    private static String text(byte[] utf8) throws Malformed {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(utf8))
                    .toString();
        } catch (CharacterCodingException _) {
            throw new Malformed();
        }
    }

    /** Not CBOR, or not the part of it that is read here. */
    private static final class Malformed extends Exception {
        private static final long serialVersionUID = 1L;

        Malformed() {
            super(null, null, false, false);
        }
    }
}
