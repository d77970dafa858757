package dev.keytrail.server;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import dev.keytrail.identity.directory.SessionTokens;
import dev.keytrail.identity.op.SignIn;
import dev.keytrail.server.SignInCase.Answered;
import dev.keytrail.wire.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import tools.jackson.core.JsonGenerator;

/** How sign-in's answers are spelled: JSON, and one plain page. Nothing may be kept by a cache. */
final class SignInReplies {
    private static final String JSON_TYPE = "application/json";
    private static final String HTML_TYPE = "text/html; charset=utf-8";

    /** What the page of AWS says, whatever was wrong. */
    private static final String INCORRECT = "Your authentication information is incorrect. Please try again.";

    private final Replies replies;

    SignInReplies(Replies replies) {
        this.replies = replies;
    }

    /** {@code {"SignIn": "Success" | "MfaRequired" | "Failure", ...}}. */
    HttpReply signIn(Answered answered) {
        if (answered.error().isPresent()) {
            ApiError error = answered.error().get();
            return json(answered, error.status(), json -> {
                json.writeStringProperty("SignIn", "Failure");
                json.writeStringProperty("Code", error.code());
                json.writeStringProperty("Message", told(error));
            });
        }
        return switch (answered.reply().orElseThrow()) {
            case SignIn.Reply.SignedIn in ->
                json(answered, 200, json -> {
                    json.writeStringProperty("SignIn", "Success");
                    json.writeStringProperty("AccountId", in.account());
                    json.writeStringProperty("Arn", in.arn());
                    json.writeStringProperty("Destination", in.destination());
                    json.writeObjectPropertyStart("Credentials");
                    credentials(json, in.issued(), true);
                    json.writeStringProperty("Expiration", in.expiration().toString());
                    json.writeEndObject();
                });
            case SignIn.Reply.MfaRequired(String type) ->
                json(answered, 200, json -> {
                    json.writeStringProperty("SignIn", "MfaRequired");
                    json.writeStringProperty("MfaType", type);
                });
            case SignIn.Reply.SigninToken _, SignIn.Reply.Code _, SignIn.Reply.Tokens _ ->
                throw new IllegalStateException("no answer of a sign-in");
        };
    }

    private static String told(ApiError error) {
        return error.code().equals(SignIn.FAILED) ? INCORRECT : error.message().orElse(error.code());
    }

    /** {@code {"SigninToken": "..."}}, as AWS's federation endpoint. */
    HttpReply signinToken(Answered answered) {
        if (answered.reply().orElse(null) instanceof SignIn.Reply.SigninToken(Secret token)) {
            return json(answered, 200, json -> secret(json, "SigninToken", token));
        }
        return signIn(answered);
    }

    /** The output of CreateOAuth2Token, or its error with the member {@code error} that clients decide by. */
    HttpReply token(Answered answered, Instant now) {
        if (answered.reply().orElse(null) instanceof SignIn.Reply.Tokens tokens) {
            return json(answered, 200, json -> {
                json.writeObjectPropertyStart("accessToken");
                credentials(json, tokens.issued(), false);
                json.writeEndObject();
                json.writeStringProperty("tokenType", "aws_sigv4");
                json.writeNumberProperty("expiresIn", tokens.seconds());
                secret(json, "refreshToken", tokens.refreshToken());
                tokens.identity()
                        .ifPresent(arn -> json.writeStringProperty("idToken", idToken(arn, tokens.clientId(), now)));
            });
        }
        ApiError error = answered.error().orElseThrow();
        String message = error.message().orElse("invalid_request: the request cannot be read");
        int colon = message.indexOf(": ");
        boolean named = colon > 0 && message.substring(0, colon).matches("[A-Za-z_]+");
        HttpReply reply = json(answered, error.status(), json -> {
            json.writeStringProperty("error", named ? message.substring(0, colon) : "server_error");
            json.writeStringProperty("message", named ? message.substring(colon + 2) : message);
        });
        String code = error.code().equals("SerializationException") ? "ValidationException" : error.code();
        return with(reply, new HttpRequest.Header("x-amzn-ErrorType", code));
    }

    /** Says who signed in; nobody has to trust it, for it comes with credentials that prove it (OpenID Connect: none). */
    private static String idToken(String arn, String clientId, Instant now) {
        Bytes header = JsonObject.of(json -> {
            json.writeStringProperty("alg", "none");
            json.writeStringProperty("typ", "JWT");
        });
        Bytes claims = JsonObject.of(json -> {
            json.writeStringProperty("sub", arn);
            json.writeStringProperty("aud", clientId);
            json.writeNumberProperty("iat", now.getEpochSecond());
            json.writeNumberProperty("exp", now.getEpochSecond() + 900);
        });
        Base64.Encoder url = Base64.getUrlEncoder().withoutPadding();
        return url.encodeToString(header.unsafeArray()) + "." + url.encodeToString(claims.unsafeArray()) + ".";
    }

