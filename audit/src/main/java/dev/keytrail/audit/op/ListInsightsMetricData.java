package dev.keytrail.audit.op;

import dev.keytrail.audit.history.FlatEvent;
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
import dev.keytrail.call.Operation;
import dev.keytrail.call.Refused;
import dev.keytrail.crypto.Vault;
import dev.keytrail.wire.shape.cloudtrail.InsightType;
import dev.keytrail.wire.shape.cloudtrail.InsightsMetricDataType;
import dev.keytrail.wire.shape.cloudtrail.ListInsightsMetricDataRequest;
import dev.keytrail.wire.shape.cloudtrail.ListInsightsMetricDataResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How many calls of one kind there were, period by period: what Insights count (the API page of ListInsightsMetricData).
 * Counted when asked, from event history, newest period first. The action that it needs is {@code
 * cloudtrail:LookupEvents}, as at AWS.
 */
final class ListInsightsMetricData {
    private static final int POINTS_MAX = 21_600;

    /** How far back periods of so many seconds are told: AWS's. */
    private static final Map<Integer, Duration> PERIODS =
            Map.of(60, Duration.ofDays(15), 300, Duration.ofDays(63), 3600, Duration.ofDays(90));

    private static final int PERIOD_DEFAULT = 3600;

    /** Bounds the time of one call; a page may so have fewer points. */
    private static final int LOOKED_AT_MAX = 100_000;

    private static final int CHUNK = 500;

    private final HistoryIndex history;
    private final Permit permit;
    private final PageToken tokens;
    private final Retention retention;

    ListInsightsMetricData(HistoryIndex history, Permit permit, Vault vault, Retention retention) {
        this.history = history;
        this.permit = permit;
        this.tokens = new PageToken(vault);
        this.retention = retention;
    }

    Operation<ListInsightsMetricDataRequest, ListInsightsMetricDataResponse> row() {
        return TrailDesk.row(
                "ListInsightsMetricData",
                true,
                ListInsightsMetricDataRequest.class,
                ListInsightsMetricDataResponse.class,
                this::handle,
                ListInsightsMetricData::facts);
    }

    /** The periods asked for, by their first second; the last one is included. */
    private record Range(long first, long last, int period) {
        long periodOf(long second) {
            return Math.floorDiv(second, period) * period;
        }
    }

    private Effect<ListInsightsMetricDataResponse> handle(Attempt attempt, ListInsightsMetricDataRequest in) {
        permit.check(attempt, "cloudtrail:LookupEvents", Permit.ANY);
        if (in.trailName().isPresent()) {
            throw new Refused(ApiError.of(
                    "UnsupportedOperationException",
                    "TrailName is for data points of data events, which are not offered."));
        }
        boolean errors = in.insightType() == InsightType.ApiErrorRateInsight;
        if (errors != in.errorCode().isPresent()) {
            throw invalid("ErrorCode goes with ApiErrorRateInsight, and is needed there.");
        }
        Range range = range(attempt, in);
        String question = question(attempt.call(), in);
        Range left = in.nextToken()
                .map(token -> tokens.open(token, question)
                        .map(at -> new Range(range.first(), at.eventTimeSeconds(), range.period()))
                        .orElseThrow(() -> invalid("NextToken is not valid, or belongs to other parameters.")))
                .orElse(range);
        return Effect.of(count(attempt.call(), in, left, question));
    }

    private Range range(Attempt attempt, ListInsightsMetricDataRequest in) {
        int period = in.period().orElse(PERIOD_DEFAULT);
        Duration kept = Optional.ofNullable(PERIODS.get(period))
                .orElseThrow(() -> invalid("Period is one of 60, 300 and 3600."));
        Instant now = attempt.call().receivedAt();
        long earliest = Math.max(
                now.minus(kept).getEpochSecond(),
                retention.earliestSecond(attempt.state(), attempt.call().account(), now));
        long end = in.endTime().orElse(now).getEpochSecond();
        long start = in.startTime().map(Instant::getEpochSecond).orElse(earliest);
        if (start > end) {
            throw invalid("StartTime cannot be later than EndTime.");
        }
        long last = Math.floorDiv(Math.min(end, now.getEpochSecond()), period) * period;
        return new Range(Math.floorDiv(Math.max(start, earliest), period) * period, last, period);
    }

