package dev.keytrail.audit;

import static dev.keytrail.audit.JsonBytes.ascii;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Call;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.Facts;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.LedgerRecord.Category;
import dev.keytrail.call.NamedResource;
import dev.keytrail.call.Notes;
import dev.keytrail.call.Origin;
import dev.keytrail.call.Principal;
import dev.keytrail.call.Reason;
import dev.keytrail.call.Resource;
import dev.keytrail.call.Service;
import dev.keytrail.call.ServiceEvent;
import dev.keytrail.call.Session;
import dev.keytrail.policy.Decision;
import dev.keytrail.policy.Explanation;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Turns a finished call into its CloudTrail records: one for the caller's account, and one for each other account that
 * owns a resource of the call (cloudtrail.md A to D). Thread-safe; on every call's path.
 */
public final class Recorder {
    /** Newest version of the record format (cloudtrail.md A). */
    static final byte[] VERSION = ascii("{\"eventVersion\":\"1.11\",\"userIdentity\":");

    // Sizes beyond which CloudTrail truncates or omits a member, and the record as a whole (cloudtrail.md A, A2).
    static final int TEXT_BYTES_MAX = 1 << 10;
    static final int OBJECT_BYTES_MAX = 100 << 10;
    static final int ADDITIONAL_BYTES_MAX = 28 << 10;
    static final int RECORD_BYTES_MAX = 256 << 10;

    /** Resources that are left in a record that would be too large with all of them. */
    private static final int RESOURCES_KEPT = 20;

    /** The services' codes for a denial. */
    private static final Set<String> DENIALS = Set.of("AccessDenied", "AccessDeniedException", "AuthorizationError");

    /** IAM has one endpoint in the world, and its events are in this Region (cloudtrail.md F5). */
    private static final String GLOBAL_REGION = "us-east-1";

    private static final int TYPICAL_BYTES = 2048;

    private final Entropy entropy;

    public Recorder(Entropy entropy) {
        this.entropy = entropy;
    }

    /**
     * The records of one call, the caller's first.
     *
     * @param requestParameters empty when there is nothing to show, or the input was never read
     * @param completedAt the moment of completion; printed in whole seconds
     */
    public List<LedgerRecord> record(
            Call call,
            boolean readOnly,
            Optional<Facts> requestParameters,
            Outcome outcome,
            Notes notes,
            Instant completedAt) {
        Event event = new Event(call, readOnly, requestParameters, outcome, notes, completedAt.getEpochSecond());
        Optional<Origin.Endpoint> endpoint = endpoint(call);
        if (endpoint.isEmpty() || call.caller().principal() instanceof Principal.Nobody) {
            return copies(event, this::uuid);
        }
        String shared = uuid();
        // What the endpoint's policy turned away is on record for the endpoint's owner alone (cloudtrail.md C6, D).
        boolean turnedAway = turnedAway(outcome, notes);
        List<LedgerRecord> records = turnedAway ? new ArrayList<>(1) : new ArrayList<>(copies(event, () -> shared));
        records.add(event.networkActivity(endpoint.get(), uuid(), shared, turnedAway));
        return records;
    }

    /** @param shared the id that copies have in common */
    private List<LedgerRecord> copies(Event event, Supplier<String> shared) {
        Caller caller = event.call().caller();
        Set<String> others = others(caller, event.outcome(), event.notes());
        Optional<String> own = caller.principal().account();
        boolean serviceCalls = caller.principal() instanceof Principal.ServicePrincipal;
        if (others.isEmpty()) {
            Optional<String> id = serviceCalls ? Optional.of(shared.get()) : Optional.empty();
            return List.of(event.recordFor(own.orElse(LedgerRecord.OPERATOR_ACCOUNT), uuid(), id));
        }
        Optional<String> id = Optional.of(shared.get());
        List<LedgerRecord> records = new ArrayList<>(others.size() + 1);
        own.ifPresent(account -> records.add(event.recordFor(account, uuid(), id)));
        others.forEach(account -> records.add(event.recordFor(account, uuid(), id)));
        return records;
    }