    /** The page that asks for the password. */
    HttpReply page(SignIn.Authorize asked, Optional<Answered> before) {
        String said = before.map(SignInReplies::said).orElse("");
        int status = before.flatMap(Answered::error).map(ApiError::status).orElse(200);
        String form = "<form method=\"post\" action=\"/v1/authorize\" autocomplete=\"off\">"
                + field("Account number or alias", "account", "text")
                + field("User (empty: the root user)", "username", "text")
                + field("Password", "password", "password")
                + field("MFA code, if there is a device", "mfa_code", "text")
                + hidden("response_type", "code")
                + hidden("client_id", asked.clientId())
                + hidden("redirect_uri", asked.redirectUri())
                + hidden("scope", asked.scope())
                + hidden("code_challenge", asked.challenge())
                + hidden("code_challenge_method", asked.challengeMethod())
                + asked.state().map(state -> hidden("state", state)).orElse("")
                + "<p><button>Sign in</button></p></form>";
        String note = "<p>A command-line client asks to act as you until you sign in anew, twelve hours at most.</p>";
        String id = before.map(Answered::requestId).orElse("-");
        return html(id, status, "<h1>Sign in</h1>" + note + "<p><b>" + escape(said) + "</b></p>" + form);
    }

    private static String said(Answered answered) {
        if (answered.error().isPresent()) {
            return told(answered.error().get());
        }
        return "An MFA code is needed too: please give password and code.";
    }

    /** Back to the client by redirect, or the code on the page for a client elsewhere. */
    HttpReply code(SignIn.Authorize asked, Answered answered) {
        if (!(answered.reply().orElse(null) instanceof SignIn.Reply.Code(Secret code))) {
            return plainError(answered.error().orElseThrow(), answered.requestId());
        }
        String text = new String(code.reveal(), StandardCharsets.US_ASCII);
        code.close();
        String answer =
                "code=" + text + asked.state().map(s -> "&state=" + encode(s)).orElse("");
        if (asked.clientId().endsWith("cross-device")) {
            byte[] plain = ("state=" + asked.state().orElse("") + "&code=" + text).getBytes(StandardCharsets.UTF_8);
            return html(
                    answered.requestId(),
                    200,
                    "<h1>Signed in</h1><p>Enter this code at the client:</p><p><code>"
                            + Base64.getEncoder().encodeToString(plain) + "</code></p>");
        }
        return with(
                html(answered.requestId(), 302, "<p>Signed in.</p>"),
                new HttpRequest.Header("Location", asked.redirectUri() + "?" + answer));
    }

    HttpReply plainError(ApiError error, String requestId) {
        return html(requestId, error.status(), "<h1>Not signed in</h1><p>" + escape(told(error)) + "</p>");
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static String field(String label, String name, String type) {
        return "<p><label>" + label + "<br><input name=\"" + name + "\" type=\"" + type + "\"></label></p>";
    }

    private static String hidden(String name, String value) {
        return "<input type=\"hidden\" name=\"" + name + "\" value=\"" + escape(value) + "\">";
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }

    private HttpReply html(String requestId, int status, String body) {
        String page = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Keytrail sign-in</title>" + body;
        HttpReply reply = replies.of(status, HTML_TYPE, Bytes.utf8(page), requestId);
        return with(
                reply,
                new HttpRequest.Header("Cache-Control", "no-store"),
                new HttpRequest.Header("Referrer-Policy", "no-referrer"),
                new HttpRequest.Header("X-Content-Type-Options", "nosniff"),
                new HttpRequest.Header(
                        "Content-Security-Policy",
                        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
                                + " http://127.0.0.1:* http://localhost:* http://[::1]:*"));
    }

    private HttpReply json(Answered answered, int status, Consumer<JsonGenerator> members) {
        HttpReply reply = replies.of(status, JSON_TYPE, JsonObject.of(members), answered.requestId());
        return with(reply, new HttpRequest.Header("Cache-Control", "no-store"));
    }

    private static HttpReply with(HttpReply reply, HttpRequest.Header... more) {
        List<HttpRequest.Header> headers = new ArrayList<>(reply.headers());
        headers.addAll(List.of(more));
        return new HttpReply(reply.status(), headers, reply.payload());
    }

    private static void credentials(JsonGenerator json, SessionTokens.Issued issued, boolean capital) {
        json.writeStringProperty(capital ? "AccessKeyId" : "accessKeyId", issued.accessKeyId());
        secret(json, capital ? "SecretAccessKey" : "secretAccessKey", issued.secret());
        json.writeStringProperty(capital ? "SessionToken" : "sessionToken", issued.token());
    }

    /** Written once, and zeroed. */
    private static void secret(JsonGenerator json, String name, Secret secret) {
        JsonObject.secret(json, name, secret);
        secret.close();
    }
}
