package dev.keytrail.server;

import dev.keytrail.audit.topic.Topics;
import dev.keytrail.call.ApiError;
import dev.keytrail.call.Arn;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Service;
import dev.keytrail.identity.directory.Authenticator;
import dev.keytrail.server.Case.Identified;
import dev.keytrail.wire.FormParameters;
import dev.keytrail.wire.OperationModel;
import dev.keytrail.wire.ServiceModel;
import dev.keytrail.wire.Wire;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.Function;

/**
 * What a request asks for: finds service and operation, reads the bounded body, and hands the case to the gate. One
 * address serves all services: a target header makes it JSON, a form with an Action makes it query, the rest is S3.
 */
final class Endpoint implements Function<HttpRequest, HttpReply> {
    /** Longest operation name that a record repeats of a request that named none of ours. */
    private static final String AUDIT_EVENTS = "/PutAuditEvents";

    private static final int NAME_LENGTH_MAX = 128;

    private static final String KEYTRAIL_TARGET = "Keytrail.";

    /** Bodies above this are rare (policies, key material), so only so many may be in memory at once. */
    private static final int LARGE_BODY_BYTES = 64 << 10;

    private static final int LARGE_BODIES_MAX = 64;

    private final Gate gate;
    private final Rows rows;
    private final Authenticator authenticator;
    private final Replies replies;
    private final S3Front s3;
    private final SignInFront signIn;
    private final Topics topics;
    private final Optional<LogFront> log;
    private final Counters counters;
    private final Semaphore calls;
    private final int callsMax;
    private final Admission admission;
    private final Semaphore largeBodies = new Semaphore(LARGE_BODIES_MAX);

    Endpoint(
            Gate gate,
            Rows rows,
            Authenticator authenticator,
            Replies replies,
            S3Front s3,
            SignInFront signIn,
            Topics topics,
            Optional<LogFront> log,
            Counters counters,
            int callsMax,
            Admission admission) {
        this.gate = gate;
        this.rows = rows;
        this.authenticator = authenticator;
        this.replies = replies;
        this.s3 = s3;
        this.signIn = signIn;
        this.topics = topics;
        this.log = log;
        this.counters = counters;
        this.calls = new Semaphore(callsMax);
        this.callsMax = callsMax;
        this.admission = admission;
    }

    @Override
    public HttpReply apply(HttpRequest http) {
        return within(calls, () -> answer(http));
    }

    int callsInFlight() {
        return callsMax - calls.availablePermits();
    }

    /** One step of answering. */
    @FunctionalInterface
    private interface Answering {
        HttpReply answer() throws IOException;
    }

    /** Overload is told at once: a queue without end would only make everybody wait. */
    private HttpReply within(Semaphore bound, Answering step) {
        if (!bound.tryAcquire()) {
            counters.turnAway();
            return replies.of(
                    503, "application/x-amz-json-1.1", Bytes.utf8("{\"__type\":\"ServiceUnavailableException\"}"), "-");
        }
        try {
            return step.answer();
        } catch (IOException e) {
            // The client went away, or stalled beyond the read time limit: nobody is left to answer.
            throw new UncheckedIOException(e);
        } finally {
            bound.release();
        }
    }

    private HttpReply answer(HttpRequest http) throws IOException {
        Optional<String> target = http.header("x-amz-target");
        String contentType = http.header("content-type").orElse("").toLowerCase(Locale.ROOT);
        boolean form = contentType.startsWith("application/x-www-form-urlencoded");
        Answering step;
        if (target.isPresent() || (http.method().equals("POST") && isRoot(http) && contentType.contains("json"))) {
            step = () -> json(http, target.orElse(""), contentType.startsWith("application/x-amz-json-1."));
        } else if (isRoot(http) && (form || http.rawQuery().contains("Action="))) {
            step = () -> query(http, form);
        } else if (SignInFront.takes(http)) {
            step = () -> signIn.answer(http, read(http, SignInFront.BODY_BYTES_MAX));
        } else if (http.method().equals("POST") && http.rawPath().equals(AUDIT_EVENTS)) {
            step = () -> auditEvents(http);
        } else {
            if (log.isPresent() && LogFront.isOurs(http)) {
                return log.get().answer(http);
            }
            Optional<HttpReply> certificate = certificate(http);
            if (certificate.isPresent()) {
                return certificate.get();
            }
            return s3.answer(http); // its bodies go to disk as they come
        }
        boolean small = http.contentLength() >= 0 && http.contentLength() <= LARGE_BODY_BYTES;
        return small ? step.answer() : within(largeBodies, step);
    }

