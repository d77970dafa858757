package dev.keytrail.server;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.keytrail.call.ApiError;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Secret;
import dev.keytrail.call.State;
import dev.keytrail.identity.federation.Distrusted;
import dev.keytrail.identity.federation.ProofOfPossession;
import dev.keytrail.identity.op.SignIn;
import dev.keytrail.server.SignInCase.Answered;
import dev.keytrail.wire.FormParameters;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

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
        SignInForm form = new SignInForm(
                http, body, "Action", "Session", "SessionDuration", "SigninToken", "Issuer", "Destination");
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

    private final class Login extends SignInCase {
        final SignInForm form;

        Login(HttpRequest http, Optional<Bytes> body, String... names) {
            super(http, "ConsoleLogin", false);
            this.form = new SignInForm(http, body, names);
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
                    SignInForm.required(values, "password"),
                    name(values.get("mfa_code")),
                    name(values.get("mfa_serial")),
                    SignInForm.secret(values, "new_password"),
                    values.get("destination"),
                    SignInForm.seconds(values, "duration"));
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
        ByHolder(HttpRequest http, String operation, boolean readOnly) {
            super(http, operation, readOnly);
        }

        abstract SignIn.Shown session();

        @Override
        public Identified identify(State state, Instant now) {
            SignIn.Shown session = session();
            return new Identified(signIn.holder(state, session, now), region(http));
        }
    }

    private final class SigninToken extends ByHolder {
        private final SignInForm form;

        SigninToken(HttpRequest http, SignInForm form) {
            super(http, "GetSigninToken", false);
            this.form = form;
        }

        @Override
        SignIn.Shown session() {
            return SignInForm.session(form.read());
        }

        @Override
        Effect<SignIn.Reply> answer(Attempt attempt) {
            FormParameters values = form.read();
            if (!values.get("Action").equals(Optional.of("getSigninToken"))) {
                throw new Refused(ApiError.of("ValidationException", "Action must be getSigninToken or login"));
            }
            return signIn.signinToken(attempt, SignInForm.seconds(values, "SessionDuration"));
        }
    }

    private final class FederatedLogin extends SignInCase {
        private final SignInForm form;

        FederatedLogin(HttpRequest http, SignInForm form) {
            super(http, "ConsoleLogin", false);
            this.form = form;
        }

        @Override
        Effect<SignIn.Reply> answer(Attempt attempt) {
            FormParameters values = form.read();
            String destination = values.get("Destination").orElseThrow(() -> SignInForm.missing("Destination"));
            try (Secret token = SignInForm.required(values, "SigninToken")) {
                return signIn.loginWith(attempt, token, destination);
            }
        }
    }

    private final class Switch extends ByHolder {
        private final SignInForm form;

        Switch(HttpRequest http, Optional<Bytes> body) {
            super(http, "SwitchRole", false);
            this.form = new SignInForm(http, body, "Session", "account", "roleName", "redirect_uri");
        }

        @Override
        SignIn.Shown session() {
            return SignInForm.session(form.read());
        }

        @Override
        Effect<SignIn.Reply> answer(Attempt attempt) {
            FormParameters values = form.read();
            return signIn.switchRole(
                    attempt,
                    new SignIn.Switch(
                            values.get("account").orElseThrow(() -> SignInForm.missing("account")),
                            values.get("roleName")
                                    .filter(name -> name.matches("[\\w+=,.@-]{1,64}"))
                                    .orElseThrow(() -> SignInForm.missing("roleName")),
                            values.get("redirect_uri")));
        }
    }

    private final class Authorization extends ByHolder {
        private final SignIn.Shown session;
        private final SignIn.Authorize asked;

        Authorization(HttpRequest http, SignIn.Shown session, SignIn.Authorize asked) {
            super(http, "AuthorizeOAuth2Access", true);
            this.session = session;
            this.asked = asked;
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
            super(http, "CreateOAuth2Token", true);
            this.body = body;
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
