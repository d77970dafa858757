package dev.keytrail.audit.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keytrail.audit.history.HistoryIndex.Attribute;
import dev.keytrail.audit.history.HistoryIndex.Match;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.LedgerRecord;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventQueryTest {
    private static final LedgerRecord RECORD = new LedgerRecord(
            "111122223333",
            "us-east-1",
            LedgerRecord.Category.MANAGEMENT,
            "e-1",
            0,
            "kms.amazonaws.com",
            "Decrypt",
            true,
            Optional.of("alice"),
            Optional.of("AKIA1"),
            List.of(),
            Bytes.utf8("{\"userIdentity\":{\"type\":\"IAMUser\",\"userName\":\"alice\",\"accessKeyId\":\"AKIA1\"},"
                    + "\"eventTime\":\"2026-03-04T05:06:07Z\",\"eventSource\":\"kms.amazonaws.com\","
                    + "\"eventName\":\"Decrypt\",\"sourceIPAddress\":\"10.0.0.7\",\"errorCode\":\"AccessDenied\","
                    + "\"requestParameters\":{\"limit\":20,\"encryptionContext\":{\"tenant\":\"a\",\"aws:s3:arn\":"
                    + "\"arn:x\",\"naïve key\":\"ü\"}},\"responseElements\":null,\"eventID\":\"e-1\",\"readOnly\":true,"
                    + "\"resources\":[{\"ARN\":\"arn:1\"},{\"ARN\":\"arn:2\"}]}"),
            Bytes.EMPTY);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "eventName = Decrypt",
                "eventName = Decrypt AND errorCode = AccessDenied",
                "eventName = Decrypt errorCode = AccessDenied",
                "eventName=Decrypt and errorCode=AccessDenied",
                "eventName = Encrypt OR errorCode EXISTS",
                "NOT eventName = Encrypt",
                "NOT (eventName = Encrypt OR errorCode = Throttled)",
                "eventName != Encrypt",
                "noSuchMember != x",
                "NOT noSuchMember EXISTS",
                "NOT responseElements EXISTS",
                "sourceIPAddress ^= 10.",
                "errorCode ~ Denied",
                "context.tenant = a",
                "context.tenant EXISTS",
                "context.\"aws:s3:arn\" = arn:x",
                "context.aws:s3:arn = arn:x",
                "context.\"naïve key\" = ü",
                "requestParameters.encryptionContext.tenant = \"a\"",
                "requestParameters.limit > 9",
                "requestParameters.limit <= 20",
                "eventTime >= 2026-03-04T00:00:00Z AND eventTime < 2026-03-05T00:00:00Z",
                "resources.ARN = arn:2",
                "userIdentity.userName = alice",
                "readOnly = true",
                "any = arn:1",
                "any ~ IAM",
                "(((eventName = Decrypt)))",
            })
    void hit(String query) {
        assertThat(EventQuery.parse(query).accepts(RECORD)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "eventName = decrypt",
                "eventName = Decrypt AND errorCode = Throttled",
                "eventName = Encrypt OR errorCode = Throttled AND readOnly = true",
                "errorCode != AccessDenied",
                "context.tenant = b",
                "context.other EXISTS",
                "requestParameters.limit > 100",
                "requestParameters.limit < 9",
                "resources EXISTS AND resources.ARN = arn:3",
                "any = arn",
                "NOT any = arn:1",
            })
    void miss(String query) {
        assertThat(EventQuery.parse(query).accepts(RECORD)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "eventName",
                "eventName =",
                "= Decrypt",
                "eventName == Decrypt",
                "eventName = \"Decrypt",
                "(eventName = Decrypt",
                "eventName = Decrypt)",
                "eventName = Decrypt OR",
                "eventName. = x",
                "NOT",
            })
    void malformed_saysWhere(String query) {
        assertThatThrownBy(() -> EventQuery.parse(query))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at character");
    }

    @Test
    void bounds_areKept() {
        assertThatThrownBy(() -> EventQuery.parse("a = b ".repeat(51)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("comparisons");
        assertThatThrownBy(() -> EventQuery.parse("(".repeat(30) + "a = b" + ")".repeat(30)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> EventQuery.parse("NOT ".repeat(900) + "a = b"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> EventQuery.parse("a = " + "b".repeat(5000)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void narrowing_takesTheRarestAttributeThatEveryHitHas() {
        assertThat(EventQuery.parse("readOnly = true AND eventName = Decrypt").narrowing())
                .contains(new Match(Attribute.EVENT_NAME, "Decrypt"));
        assertThat(EventQuery.parse("eventName = A AND userIdentity.accessKeyId = K")
                        .narrowing())
                .contains(new Match(Attribute.ACCESS_KEY_ID, "K"));
        assertThat(EventQuery.parse("eventName = A OR eventName = B").narrowing())
                .isEmpty();
        assertThat(EventQuery.parse("NOT eventName = A").narrowing()).isEmpty();
    }
}
