package dev.keytrail.server;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Secret;
import dev.keytrail.identity.op.SignIn;
import dev.keytrail.wire.FormParameters;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** Query and form body of a request, with known names only. Read when asked for, so that a bad one is on record. */
record SignInForm(HttpRequest http, Optional<Bytes> body, List<String> names) {
    SignInForm(HttpRequest http, Optional<Bytes> body, String... names) {
        this(http, body, List.of(names));
    }

    FormParameters read() {
        Bytes bytes = body.orElseThrow(
                () -> new Refused(ApiError.of("RequestEntityTooLargeException", 413, "The request is too large.")));
        FormParameters all = FormParameters.parseQuery(http.rawQuery());
        boolean form = http.header("content-type").orElse("").startsWith("application/x-www-form-urlencoded");
        if (!bytes.isEmpty() && !form) {
            throw new Refused(ApiError.of("ValidationException", "The body must be a form."));
        }
        if (form) {
            all = all.plus(FormParameters.parse(bytes.unsafeArray(), bytes.size()));
        }
        for (String name : all.asMap().keySet()) {
            if (!names.contains(name)) {
                throw new Refused(ApiError.of("ValidationException", "There is a parameter that is not known here."));
            }
        }
        return all;
    }

    Optional<FormParameters> values() {
        try {
            return Optional.of(read());
        } catch (Refused e) {
            return Optional.empty();
        }
    }

    Optional<String> peek(String name) {
        return values().flatMap(all -> all.get(name));
    }

    static Optional<Secret> secret(FormParameters values, String name) {
        return values.get(name).map(text -> Secret.adopt(text.getBytes(StandardCharsets.UTF_8)));
    }

    static Secret required(FormParameters values, String name) {
        return secret(values, name).orElseThrow(() -> missing(name));
    }

    static Refused missing(String name) {
        return new Refused(ApiError.of("ValidationException", name + " is missing"));
    }

    /** A session as AWS spells it. */
    static SignIn.Shown session(FormParameters values) {
        String json = values.get("Session").orElseThrow(() -> missing("Session"));
        FlatJson given = FlatJson.parse(Bytes.utf8(json), "sessionId", "sessionKey", "sessionToken");
        return new SignIn.Shown(
                given.text("sessionId").orElseThrow(() -> missing("sessionId")),
                given.secret("sessionKey").orElseThrow(() -> missing("sessionKey")),
                given.text("sessionToken").orElseThrow(() -> missing("sessionToken")));
    }

    static Optional<Integer> seconds(FormParameters values, String name) {
        return values.get(name).map(text -> {
            if (!text.matches("[0-9]{1,6}")) {
                throw new Refused(ApiError.of("ValidationException", name + " must be a number of seconds"));
            }
            return Integer.parseInt(text);
        });
    }
}