    /** What a subscriber checks a message's signature with. A public file and no call: it leaves no record. */
    private Optional<HttpReply> certificate(HttpRequest http) {
        if (!http.method().equals("GET") || !Topics.isCertificatePath(http.rawPath())) {
            return Optional.empty();
        }
        return topics.certificate(http.rawPath()).map(pem -> replies.of(200, "application/x-pem-file", pem, "-"));
    }

    /** The one call of CloudTrail's data API. No bucket can have this name. */
    private HttpReply auditEvents(HttpRequest http) throws IOException {
        Optional<Bytes> body = read(http, Operation.BODY_BYTES_MAX);
        ApiError error = ApiError.of(
                "UnsupportedOperationException",
                "PutAuditEvents is not offered: Keytrail has no CloudTrail Lake, so there are no channels.");
        Dialogue dialogue = body.isEmpty()
                ? Dialogue.unreadable(Wire.model(Service.CLOUDTRAIL), tooLarge())
                : Dialogue.notOffered(Service.CLOUDTRAIL_DATA, error);
        return ask(dialogue, "PutAuditEvents", Optional.empty(), http, body.orElse(Bytes.EMPTY));
    }

    private static boolean isRoot(HttpRequest http) {
        return http.rawPath().equals("/") || http.rawPath().isEmpty();
    }

    private HttpReply json(HttpRequest http, String target, boolean contentTypeFits) throws IOException {
        String name = target.substring(target.lastIndexOf('.') + 1);
        if (target.startsWith(KEYTRAIL_TARGET)) {
            Optional<Operation<?, ?>> row = rows.find(Service.KEYTRAIL, name);
            Bytes body = read(http, Operation.BODY_BYTES_MAX).orElse(Bytes.EMPTY);
            return ask(new AdminDialogue(row, body), name, row, http, body);
        }
        Optional<ServiceModel> named = Wire.serviceOfTarget(target);
        ServiceModel model = named.orElseGet(() -> Wire.model(claimed(http, Service.KMS, Service.CLOUDTRAIL)));
        Optional<OperationModel> operation = named.flatMap(m -> m.operation(name));
        Optional<Operation<?, ?>> row = operation.flatMap(o -> rows.find(model.service(), name));
        Optional<Bytes> body = read(http, row.map(Operation::bodyBytesMax).orElse(Operation.BODY_BYTES_MAX));
        Dialogue dialogue = body.isEmpty()
                ? Dialogue.unreadable(model, tooLarge())
                : Dialogue.json(
                        model, operation, contentTypeFits && http.method().equals("POST"), body.get());
        // A name of the model needs no look at its characters, and nearly every request has one.
        String recorded = operation.isPresent() ? name : bounded(name);
        return ask(dialogue, recorded, row, http, body.orElse(Bytes.EMPTY));
    }

