package dev.keytrail.audit.chain;

import dev.keytrail.call.Bytes;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * One event and the proof that the log has it. As a file: a JSON object of the members {@code event} (the exact JSON of
 * the event, as a string), {@code index}, {@code proof} (base64 hashes, lowest first), {@code checkpoint} (a signed note)
 * and, where witnesses have cosigned it, {@code witnesses} (their verifier keys), in this order, without white space, every character in its shortest escape: one receipt has one spelling, so
 * not a bit of it can change unseen.
 */
public record Receipt(Bytes event, long index, List<Bytes> proof, String checkpoint, List<VerifierKey> witnesses) {
    /** A tree that a long can count is no higher. */
    static final int PROOF_HASHES_MAX = 64;

    /** Larger than any event, its escapes included. */
    public static final int BYTES_MAX = 4 << 20;

    private static final int WITNESS_KEYS_MAX = 64;

    private static final JsonFactory JSON = new JsonFactory();

    public Receipt {
        proof = List.copyOf(proof);
        witnesses = List.copyOf(witnesses);
    }

    /** The file, UTF-8. */
    public Bytes json() {
        ByteArrayOutputStream out = new ByteArrayOutputStream(event.size() + 2048);
        raw(out, "{\"event\":");
        string(out, event);
        raw(out, ",\"index\":" + index + ",\"proof\":[");
        for (int i = 0; i < proof.size(); i++) {
            raw(out, (i == 0 ? "\"" : ",\"") + Base64Text.encode(proof.get(i)) + "\"");
        }
        raw(out, "],\"checkpoint\":");
        string(out, Bytes.utf8(checkpoint));
        for (int i = 0; i < witnesses.size(); i++) {
            raw(out, i == 0 ? ",\"witnesses\":[" : ",");
            string(out, Bytes.utf8(witnesses.get(i).text()));
        }
        raw(out, witnesses.isEmpty() ? "}" : "]}");
        return Bytes.adopt(out.toByteArray());
    }

    /** Empty when the bytes are not a receipt in its one spelling; a line feed at the end is allowed. */
    public static Optional<Receipt> parse(Bytes file) {
        boolean line = !file.isEmpty() && file.at(file.size() - 1) == '\n';
        Bytes json = line ? file.slice(0, file.size() - 1) : file;
        if (json.size() > BYTES_MAX) {
            return Optional.empty();
        }
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), json.unsafeArray())) {
            return members(parser).filter(receipt -> receipt.json().equals(json));
        } catch (JacksonException | IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    private static Optional<Receipt> members(JsonParser parser) {
        expect(parser, JsonToken.START_OBJECT);
        expectName(parser, "event");
        expect(parser, JsonToken.VALUE_STRING);
        Bytes event = Bytes.utf8(parser.getString());
        expectName(parser, "index");
        expect(parser, JsonToken.VALUE_NUMBER_INT);
        long index = parser.getLongValue();
        expectName(parser, "proof");
        expect(parser, JsonToken.START_ARRAY);
        List<Bytes> proof = new ArrayList<>();
        while (parser.nextToken() == JsonToken.VALUE_STRING) {
            Optional<Bytes> hash = Base64Text.decode(parser.getString());
            if (hash.isEmpty() || proof.size() == PROOF_HASHES_MAX) {
                return Optional.empty();
            }
            proof.add(hash.get());
        }
        expectName(parser, "checkpoint");
        expect(parser, JsonToken.VALUE_STRING);
        String checkpoint = parser.getString();
        List<VerifierKey> witnesses = new ArrayList<>();
        if (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            if (!parser.currentName().equals("witnesses")) {
                return Optional.empty();
            }
            expect(parser, JsonToken.START_ARRAY);
            while (parser.nextToken() == JsonToken.VALUE_STRING) {
                Optional<VerifierKey> key = VerifierKey.parse(parser.getString());
                if (key.isEmpty() || witnesses.size() == WITNESS_KEYS_MAX) {
                    return Optional.empty();
                }
                witnesses.add(key.get());
            }
        }
        return Optional.of(new Receipt(event, index, proof, checkpoint, witnesses));
    }

    private static void expectName(JsonParser parser, String name) {
        expect(parser, JsonToken.PROPERTY_NAME);
        if (!name.equals(parser.currentName())) {
            throw new IllegalArgumentException(name);
        }
    }

    private static void expect(JsonParser parser, JsonToken token) {
        if (parser.nextToken() != token) {
            throw new IllegalArgumentException(token.toString());
        }
    }

    private static void raw(ByteArrayOutputStream out, String ascii) {
        out.writeBytes(ascii.getBytes(StandardCharsets.US_ASCII));
    }

    private static void string(ByteArrayOutputStream out, Bytes utf8) {
        out.write('"');
        for (byte b : utf8.unsafeArray()) {
            switch (b) {
                case '"' -> raw(out, "\\\"");
                case '\\' -> raw(out, "\\\\");
                case '\n' -> raw(out, "\\n");
                default -> {
                    if (b >= 0 && b < ' ') {
                        raw(out, String.format(Locale.ROOT, "\\u%04x", b));
                    } else {
                        out.write(b);
                    }
                }
            }
        }
        out.write('"');
    }
}
