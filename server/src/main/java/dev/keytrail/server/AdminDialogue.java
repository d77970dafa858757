package dev.keytrail.server;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Service;
import dev.keytrail.identity.op.CreateAccount;
import dev.keytrail.wire.Protocol;
import java.io.ByteArrayOutputStream;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** Keytrail's own administration, spelled as AWS JSON 1.1; it has no public model, so its codec is here. */
final class AdminDialogue implements Dialogue {
    private static final JsonFactory JSON = new JsonFactory();

    private final Optional<Operation<?, ?>> row;
    private final Bytes body;

    AdminDialogue(Optional<Operation<?, ?>> row, Bytes body) {
        this.row = row;
        this.body = body;
    }

    @Override
    public Service service() {
        return Service.KEYTRAIL;
    }

    @Override
    public String contentType() {
        return Protocol.JSON.contentType();
    }

    @Override
    public byte[] encodeError(ApiError error, String requestId) {
        return write(json -> {
            json.writeStringProperty("__type", error.code());
            error.message().ifPresent(message -> json.writeStringProperty("message", message));
        });
    }

    @Override
    public Spoken understand() {
        if (row.isEmpty()) {
            throw new Refused(new ApiError("UnknownOperationException", 400, Optional.empty()));
        }
        return new Spoken() {
            @Override
            public Object decode() {
                return new CreateAccount.Input(accountName());
            }

            @Override
            public byte[] encode(Object output, String requestId) {
                CreateAccount.Output made = (CreateAccount.Output) output;
                return write(json -> {
                    json.writeStringProperty("AccountId", made.accountId());
                    json.writeStringProperty("AccessKeyId", made.accessKeyId());
                    json.writeName("SecretAccessKey");
                    byte[] secret = made.secretAccessKey().reveal();
                    json.writeUTF8String(secret, 0, secret.length);
                });
            }
        };
    }

    /** The one member of the one operation; an unknown member is an error here, for there are no older clients. */
    private Optional<String> accountName() {
        Optional<String> name = Optional.empty();
        if (body.isEmpty()) {
            return name;
        }
        try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), body.unsafeArray())) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw malformed();
            }
            while (json.nextToken() != JsonToken.END_OBJECT) {
                if (!"AccountName".equals(json.currentName()) || json.nextToken() != JsonToken.VALUE_STRING) {
                    throw malformed();
                }
                name = Optional.of(json.getString());
            }
            return name;
        } catch (JacksonException e) {
            throw malformed();
        }
    }

    private static Refused malformed() {
        return new Refused(new ApiError("SerializationException", 400, Optional.empty()));
    }

    @FunctionalInterface
    private interface Members {
        void write(JsonGenerator json);
    }

    private static byte[] write(Members members) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), out)) {
            json.writeStartObject();
            members.write(json);
            json.writeEndObject();
        }
        return out.toByteArray();
    }
}
