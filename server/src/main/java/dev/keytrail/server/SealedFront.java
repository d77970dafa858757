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
import dev.keytrail.call.Secret;
import dev.keytrail.call.Service;
import dev.keytrail.call.State;
import dev.keytrail.crypto.custody.CustodyRefused;
import dev.keytrail.wire.ServiceModel;
import dev.keytrail.wire.Wire;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a sealed server answers. Nobody can be known, for secrets cannot be opened, so every call is refused, retryably; but
 * how custody stands may be seen, and a share, passphrase or PIN given. All of it is on record: the ledger needs no root key.
 */
final class SealedFront implements Function<HttpRequest, HttpReply> {
    /** A share or passphrase in JSON is far below. */
    private static final int BODY_BYTES_MAX = 8 << 10;

    private static final int CALLS_MAX = 64;
    private static final int NAME_LENGTH_MAX = 128;
    private static final String TEXT =
            "The server is sealed: its root key has to be opened first (keytrail custody unseal).";
    private static final Pattern ACTION = Pattern.compile("(?:^|&)Action=([A-Za-z0-9]{1,128})(?:&|$)");

    private final Gate gate;
    private final Custodian custodian;
    private final Replies replies;
    private final Counters counters;
    private final Runnable opened;
    private final Semaphore calls = new Semaphore(CALLS_MAX);

    /** One passphrase or share at a time: trying one costs memory and time by design. */
    private final Semaphore giving = new Semaphore(1);

    /** Where the pieces came from, by their order; guarded by itself. */
    private final List<String> sources = new ArrayList<>();

    /** @param opened called once, after the record of the piece that opened */
    SealedFront(Gate gate, Custodian custodian, Replies replies, Counters counters, Runnable opened) {
        this.gate = gate;
        this.custodian = custodian;
        this.replies = replies;
        this.counters = counters;
        this.opened = opened;
    }

    /** A passphrase, PIN or the text of a share. */
    record Unseal(Optional<Secret> secret) {}

    List<String> sources() {
        synchronized (sources) {
            return List.copyOf(sources);
        }
    }

    @Override
    public HttpReply apply(HttpRequest http) {
        if (!calls.tryAcquire()) {
            counters.turnAway();
            return replies.of(
                    503, "application/x-amz-json-1.1", Bytes.utf8("{\"__type\":\"ServiceUnavailableException\"}"), "-");
        }
        try {
            String target = http.header("x-amz-target").orElse("");
            return switch (target) {
                case "Keytrail.DescribeCustody" ->
                    gate.call(new Described(http)).reply();
                case "Keytrail.Unseal" -> unseal(http);
                default -> gate.call(new Turned(http, asked(http, target))).reply();
            };
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } finally {
            calls.release();
        }
    }

    private HttpReply unseal(HttpRequest http) throws IOException {
        byte[] body = http.body().readNBytes(BODY_BYTES_MAX + 1);
        HttpReply reply;
        boolean open;
        try (Giving one = new Giving(http, body)) {
            reply = gate.call(one).reply();
            open = one.opened;
        } finally {
            java.util.Arrays.fill(body, (byte) 0);
        }
        if (open) {
            opened.run();
        }
        return reply;
    }

    /** Service and operation as far as an unread request tells them. */
    private record Asked(Service service, String operation) {}

    private static Asked asked(HttpRequest http, String target) throws IOException {
        if (target.startsWith("Keytrail.")) {
            return new Asked(Service.KEYTRAIL, bounded(target.substring("Keytrail.".length())));
        }
        if (!target.isEmpty()) {
            Service service =
                    Wire.serviceOfTarget(target).map(ServiceModel::service).orElse(Service.KMS);
            return new Asked(service, bounded(target.substring(target.lastIndexOf('.') + 1)));
        }
        String type = http.header("content-type").orElse("").toLowerCase(Locale.ROOT);
        if (type.startsWith("application/x-www-form-urlencoded")) {
            String form = new String(http.body().readNBytes(BODY_BYTES_MAX), StandardCharsets.ISO_8859_1);
            Matcher action = ACTION.matcher(form);
            return new Asked(claimed(http), action.find() ? action.group(1) : "Unknown");
        }
        return new Asked(Service.S3, "Unknown");
    }

    private static Service claimed(HttpRequest http) {
        Optional<String> name = Signed.request(http, Optional.empty()).claimedService();
        for (Service service : List.of(Service.IAM, Service.SNS)) {
            if (name.isPresent() && name.get().equals(service.signingName())) {
                return service;
            }
        }
        return Service.STS;
    }

    private static String bounded(String name) {
        String printable = name.replaceAll("[^A-Za-z0-9_.-]", "_");
        return printable.isEmpty() ? "Unknown" : printable.substring(0, Math.min(printable.length(), NAME_LENGTH_MAX));
    }

    /** What all calls of a sealed server share: nobody asks, and the answer is spelled as the service spells it. */
    private abstract class SealedCase implements Case<HttpReply> {
        final HttpRequest http;
        final Asked asked;

        SealedCase(HttpRequest http, Asked asked) {
            this.http = http;
            this.asked = asked;
        }

        @Override
        public Service service() {
            return asked.service();
        }

        @Override
        public String operation() {
            return asked.operation();
        }

