package dev.keytrail.wire;

import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.io.IOContext;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.UTF8StreamJsonParser;
import tools.jackson.core.sym.ByteQuadsCanonicalizer;

/**
 * Makes parsers of UTF-8 and nothing else: no other encoding is guessed from the bytes. Thread-safe.
 *
 * <p>Jackson keeps all names it has met in one table, which a parser copies when it meets a new one. Members have few
 * names, but keys of an encryption context are the caller's choice: left to grow, the table would let one caller make
 * everyone's requests a hundred times slower. So it starts anew when it has outgrown the models.
 */
final class Utf8JsonFactory extends JsonFactory {
    private static final long serialVersionUID = 1L;

    /** Above the number of members that clients use in practice, and cheap to copy. */
    static final int NAMES_MAX = 256;

    private transient volatile ByteQuadsCanonicalizer names = ByteQuadsCanonicalizer.createRoot();

    Utf8JsonFactory(StreamReadConstraints constraints) {
        super(JsonFactory.builder().streamReadConstraints(constraints));
    }

    /** How many names are kept at present. */
    int namesKept() {
        return names.size();
    }

    @Override
    protected JsonParser _createParser(ObjectReadContext context, IOContext io, byte[] data, int offset, int length) {
        return new UTF8StreamJsonParser(
                context,
                io,
                context.getStreamReadFeatures(_streamReadFeatures),
                context.getFormatReadFeatures(_formatReadFeatures),
                null,
                names().makeChild(_factoryFeatures),
                data,
                offset,
                offset + length,
                0,
                false);
    }

    /** Two threads may both start anew; one table is then simply forgotten. */
    private ByteQuadsCanonicalizer names() {
        ByteQuadsCanonicalizer present = names;
        if (present.size() > NAMES_MAX) {
            present = ByteQuadsCanonicalizer.createRoot();
            names = present;
        }
        return present;
    }
}
