package dev.keytrail.audit.op;

import dev.keytrail.audit.history.HistoryIndex;
import dev.keytrail.audit.history.HistoryIndex.Attribute;
import dev.keytrail.audit.history.HistoryIndex.Found;
import dev.keytrail.audit.history.HistoryIndex.Lookup;
import dev.keytrail.audit.history.HistoryIndex.Match;
import dev.keytrail.audit.history.HistoryIndex.Page;
import dev.keytrail.audit.history.HistoryIndex.Position;
import dev.keytrail.audit.history.Retention;
import dev.keytrail.call.ApiError;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Call;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.LedgerRecord.Category;
import dev.keytrail.call.NamedResource;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Service;
import dev.keytrail.crypto.Vault;
import dev.keytrail.wire.shape.cloudtrail.Event;
import dev.keytrail.wire.shape.cloudtrail.LookupAttribute;
import dev.keytrail.wire.shape.cloudtrail.LookupAttributeKey;
import dev.keytrail.wire.shape.cloudtrail.LookupEventsRequest;
import dev.keytrail.wire.shape.cloudtrail.LookupEventsResponse;
import dev.keytrail.wire.shape.cloudtrail.Resource;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Event history (cloudtrail.md E): management events of the caller's account in the asked Region, newest first. */
public final class LookupEvents {
    /** AWS's page limit and default (cloudtrail.md E). */
    static final int PAGE_MAX = 50;

    /** AWS's bound on a value, in which some characters count twice (cloudtrail.md E). */
    static final int VALUE_WEIGHT_MAX = 2000;

    private static final Set<LookupAttributeKey> INSIGHT_KEYS =
            Set.of(LookupAttributeKey.EventId, LookupAttributeKey.EventName, LookupAttributeKey.EventSource);

    private final HistoryIndex history;
    private final Permit permit;
    private final PageToken tokens;
    private final Retention retention;

    public LookupEvents(HistoryIndex history, Permit permit, Vault vault, Retention retention) {
        this.history = history;
        this.permit = permit;
        this.tokens = new PageToken(vault);
        this.retention = retention;
    }

    public Operation<LookupEventsRequest, LookupEventsResponse> row() {
        return new Operation<>(
                Service.CLOUDTRAIL,
                "LookupEvents",
                true,
                Operation.BODY_BYTES_MAX,
                LookupEventsRequest.class,
                LookupEventsResponse.class,
                this::handle,
                LookupEvents::facts);
    }

    /** What tells of Insights of data events, from the same history. */
    Operation<?, ?> insightsData(TrailDesk desk) {
        return new ListInsightsData(history, desk, tokens, retention).row();
    }

    private Effect<LookupEventsResponse> handle(Attempt attempt, LookupEventsRequest in) {
        permit.check(attempt, Permit.ANY);
        Call call = attempt.call();
        int limit = in.maxResults().orElse(PAGE_MAX);
        if (limit < 1 || limit > PAGE_MAX) {
            throw refuse("InvalidMaxResultsException", "MaxResults must be between 1 and " + PAGE_MAX + ".");
        }
        if (in.startTime().isPresent()
                && in.endTime().isPresent()
                && in.startTime().get().isAfter(in.endTime().get())) {
            throw refuse("InvalidTimeRangeException", "Start time cannot be later than end time.");
        }
        Optional<Match> match = match(in);
        String question = question(call, in);
        Optional<Position> after = in.nextToken()
                .map(token -> tokens.open(token, question)
                        .orElseThrow(() -> refuse(
                                "InvalidNextTokenException",
                                "The token is not valid, or belongs to other parameters.")));
        Page page = history.find(new Lookup(
                call.account(),
                call.region(),
                in.eventCategory().isPresent() ? Category.INSIGHT : Category.MANAGEMENT,
                match,
                fromSecond(attempt, in),
                toSecond(in),
                after,
                limit));
        return Effect.of(answer(page, question));
    }

    /** Events carry whole seconds; the one that a bound falls into belongs to the range. */
    private long fromSecond(Attempt attempt, LookupEventsRequest in) {
        Call call = attempt.call();
        long earliest = retention.earliestSecond(attempt.state(), call.account(), call.receivedAt());
        return Math.max(in.startTime().map(Instant::getEpochSecond).orElse(earliest), earliest);
    }

    private static long toSecond(LookupEventsRequest in) {
        return in.endTime().map(Instant::getEpochSecond).orElse(Long.MAX_VALUE);
    }

