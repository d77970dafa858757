package dev.keytrail.server;

import dev.keytrail.audit.chain.LogPage;
import dev.keytrail.audit.chain.LogReading;
import dev.keytrail.audit.op.GetReceipt;
import dev.keytrail.audit.op.Permit;
import dev.keytrail.call.ApiError;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Origin;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Service;
import dev.keytrail.call.State;
import dev.keytrail.identity.directory.Account;
import dev.keytrail.identity.directory.Authenticated;
import dev.keytrail.identity.directory.Authenticator;
import dev.keytrail.identity.directory.IdentityTables;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The log over HTTP, to read alone: C2SP tlog-tiles below {@value #LOG}, receipts below {@value #RECEIPT}. No bucket can
 * have that path, for a bucket's name has no underscore.
 *
 * <p>Every read is a signed call that passes the gate and is on record. The one exception is the operator's to make: hashes
 * and checkpoints, which show no event, may be public. Entries are all accounts' events, so they are for principals of the
 * operator's account alone.
 */
final class LogFront {
    static final String LOG = "/_keytrail/log/";
    static final String RECEIPT = "/_keytrail/receipt/";

    private static final Pattern RECEIPT_OF = Pattern.compile("(event|request|index)/([A-Za-z0-9-]{1,64})");
    private static final int INDEX_DIGITS_MAX = 18;
    private static final int PATH_CHARS_SHOWN = 128;
    private static final ApiError NOT_FOUND =
            ApiError.of("ResourceNotFoundException", 404, "The log has nothing of this name.");

    private final LogReading reading;
    private final Permit permit;
    private final boolean publicHashes;
    private final Gate gate;
    private final Rows rows;
    private final Authenticator authenticator;
    private final Replies replies;

    LogFront(
            LogReading reading,
            Permit permit,
            boolean publicHashes,
            Gate gate,
            Rows rows,
            Authenticator authenticator,
            Replies replies) {
        this.reading = reading;
        this.permit = permit;
        this.publicHashes = publicHashes;
        this.gate = gate;
        this.rows = rows;
        this.authenticator = authenticator;
        this.replies = replies;
    }

    static boolean isOurs(HttpRequest http) {
        return http.rawPath().startsWith("/_keytrail/");
    }

    /** A resource's content. */
    private record Content(Bytes bytes, String type) {}

    HttpReply answer(HttpRequest http) {
        String path = http.rawPath();
        boolean get = http.method().equals("GET");
        if (get && path.startsWith(RECEIPT)) {
            return receipt(http, path.substring(RECEIPT.length()));
        }
        Optional<LogPage> page =
                get && path.startsWith(LOG) ? LogPage.parse(path.substring(LOG.length())) : Optional.empty();
        if (page.isPresent() && publicHashes && isOpen(http, page.get())) {
            return read(page.get()).map(c -> content(c, page.get(), "-")).orElseGet(() -> error(NOT_FOUND, "-"));
        }
        String name = page.map(LogFront::operation).orElse("Unknown");
        return gate.call(new Asked(http, name, path) {
                    @Override
                    Answered answer(Attempt attempt) {
                        LogPage asked = page.orElseThrow(() -> new Refused(
                                get
                                        ? NOT_FOUND
                                        : ApiError.of("MethodNotAllowed", 405, "The log is there to be read.")));
                        if (asked instanceof LogPage.Entries) {
                            demandOperator(attempt);
                        }
                        permit.check(attempt, Permit.ANY);
                        Content content = read(asked).orElseThrow(() -> new Refused(NOT_FOUND));
                        return new Answered(
                                LogFront.this.content(
                                        content, asked, attempt.call().requestId()),
                                Effect.of(content));
                    }
                })
                .reply();
    }

    /** Whoever signs a request wants it answered as that caller's, and on record. */
    private static boolean isOpen(HttpRequest http, LogPage page) {
        return !(page instanceof LogPage.Entries)
                && http.header("authorization").isEmpty()
                && http.rawQuery().isEmpty();
    }

    private static String operation(LogPage page) {
        return switch (page) {
            case LogPage.Head _ -> "GetCheckpoint";
            case LogPage.Tile _ -> "GetLogTile";
            case LogPage.Entries _ -> "GetLogEntries";
        };
    }

    private Optional<Content> read(LogPage page) {
        return switch (page) {
            case LogPage.Head _ -> reading.head().map(note -> new Content(note, "text/plain; charset=utf-8"));
            case LogPage.Tile tile -> reading.tile(tile).map(hashes -> new Content(hashes, "application/octet-stream"));
            case LogPage.Entries entries ->
                reading.entries(entries).map(bundle -> {
                    if (bundle.tooLong()) {
                        throw new Refused(ApiError.of(
                                "EntryTooLongException",
                                422,
                                "An event of this bundle is longer than the form can say: read it below bundle/."));
                    }
                    if (bundle.dropped()) {
                        throw new Refused(ApiError.of(
                                "ResourceGoneException",
                                410,
                                "Events of this bundle were dropped under the ledger's retention; DropLedgerRecords in"
                                        + " the log says so. Their hashes are in the tiles."));
                    }
                    return new Content(bundle.bytes(), "application/octet-stream");
                });
        };
    }

    private void demandOperator(Attempt attempt) {
        boolean operator = attempt.state()
                .get(IdentityTables.ACCOUNTS, attempt.call().account())
                .map(Account::operator)
                .orElse(false);
        if (!operator) {
            throw new Refused(ApiError.of(
                    "AccessDeniedException",
                    "User: " + attempt.call().caller().arn() + " is not authorized to perform: "
                            + attempt.call().action()
                            + " because entries are events of all accounts, and for the operator's account only"));
        }
    }

    private HttpReply receipt(HttpRequest http, String of) {
        Matcher parts = RECEIPT_OF.matcher(of);
        Optional<GetReceipt.Input> input = parts.matches() ? input(parts.group(1), parts.group(2)) : Optional.empty();
        return gate.call(new Asked(http, "GetReceipt", http.rawPath()) {
                    @Override
                    Answered answer(Attempt attempt) {
                        return answer(row(), attempt, input.orElseThrow(() -> new Refused(NOT_FOUND)));
                    }

                    private <I, O> Answered answer(Operation<I, O> row, Attempt attempt, GetReceipt.Input asked) {
                        Effect<O> effect =
                                row.handler().handle(attempt, row.input().cast(asked));
                        Bytes file =
                                ((GetReceipt.Output) effect.reply()).receipt().json();
                        String requestId = attempt.call().requestId();
                        return new Answered(replies.of(200, "application/json", file, requestId), effect);
                    }
                })
                .reply();
    }

    private Operation<?, ?> row() {
        return rows.find(Service.KEYTRAIL, "GetReceipt")
                .orElseThrow(() -> new IllegalStateException("a log without receipts"));
    }

    private static Optional<GetReceipt.Input> input(String kind, String name) {
        Optional<String> none = Optional.empty();
        return switch (kind) {
            case "event" -> Optional.of(new GetReceipt.Input(Optional.of(name), none, Optional.empty()));
            case "request" -> Optional.of(new GetReceipt.Input(none, Optional.of(name), Optional.empty()));
            default ->
                name.length() <= INDEX_DIGITS_MAX && name.chars().allMatch(c -> c >= '0' && c <= '9')
                        ? Optional.of(new GetReceipt.Input(none, none, Optional.of(Long.parseLong(name))))
                        : Optional.empty();
        };
    }

    /** Tiles never change; the checkpoint does all the time. */
    private HttpReply content(Content content, LogPage page, String requestId) {
        HttpReply reply = replies.of(200, content.type(), content.bytes(), requestId);
        boolean lasting = page instanceof LogPage.Tile && publicHashes;
        return reply.with("Cache-Control", lasting ? "public, max-age=31536000, immutable" : "no-store");
    }

    private HttpReply error(ApiError error, String requestId) {
        byte[] body = new AdminDialogue(Optional.empty(), Bytes.EMPTY).encodeError(error, requestId);
        return replies.of(error.status(), "application/x-amz-json-1.1", Bytes.adopt(body), requestId);
    }

    /** One signed request. */
    private abstract class Asked implements Case<HttpReply> {
        private final HttpRequest http;
        private final String operation;
        private final String path;
        private boolean proven;

        Asked(HttpRequest http, String operation, String path) {
            this.http = http;
            this.operation = operation;
            this.path = path;
        }

        /** An answer and its effect. */
        record Answered(HttpReply reply, Effect<?> effect) {}

        abstract Answered answer(Attempt attempt);

        @Override
        public Service service() {
            return Service.KEYTRAIL;
        }

        @Override
        public String operation() {
            return operation;
        }

        @Override
        public boolean readOnly() {
            return true;
        }

        @Override
        public Origin origin() {
            return Signed.origin(http);
        }

        @Override
        public Identified identify(State state, Instant now) {
            Authenticated caller = Signed.authenticate(
                    authenticator, state, Signed.request(http, Optional.of(Bytes.EMPTY)), Service.KEYTRAIL, now);
            proven = true;
            return new Identified(caller.caller(), caller.region());
        }

        @Override
        public Decided<HttpReply> decide(Attempt attempt) {
            Answered answered = answer(attempt);
            return new Decided<>(answered.reply(), answered.effect());
        }

        /** Of a caller that is nobody, nothing of the request is repeated. */
        @Override
        public Optional<Facts> requestParameters() {
            String shown = path.substring(0, Math.min(path.length(), PATH_CHARS_SHOWN));
            return proven ? Optional.of(Facts.facts().put("path", shown)) : Optional.empty();
        }

        @Override
        public HttpReply refuse(ApiError error, String requestId) {
            return error(error, requestId);
        }

        @Override
        public HttpReply recorded(HttpReply reply, long index) {
            return reply.recordedAt(index);
        }

        @Override
        public ApiError fault() {
            return ApiError.of("InternalFailure", 500, "The request failed for an internal reason. Try again.");
        }
    }
}