    /** A service that passes on somebody's call hides where that came from, as its address shows. */
    private static Optional<Origin.Endpoint> endpoint(Call call) {
        return call.caller().invokedBy().isPresent()
                ? Optional.empty()
                : call.origin().endpoint();
    }

    private static boolean turnedAway(Outcome outcome, Notes notes) {
        List<Reason> reasons = notes.reasons();
        return outcome instanceof Outcome.Failed failed
                && DENIALS.contains(failed.error().code())
                && !reasons.isEmpty()
                && reasons.getLast() instanceof Decision decision
                && decision.deniedAtEndpoint();
    }

    /** The record of something a service did by itself (cloudtrail.md C5). */
    public LedgerRecord record(ServiceEvent event, Instant at) {
        String eventId = uuid();
        return new LedgerRecord(
                event.account(),
                region(event.service(), event.region()),
                Category.MANAGEMENT,
                eventId,
                at.getEpochSecond(),
                event.service().eventSource(),
                event.name(),
                false,
                Optional.empty(),
                Optional.empty(),
                named(event.resources()),
                ServiceEventJson.write(event, region(event.service(), event.region()), eventId, at.getEpochSecond()),
                Bytes.EMPTY);
    }

    /** Accounts beside the caller's own that get a copy. */
    private static Set<String> others(Caller caller, Outcome outcome, Notes notes) {
        List<Resource> resources = notes.resources();
        if (resources.isEmpty() || !notes.ownerCopy() || isDenial(outcome)) {
            return Set.of();
        }
        String own = caller.principal().account().orElse("");
        if (caller.principal() instanceof Principal.Nobody && outcome instanceof Outcome.Failed) {
            return Set.of();
        }
        if (resources.size() == 1 && resources.getFirst().account().equals(own)) {
            return Set.of();
        }
        Set<String> others = new LinkedHashSet<>();
        for (Resource resource : resources) {
            if (!resource.account().isEmpty() && !resource.account().equals(own)) {
                others.add(resource.account());
            }
        }
        return others;
    }

    private static boolean isDenial(Outcome outcome) {
        return outcome instanceof Outcome.Failed failed
                && errorCode(failed.error()).equals("AccessDenied");
    }

    /** The exception's name exactly, but for one (cloudtrail.md C6). */
    static String errorCode(ApiError error) {
        return error.code().equals("AccessDeniedException") ? "AccessDenied" : error.code();
    }

    static String region(Service service, String asked) {
        return service == Service.IAM ? GLOBAL_REGION : asked;
    }

    private static List<NamedResource> named(List<Resource> resources) {
        if (resources.isEmpty()) {
            return List.of();
        }
        List<NamedResource> named = new ArrayList<>(resources.size());
        for (Resource resource : resources) {
            named.add(new NamedResource(resource.type(), resource.arn()));
        }
        return named;
    }

