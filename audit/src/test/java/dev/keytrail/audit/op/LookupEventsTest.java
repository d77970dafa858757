package dev.keytrail.audit.op;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.audit.AuditRoom;
import dev.keytrail.audit.Json;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.wire.shape.cloudtrail.Event;
import dev.keytrail.wire.shape.cloudtrail.LookupAttribute;
import dev.keytrail.wire.shape.cloudtrail.LookupAttributeKey;
import dev.keytrail.wire.shape.cloudtrail.LookupEventsRequest;
import dev.keytrail.wire.shape.cloudtrail.LookupEventsResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LookupEventsTest {
    private static final String KEY = "arn:aws:kms:eu-west-1:111122223333:key/k";

    private final AuditRoom room = new AuditRoom();

    private LookupEventsResponse ask(LookupEventsRequest.Builder question) {
        return room.call(question.build(), LookupEventsResponse.class);
    }

    private static LookupEventsRequest.Builder by(LookupAttributeKey key, String value) {
        return LookupEventsRequest.builder()
                .lookupAttributes(List.of(LookupAttribute.builder()
                        .attributeKey(key)
                        .attributeValue(value)
                        .build()));
    }

    private static List<String> ids(LookupEventsResponse answer) {
        return answer.events().orElseThrow().stream()
                .map(event -> event.eventId().orElseThrow())
                .toList();
    }

    @Test
    void lookup_byKeyArn_showsTheEventAsRecorded() {
        LedgerRecord record = room.kms("Decrypt", true, KEY);
        Event event = ask(by(LookupAttributeKey.ResourceName, KEY))
                .events()
                .orElseThrow()
                .getFirst();
        assertThat(event.eventId()).contains(record.eventId());
        assertThat(event.eventName()).contains("Decrypt");
        assertThat(event.readOnly()).contains("true");
        assertThat(event.username()).contains("root");
        assertThat(event.accessKeyId()).contains("AKIAROOT");
        assertThat(event.eventSource()).contains("kms.amazonaws.com");
        assertThat(event.eventTime().orElseThrow().getEpochSecond()).isEqualTo(room.now.getEpochSecond());
        assertThat(event.cloudTrailEvent()).contains(record.json().utf8());
        assertThat(event.resources().orElseThrow().getFirst().resourceName()).contains(KEY);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 20, 50})
    void lookup_pageByPageWhileEventsArrive_showsEachOnceNewestFirst(int size) {
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 57; i++) {
            room.now = room.now.plusMillis(400);
            expected.addFirst(room.kms("Decrypt", true, KEY).eventId());
        }
        List<String> found = new ArrayList<>();
        Optional<String> token = Optional.empty();
        do {
            LookupEventsResponse page = ask(
                    by(LookupAttributeKey.EventName, "Decrypt").maxResults(size).nextToken(token));
            assertThat(ids(page)).hasSizeBetween(1, size);
            found.addAll(ids(page));
            token = page.nextToken();
            room.kms("Decrypt", true, KEY);
        } while (token.isPresent());
        assertThat(new HashSet<>(found)).hasSameSizeAs(found);
        assertThat(found).containsExactlyElementsOf(expected);
    }

    @Test
    void lookup_itself_isInHistoryWithWhatItAsked() {
        ask(by(LookupAttributeKey.EventName, "Decrypt").maxResults(7).startTime(room.now));
        Event event = ask(by(LookupAttributeKey.EventName, "LookupEvents"))
                .events()
                .orElseThrow()
                .getFirst();
        assertThat(Json.object(event.cloudTrailEvent().orElseThrow().getBytes(StandardCharsets.UTF_8))
                        .get("requestParameters"))
                .hasToString("{lookupAttributes=[{attributeKey=EventName, attributeValue=Decrypt}], "
                        + "startTime=Mar 4, 2026, 5:06:07 AM, maxResults=7}");
    }

    @Test
    void lookup_tokenOfAnotherQuestionOrDamaged_isRefused() {
        room.kms("Decrypt", true, KEY);
        room.kms("Decrypt", true, KEY);
        String token = ask(by(LookupAttributeKey.EventName, "Decrypt").maxResults(1))
                .nextToken()
                .orElseThrow();
        LookupEventsRequest.Builder same = by(LookupAttributeKey.EventName, "Decrypt");
        assertThat(ids(ask(same.nextToken(token)))).hasSize(1);
        for (LookupEventsRequest.Builder other : List.of(
                by(LookupAttributeKey.EventName, "Encrypt").nextToken(token),
                by(LookupAttributeKey.EventName, "Decrypt").startTime(room.now).nextToken(token),
                LookupEventsRequest.builder().nextToken(token),
                by(LookupAttributeKey.EventName, "Decrypt").nextToken(token.substring(1)),
                by(LookupAttributeKey.EventName, "Decrypt").nextToken("x" + token.substring(1)),
                by(LookupAttributeKey.EventName, "Decrypt").nextToken("!"),
                by(LookupAttributeKey.EventName, "Decrypt").nextToken("A".repeat(5000)))) {
            assertThat(room.refusal(other.build()).code()).isEqualTo("InvalidNextTokenException");
        }
        room.region = "us-east-1";
        assertThat(room.refusal(same.nextToken(token).build()).code()).isEqualTo("InvalidNextTokenException");
    }

    @Test
    void lookup_timeRange_isInclusiveToTheSecond() {
        String first = room.kms("Decrypt", true, KEY).eventId();
        LookupEventsRequest.Builder exact =
                by(LookupAttributeKey.EventName, "Decrypt").startTime(room.now).endTime(room.now);
        room.now = room.now.plusSeconds(1);
        room.kms("Decrypt", true, KEY);
        assertThat(ids(ask(exact))).containsExactly(first);
    }

    @Test
    void lookup_olderThanTheRetention_isNotShown() {
        room.kms("Decrypt", true, KEY);
        room.now = room.now.plus(Duration.ofDays(90)).plusSeconds(1);
        assertThat(ids(ask(by(LookupAttributeKey.EventName, "Decrypt")))).isEmpty();
        assertThat(ids(ask(
                        by(LookupAttributeKey.EventName, "Decrypt").startTime(room.now.minus(Duration.ofDays(200))))))
                .isEmpty();
    }

    @Test
    void lookup_turnedRange_isRefused() {
        LookupEventsRequest question = LookupEventsRequest.builder()
                .startTime(room.now)
                .endTime(room.now.minusSeconds(1))
                .build();
        assertThat(room.refusal(question).code()).isEqualTo("InvalidTimeRangeException");
    }

    @Test
    void lookup_twoAttributesOrAHeavyValue_areRefused() {
        LookupAttribute one = LookupAttribute.builder()
                .attributeKey(LookupAttributeKey.EventName)
                .attributeValue("x")
                .build();
        assertThat(room.refusal(LookupEventsRequest.builder()
                                .lookupAttributes(List.of(one, one))
                                .build())
                        .code())
                .isEqualTo("InvalidLookupAttributesException");
        assertThat(room.refusal(by(LookupAttributeKey.EventName, "_".repeat(1001))
                                .build())
                        .code())
                .isEqualTo("InvalidLookupAttributesException");
        assertThat(ids(ask(by(LookupAttributeKey.EventName, "_".repeat(1000))))).isEmpty();
    }

    @Test
    void lookup_pageSizeOutOfRange_isRefused() {
        for (int size : new int[] {0, -1, 51}) {
            assertThat(room.refusal(LookupEventsRequest.builder()
                                    .maxResults(size)
                                    .build())
                            .code())
                    .isEqualTo("InvalidMaxResultsException");
        }
    }

    @Test
    void lookup_withoutPermission_isDenied() {
        room.caller = AuditRoom.ALICE;
        assertThat(room.refusal(LookupEventsRequest.builder().build()))
                .satisfies(error -> assertThat(error.code()).isEqualTo("AccessDeniedException"))
                .satisfies(error -> assertThat(error.message().orElseThrow())
                        .isEqualTo("User: arn:aws:iam::111122223333:user/alice is not authorized to perform: "
                                + "cloudtrail:LookupEvents because no identity-based policy allows the "
                                + "cloudtrail:LookupEvents action"));
    }
}
