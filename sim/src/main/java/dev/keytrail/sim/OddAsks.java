package dev.keytrail.sim;

import dev.keytrail.sim.Requests.Signature;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;

/** Calls that are refused for what they are, and those of other services. */
final class OddAsks {
    private OddAsks() {}

    static Ask unsigned(Login claimed, Signature signature) {
        String code = switch (signature) {
            case GOOD -> throw new IllegalArgumentException("a good signature is no oddity");
            case BROKEN -> "InvalidSignatureException";
            case UNKNOWN_KEY -> "UnrecognizedClientException";
            case NONE -> "MissingAuthenticationTokenException";
        };
        return new Ask(
                "ListKeys, signature " + signature,
                claimed,
                false,
                "kms",
                "ListKeys",
                Optional.empty(),
                (requests, agent) ->
                        requests.json(claimed, "kms", "TrentService.ListKeys", Json.bytes(Map.of()), signature, agent),
                (model, now) -> Optional.of(code),
                Ask.NOTHING_TO_SEE,
                Ask.NOTHING_DONE);
    }

    static Ask malformed(Login caller) {
        return raw(caller, "Encrypt", "{\"KeyId\":\"x\",\"Plaintext\":", "SerializationException");
    }

    static Ask incomplete(Login caller) {
        return raw(caller, "Encrypt", "{\"KeyId\":\"x\"}", "ValidationException");
    }

    static Ask unknownOperation(Login caller) {
        return raw(caller, "Frobnicate", "{}", "UnknownOperationException");
    }

    private static Ask raw(Login caller, String operation, String body, String code) {
        return new Ask(
                operation + " that is " + code,
                caller,
                true,
                "kms",
                operation,
                Optional.empty(),
                (requests, agent) -> requests.json(
                        caller,
                        "kms",
                        "TrentService." + operation,
                        body.getBytes(StandardCharsets.UTF_8),
                        Signature.GOOD,
                        agent),
                (model, now) -> Optional.of(code),
                Ask.NOTHING_TO_SEE,
                Ask.NOTHING_DONE);
    }

    static Ask trail(Login caller, String operation, Map<String, ?> body, Ask.Deed deed) {
        return Ask.json(
                operation,
                caller,
                "cloudtrail",
                "CloudTrail_20131101." + operation,
                body,
                Ask.ALWAYS,
                Ask.NOTHING_TO_SEE,
                deed);
    }

    static Ask s3(Login caller, String operation, String method, String path, String query, String body) {
        return new Ask(
                operation,
                caller,
                true,
                "s3",
                operation,
                Optional.empty(),
                (requests, agent) ->
                        requests.s3(caller, method, path, query, body.getBytes(StandardCharsets.UTF_8), agent),
                Ask.ALWAYS,
                Ask.NOTHING_TO_SEE,
                Ask.NOTHING_DONE);
    }
}
