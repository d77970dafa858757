package dev.keytrail.audit.op;

import dev.keytrail.audit.history.HistoryIndex;
import dev.keytrail.audit.history.HistoryIndex.Attribute;
import dev.keytrail.audit.history.HistoryIndex.Lookup;
import dev.keytrail.audit.history.HistoryIndex.Match;
import dev.keytrail.audit.history.HistoryIndex.Page;
import dev.keytrail.audit.history.HistoryIndex.Position;
import dev.keytrail.audit.history.Retention;
import dev.keytrail.audit.trail.InsightKind;
import dev.keytrail.audit.trail.Trail;
import dev.keytrail.call.ApiError;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.LedgerRecord.Category;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Refused;
import dev.keytrail.wire.shape.cloudtrail.ListInsightsDataRequest;
import dev.keytrail.wire.shape.cloudtrail.ListInsightsDataResponse;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/** Insights events of data events, of a trail that takes such Insights; newest first. The rest is LookupEvents'. */
final class ListInsightsData {
    private final HistoryIndex history;
    private final TrailDesk desk;
    private final PageToken tokens;
    private final Retention retention;

    ListInsightsData(HistoryIndex history, TrailDesk desk, PageToken tokens, Retention retention) {
        this.history = history;
        this.desk = desk;
        this.tokens = tokens;
        this.retention = retention;
    }

    Operation<ListInsightsDataRequest, ListInsightsDataResponse> row() {
        return TrailDesk.row(
                "ListInsightsData",
                true,
                ListInsightsDataRequest.class,
                ListInsightsDataResponse.class,
                this::handle,
                ListInsightsData::facts);
    }

    private Effect<ListInsightsDataResponse> handle(Attempt attempt, ListInsightsDataRequest in) {
        Trail trail = desk.find(attempt, in.insightSource());
        if (trail.scope().insights().stream().map(InsightKind::category).noneMatch(Category.DATA::equals)) {
            throw invalid("Trail " + trail.arn() + " does not have Insights of data events enabled.");
        }
        if (in.startTime().isPresent()
                && in.endTime().isPresent()
                && in.startTime().get().isAfter(in.endTime().get())) {
            throw invalid("StartTime cannot be later than EndTime.");
        }
        Map<String, String> dimensions = in.dimensions().orElse(Map.of());
        Optional<Match> match = dimensions.entrySet().stream()
                .findFirst()
                .map(dimension -> new Match(attribute(dimension.getKey()), dimension.getValue()));
        String account = attempt.call().account();
        String region = attempt.call().region();
        long earliest = retention.earliestSecond(
                attempt.state(), account, attempt.call().receivedAt());
        long from = Math.max(in.startTime().map(Instant::getEpochSecond).orElse(earliest), earliest);
        long to = in.endTime().map(Instant::getEpochSecond).orElse(Long.MAX_VALUE);
        String question = "data insights of " + account + "/" + region + " from "
                + in.startTime().map(Instant::toString).orElse("-") + " to "
                + in.endTime().map(Instant::toString).orElse("-") + " of "
                + match.map(m -> m.attribute() + "=" + m.value()).orElse("-");
        Optional<Position> after = in.nextToken()
                .map(token -> tokens.open(token, question)
                        .orElseThrow(() -> invalid("NextToken is not valid, or belongs to other parameters.")));
        Page page = history.find(new Lookup(
                account,
                region,
                Category.DATA_INSIGHT,
                match,
                from,
                to,
                after,
                in.maxResults().orElse(LookupEvents.PAGE_MAX)));
        ListInsightsDataResponse.Builder answer = ListInsightsDataResponse.builder()
                .events(page.events().stream().map(LookupEvents::event).toList());
        if (page.more()) {
            answer.nextToken(tokens.seal(page.events().getLast().position(), question));
        }
        return Effect.of(answer.build());
    }

    private static Attribute attribute(String dimension) {
        return switch (dimension) {
            case "EventId" -> Attribute.EVENT_ID;
            case "EventName" -> Attribute.EVENT_NAME;
            case "EventSource" -> Attribute.EVENT_SOURCE;
            default -> throw invalid("Dimensions take EventId, EventName or EventSource.");
        };
    }

    private static Refused invalid(String message) {
        return new Refused(ApiError.of("InvalidParameterException", message));
    }

    private static Optional<Facts> facts(ListInsightsDataRequest in) {
        Facts facts = Facts.facts()
                .put("insightSource", in.insightSource())
                .put("dataType", in.dataType().value());
        in.dimensions().ifPresent(dimensions -> {
            Facts shown = Facts.facts();
            dimensions.forEach(shown::put);
            facts.put("dimensions", shown);
        });
        in.startTime().ifPresent(time -> facts.put("startTime", time));
        in.endTime().ifPresent(time -> facts.put("endTime", time));
        in.maxResults().ifPresent(max -> facts.put("maxResults", max));
        return Optional.of(facts.put("nextToken", in.nextToken()));
    }
}
