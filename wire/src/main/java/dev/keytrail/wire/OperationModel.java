package dev.keytrail.wire;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Service;
import dev.keytrail.wire.codec.Place;
import dev.keytrail.wire.codec.ServiceCodec;
import dev.keytrail.wire.codec.Violations;
import java.util.List;
import java.util.Optional;

/** One operation of a service model: its records and their wire forms. Immutable and thread-safe. */
public final class OperationModel {
    private static final byte[] NO_MEMBERS = {'{', '}'};

    private final ServiceModel model;
    private final ServiceCodec codec;
    private final int index;
    private final String name;

    OperationModel(ServiceModel model, ServiceCodec codec, int index) {
        this.model = model;
        this.codec = codec;
        this.index = index;
        this.name = codec.operations().get(index);
    }

    public Service service() {
        return model.service();
    }

    /** E.g. {@code Encrypt}. */
    public String name() {
        return name;
    }

    /** {@link NoInput} where the model has none. */
    public Class<?> inputClass() {
        return codec.inputClass(index);
    }

    /** {@link NoOutput} where the model has none. */
    public Class<?> outputClass() {
        return codec.outputClass(index);
    }

    /** The errors that the model says this operation may answer with. */
    public List<ModelledError> errors() {
        return codec.errors(index).stream()
                .map(shape -> model.errorShape(shape).orElseThrow())
                .toList();
    }

    /**
     * The valid input in the first {@code length} bytes of a JSON body; no bytes at all are {@code {}}. Throws
     * {@link Refused}: SerializationException for what is not of the model's shape, ValidationException for what breaks its
     * constraints.
     */
    public Object decodeJson(byte[] body, int length) {
        Violations violations = new Violations();
        Place place = Place.root(violations);
        Object input;
        try (JsonReader in = length == 0 ? JsonReader.of(NO_MEMBERS, NO_MEMBERS.length) : JsonReader.of(body, length)) {
            input = codec.readInput(index, in, place);
            in.end();
        }
        return checked(input, violations, place, "ValidationException");
    }

    /**
     * The valid input in form parameters. Throws {@link Refused}: MalformedInput for what is not of the model's shape,
     * ValidationError for what breaks its constraints.
     */
    public Object decodeQuery(FormParameters parameters) {
        Violations violations = new Violations();
        Place place = Place.root(violations);
        Object input = codec.readInput(index, new FormReader(parameters), place);
        return checked(input, violations, place, "ValidationError");
    }

    /** The body of a successful answer in JSON; empty for {@link NoOutput}. */
    public byte[] encodeJson(Object output) {
        if (output instanceof NoOutput) {
            return new byte[0];
        }
        JsonWriter out = new JsonWriter();
        codec.writeOutput(index, output, out);
        return out.toByteArray();
    }

    /** The body of a successful answer in XML. */
    public byte[] encodeXml(Object output, String requestId) {
        XmlWriter out = new XmlWriter().openRoot(name + "Response", model.xmlNamespace());
        out.member(name + "Result");
        codec.writeOutput(index, output, out);
        return out.open("ResponseMetadata")
                .leaf("RequestId", requestId)
                .close()
                .close()
                .toByteArray();
    }

    /** The body of a successful answer in the service's own protocol. */
    public byte[] encode(Object output, String requestId) {
        return switch (model.protocol()) {
            case JSON -> encodeJson(output);
            case QUERY -> encodeXml(output, requestId);
        };
    }

    @Override
    public String toString() {
        return model.service().signingName() + ":" + name;
    }

    ServiceCodec codec() {
        return codec;
    }

    int index() {
        return index;
    }

    private Object checked(Object input, Violations violations, Place place, String code) {
        codec.checkInput(index, input, place);
        Optional<String> message = violations.message();
        if (message.isPresent()) {
            throw new Refused(ApiError.of(code, message.get()));
        }
        return input;
    }
}