        @Override
        public boolean readOnly() {
            return asked.operation().matches("(Get|List|Describe|Lookup).*");
        }

        @Override
        public Origin origin() {
            return Signed.origin(http);
        }

        @Override
        public Identified identify(State state, Instant now) {
            return new Identified(Caller.NOBODY, "us-east-1");
        }

        @Override
        public Optional<Facts> requestParameters() {
            return Optional.empty();
        }

        @Override
        public ApiError fault() {
            String code = switch (asked.service()) {
                case KMS -> "KMSInternalException";
                case S3 -> "ServiceUnavailable";
                default -> "ServiceUnavailableException";
            };
            return ApiError.of(code, 503, TEXT);
        }

        @Override
        public HttpReply refuse(ApiError error, String requestId) {
            if (asked.service() == Service.S3) {
                String text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>" + error.code()
                        + "</Code><Message>" + error.message().orElse("") + "</Message><RequestId>" + requestId
                        + "</RequestId></Error>";
                return replies.of(error.status(), "application/xml", Bytes.utf8(text), requestId);
            }
            if (!Wire.modelled().contains(asked.service())) {
                byte[] body = dialogue().encodeError(error, requestId);
                return replies.of(error.status(), "application/x-amz-json-1.1", Bytes.adopt(body), requestId);
            }
            ServiceModel model = Wire.model(asked.service());
            byte[] body = model.encodeError(error, requestId);
            return replies.of(error.status(), model.protocol().contentType(), Bytes.adopt(body), requestId);
        }

        AdminDialogue dialogue() {
            return new AdminDialogue(Optional.empty(), Bytes.EMPTY);
        }

        /** An answer that shows how custody stands. */
        Decided<HttpReply> standing(Attempt attempt, AdminDialogue dialogue) {
            Custodian.Progress progress = custodian.progress();
            CustodyRows.Standing shown = CustodyRows.standing(
                    Optional.of(custodian.row()), !progress.open(), progress.given(), Optional.empty());
            String requestId = attempt.call().requestId();
            byte[] body = dialogue.understand().encode(shown, requestId);
            return new Decided<>(
                    replies.of(200, dialogue.contentType(), Bytes.adopt(body), requestId), Effect.of(shown));
        }
    }

    /** Any call but the two. */
    private final class Turned extends SealedCase {
        Turned(HttpRequest http, Asked asked) {
            super(http, asked);
        }

        @Override
        public Decided<HttpReply> decide(Attempt attempt) {
            throw new Refused(fault());
        }
    }

    private static <I> Optional<Operation<?, ?>> row(String name, boolean readOnly, Class<I> input) {
        return Optional.of(new Operation<>(
                Service.KEYTRAIL,
                name,
                readOnly,
                BODY_BYTES_MAX,
                input,
                CustodyRows.Standing.class,
                (_, _) -> {
                    throw new IllegalStateException("decided by its case");
                },
                _ -> Optional.empty()));
    }

    private final class Described extends SealedCase {
        Described(HttpRequest http) {
            super(http, new Asked(Service.KEYTRAIL, "DescribeCustody"));
        }

        @Override
        public Decided<HttpReply> decide(Attempt attempt) {
            return standing(
                    attempt, new AdminDialogue(row("DescribeCustody", true, CustodyRows.Describe.class), Bytes.EMPTY));
        }
    }

    /** Somebody gives what opens. */
    private final class Giving extends SealedCase implements AutoCloseable {
        private final AdminDialogue dialogue;
        private final boolean fits;
        private Optional<Secret> secret = Optional.empty();
        private Optional<Facts> shown = Optional.empty();
        private boolean opened;

        Giving(HttpRequest http, byte[] body) {
            super(http, new Asked(Service.KEYTRAIL, "Unseal"));
            this.fits = body.length <= BODY_BYTES_MAX;
            this.dialogue = new AdminDialogue(row("Unseal", false, Unseal.class), Bytes.adopt(body));
        }

        @Override
        public Decided<HttpReply> decide(Attempt attempt) {
            if (!fits) {
                throw new Refused(ApiError.of("RequestEntityTooLargeException", 413, "The request is too large."));
            }
            if (dialogue.understand().decode() instanceof Unseal(Optional<Secret> given)) {
                secret = given;
            }
            Secret piece = secret.orElseThrow(() -> refused("Secret is missing."));
            if (!giving.tryAcquire()) {
                throw new Refused(ApiError.of("ThrottlingException", "Another piece is being looked at. Try again."));
            }
            try {
                boolean before = custodian.progress().open();
                Custodian.Progress progress = custodian.give(piece);
                opened = progress.open() && !before;
                shown = Optional.of(Facts.facts()
                        .put("provider", custodian.row().keeper().name())
                        .put("given", (long) progress.given().size())
                        .put("needed", (long) progress.needed()));
                synchronized (sources) {
                    sources.add(http.remoteAddress());
                }
                return standing(attempt, dialogue);
            } catch (CustodyRefused e) {
                throw refused(e.getMessage() + ".");
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            } finally {
                giving.release();
            }
        }

        private static Refused refused(String text) {
            return new Refused(ApiError.of("ValidationException", text));
        }

        @Override
        public Optional<Facts> requestParameters() {
            return shown;
        }

        @Override
        public void close() {
            secret.ifPresent(Secret::close);
        }
    }
}
