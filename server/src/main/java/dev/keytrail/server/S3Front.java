package dev.keytrail.server;

import dev.keytrail.audit.bucket.Buckets;
import dev.keytrail.audit.bucket.ChunkVerifier;
import dev.keytrail.audit.bucket.S3Head;
import dev.keytrail.audit.bucket.S3Headers;
import dev.keytrail.audit.bucket.S3Operation;
import dev.keytrail.audit.bucket.S3Reply;
import dev.keytrail.audit.bucket.S3Request;
import dev.keytrail.audit.bucket.S3Route;
import dev.keytrail.call.ApiError;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Call;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.Notes;
import dev.keytrail.call.Origin;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Service;
import dev.keytrail.call.State;
import dev.keytrail.identity.directory.Authenticated;
import dev.keytrail.identity.directory.Authenticator;
import dev.keytrail.identity.sigv4.PayloadPromise;
import dev.keytrail.identity.sigv4.SignedRequest;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The embedded buckets over HTTP. A body may be large, so it is taken in before the gate is passed: who calls and whether
 * they may is asked first, and asked again when the call is decided.
 */
final class S3Front {
    private static final ApiError METHOD_NOT_ALLOWED =
            ApiError.of("MethodNotAllowed", 405, "The specified method is not allowed against this resource.");

    private final Buckets buckets;
    private final Gate gate;
    private final Ledger ledger;
    private final Authenticator authenticator;
    private final InstantSource clock;
    private final Replies replies;

    S3Front(
            Buckets buckets,
            Gate gate,
            Ledger ledger,
            Authenticator authenticator,
            InstantSource clock,
            Replies replies) {
        this.buckets = buckets;
        this.gate = gate;
        this.ledger = ledger;
        this.authenticator = authenticator;
        this.clock = clock;
        this.replies = replies;
    }

    HttpReply answer(HttpRequest http) throws IOException {
        S3Head head = new S3Head(http.method(), http.rawPath(), http.rawQuery(), headers(http));
        Optional<S3Route> routed = buckets.route(head);
        if (routed.isEmpty()) {
            return gate.call(new Unrouted(http, head)).reply();
        }
        S3Route route = routed.get();
        S3Operation operation = route.operation();
        S3Request request;
        try {
            request = operation.body() == S3Operation.Body.NONE ? route.bare() : receive(http, route);
        } catch (Refused e) {
            return gate.call(new Routed(http, route, operation.refusing(e), route.bare()))
                    .reply();
        }
        try (request) {
            return gate.call(new Routed(http, route, operation, request)).reply();
        }
    }

    /** Takes the body in, but refuses before it is read what would be refused anyway. */
    private S3Request receive(HttpRequest http, S3Route route) throws IOException {
        State state = ledger.read();
        Instant now = clock.instant();
        Authenticated proven =
                Signed.authenticate(authenticator, state, Signed.request(http, Optional.empty()), Service.S3, now);
        Call call = new Call(
                "-",
                now,
                Service.S3,
                route.operation().row().name(),
                proven.region(),
                proven.caller(),
                Signed.origin(http));
        Attempt admitted = new Attempt(call, state, new Notes());
        route.operation().admission().admit(admitted, route.bare());
        return buckets.receive(route, http.body(), verifier(proven), admitted);
    }

    private static Optional<ChunkVerifier> verifier(Authenticated proven) {
        return proven.payload() instanceof PayloadPromise.SignedChunks signed
                ? Optional.of(new ChunkVerifier() {
                    @Override
                    public boolean acceptsChunk(String signature, byte[] sha256) {
                        return signed.signer().acceptsChunk(signature, sha256);
                    }

                    @Override
                    public boolean acceptsTrailer(String signature, byte[] sha256) {
                        return signed.signer().acceptsTrailer(signature, sha256);
                    }
                })
                : Optional.empty();
    }

    private static S3Headers headers(HttpRequest http) {
        Map<String, List<String>> all = new LinkedHashMap<>();
        for (HttpRequest.Header header : http.headers()) {
            all.computeIfAbsent(header.name(), _ -> new ArrayList<>()).add(header.value());
        }
        return S3Headers.of(all);
    }

    private HttpReply translate(S3Reply reply) {
        List<HttpRequest.Header> headers = new ArrayList<>();
        reply.headers().forEach((name, value) -> headers.add(new HttpRequest.Header(name, value)));
        headers.add(new HttpRequest.Header("Date", replies.date()));
        HttpReply.Payload payload = switch (reply.payload()) {
            case S3Reply.None _ -> new HttpReply.Inline(Bytes.EMPTY);
            case S3Reply.Announced announced -> new HttpReply.Announced(announced.bytes());
            case S3Reply.Inline inline -> new HttpReply.Inline(inline.bytes());
            case S3Reply.Content content -> new HttpReply.Streamed(content.bytes(), content.source()::copyTo);
        };
        return new HttpReply(reply.status(), headers, payload);
    }

    /** What all S3 cases share. */
    private abstract class S3Case implements Case<HttpReply> {
        private final HttpRequest http;
        private final S3Head head;
        private final SignedRequest signed;

        S3Case(HttpRequest http, S3Head head) {
            this.http = http;
            this.head = head;
            this.signed = Signed.request(http, Optional.empty());
        }

        @Override
        public Service service() {
            return Service.S3;
        }

        @Override
        public Origin origin() {
            return Signed.origin(http);
        }

        @Override
        public Identified identify(State state, Instant now) {
            Authenticated proven = Signed.authenticate(authenticator, state, signed, Service.S3, now);
            return new Identified(proven.caller(), proven.region());
        }

        @Override
        public HttpReply refuse(ApiError error, String requestId) {
            return translate(buckets.error(error, head, requestId));
        }

        @Override
        public HttpReply recorded(HttpReply reply, long index) {
            return reply.recordedAt(index);
        }

        @Override
        public ApiError fault() {
            return ApiError.of("InternalError", 500, "We encountered an internal error. Please try again.");
        }
    }

    /** A request whose head named an operation. */
    private final class Routed extends S3Case {
        private final S3Operation operation;
        private final S3Request request;
        private boolean shown;

        Routed(HttpRequest http, S3Route route, S3Operation operation, S3Request request) {
            super(http, route.head());
            this.operation = operation;
            this.request = request;
        }

        @Override
        public String operation() {
            return operation.row().name();
        }

        @Override
        public boolean readOnly() {
            return operation.row().readOnly();
        }

        @Override
        public Decided<HttpReply> decide(Attempt attempt) {
            shown = true;
            Effect<S3Reply> effect = operation.row().handler().handle(attempt, request);
            return new Decided<>(translate(effect.reply()), effect);
        }

        /** Of a caller that is nobody, nothing of the request is repeated. */
        @Override
        public Optional<Facts> requestParameters() {
            return shown ? operation.row().requestParameters().apply(request) : Optional.empty();
        }
    }

    /** A method that S3 does not have there. */
    private final class Unrouted extends S3Case {
        Unrouted(HttpRequest http, S3Head head) {
            super(http, head);
        }

        @Override
        public String operation() {
            return "Unknown";
        }

        @Override
        public boolean readOnly() {
            return true;
        }

        @Override
        public Decided<HttpReply> decide(Attempt attempt) {
            throw new Refused(METHOD_NOT_ALLOWED);
        }

        @Override
        public Optional<Facts> requestParameters() {
            return Optional.empty();
        }
    }
}
