package dev.keytrail.wire;

/**
 * An error that a service model names.
 *
 * @param shape its name in the model, e.g. {@code MalformedPolicyDocumentException}
 * @param code what clients see, e.g. {@code MalformedPolicyDocument}
 * @param status the HTTP status, e.g. 400
 */
public record ModelledError(String shape, String code, int status) {
    static ModelledError parse(String line) {
        String[] parts = line.split(" ", 3);
        return new ModelledError(parts[0], parts[1], Integer.parseInt(parts[2]));
    }
}
