package dev.keytrail.server;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.keytrail.call.ApiError;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Origin;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Secret;
import dev.keytrail.call.Service;
import dev.keytrail.call.State;
import dev.keytrail.identity.directory.Regions;
import dev.keytrail.identity.federation.Distrusted;
import dev.keytrail.identity.federation.ProofOfPossession;
import dev.keytrail.identity.op.SignIn;
import dev.keytrail.wire.FormParameters;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Sign-in over HTTP: {@code /authenticate} (password), {@code /federation} (AWS's federation endpoint), {@code
 * /switchrole}, and {@code /v1/authorize} and {@code /v1/token} as {@code aws login} uses them. Nothing here is signed, and
 * no cookie is set: what a client gets are credentials. Thread-safe.
 */
final class SignInFront {
    /** Tokens go up to 12288 characters in the model; a federation session's token may be percent-encoded. */
    static final int BODY_BYTES_MAX = 64 << 10;

    private static final Set<String> PATHS =
            Set.of("/authenticate", "/federation", "/switchrole", "/v1/authorize", "/v1/token");

    private static final Pattern REGIONAL_HOST = Pattern.compile("([a-z0-9-]{1,32})\\.signin\\..*");
    private static final String GLOBAL_REGION = "us-east-1";
    private static final int PROOFS_MAX = 100_000;
    private static final Duration PROOFS_KEPT = Duration.ofMinutes(11);

    private static final String[] LOGIN_FIELDS = {
        "account", "username", "password", "mfa_code", "mfa_serial", "new_password", "destination", "duration"
    };

    private final SignIn signIn;
    private final Gate gate;
    private final SignInReplies replies;
    private final InstantSource clock;
    private final Cache<String, Instant> proofs = Caffeine.newBuilder()
            .maximumSize(PROOFS_MAX)
            .executor(Runnable::run)
            .build();

    SignInFront(SignIn signIn, Gate gate, Replies replies, InstantSource clock) {
        this.signIn = signIn;
        this.gate = gate;
        this.replies = new SignInReplies(replies);
        this.clock = clock;
    }

    /** Whether a request is for sign-in: what is signed may be meant for a bucket of that name. */
    static boolean takes(HttpRequest http) {
        return PATHS.contains(http.rawPath())
                && (http.method().equals("POST") || http.method().equals("GET"))
                && http.header("authorization").isEmpty()
                && !http.rawQuery().contains("X-Amz-Signature");
    }

    /** @param body empty when it is too large */
    HttpReply answer(HttpRequest http, Optional<Bytes> body) {
        return switch (http.rawPath()) {
            case "/authenticate" -> told(ask(new Login(http, body, LOGIN_FIELDS)), replies::signIn);
            case "/federation" -> federation(http, body);
            case "/switchrole" -> told(ask(new Switch(http, body)), replies::signIn);
            case "/v1/authorize" -> authorize(http, body);
            default -> told(ask(new Token(http, body)), answered -> replies.token(answered, clock.instant()));
        };
    }

    private HttpReply federation(HttpRequest http, Optional<Bytes> body) {
        Form form =
                new Form(http, body, "Action", "Session", "SessionDuration", "SigninToken", "Issuer", "Destination");
        boolean login = form.peek("Action").equals(Optional.of("login"));
        return login
                ? told(ask(new FederatedLogin(http, form)), replies::signIn)
                : told(ask(new SigninToken(http, form)), replies::signinToken);
    }

    /** A page to sign in on; then, in one request, the sign-in and the authorization, each with its record. */
    private HttpReply authorize(HttpRequest http, Optional<Bytes> body) {
        if (http.method().equals("GET")) {
            try {
                SignIn.Authorize asked = asked(FormParameters.parseQuery(http.rawQuery()));
                SignIn.requireValid(asked);
                return replies.page(asked, Optional.empty());
            } catch (Refused e) {
                return replies.plainError(e.error(), "-");
            }
        }
        Login login = new Login(
                http,
                body,
                "account",
                "username",
                "password",
                "mfa_code",
                "response_type",
                "client_id",
                "redirect_uri",
                "scope",
                "state",
                "code_challenge",
                "code_challenge_method");
        Answered signedIn = ask(login);
        Optional<SignIn.Authorize> asked = login.form.values().map(SignInFront::asked);
        if (signedIn.reply().orElse(null) instanceof SignIn.Reply.SignedIn in && asked.isPresent()) {
            SignIn.Shown session = new SignIn.Shown(
                    in.issued().accessKeyId(), in.issued().secret(), in.issued().token());
            try {
                return told(
                        ask(new Authorization(http, session, asked.get())),
                        answered -> replies.code(asked.get(), answered));
            } finally {
                SecretMembers.close(session);
            }
        }
        return told(
                signedIn,
                answered -> asked.isPresent()
                        ? replies.page(asked.get(), Optional.of(answered))
                        : replies.plainError(answered.error().orElseGet(SignInFront::malformed), answered.requestId()));
    }

