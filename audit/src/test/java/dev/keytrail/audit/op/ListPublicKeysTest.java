package dev.keytrail.audit.op;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.audit.AuditRoom;
import dev.keytrail.call.Bytes;
import dev.keytrail.wire.shape.cloudtrail.CreateTrailRequest;
import dev.keytrail.wire.shape.cloudtrail.CreateTrailResponse;
import dev.keytrail.wire.shape.cloudtrail.GetTrailStatusRequest;
import dev.keytrail.wire.shape.cloudtrail.GetTrailStatusResponse;
import dev.keytrail.wire.shape.cloudtrail.ListPublicKeysRequest;
import dev.keytrail.wire.shape.cloudtrail.ListPublicKeysResponse;
import dev.keytrail.wire.shape.cloudtrail.PublicKey;
import dev.keytrail.wire.shape.cloudtrail.StartLoggingRequest;
import dev.keytrail.wire.shape.cloudtrail.StartLoggingResponse;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class ListPublicKeysTest {
    private final AuditRoom room = new AuditRoom();

    private List<PublicKey> keys(ListPublicKeysRequest.Builder request) {
        return room.call(request.build(), ListPublicKeysResponse.class)
                .publicKeyList()
                .orElseThrow();
    }

    private static ListPublicKeysRequest.Builder ask() {
        return ListPublicKeysRequest.builder();
    }

    @Test
    void list_afterAdigest_showsItsKeyWhereAndWhenItIsValid() throws NoSuchAlgorithmException {
        CreateTrailResponse made = room.call(
                CreateTrailRequest.builder()
                        .name("trail")
                        .s3BucketName("bucket")
                        .enableLogFileValidation(true)
                        .build(),
                CreateTrailResponse.class);
        assertThat(made.logFileValidationEnabled()).contains(true);
        room.call(StartLoggingRequest.builder().name("trail").build(), StartLoggingResponse.class);
        assertThat(keys(ask())).isEmpty();
        room.deliver(60);
        room.now = room.now.plus(Duration.ofHours(1));
        room.audit.digests().step(room.now);
        List<PublicKey> keys = keys(ask());
        assertThat(keys).hasSize(1);
        PublicKey key = keys.getFirst();
        Bytes value = key.value().orElseThrow();
        assertThat(value.size()).as("a PKCS#1 RSAPublicKey of 2048 bits").isEqualTo(270);
        assertThat(key.fingerprint())
                .contains(Bytes.adopt(MessageDigest.getInstance("MD5").digest(value.toArray()))
                        .hex());
        Instant from = key.validityStartTime().orElseThrow();
        Instant to = key.validityEndTime().orElseThrow();
        assertThat(Duration.between(from, to)).isEqualTo(Duration.ofDays(30));
        assertThat(keys(ask().startTime(to.minusSeconds(1)).endTime(to.plusSeconds(9))))
                .isEqualTo(keys);
        assertThat(keys(ask().startTime(to).endTime(to.plusSeconds(9)))).isEmpty();
        assertThat(room.call(GetTrailStatusRequest.builder().name("trail").build(), GetTrailStatusResponse.class)
                        .latestDigestDeliveryTime())
                .contains(room.now);
        room.region = "us-east-1";
        assertThat(keys(ask())).as("another Region has keys of its own").isEmpty();
    }

    @Test
    void list_wrongQuestions_areRefused() {
        assertThat(room.refusal(ask().startTime(room.now)
                                .endTime(room.now.minusSeconds(1))
                                .build())
                        .code())
                .isEqualTo("InvalidTimeRangeException");
        assertThat(room.refusal(ask().nextToken("made up").build()).code()).isEqualTo("InvalidTokenException");
        room.caller = AuditRoom.ALICE;
        assertThat(room.refusal(ask().build()).code()).isEqualTo("AccessDeniedException");
    }
}
