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
import dev.keytrail.policy.Decision;
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

    /** The services' codes for a denial. */
    private static final Set<String> DENIALS = Set.of("AccessDenied", "AccessDeniedException", "AuthorizationError");

    /** IAM has one endpoint in the world, and its events are in this Region (cloudtrail.md F5). */
    private static final String GLOBAL_REGION = "us-east-1";

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
        CallEvent event =
                new CallEvent(call, readOnly, requestParameters, outcome, notes, completedAt.getEpochSecond());
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
    private List<LedgerRecord> copies(CallEvent event, Supplier<String> shared) {
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
    static Optional<Origin.Endpoint> endpoint(Call call) {
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

    static List<NamedResource> named(List<Resource> resources) {
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
}
