package dev.keytrail.audit.op;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.audit.AuditRoom;
import dev.keytrail.audit.AuditSettings;
import dev.keytrail.audit.Json;
import dev.keytrail.audit.Outcome;
import dev.keytrail.call.ApiError;
import dev.keytrail.call.Call;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.Notes;
import dev.keytrail.call.Origin;
import dev.keytrail.call.Service;
import dev.keytrail.wire.shape.cloudtrail.CreateTrailRequest;
import dev.keytrail.wire.shape.cloudtrail.CreateTrailResponse;
import dev.keytrail.wire.shape.cloudtrail.DataResource;
import dev.keytrail.wire.shape.cloudtrail.EventCategory;
import dev.keytrail.wire.shape.cloudtrail.EventSelector;
import dev.keytrail.wire.shape.cloudtrail.GetInsightSelectorsRequest;
import dev.keytrail.wire.shape.cloudtrail.GetInsightSelectorsResponse;
import dev.keytrail.wire.shape.cloudtrail.GetTrailRequest;
import dev.keytrail.wire.shape.cloudtrail.GetTrailResponse;
import dev.keytrail.wire.shape.cloudtrail.InsightSelector;
import dev.keytrail.wire.shape.cloudtrail.InsightType;
import dev.keytrail.wire.shape.cloudtrail.InsightsMetricDataType;
import dev.keytrail.wire.shape.cloudtrail.ListInsightsDataRequest;
import dev.keytrail.wire.shape.cloudtrail.ListInsightsDataResponse;
import dev.keytrail.wire.shape.cloudtrail.ListInsightsDataType;
import dev.keytrail.wire.shape.cloudtrail.ListInsightsMetricDataRequest;
import dev.keytrail.wire.shape.cloudtrail.ListInsightsMetricDataResponse;
import dev.keytrail.wire.shape.cloudtrail.LookupAttribute;
import dev.keytrail.wire.shape.cloudtrail.LookupAttributeKey;
import dev.keytrail.wire.shape.cloudtrail.LookupEventsRequest;
import dev.keytrail.wire.shape.cloudtrail.LookupEventsResponse;
import dev.keytrail.wire.shape.cloudtrail.PutEventSelectorsRequest;
import dev.keytrail.wire.shape.cloudtrail.PutEventSelectorsResponse;
import dev.keytrail.wire.shape.cloudtrail.PutInsightSelectorsRequest;
import dev.keytrail.wire.shape.cloudtrail.PutInsightSelectorsResponse;
import dev.keytrail.wire.shape.cloudtrail.ReadWriteType;
import dev.keytrail.wire.shape.cloudtrail.SourceEventCategory;
import dev.keytrail.wire.shape.cloudtrail.StartLoggingRequest;
import dev.keytrail.wire.shape.cloudtrail.StartLoggingResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class InsightsTest {
    private AuditRoom room = new AuditRoom();

    private static InsightSelector selector(InsightType type) {
        return InsightSelector.builder().insightType(type).build();
    }

    private static PutInsightSelectorsRequest insights(InsightSelector... selectors) {
        return PutInsightSelectorsRequest.builder()
                .trailName("main")
                .insightSelectors(List.of(selectors))
                .build();
    }

    private void started() {
        room.call(CreateTrailRequest.builder().name("main").s3BucketName("logs").build(), CreateTrailResponse.class);
        room.call(StartLoggingRequest.builder().name("main").build(), StartLoggingResponse.class);
    }

    private void watched() {
        started();
        room.call(
                insights(selector(InsightType.ApiCallRateInsight), selector(InsightType.ApiErrorRateInsight)),
                PutInsightSelectorsResponse.class);
        look();
    }

    private void look() {
        for (int i = 0; i < 100; i++) {
            if (!room.audit.insights().step(room.now).isZero()) {
                return;
            }
        }
        throw new AssertionError("never rests");
    }

    private void calls(int count, String name, boolean readOnly, Outcome outcome) {
        calls(count, Service.KMS, name, readOnly, outcome);
    }

    private void calls(int count, Service service, String name, boolean readOnly, Outcome outcome) {
        for (int i = 0; i < count; i++) {
            Call call = new Call(
                    "request-" + i,
                    room.now,
                    service,
                    name,
                    room.region,
                    room.caller,
                    new Origin("192.0.2.1", Optional.of("tool/1"), "h", Optional.empty()));
            room.ledger.commit(
                    room.ledger.read(),
                    List.of(),
                    room.audit.recorder().record(call, readOnly, Optional.empty(), outcome, new Notes(), room.now));
        }
    }

    private void creates(int count) {
        calls(count, "CreateKey", false, Outcome.done());
    }

    private void pass(Duration time) {
        room.now = room.now.plus(time);
    }

    private List<Map<String, ?>> found() {
        return found(LedgerRecord.Category.INSIGHT);
    }

    private List<Map<String, ?>> found(LedgerRecord.Category category) {
        List<Map<String, ?>> found = new ArrayList<>();
        try (Ledger.Cursor cursor = room.ledger.records(0)) {
            while (cursor.next()) {
                if (cursor.record().category() == category) {
                    found.add(Json.object(cursor.record().json().toArray()));
                }
            }
        }
        return found;
    }

    @SuppressWarnings("unchecked")
    private static Map<String, ?> at(Map<String, ?> of, String... path) {
        Map<String, ?> here = of;
        for (String name : path) {
            here = (Map<String, ?>) Objects.requireNonNull(here.get(name), name);
        }
        return here;
    }

    /** One call an hour for eight days. */
    private void usualWeek() {
        for (int hour = 0; hour < 8 * 24; hour++) {
            creates(1);
            pass(Duration.ofHours(1));
        }
    }

    @Test
    void callRate_unusualMinutes_startAndEndTheSameInsight() {
        watched();
        usualWeek();
        look();
        assertThat(found()).isEmpty();
        Instant burst = room.now;
        creates(20);
        pass(Duration.ofMinutes(1));
        creates(30);
        pass(Duration.ofMinutes(1));
        creates(1);
        pass(Duration.ofMinutes(3));
        look();
        List<Map<String, ?>> events = found();
        assertThat(events).hasSize(2);
        Map<String, ?> start = events.getFirst();
        Map<String, ?> end = events.getLast();
        assertThat(start.keySet())
                .containsExactly(
                        "eventVersion",
                        "eventTime",
                        "awsRegion",
                        "eventID",
                        "eventType",
                        "recipientAccountId",
                        "sharedEventID",
                        "insightDetails",
                        "eventCategory");
        assertThat(start.get("sharedEventID")).isEqualTo(end.get("sharedEventID"));
        assertThat(start.get("eventID")).isNotEqualTo(end.get("eventID"));
        assertThat(start.get("eventTime").toString())
                .isEqualTo(
                        burst.truncatedTo(java.time.temporal.ChronoUnit.MINUTES).toString());
        Map<String, ?> details = at(start, "insightDetails");
        assertThat(details.get("state")).isEqualTo("Start");
        assertThat(details.get("insightType")).isEqualTo("ApiCallRateInsight");
        assertThat(details.get("eventSource")).isEqualTo("kms.amazonaws.com");
        assertThat(details.get("eventName")).isEqualTo("CreateKey");
        Map<String, ?> statistics = at(start, "insightDetails", "insightContext", "statistics");
        assertThat(at(statistics, "insight").get("average").toString()).isEqualTo("20.0");
        double baseline =
                Double.parseDouble(at(statistics, "baseline").get("average").toString());
        assertThat(baseline).isBetween(167.0 / 10080, 169.0 / 10080);
        assertThat(statistics.get("baselineDuration").toString()).isEqualTo("10080");
        assertThat(statistics.get("insightDuration").toString()).isEqualTo("1");
        Map<String, ?> whole = at(end, "insightDetails", "insightContext", "statistics");
        assertThat(at(whole, "insight").get("average").toString()).isEqualTo("25.0");
        assertThat(whole.get("insightDuration").toString()).isEqualTo("2");
        assertThat(at(end, "insightDetails").get("state")).isEqualTo("End");
        List<?> attributions = (List<?>) Objects.requireNonNull(
                at(end, "insightDetails", "insightContext").get("attributions"));
        assertThat(attributions.toString())
                .contains("attribute=userIdentityArn", "arn:aws:iam::111122223333:root")
                .contains("attribute=userAgent", "tool/1")
                .contains("attribute=errorCode", "value=null");
    }

    @Test
    void errorRate_unusualErrors_areToldByCode() {
        watched();
        usualWeek();
        calls(20, "Decrypt", true, new Outcome.Failed(ApiError.of("AccessDeniedException", "no")));
        calls(20, "Encrypt", true, Outcome.done());
        pass(Duration.ofMinutes(5));
        look();
        assertThat(found()).hasSize(2).allSatisfy(event -> {
            assertThat(at(event, "insightDetails").get("insightType")).isEqualTo("ApiErrorRateInsight");
            assertThat(at(event, "insightDetails").get("errorCode")).isEqualTo("AccessDenied");
            assertThat(at(event, "insightDetails").get("eventName")).isEqualTo("Decrypt");
        });
    }

    @Test
    void dataEvents_haveInsightsOfTheirOwn() {
        started();
        room.call(
                PutEventSelectorsRequest.builder()
                        .trailName("main")
                        .eventSelectors(List.of(EventSelector.builder()
                                .dataResources(List.of(DataResource.builder()
                                        .type("AWS::S3::Object")
                                        .values(List.of("arn:aws:s3"))
                                        .build()))
                                .build()))
                        .build(),
                PutEventSelectorsResponse.class);
        ListInsightsDataRequest.Builder question =
                ListInsightsDataRequest.builder().insightSource("main").dataType(ListInsightsDataType.InsightsEvents);
        assertThat(room.refusal(question.build()).code()).isEqualTo("InvalidParameterException");
        InsightSelector ofData = InsightSelector.builder()
                .insightType(InsightType.ApiCallRateInsight)
                .eventCategories(List.of(SourceEventCategory.Data))
                .build();
        room.call(insights(ofData), PutInsightSelectorsResponse.class);
        assertThat(room.call(
                                GetInsightSelectorsRequest.builder()
                                        .trailName("main")
                                        .build(),
                                GetInsightSelectorsResponse.class)
                        .insightSelectors())
                .contains(List.of(ofData));
        look();
        for (int hour = 0; hour < 8 * 24; hour++) {
            calls(1, Service.S3, "GetObject", true, Outcome.done());
            pass(Duration.ofHours(1));
        }
        calls(20, Service.S3, "GetObject", true, Outcome.done());
        creates(20);
        pass(Duration.ofMinutes(5));
        look();
        assertThat(found()).isEmpty();
        assertThat(found(LedgerRecord.Category.DATA_INSIGHT)).hasSize(2).allSatisfy(event -> {
            assertThat(at(event, "insightDetails").get("insightType")).isEqualTo("ApiCallRateInsight");
            assertThat(at(event, "insightDetails").get("eventName")).isEqualTo("GetObject");
        });
        assertThat(listed(question)).isEqualTo(2);
        assertThat(listed(question.dimensions(Map.of("EventName", "GetObject"))))
                .isEqualTo(2);
        assertThat(listed(question.dimensions(Map.of("EventName", "PutObject"))))
                .isZero();
        assertThat(room.refusal(question.dimensions(Map.of("Color", "red")).build())
                        .code())
                .isEqualTo("InvalidParameterException");
        assertThat(room.call(
                                LookupEventsRequest.builder()
                                        .eventCategory(EventCategory.insight)
                                        .build(),
                                LookupEventsResponse.class)
                        .events()
                        .orElse(List.of()))
                .isEmpty();
    }

    private int listed(ListInsightsDataRequest.Builder question) {
        return room.call(question.build(), ListInsightsDataResponse.class)
                .events()
                .orElse(List.of())
                .size();
    }

    @Test
    void whatIsUsual_isNotTold() {
        watched();
        for (int day = 0; day < 9; day++) {
            // A job that runs every day.
            creates(40);
            pass(Duration.ofDays(1));
        }
        look();
        assertThat(found()).as("neither while learning nor afterwards").isEmpty();
        creates(70);
        pass(Duration.ofMinutes(5));
        look();
        assertThat(found()).as("less than twice the busiest minute").isEmpty();
        creates(81 + 80);
        pass(Duration.ofMinutes(5));
        look();
        assertThat(found()).hasSize(2);
    }

    @Test
    void restarts_anywhere_tellTheSame() {
        List<String> steady = lived(Integer.MAX_VALUE);
        assertThat(steady).hasSize(2);
        for (int every = 1; every < 4; every++) {
            assertThat(lived(every)).isEqualTo(steady);
        }
    }

    /** The same days, the job thrown away after so many steps each; what was told, without the ids. */
    private List<String> lived(int stepsOfALife) {
        room = new AuditRoom();
        watched();
        int steps = 0;
        for (int hour = 0; hour < 50; hour++) {
            creates(2);
            pass(Duration.ofMinutes(30));
            steps = lookOrDie(steps, stepsOfALife);
            pass(Duration.ofMinutes(30));
        }
        for (int minute = 0; minute < 12; minute++) {
            creates(minute < 6 ? 15 : 1);
            pass(Duration.ofSeconds(20));
            steps = lookOrDie(steps, stepsOfALife);
            pass(Duration.ofSeconds(40));
        }
        look();
        return found().stream()
                .map(event -> event.toString().replaceAll("[0-9a-f-]{36}", "ID"))
                .toList();
    }

    private int lookOrDie(int steps, int stepsOfALife) {
        if ((steps + 1) % stepsOfALife == 0) {
            room.restart();
        }
        look();
        return steps + 1;
    }

    @Test
    void insights_areDeliveredApartAndLookedUpApart() {
        watched();
        usualWeek();
        creates(20);
        pass(Duration.ofMinutes(5));
        look();
        room.deliver(120);
        assertThat(room.store.objects.keySet())
                .anyMatch(key ->
                        key.matches("logs/AWSLogs/111122223333/CloudTrail-Insight/eu-west-1/\\d{4}/\\d\\d/\\d\\d/"
                                + "111122223333_CloudTrail-Insight_eu-west-1_\\d{8}T\\d{4}Z_\\w{16}\\.json\\.gz"));
        LookupEventsRequest.Builder question = LookupEventsRequest.builder().eventCategory(EventCategory.insight);
        LookupEventsResponse all = room.call(question.build(), LookupEventsResponse.class);
        assertThat(all.events().orElseThrow()).hasSize(2).allSatisfy(event -> {
            assertThat(event.readOnly()).isEmpty();
            assertThat(event.username()).isEmpty();
            assertThat(event.eventName()).contains("CreateKey");
        });
        String id = all.events().orElseThrow().getFirst().eventId().orElseThrow();
        assertThat(room.call(
                                question.lookupAttributes(List.of(LookupAttribute.builder()
                                                .attributeKey(LookupAttributeKey.EventId)
                                                .attributeValue(id)
                                                .build()))
                                        .build(),
                                LookupEventsResponse.class)
                        .events()
                        .orElseThrow())
                .hasSize(1);
        assertThat(room.call(
                                LookupEventsRequest.builder()
                                        .lookupAttributes(List.of(LookupAttribute.builder()
                                                .attributeKey(LookupAttributeKey.EventId)
                                                .attributeValue(id)
                                                .build()))
                                        .build(),
                                LookupEventsResponse.class)
                        .events()
                        .orElseThrow())
                .as("not among management events")
                .isEmpty();
    }

    @Test
    void selectors_putGetAndTheirErrors() {
        started();
        GetInsightSelectorsRequest get =
                GetInsightSelectorsRequest.builder().trailName("main").build();
        assertThat(room.refusal(get).code()).isEqualTo("InsightNotEnabledException");
        assertThat(room.refusal(insights(
                                selector(InsightType.ApiCallRateInsight), selector(InsightType.ApiCallRateInsight)))
                        .code())
                .isEqualTo("InvalidInsightSelectorsException");
        assertThat(room.refusal(insights(InsightSelector.builder().build())).code())
                .isEqualTo("InvalidInsightSelectorsException");
        assertThat(room.refusal(insights(InsightSelector.builder()
                                .insightType(InsightType.ApiCallRateInsight)
                                .eventCategories(List.of(SourceEventCategory.Data))
                                .build()))
                        .code())
                .isEqualTo("InvalidInsightSelectorsException");
        room.call(insights(selector(InsightType.ApiErrorRateInsight)), PutInsightSelectorsResponse.class);
        assertThat(room.call(get, GetInsightSelectorsResponse.class)
                        .insightSelectors()
                        .orElseThrow())
                .hasSize(1);
        assertThat(room.call(GetTrailRequest.builder().name("main").build(), GetTrailResponse.class)
                        .trail()
                        .orElseThrow()
                        .hasInsightSelectors())
                .contains(true);
        room.call(insights(), PutInsightSelectorsResponse.class);
        assertThat(room.refusal(get).code()).isEqualTo("InsightNotEnabledException");
        room.call(
                PutEventSelectorsRequest.builder()
                        .trailName("main")
                        .eventSelectors(List.of(EventSelector.builder()
                                .readWriteType(ReadWriteType.ReadOnly)
                                .build()))
                        .build(),
                PutEventSelectorsResponse.class);
        assertThat(room.refusal(insights(selector(InsightType.ApiCallRateInsight)))
                        .code())
                .isEqualTo("InvalidInsightSelectorsException");
        room.call(insights(selector(InsightType.ApiErrorRateInsight)), PutInsightSelectorsResponse.class);
    }

    @Test
    void metricData_countsCallsByPeriod() {
        room = new AuditRoom(AuditSettings.DEFAULT);
        Instant hour = Instant.parse("2026-03-04T06:00:00Z");
        room.now = hour.plusSeconds(10);
        creates(3);
        calls(2, "CreateKey", false, new Outcome.Failed(ApiError.of("LimitExceededException", "full")));
        room.now = hour.plusSeconds(7300);
        creates(4);
        ListInsightsMetricDataRequest.Builder question = ListInsightsMetricDataRequest.builder()
                .eventSource("kms.amazonaws.com")
                .eventName("CreateKey")
                .insightType(InsightType.ApiCallRateInsight)
                .startTime(hour);
        ListInsightsMetricDataResponse answer = room.call(question.build(), ListInsightsMetricDataResponse.class);
        assertThat(answer.timestamps()).contains(List.of(hour.plusSeconds(7200), hour));
        assertThat(answer.values()).contains(List.of(4.0, 5.0));
        answer = room.call(
                question.dataType(InsightsMetricDataType.FillWithZeros)
                        .maxResults(2)
                        .build(),
                ListInsightsMetricDataResponse.class);
        assertThat(answer.values()).contains(List.of(4.0, 0.0));
        answer = room.call(
                question.nextToken(answer.nextToken().orElseThrow()).build(), ListInsightsMetricDataResponse.class);
        assertThat(answer.values()).contains(List.of(5.0));
        assertThat(answer.nextToken()).isEmpty();
        answer = room.call(
                ListInsightsMetricDataRequest.builder()
                        .eventSource("kms.amazonaws.com")
                        .eventName("CreateKey")
                        .insightType(InsightType.ApiErrorRateInsight)
                        .errorCode("LimitExceededException")
                        .startTime(hour)
                        .period(60)
                        .build(),
                ListInsightsMetricDataResponse.class);
        assertThat(answer.values()).contains(List.of(2.0));
        for (ListInsightsMetricDataRequest.Builder wrong : List.of(
                question.nextToken("x"),
                ListInsightsMetricDataRequest.builder()
                        .eventSource("a")
                        .eventName("b")
                        .insightType(InsightType.ApiErrorRateInsight),
                ListInsightsMetricDataRequest.builder()
                        .eventSource("a")
                        .eventName("b")
                        .insightType(InsightType.ApiCallRateInsight)
                        .period(61))) {
            assertThat(room.refusal(wrong.build()).code()).isEqualTo("InvalidParameterException");
        }
    }
}
