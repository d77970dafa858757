package dev.keytrail.identity.op;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Call;
import dev.keytrail.call.Reason;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import dev.keytrail.crypto.Vault;
import dev.keytrail.policy.Explanation;
import dev.keytrail.policy.Grounds;
import dev.keytrail.policy.Grounds.Mismatch;
import dev.keytrail.wire.JsonObject;
import java.io.ByteArrayOutputStream;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import tools.jackson.core.JsonGenerator;

/**
 * Encoded authorization messages: why a call was denied, sealed, so that the denied caller carries it without reading it
 * to somebody who may ({@code sts:DecodeAuthorizationMessage}). Self-contained; no byte of one can be changed. Thread-safe.
 */
public final class AuthorizationMessages {
    /** What DecodeAuthorizationMessage takes at most. */
    static final int CHARS_MAX = 10_240;

    private static final int PLAIN_BYTES_MAX = 256 << 10;
    private static final String NAME = "authorization message";

    private final Vault vault;

    public AuthorizationMessages(Vault vault) {
        this.vault = vault;
    }

    /** A message as it was made. */
    record Opened(String account, String principalId, String principalArn, Explanation explanation) {}

    /** For a call that was denied; empty when no policy decided, or the reasons are too many for one message. */
    public Optional<String> encode(Call call, List<Reason> reasons) {
        Optional<String> account = call.caller().principal().account();
        if (account.isEmpty()) {
            return Optional.empty();
        }
        Bytes why = Explanation.encode(reasons, new Reason.Reader(account.get(), true, List.of()));
        boolean decided = Explanation.decode(why, List.of()).entries().stream()
                .anyMatch(entry -> entry instanceof Grounds grounds && !grounds.allowed());
        if (!decided) {
            return Optional.empty();
        }
        byte[] plain = new RowWriter()
                .version(1)
                .text(account.get())
                .text(call.caller().principal().id())
                .text(call.caller().arn())
                .bytes(why)
                .toByteArray();
        Bytes sealed = vault.seal(Bytes.adopt(deflated(plain)), NAME);
        String message = Base64.getUrlEncoder().withoutPadding().encodeToString(sealed.unsafeArray());
        return message.length() > CHARS_MAX ? Optional.empty() : Optional.of(message);
    }

    /** Empty when the message is not exactly as this server made it. */
    Optional<Opened> open(String message) {
        try {
            byte[] sealed = Base64.getUrlDecoder().decode(message);
            return vault.open(Bytes.adopt(sealed), NAME).map(AuthorizationMessages::read);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static Opened read(Bytes deflated) {
        RowReader in = new RowReader(inflated(deflated.unsafeArray()));
        in.version(1);
        return new Opened(in.text(), in.text(), in.text(), Explanation.decode(in.bytes(), List.of()));
    }

    private static byte[] deflated(byte[] plain) {
        Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION);
        try {
            deflater.setInput(plain);
            deflater.finish();
            byte[] out = new byte[plain.length + 64];
            int size = 0;
            while (!deflater.finished()) {
                size += deflater.deflate(out, size, out.length - size);
            }
            return java.util.Arrays.copyOf(out, size);
        } finally {
            deflater.end();
        }
    }

    private static byte[] inflated(byte[] deflated) {
        Inflater inflater = new Inflater();
        try {
            inflater.setInput(deflated);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            byte[] block = new byte[8192];
            while (!inflater.finished()) {
                int count = inflater.inflate(block);
                if (count == 0 || out.size() + count > PLAIN_BYTES_MAX) {
                    throw new IllegalArgumentException("not a message of this server");
                }
                out.write(block, 0, count);
            }
            return out.toByteArray();
        } catch (DataFormatException e) {
            throw new IllegalArgumentException(e);
        } finally {
            inflater.end();
        }
    }

    /** The decision that denied, in the form that AWS documents; policy, number and mismatch are added. */
    static String json(Opened opened) {
        Grounds grounds = opened.explanation().entries().stream()
                .filter(entry -> entry instanceof Grounds g && !g.allowed())
                .map(Grounds.class::cast)
                .findFirst()
                .orElseThrow();
        return JsonObject.of(json -> {
                    json.writeBooleanProperty("allowed", grounds.allowed());
                    json.writeBooleanProperty("explicitDeny", grounds.verdict() == Grounds.Verdict.DENIED);
                    statements(json, "matchedStatements", grounds, true);
                    statements(json, "failures", grounds, false);
                    json.writeObjectPropertyStart("context");
                    json.writeObjectPropertyStart("principal");
                    json.writeStringProperty("id", opened.principalId());
                    json.writeStringProperty(
                            "name",
                            opened.principalArn()
                                    .substring(opened.principalArn().lastIndexOf('/') + 1));
                    json.writeStringProperty("arn", opened.principalArn());
                    json.writeEndObject();
                    json.writeStringProperty("action", grounds.action());
                    json.writeStringProperty("resource", grounds.resource());
                    conditions(json, grounds);
                    json.writeEndObject();
                    json.writeStringProperty("reason", String.join("\n", grounds.lines()));
                })
                .utf8();
    }

    private static void statements(JsonGenerator json, String name, Grounds grounds, boolean applying) {
        json.writeObjectPropertyStart(name);
        json.writeArrayPropertyStart("items");
        for (Grounds.Consulted policy : grounds.consulted()) {
            for (Grounds.Examined statement : policy.statements()) {
                if (statement.mismatch().isEmpty() == applying) {
                    json.writeStartObject();
                    json.writeStringProperty("statementId", statement.sid().orElse(""));
                    json.writeStringProperty("effect", statement.allow() ? "ALLOW" : "DENY");
                    json.writeStringProperty("policyKind", policy.kind());
                    json.writeStringProperty("policy", policy.name());
                    json.writeNumberProperty("number", statement.number());
                    if (statement.mismatch().isPresent()) {
                        json.writeStringProperty(
                                "mismatch", statement.mismatch().get().inWords());
                    }
                    json.writeEndObject();
                }
            }
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    /** The keys that conditions asked for in vain, and what they were. */
    private static void conditions(JsonGenerator json, Grounds grounds) {
        json.writeObjectPropertyStart("conditions");
        json.writeArrayPropertyStart("items");
        for (Grounds.Consulted policy : grounds.consulted()) {
            for (Grounds.Examined statement : policy.statements()) {
                if (statement.mismatch().orElse(null)
                        instanceof Mismatch.ConditionFails(String _, String key, List<String> _, List<String> actual)) {
                    json.writeStartObject();
                    json.writeStringProperty("key", key);
                    json.writeObjectPropertyStart("values");
                    json.writeArrayPropertyStart("items");
                    for (String value : actual) {
                        json.writeStartObject();
                        json.writeStringProperty("value", value);
                        json.writeEndObject();
                    }
                    json.writeEndArray();
                    json.writeEndObject();
                    json.writeEndObject();
                }
            }
        }
        json.writeEndArray();
        json.writeEndObject();
    }
}
