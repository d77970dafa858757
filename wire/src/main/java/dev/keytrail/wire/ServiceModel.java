package dev.keytrail.wire;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Service;
import dev.keytrail.wire.codec.ServiceCodec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a service's public model says of its API. Immutable and thread-safe; got from {@link Wire}. */
public final class ServiceModel {
    private final Service service;
    private final Protocol protocol;
    private final String apiVersion;
    private final String xmlNamespace;
    private final List<String> targetPrefixes;
    private final Map<String, OperationModel> operations = new LinkedHashMap<>();
    private final Map<String, ModelledError> errorsByShape = new LinkedHashMap<>();
    private final Map<String, ModelledError> errorsByCode = new LinkedHashMap<>();

    ServiceModel(Service service, ServiceCodec codec) {
        this.service = service;
        this.protocol = codec.protocol().equals("json") ? Protocol.JSON : Protocol.QUERY;
        this.apiVersion = codec.apiVersion();
        this.xmlNamespace = codec.xmlNamespace();
        this.targetPrefixes = prefixes(codec.targetPrefix());
        for (int i = 0; i < codec.operations().size(); i++) {
            OperationModel operation = new OperationModel(this, codec, i);
            operations.put(operation.name(), operation);
        }
        for (String line : codec.errors()) {
            ModelledError error = ModelledError.parse(line);
            errorsByShape.put(error.shape(), error);
            errorsByCode.put(error.code(), error);
        }
    }

    public Service service() {
        return service;
    }

    public Protocol protocol() {
        return protocol;
    }

    /** E.g. {@code 2014-11-01}; query requests name it as {@code Version}. */
    public String apiVersion() {
        return apiVersion;
    }

    /** Of query answers; empty for JSON. */
    public String xmlNamespace() {
        return xmlNamespace;
    }

    /** What may stand before the operation in {@code X-Amz-Target}, without the dot; none for query. */
    public List<String> targetPrefixes() {
        return targetPrefixes;
    }

    /** Empty for a name that the model does not have: UnknownOperationException, or InvalidAction in query. */
    public Optional<OperationModel> operation(String name) {
        return Optional.ofNullable(operations.get(name));
    }

    /** All, in the model's order. */
    public List<OperationModel> operations() {
        return List.copyOf(operations.values());
    }

    /** The modelled error of a wire code, e.g. {@code NoSuchEntity}. */
    public Optional<ModelledError> error(String code) {
        return Optional.ofNullable(errorsByCode.get(code));
    }

    public List<ModelledError> errors() {
        return List.copyOf(errorsByShape.values());
    }

    /** The body of a refusal, in the service's protocol. */
    public byte[] encodeError(ApiError error, String requestId) {
        return switch (protocol) {
            case JSON -> ErrorBody.json(error);
            case QUERY -> ErrorBody.xml(error, xmlNamespace, requestId);
        };
    }

    @Override
    public String toString() {
        return service.signingName();
    }

    Optional<ModelledError> errorShape(String shape) {
        return Optional.ofNullable(errorsByShape.get(shape));
    }

    /** SDKs send the model's long prefix or its last part (CloudTrail has both in use). */
    private static List<String> prefixes(String modelled) {
        List<String> prefixes = new ArrayList<>();
        if (!modelled.isEmpty()) {
            prefixes.add(modelled);
        }
        int dot = modelled.lastIndexOf('.');
        if (dot >= 0) {
            prefixes.add(modelled.substring(dot + 1));
        }
        return List.copyOf(prefixes);
    }
}