    private String uuid() {
        byte[] bytes = entropy.bytes(16);
        bytes[6] = (byte) ((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte) ((bytes[8] & 0x3F) | 0x80);
        return uuidText(bytes);
    }

    /** 16 bytes as 8-4-4-4-12 hex digits, without the garbage of joining five strings. */
    static String uuidText(byte[] bytes) {
        byte[] text = new byte[36];
        int at = 0;
        for (int i = 0; i < 16; i++) {
            if (i == 4 || i == 6 || i == 8 || i == 10) {
                text[at++] = '-';
            }
            text[at++] = (byte) HexFormat.of().toHighHexDigit(bytes[i]);
            text[at++] = (byte) HexFormat.of().toLowHexDigit(bytes[i]);
        }
        return new String(text, StandardCharsets.ISO_8859_1);
    }

    /** One call, ready to be written for each of its recipients. */
    private record Event(
            Call call, boolean readOnly, Optional<Facts> requestParameters, Outcome outcome, Notes notes, long second) {

        LedgerRecord recordFor(String recipient, String eventId, Optional<String> sharedEventId) {
            Caller caller = call.caller();
            boolean own = recipient.equals(caller.accountOrOperator());
            Category category = DataEvents.covers(call) ? Category.DATA : Category.MANAGEMENT;
            List<NamedResource> given = notes.named();
            List<NamedResource> found = given.isEmpty() ? Recorder.named(notes.resources()) : given;
            return new LedgerRecord(
                    recipient,
                    region(call.service(), call.region()),
                    category,
                    eventId,
                    second,
                    call.service().eventSource(),
                    call.operation(),
                    readOnly,
                    own ? Identity.username(caller) : Optional.empty(),
                    own ? caller.accessKeyId().filter(id -> !id.isEmpty()) : Optional.empty(),
                    found,
                    json(recipient, own, category, eventId, sharedEventId),
                    annex(recipient, own, found));
        }

        /** What the owner of a VPC endpoint learns of a call through it (cloudtrail.md J2). */
        LedgerRecord networkActivity(
                Origin.Endpoint endpoint, String eventId, String sharedEventId, boolean turnedAway) {
            boolean own = endpoint.account().equals(call.caller().accountOrOperator());
            JsonBytes out = new JsonBytes(TYPICAL_BYTES);
            start(out, own);
            if (turnedAway) {
                out.raw(Member.VPCE_ACCESS_DENIED);
            }
            out.raw(Member.REQUEST_ID).string(call.requestId(), TEXT_BYTES_MAX);
            out.raw(Member.EVENT_ID).string(eventId);
            out.raw(Member.VPCE_EVENT).string(endpoint.account());
            out.raw(Member.SHARED_EVENT_ID).string(sharedEventId);
            endpoint(out);
            out.raw(Member.CATEGORY_NETWORK_ACTIVITY).raw('}');
            return new LedgerRecord(
                    endpoint.account(),
                    region(call.service(), call.region()),
                    Category.NETWORK_ACTIVITY,
                    eventId,
                    second,
                    call.service().eventSource(),
                    call.operation(),
                    readOnly,
                    own ? Identity.username(call.caller()) : Optional.empty(),
                    own ? call.caller().accessKeyId().filter(id -> !id.isEmpty()) : Optional.empty(),
                    List.of(),
                    out.toBytes(),
                    annex(endpoint.account(), own, List.of()));
        }

        private void endpoint(JsonBytes out) {
            Optional<Origin.Endpoint> endpoint = Recorder.endpoint(call);
            if (endpoint.isPresent()) {
                out.raw(Member.VPC_ENDPOINT_ID).string(endpoint.get().id());
                out.raw(Member.VPC_ENDPOINT_ACCOUNT_ID).string(endpoint.get().account());
            }
        }

        private Bytes json(
                String recipient, boolean own, Category category, String eventId, Optional<String> sharedEventId) {
            for (Cut cut : Cut.values()) {
                JsonBytes out = new JsonBytes(TYPICAL_BYTES);
                head(out, own);
                body(out, cut, eventId);
                tail(out, recipient, own, category, sharedEventId);
                if (out.size() <= RECORD_BYTES_MAX || cut == Cut.RESOURCES) {
                    return out.toBytes();
                }
            }
            throw new IllegalStateException("unreachable");
        }

        private void head(JsonBytes out, boolean own) {
            start(out, own);
            Optional<String> service = call.caller().invokedBy();
            Optional<String> agent =
                    service.isPresent() ? service : call.origin().userAgent();
            if (agent.isPresent()) {
                out.raw(Member.USER_AGENT).string(agent.get(), TEXT_BYTES_MAX);
            }
        }

        private void start(JsonBytes out, boolean own) {
            out.raw(VERSION);
            if (own) {
                Identity.write(out, call.caller());
            } else {
                Identity.writeReduced(out, call.caller());
            }
            out.raw(Member.EVENT_TIME).instant(second);
            out.raw(Member.EVENT_SOURCE).string(call.service().eventSource());
            out.raw(Member.EVENT_NAME).string(call.operation(), TEXT_BYTES_MAX);
            out.raw(Member.AWS_REGION).string(region(call.service(), call.region()));
            String from = call.caller().invokedBy().orElse(call.origin().sourceIp());
            out.raw(Member.SOURCE_IP).string(from, TEXT_BYTES_MAX);
        }

        private void body(JsonBytes out, Cut cut, String eventId) {
            boolean signIn = SignInEvents.covers(call);
            Optional<Facts> response = Optional.empty();
            switch (outcome) {
                case Outcome.Done done -> response = done.responseElements();
                case Outcome.Failed failed
                when signIn -> {
                    errorMessage(out, failed.error());
                    response = Optional.of(Facts.facts().put(call.operation(), "Failure"));
                }
                case Outcome.Failed failed -> error(out, failed.error());
            }
            out.raw(Member.REQUEST_PARAMETERS);
            Member.objectOrNull(
                    out,
                    cut.atLeast(Cut.PARAMETERS)
                            ? Optional.empty()
                            : notes.parameters().or(() -> requestParameters));
            out.raw(Member.RESPONSE_ELEMENTS);
            Member.objectOrNull(out, cut.atLeast(Cut.RESPONSE) ? Optional.empty() : response);
            if (!cut.atLeast(Cut.ADDITIONAL)) {
                Member.object(out, Member.ADDITIONAL_EVENT_DATA, notes.additional(), ADDITIONAL_BYTES_MAX);
            }
            if (!signIn) {
                out.raw(Member.REQUEST_ID).string(call.requestId(), TEXT_BYTES_MAX);
            }
            out.raw(Member.EVENT_ID).string(eventId);
            out.raw(readOnly ? Member.READ_ONLY_TRUE : Member.READ_ONLY_FALSE);
            List<Resource> resources = notes.resources();
            boolean few = cut.atLeast(Cut.RESOURCES) && resources.size() > RESOURCES_KEPT;
            Member.resources(out, few ? resources.subList(0, RESOURCES_KEPT) : resources);
        }

        private static void error(JsonBytes out, ApiError error) {
            out.raw(Member.ERROR_CODE).string(errorCode(error), TEXT_BYTES_MAX);
            errorMessage(out, error);
        }

        private static void errorMessage(JsonBytes out, ApiError error) {
            if (error.message().isPresent()) {
                out.raw(Member.ERROR_MESSAGE).string(error.message().get(), TEXT_BYTES_MAX);
            }
        }

        private void tail(
                JsonBytes out, String recipient, boolean own, Category category, Optional<String> sharedEventId) {
            boolean management = category == Category.MANAGEMENT;
            if (SignInEvents.covers(call)) {
                out.raw(Member.SIGN_IN);
            } else {
                out.raw(management ? Member.API_CALL_MANAGEMENT : Member.API_CALL_DATA);
            }
            out.string(recipient);
            if (sharedEventId.isPresent()) {
                out.raw(Member.SHARED_EVENT_ID).string(sharedEventId.get());
            }
            endpoint(out);
            out.raw(management ? Member.CATEGORY_MANAGEMENT : Member.CATEGORY_DATA);
            Optional<Origin.Tls> tls = call.origin().tls();
            if (tls.isPresent() && call.caller().invokedBy().isEmpty()) {
                out.raw(Member.TLS_VERSION).string(tls.get().version());
                out.raw(Member.CIPHER_SUITE).string(tls.get().cipherSuite());
                out.raw(Member.HOST_HEADER).string(call.origin().host(), TEXT_BYTES_MAX);
                out.raw('}');
            }
            if (own && isOfConsole(call)) {
                out.raw(Member.FROM_CONSOLE);
            }
            out.raw('}');
        }

        /** Calls with what somebody signed in for; the sign-in itself is shown without. */
        private static boolean isOfConsole(Call call) {
            return call.service() != Service.SIGNIN
                    && call.caller().session().map(Session::fromConsole).orElse(false);
        }

        private Bytes annex(String recipient, boolean own, List<NamedResource> resources) {
            return Explanation.encode(notes.reasons(), new Reason.Reader(recipient, own, resources));
        }
    }

    /** What is left out, step by step, of a record that would be too large (order: cloudtrail.md A2). */
    private enum Cut {
        NOTHING,
        ADDITIONAL,
        RESPONSE,
        PARAMETERS,
        /** Not AWS's order, which says nothing of them: a DeleteObjects of a thousand long keys would not fit otherwise. */
        RESOURCES;

        boolean atLeast(Cut other) {
            return compareTo(other) >= 0;
        }
    }
}