    private static SignIn.Authorize asked(FormParameters values) {
        return new SignIn.Authorize(
                values.get("client_id").orElse(""),
                values.get("redirect_uri").orElse(""),
                values.get("scope").orElse(""),
                values.get("code_challenge_method").orElse(""),
                values.get("code_challenge").orElse(""),
                values.get("state"));
    }

    private Answered ask(Case<Answered> asked) {
        Gate.Answer<Answered> answer = gate.call(asked);
        return new Answered(
                answer.reply().reply(),
                answer.reply().error(),
                answer.requestId(),
                answer.reply().index());
    }

    /** Spelled out, with the place of its record in the log. */
    private static HttpReply told(Answered answered, Function<Answered, HttpReply> speller) {
        HttpReply reply = speller.apply(answered);
        return answered.index().map(reply::recordedAt).orElse(reply);
    }

    private static ApiError malformed() {
        return ApiError.of("ValidationException", "The request cannot be read.");
    }

    private static String region(HttpRequest http) {
        Matcher regional = REGIONAL_HOST.matcher(http.header("host").orElse(""));
        return regional.matches() && Regions.isValid(regional.group(1)) ? regional.group(1) : GLOBAL_REGION;
    }

    /**
     * Either the reply or the refusal.
     *
     * @param requestId it goes out under
     * @param index of its record in the log; empty if the ledger could not be written
     */
    record Answered(Optional<SignIn.Reply> reply, Optional<ApiError> error, String requestId, Optional<Long> index) {}

    /** Query and form body of a request, with known names only. Read when asked for, so that a bad one is on record. */
    private record Form(HttpRequest http, Optional<Bytes> body, List<String> names) {
        Form(HttpRequest http, Optional<Bytes> body, String... names) {
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
                    throw new Refused(
                            ApiError.of("ValidationException", "There is a parameter that is not known here."));
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
    }