    private HttpReply query(HttpRequest http, boolean form) throws IOException {
        Service claimed = claimed(http, Service.STS, Service.IAM, Service.SNS);
        Optional<Bytes> body = read(http, Operation.BODY_BYTES_MAX);
        if (body.isEmpty()) {
            Dialogue dialogue = Dialogue.unreadable(Wire.model(claimed), tooLarge());
            return ask(dialogue, "Unknown", Optional.empty(), http, Bytes.EMPTY);
        }
        FormParameters parameters;
        try {
            parameters = FormParameters.parseQuery(http.rawQuery());
            if (form) {
                parameters = parameters.plus(FormParameters.parse(
                        body.get().unsafeArray(), body.get().size()));
            }
        } catch (Refused e) {
            Dialogue dialogue = Dialogue.refusing(Wire.model(claimed), e.error());
            return ask(dialogue, "Unknown", Optional.empty(), http, body.get());
        }
        Optional<Identified> nobody = unsigned(http, parameters);
        if (nobody.isPresent()) {
            claimed = Service.SNS;
        }
        // The signature's scope says whom the client means; unsigned calls (web identity, SAML) say it by their
        // version.
        ServiceModel model = http.header("authorization").isPresent() || nobody.isPresent()
                ? Wire.model(claimed)
                : parameters.version().flatMap(Wire::serviceOfVersion).orElse(Wire.model(claimed));
        String action = parameters.action().orElse("");
        boolean versionFits = parameters
                .version()
                .filter(version -> !version.equals(model.apiVersion()))
                .isEmpty();
        Optional<OperationModel> operation = versionFits ? model.operation(action) : Optional.empty();
        Optional<Operation<?, ?>> row = operation.flatMap(o -> rows.find(model.service(), action));
        return ask(Dialogue.query(model, operation, parameters), bounded(action), row, http, body.get(), nobody);
    }

    /** The links in SNS' messages: what they name is the permission. */
    private static Optional<Identified> unsigned(HttpRequest http, FormParameters parameters) {
        String action = parameters.action().orElse("");
        boolean link = action.equals("ConfirmSubscription") || action.equals("Unsubscribe");
        boolean signed =
                http.header("authorization").isPresent() || http.rawQuery().contains("X-Amz-Signature");
        if (!link || signed) {
            return Optional.empty();
        }
        Optional<Arn> named = parameters
                .get("TopicArn")
                .or(() -> parameters.get("SubscriptionArn"))
                .flatMap(Arn::parse)
                .filter(arn -> arn.region().matches("[a-z0-9-]{1,32}"));
        return Optional.of(new Identified(Caller.NOBODY, named.map(Arn::region).orElse("us-east-1")));
    }

    private HttpReply ask(Dialogue dialogue, String name, Optional<Operation<?, ?>> row, HttpRequest http, Bytes body) {
        return ask(dialogue, name, row, http, body, Optional.empty());
    }

    private HttpReply ask(
            Dialogue dialogue,
            String name,
            Optional<Operation<?, ?>> row,
            HttpRequest http,
            Bytes body,
            Optional<Identified> presumed) {
        return gate.call(new ModelCase(dialogue, name, row, http, body, authenticator, replies, presumed, admission))
                .reply();
    }

    /** The service of the credential scope if it is one of these, else the first. Proves nothing. */
    private static Service claimed(HttpRequest http, Service... choices) {
        Optional<String> name = Signed.request(http, Optional.empty()).claimedService();
        for (Service choice : choices) {
            if (name.isPresent() && name.get().equals(choice.signingName())) {
                return choice;
            }
        }
        return choices[0];
    }

    /** Empty when it is larger than any legal request of the operation. */
    private static Optional<Bytes> read(HttpRequest http, int most) throws IOException {
        if (http.contentLength() > most) {
            return Optional.empty();
        }
        byte[] body = http.contentLength() >= 0
                ? http.body().readNBytes((int) http.contentLength())
                : http.body().readNBytes(most + 1);
        return body.length > most ? Optional.empty() : Optional.of(Bytes.adopt(body));
    }

    private static ApiError tooLarge() {
        return ApiError.of(
                "RequestEntityTooLargeException",
                413,
                "The request is larger than " + Operation.BODY_BYTES_MAX + " bytes.");
    }

    /** What a record may repeat of a name that is not one of ours. */
    private static String bounded(String name) {
        String printable = name.replaceAll("[^A-Za-z0-9_.-]", "_");
        if (printable.isEmpty()) {
            return "Unknown";
        }
        return printable.substring(0, Math.min(printable.length(), NAME_LENGTH_MAX));
    }
}