    private ListInsightsMetricDataResponse count(
            Call call, ListInsightsMetricDataRequest in, Range range, String question) {
        int most = in.maxResults().orElse(POINTS_MAX);
        boolean zeros =
                in.dataType().orElse(InsightsMetricDataType.NonZeroData) == InsightsMetricDataType.FillWithZeros;
        TreeMap<Long, Double> points = new TreeMap<>();
        long lookedAt = 0;
        // Periods below this one are not counted to their end.
        long complete = range.first();
        Optional<Position> after = Optional.empty();
        boolean more = true;
        while (more) {
            Page page = history.find(new Lookup(
                    call.account(),
                    call.region(),
                    Optional.of(new Match(Attribute.EVENT_NAME, in.eventName())),
                    range.first(),
                    range.last() + range.period() - 1,
                    after,
                    CHUNK));
            for (Found found : page.events()) {
                after = Optional.of(found.position());
                if (counts(found.record(), in)) {
                    points.merge(range.periodOf(found.record().eventTimeSeconds()), 1.0, Double::sum);
                }
            }
            lookedAt += page.events().size();
            more = page.more();
            if (more && (lookedAt >= LOOKED_AT_MAX || points.size() > most)) {
                complete = after.map(at -> range.periodOf(at.eventTimeSeconds()) + range.period())
                        .orElse(complete);
                break;
            }
        }
        return answer(in, range, points, complete, most, zeros, question);
    }

    private ListInsightsMetricDataResponse answer(
            ListInsightsMetricDataRequest in,
            Range range,
            TreeMap<Long, Double> points,
            long complete,
            int most,
            boolean zeros,
            String question) {
        List<Instant> times = new ArrayList<>();
        List<Double> values = new ArrayList<>();
        long at = range.last();
        for (; at >= complete && values.size() < most; at -= range.period()) {
            double value = points.getOrDefault(at, 0.0);
            if (zeros || value > 0) {
                times.add(Instant.ofEpochSecond(at));
                values.add(value);
            }
        }
        ListInsightsMetricDataResponse.Builder answer = ListInsightsMetricDataResponse.builder()
                .eventSource(in.eventSource())
                .eventName(in.eventName())
                .insightType(in.insightType())
                .errorCode(in.errorCode())
                .timestamps(times)
                .values(values);
        if (at >= range.first()) {
            // One period so busy that it fills a call is told as far as it was counted, for the next page goes on
            // below.
            answer.nextToken(tokens.seal(new Position(Math.min(at, range.last() - range.period()), 0), question));
        }
        return answer.build();
    }

    private static boolean counts(LedgerRecord record, ListInsightsMetricDataRequest in) {
        if (!record.eventSource().equals(in.eventSource())) {
            return false;
        }
        if (in.insightType() == InsightType.ApiCallRateInsight) {
            return !record.readOnly();
        }
        return FlatEvent.at(FlatEvent.of(record.json()), "errorCode")
                .contains(in.errorCode().orElse(""));
    }

    /** All that a token is bound to. */
    private static String question(Call call, ListInsightsMetricDataRequest in) {
        return String.join(
                " ",
                "metric",
                call.account(),
                call.region(),
                in.eventSource(),
                in.eventName(),
                in.insightType().value(),
                in.errorCode().orElse("-"),
                in.startTime().map(Instant::toString).orElse("-"),
                in.endTime().map(Instant::toString).orElse("-"),
                in.period().map(String::valueOf).orElse("-"),
                in.dataType().map(InsightsMetricDataType::value).orElse("-"));
    }

    private static Optional<Facts> facts(ListInsightsMetricDataRequest in) {
        Facts facts = Facts.facts()
                .put("trailName", in.trailName())
                .put("eventSource", in.eventSource())
                .put("eventName", in.eventName())
                .put("insightType", in.insightType().value())
                .put("errorCode", in.errorCode());
        in.startTime().ifPresent(time -> facts.put("startTime", time));
        in.endTime().ifPresent(time -> facts.put("endTime", time));
        in.period().ifPresent(period -> facts.put("period", period));
        in.dataType().ifPresent(type -> facts.put("dataType", type.value()));
        in.maxResults().ifPresent(max -> facts.put("maxResults", max));
        facts.put("nextToken", in.nextToken());
        return Optional.of(facts);
    }

    private static Refused invalid(String message) {
        return new Refused(ApiError.of("InvalidParameterException", message));
    }
}