    private static Optional<Match> match(LookupEventsRequest in) {
        List<LookupAttribute> attributes = in.lookupAttributes().orElse(List.of());
        if (attributes.size() > 1) {
            throw refuse("InvalidLookupAttributesException", "You can specify only one attribute in a request.");
        }
        if (attributes.isEmpty()) {
            return Optional.empty();
        }
        LookupAttribute attribute = attributes.getFirst();
        if (weight(attribute.attributeValue()) > VALUE_WEIGHT_MAX) {
            throw refuse("InvalidLookupAttributesException", "The attribute value is too long.");
        }
        if (in.eventCategory().isPresent() && !INSIGHT_KEYS.contains(attribute.attributeKey())) {
            throw refuse(
                    "InvalidLookupAttributesException",
                    "Insights events can be looked up by EventId, EventName and EventSource only.");
        }
        return Optional.of(new Match(attribute(attribute.attributeKey()), attribute.attributeValue()));
    }

    private static Attribute attribute(LookupAttributeKey key) {
        return switch (key) {
            case EventId -> Attribute.EVENT_ID;
            case EventName -> Attribute.EVENT_NAME;
            case ReadOnly -> Attribute.READ_ONLY;
            case Username -> Attribute.USERNAME;
            case ResourceType -> Attribute.RESOURCE_TYPE;
            case ResourceName -> Attribute.RESOURCE_NAME;
            case EventSource -> Attribute.EVENT_SOURCE;
            case AccessKeyId -> Attribute.ACCESS_KEY_ID;
        };
    }

    private static int weight(String value) {
        int weight = 0;
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            weight += c == '_' || c == ' ' || c == ',' || c == '\n' ? 2 : 1;
        }
        return weight;
    }

    /** All that a token is bound to. Page size may change between pages. */
    private static String question(Call call, LookupEventsRequest in) {
        StringBuilder text = new StringBuilder();
        text.append(call.account()).append('/').append(call.region());
        text.append(" from ").append(in.startTime().map(Instant::toString).orElse("-"));
        text.append(" to ").append(in.endTime().map(Instant::toString).orElse("-"));
        text.append(" of ").append(in.eventCategory().map(Enum::name).orElse("-"));
        for (LookupAttribute attribute : in.lookupAttributes().orElse(List.of())) {
            text.append(' ').append(attribute.attributeKey().value());
            text.append('=').append(attribute.attributeValue());
        }
        return text.toString();
    }

    private LookupEventsResponse answer(Page page, String question) {
        LookupEventsResponse.Builder answer = LookupEventsResponse.builder();
        answer.events(page.events().stream().map(LookupEvents::event).toList());
        if (page.more()) {
            answer.nextToken(tokens.seal(page.events().getLast().position(), question));
        }
        return answer.build();
    }

    static Event event(Found found) {
        LedgerRecord record = found.record();
        return Event.builder()
                .eventId(record.eventId())
                .eventName(record.eventName())
                // An Insights event is no call.
                .readOnly(Optional.of(Boolean.toString(record.readOnly()))
                        .filter(_ -> record.category() == Category.MANAGEMENT))
                .accessKeyId(record.accessKeyId())
                .eventTime(Instant.ofEpochSecond(record.eventTimeSeconds()))
                .eventSource(record.eventSource())
                .username(record.username())
                .resources(
                        record.resources().stream().map(LookupEvents::resource).toList())
                .cloudTrailEvent(record.json().utf8())
                .build();
    }

    private static Resource resource(NamedResource named) {
        return Resource.builder()
                .resourceType(named.type())
                .resourceName(named.name())
                .build();
    }

    private static Refused refuse(String code, String message) {
        return new Refused(ApiError.of(code, message));
    }

    static Optional<Facts> facts(LookupEventsRequest in) {
        Facts facts = Facts.facts();
        in.lookupAttributes()
                .ifPresent(attributes -> facts.putAll(
                        "lookupAttributes",
                        attributes.stream()
                                .map(a -> Facts.facts()
                                        .put("attributeKey", a.attributeKey().value())
                                        .put("attributeValue", a.attributeValue()))
                                .toList()));
        in.startTime().ifPresent(time -> facts.put("startTime", time));
        in.endTime().ifPresent(time -> facts.put("endTime", time));
        in.eventCategory().ifPresent(category -> facts.put("eventCategory", category.value()));
        in.maxResults().ifPresent(max -> facts.put("maxResults", max));
        facts.put("nextToken", in.nextToken());
        return facts.isEmpty() ? Optional.empty() : Optional.of(facts);
    }
}
