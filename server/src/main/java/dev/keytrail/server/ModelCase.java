package dev.keytrail.server;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Origin;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Service;
import dev.keytrail.call.State;
import dev.keytrail.identity.directory.Authenticated;
import dev.keytrail.identity.directory.Authenticator;
import dev.keytrail.identity.directory.Regions;
import dev.keytrail.identity.sigv4.SignedRequest;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A call of a JSON or query service, or of Keytrail's own administration: a {@link Dialogue} says how it is spelled. */
final class ModelCase implements Case<HttpReply> {
    /** Operations of STS that nobody signs (identity.md section 2). */
    private static final Set<String> UNSIGNED = Set.of("AssumeRoleWithSAML", "AssumeRoleWithWebIdentity");

    private static final Pattern REGIONAL_HOST = Pattern.compile("sts\\.([a-z0-9-]{1,32})\\..*");

    private final Dialogue dialogue;
    private final Optional<Operation<?, ?>> row;
    private final String operation;
    private final HttpRequest http;
    private final SignedRequest signed;
    private final Authenticator authenticator;
    private final Replies replies;
    private final Optional<Identified> presumed;
    private final Admission admission;
    private boolean admitted;
    private Optional<Facts> shown = Optional.empty();

    /** @param presumed who calls, for the few operations that need no signature; empty: the signature tells */
    ModelCase(
            Dialogue dialogue,
            String operation,
            Optional<Operation<?, ?>> row,
            HttpRequest http,
            Bytes body,
            Authenticator authenticator,
            Replies replies,
            Optional<Identified> presumed,
            Admission admission) {
        this.dialogue = dialogue;
        this.operation = operation;
        this.row = row;
        this.http = http;
        this.signed = Signed.request(http, Optional.of(body));
        this.authenticator = authenticator;
        this.replies = replies;
        this.presumed = presumed;
        this.admission = admission;
    }

    @Override
    public Service service() {
        return dialogue.service();
    }

    @Override
    public String operation() {
        return operation;
    }

    /** For operations without a row the name tells: the models' readers all begin so. */
    @Override
    public boolean readOnly() {
        return row.map(Operation::readOnly)
                .orElse(operation.startsWith("Get")
                        || operation.startsWith("List")
                        || operation.startsWith("Describe")
                        || operation.startsWith("Lookup"));
    }

    @Override
    public Origin origin() {
        return Signed.origin(http);
    }

    @Override
    public Identified identify(State state, Instant now) {
        dialogue.requireReadable();
        if (UNSIGNED.contains(operation) && service() == Service.STS && row.isPresent()) {
            // The token or assertion inside is the proof; the handler checks it.
            return new Identified(Caller.NOBODY, region(http.header("host").orElse("")));
        }
        if (presumed.isPresent()) {
            return presumed.get();
        }
        Authenticated proven = Signed.authenticate(authenticator, state, signed, service(), now);
        return new Identified(proven.caller(), proven.region());
    }

    /** Without a credential scope only the host's name can tell. */
    private static String region(String host) {
        Matcher regional = REGIONAL_HOST.matcher(host);
        return regional.matches() && Regions.isValid(regional.group(1)) ? regional.group(1) : "us-east-1";
    }

    @Override
    public Decided<HttpReply> decide(Attempt attempt) {
        shown = Optional.empty();
        Dialogue.Spoken spoken = dialogue.understand();
        Operation<?, ?> known = row.orElseThrow(() -> new Refused(
                ApiError.of("UnsupportedOperationException", "Keytrail does not support " + operation + " yet.")));
        return decide(attempt, known, spoken);
    }

    private <I, O> Decided<HttpReply> decide(Attempt attempt, Operation<I, O> known, Dialogue.Spoken spoken) {
        // A new input for each attempt, so that its secrets can be closed when the attempt is over.
        I input = known.input().cast(spoken.decode());
        try {
            shown = known.requestParameters().apply(input);
            if (!admitted) { // however often it is decided, it is one request
                admission.admit(attempt.call(), input);
                admitted = true;
            }
            Effect<O> effect = known.handler().handle(attempt, input);
            String requestId = attempt.call().requestId();
            if (effect.reply() instanceof BackupRows.Stream stream) {
                HttpReply head = replies.of(200, "application/octet-stream", Bytes.EMPTY, requestId);
                return new Decided<>(
                        new HttpReply(200, head.headers(), new HttpReply.Streamed(-1, stream.writer())), effect);
            }
            try {
                byte[] body = spoken.encode(effect.reply(), requestId);
                return new Decided<>(replies.of(200, dialogue.contentType(), Bytes.adopt(body), requestId), effect);
            } finally {
                SecretMembers.close(effect.reply());
            }
        } finally {
            SecretMembers.close(input);
        }
    }

    @Override
    public Optional<Facts> requestParameters() {
        return shown;
    }

    @Override
    public HttpReply refuse(ApiError error, String requestId) {
        Bytes body = Bytes.adopt(dialogue.encodeError(error, requestId));
        return replies.of(error.status(), dialogue.contentType(), body, requestId);
    }

    @Override
    public HttpReply recorded(HttpReply reply, long index) {
        return reply.recordedAt(index);
    }

    @Override
    public ApiError fault() {
        return switch (service()) {
            case KMS ->
                ApiError.of(
                        "KMSInternalException",
                        500,
                        "The request was rejected because an internal exception occurred. The request can be retried.");
            default -> ApiError.of("InternalFailure", 500, "The request failed for an internal reason. Try again.");
        };
    }
}
