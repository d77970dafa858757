package dev.keytrail.audit;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Call;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Facts;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.LedgerRecord.Category;
import dev.keytrail.call.NamedResource;
import dev.keytrail.call.Notes;
import dev.keytrail.call.Origin;
import dev.keytrail.call.Reason;
import dev.keytrail.call.Resource;
import dev.keytrail.call.Service;
import dev.keytrail.call.Session;
import dev.keytrail.policy.Explanation;
import java.util.List;
import java.util.Optional;

/** One call, ready to be written for each of its recipients. */
record CallEvent(
        Call call, boolean readOnly, Optional<Facts> requestParameters, Outcome outcome, Notes notes, long second) {
    /** Resources that are left in a record that would be too large with all of them. */
    private static final int RESOURCES_KEPT = 20;

    private static final int TYPICAL_BYTES = 2048;

    LedgerRecord recordFor(String recipient, String eventId, Optional<String> sharedEventId) {
        Caller caller = call.caller();
        boolean own = recipient.equals(caller.accountOrOperator());
        Category category = DataEvents.covers(call) ? Category.DATA : Category.MANAGEMENT;
        List<NamedResource> given = notes.named();
        List<NamedResource> found = given.isEmpty() ? Recorder.named(notes.resources()) : given;
        return new LedgerRecord(
                recipient,
                Recorder.region(call.service(), call.region()),
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
    LedgerRecord networkActivity(Origin.Endpoint endpoint, String eventId, String sharedEventId, boolean turnedAway) {
        boolean own = endpoint.account().equals(call.caller().accountOrOperator());
        JsonBytes out = new JsonBytes(TYPICAL_BYTES);
        start(out, own);
        if (turnedAway) {
            out.raw(Member.VPCE_ACCESS_DENIED);
        }
        out.raw(Member.REQUEST_ID).string(call.requestId(), Recorder.TEXT_BYTES_MAX);
        out.raw(Member.EVENT_ID).string(eventId);
        out.raw(Member.VPCE_EVENT).string(endpoint.account());
        out.raw(Member.SHARED_EVENT_ID).string(sharedEventId);
        writeEndpoint(out);
        out.raw(Member.CATEGORY_NETWORK_ACTIVITY).raw('}');
        return new LedgerRecord(
                endpoint.account(),
                Recorder.region(call.service(), call.region()),
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

    private void writeEndpoint(JsonBytes out) {
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
            if (out.size() <= Recorder.RECORD_BYTES_MAX || cut == Cut.RESOURCES) {
                return out.toBytes();
            }
        }
        throw new IllegalStateException("unreachable");
    }

    private void head(JsonBytes out, boolean own) {
        start(out, own);
        Optional<String> service = call.caller().invokedBy();
        Optional<String> agent = service.isPresent() ? service : call.origin().userAgent();
        if (agent.isPresent()) {
            out.raw(Member.USER_AGENT).string(agent.get(), Recorder.TEXT_BYTES_MAX);
        }
    }

    private void start(JsonBytes out, boolean own) {
        out.raw(Recorder.VERSION);
        if (own) {
            Identity.write(out, call.caller());
        } else {
            Identity.writeReduced(out, call.caller());
        }
        out.raw(Member.EVENT_TIME).instant(second);
        out.raw(Member.EVENT_SOURCE).string(call.service().eventSource());
        out.raw(Member.EVENT_NAME).string(call.operation(), Recorder.TEXT_BYTES_MAX);
        out.raw(Member.AWS_REGION).string(Recorder.region(call.service(), call.region()));
        String from = call.caller().invokedBy().orElse(call.origin().sourceIp());
        out.raw(Member.SOURCE_IP).string(from, Recorder.TEXT_BYTES_MAX);
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
            Member.object(out, Member.ADDITIONAL_EVENT_DATA, notes.additional(), Recorder.ADDITIONAL_BYTES_MAX);
        }
        if (!signIn) {
            out.raw(Member.REQUEST_ID).string(call.requestId(), Recorder.TEXT_BYTES_MAX);
        }
        out.raw(Member.EVENT_ID).string(eventId);
        out.raw(readOnly ? Member.READ_ONLY_TRUE : Member.READ_ONLY_FALSE);
        List<Resource> resources = notes.resources();
        boolean few = cut.atLeast(Cut.RESOURCES) && resources.size() > RESOURCES_KEPT;
        Member.resources(out, few ? resources.subList(0, RESOURCES_KEPT) : resources);
    }

    private static void error(JsonBytes out, ApiError error) {
        out.raw(Member.ERROR_CODE).string(Recorder.errorCode(error), Recorder.TEXT_BYTES_MAX);
        errorMessage(out, error);
    }

    private static void errorMessage(JsonBytes out, ApiError error) {
        if (error.message().isPresent()) {
            out.raw(Member.ERROR_MESSAGE).string(error.message().get(), Recorder.TEXT_BYTES_MAX);
        }
    }

    private void tail(JsonBytes out, String recipient, boolean own, Category category, Optional<String> sharedEventId) {
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
        writeEndpoint(out);
        out.raw(management ? Member.CATEGORY_MANAGEMENT : Member.CATEGORY_DATA);
        Optional<Origin.Tls> tls = call.origin().tls();
        if (tls.isPresent() && call.caller().invokedBy().isEmpty()) {
            out.raw(Member.TLS_VERSION).string(tls.get().version());
            out.raw(Member.CIPHER_SUITE).string(tls.get().cipherSuite());
            out.raw(Member.HOST_HEADER).string(call.origin().host(), Recorder.TEXT_BYTES_MAX);
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