    private static Optional<Secret> secret(FormParameters values, String name) {
        return values.get(name).map(text -> Secret.adopt(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static Secret required(FormParameters values, String name) {
        return secret(values, name).orElseThrow(() -> missing(name));
    }

    private static Refused missing(String name) {
        return new Refused(ApiError.of("ValidationException", name + " is missing"));
    }

    /** A session as AWS spells it. */
    private static SignIn.Shown session(FormParameters values) {
        String json = values.get("Session").orElseThrow(() -> missing("Session"));
        FlatJson given = FlatJson.parse(Bytes.utf8(json), "sessionId", "sessionKey", "sessionToken");
        return new SignIn.Shown(
                given.text("sessionId").orElseThrow(() -> missing("sessionId")),
                given.secret("sessionKey").orElseThrow(() -> missing("sessionKey")),
                given.text("sessionToken").orElseThrow(() -> missing("sessionToken")));
    }

    private static Optional<Integer> seconds(FormParameters values, String name) {
        return values.get(name).map(text -> {
            if (!text.matches("[0-9]{1,6}")) {
                throw new Refused(ApiError.of("ValidationException", name + " must be a number of seconds"));
            }
            return Integer.parseInt(text);
        });
    }

    /** What all cases share. */
    private abstract static class SignInCase implements Case<Answered> {
        final HttpRequest http;

        SignInCase(HttpRequest http) {
            this.http = http;
        }

        @Override
        public Service service() {
            return Service.SIGNIN;
        }

        @Override
        public boolean readOnly() {
            return false;
        }

        @Override
        public Origin origin() {
            return Signed.origin(http);
        }

        @Override
        public Identified identify(State state, Instant now) {
            return new Identified(Caller.NOBODY, region(http));
        }

        abstract Effect<SignIn.Reply> answer(Attempt attempt);

        @Override
        public Decided<Answered> decide(Attempt attempt) {
            Effect<SignIn.Reply> effect = answer(attempt);
            return new Decided<>(
                    new Answered(
                            Optional.of(effect.reply()),
                            Optional.empty(),
                            attempt.call().requestId(),
                            Optional.empty()),
                    effect);
        }

        @Override
        public Answered recorded(Answered answered, long index) {
            return new Answered(answered.reply(), answered.error(), answered.requestId(), Optional.of(index));
        }

        @Override
        public Optional<Facts> requestParameters() {
            return Optional.empty();
        }

        @Override
        public Answered refuse(ApiError error, String requestId) {
            return new Answered(Optional.empty(), Optional.of(error), requestId, Optional.empty());
        }

        @Override
        public ApiError fault() {
            return ApiError.of("InternalFailure", 500, "The request failed for an internal reason. Try again.");
        }
    }

    private final class Login extends SignInCase {
        final Form form;

        Login(HttpRequest http, Optional<Bytes> body, String... names) {
            super(http);
            this.form = new Form(http, body, names);
        }

        @Override
        public String operation() {
            return "ConsoleLogin";
        }

        /** The root user's sign-ins are in one Region of the world (cloudtrail.md K). */
        @Override
        public Identified identify(State state, Instant now) {
            boolean root = name(form.peek("username")).isEmpty();
            return new Identified(Caller.NOBODY, root ? GLOBAL_REGION : region(http));
        }

        @Override
        Effect<SignIn.Reply> answer(Attempt attempt) {
            FormParameters values = form.read();
            if (!http.rawQuery().isEmpty() || !http.method().equals("POST")) {
                throw new Refused(ApiError.of("ValidationException", "Sign-in is a POST of a form, without a query."));
            }
            SignIn.Login login = new SignIn.Login(
                    name(values.get("account")),
                    name(values.get("username")),
                    required(values, "password"),
                    name(values.get("mfa_code")),
                    name(values.get("mfa_serial")),
                    secret(values, "new_password"),
                    values.get("destination"),
                    seconds(values, "duration"));
            try {
                return signIn.login(attempt, login);
            } finally {
                SecretMembers.close(login);
            }
        }

        /** A field of a form that was left empty counts as not there. */
        private static Optional<String> name(Optional<String> value) {
            return value.filter(text -> !text.isEmpty());
        }
    }

    /** Called by who shows credentials of a session. */
    private abstract class ByHolder extends SignInCase {
        ByHolder(HttpRequest http) {
            super(http);
        }

        abstract SignIn.Shown session();

        @Override
        public Identified identify(State state, Instant now) {
            SignIn.Shown session = session();
            return new Identified(signIn.holder(state, session, now), region(http));
        }
    }

    private final class SigninToken extends ByHolder {
        private final Form form;

        SigninToken(HttpRequest http, Form form) {
            super(http);
            this.form = form;
        }

        @Override
        public String operation() {
            return "GetSigninToken";
        }

        @Override
        SignIn.Shown session() {
            return SignInFront.session(form.read());
        }

        @Override
        Effect<SignIn.Reply> answer(Attempt attempt) {
            FormParameters values = form.read();
            if (!values.get("Action").equals(Optional.of("getSigninToken"))) {
                throw new Refused(ApiError.of("ValidationException", "Action must be getSigninToken or login"));
            }
            return signIn.signinToken(attempt, seconds(values, "SessionDuration"));
        }
    }

    private final class FederatedLogin extends SignInCase {
        private final Form form;

        FederatedLogin(HttpRequest http, Form form) {
            super(http);
            this.form = form;
        }

        @Override
        public String operation() {
            return "ConsoleLogin";
        }

        @Override
        Effect<SignIn.Reply> answer(Attempt attempt) {
            FormParameters values = form.read();
            String destination = values.get("Destination").orElseThrow(() -> missing("Destination"));
            try (Secret token = required(values, "SigninToken")) {
                return signIn.loginWith(attempt, token, destination);
            }
        }
    }

    private final class Switch extends ByHolder {
        private final Form form;

        Switch(HttpRequest http, Optional<Bytes> body) {
            super(http);
            this.form = new Form(http, body, "Session", "account", "roleName", "redirect_uri");
        }

        @Override
        public String operation() {
            return "SwitchRole";
        }

        @Override
        SignIn.Shown session() {
            return SignInFront.session(form.read());
        }

        @Override
        Effect<SignIn.Reply> answer(Attempt attempt) {
            FormParameters values = form.read();
            return signIn.switchRole(
                    attempt,
                    new SignIn.Switch(
                            values.get("account").orElseThrow(() -> missing("account")),
                            values.get("roleName")
                                    .filter(name -> name.matches("[\\w+=,.@-]{1,64}"))
                                    .orElseThrow(() -> missing("roleName")),
                            values.get("redirect_uri")));
        }
    }

    private final class Authorization extends ByHolder {
        private final SignIn.Shown session;
        private final SignIn.Authorize asked;

        Authorization(HttpRequest http, SignIn.Shown session, SignIn.Authorize asked) {
            super(http);
            this.session = session;
            this.asked = asked;
        }

        @Override
        public String operation() {
            return "AuthorizeOAuth2Access";
        }

        /** CloudTrail counts it as reading. */
        @Override
        public boolean readOnly() {
            return true;
        }

        @Override
        SignIn.Shown session() {
            return session;
        }

        /** Without the key id, as AWS's records of it. */
        @Override
        public Identified identify(State state, Instant now) {
            Identified known = super.identify(state, now);
            Caller caller = known.caller();
            return new Identified(
                    new Caller(caller.principal(), Optional.empty(), caller.session(), Optional.empty()),
                    known.region());
        }

        @Override
        Effect<SignIn.Reply> answer(Attempt attempt) {
            return signIn.authorize(attempt, asked);
        }

        @Override
        public Optional<Facts> requestParameters() {
            return Optional.of(Facts.facts()
                    .put("scope", asked.scope())
                    .put("redirect_uri", asked.redirectUri())
                    .put("code_challenge_method", asked.challengeMethod())
                    .put("client_id", asked.clientId()));
        }
    }

    private final class Token extends SignInCase {
        private final Optional<Bytes> body;
        private Optional<ProofOfPossession> proof = Optional.empty();
        private Optional<Facts> shown = Optional.empty();

        Token(HttpRequest http, Optional<Bytes> body) {
            super(http);
            this.body = body;
        }

        @Override
        public String operation() {
            return "CreateOAuth2Token";
        }

        /** CloudTrail counts it as reading. */
        @Override
        public boolean readOnly() {
            return true;
        }

        @Override
        Effect<SignIn.Reply> answer(Attempt attempt) {
            shown = Optional.empty();
            if (!http.method().equals("POST")
                    || !http.rawQuery().isEmpty()
                    || !http.header("content-type").orElse("").startsWith("application/json")) {
                throw new Refused(ApiError.of(
                        "ValidationException",
                        "invalid_request: only CreateOAuth2Token is offered here, as a POST of JSON without a query"));
            }
            Bytes json = body.orElseThrow(() -> new Refused(malformed()));
            FlatJson given = FlatJson.parse(
                    json, "clientId", "grantType", "code", "redirectUri", "codeVerifier", "refreshToken");
            String clientId = given.text("clientId")
                    .filter(id -> id.matches("arn:aws:signin:::devtools/(cross-device|same-device)"))
                    .orElseThrow(() -> new Refused(
                            ApiError.of("ValidationException", "invalid_client: clientId is missing or unknown")));
            shown = Optional.of(Facts.facts().put("client_id", clientId));
            SignIn.TokenRequest request = new SignIn.TokenRequest(
                    clientId,
                    given.text("grantType").orElse(""),
                    given.secret("code"),
                    given.text("redirectUri"),
                    given.secret("codeVerifier"),
                    given.secret("refreshToken"),
                    proof().thumbprint());
            try {
                return signIn.token(attempt, request);
            } finally {
                SecretMembers.close(request);
            }
        }

        /** Checked once, however often the request is decided: a proof that comes again is a replay. */
        private ProofOfPossession proof() {
            if (proof.isEmpty()) {
                Instant now = clock.instant();
                try {
                    ProofOfPossession fresh =
                            ProofOfPossession.check(http.header("dpop").orElse(""), http.method(), http.rawPath(), now);
                    Instant before = proofs.asMap().putIfAbsent(fresh.thumbprint() + " " + fresh.id(), now);
                    if (before != null && now.isBefore(before.plus(PROOFS_KEPT))) {
                        throw new Refused(
                                ApiError.of("ValidationException", "invalid_request: this DPoP proof was used before"));
                    }
                    proof = Optional.of(fresh);
                } catch (Distrusted e) {
                    throw new Refused(ApiError.of("ValidationException", "invalid_request: " + e.getMessage()));
                }
            }
            return proof.get();
        }

        @Override
        public Optional<Facts> requestParameters() {
            return shown;
        }
    }
}
