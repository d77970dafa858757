package dev.keytrail.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keytrail.call.Change;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.State;
import dev.keytrail.store.MemoryStore;
import dev.keytrail.testkit.ForwardingLedger;
import dev.keytrail.testkit.SimulatedClock;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A call that is decided again after a lost race asks the key service no second time. */
class NestedCallsTest {
    private static final String POLICY = """
            {"Version":"2012-10-17","Statement":[\
            {"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:*",\
            "Resource":["arn:aws:s3:::logs","arn:aws:s3:::logs/*"]}]}""";

    @TempDir
    @SuppressWarnings("NullAway.Init") // by JUnit
    private Path folder;

    private final MemoryStore memory = MemoryStore.open(House.tables());
    private final Racing racing = new Racing(memory.ledger());

    @SuppressWarnings("NullAway.Init") // before each test
    private InProcess house;

    @SuppressWarnings("NullAway.Init") // before each test
    private String key;

    /** Loses every race for calls of one name, so many times. */
    private static final class Racing extends ForwardingLedger {
        private String name = "";
        private int races;

        Racing(Ledger real) {
            super(real);
        }

        void lose(String eventName, int times) {
            name = eventName;
            races = times;
        }

        @Override
        public long commit(State basis, List<Change<?>> changes, List<LedgerRecord> records) {
            if (races > 0
                    && records.stream().anyMatch(record -> record.eventName().equals(name))) {
                races--;
                throw new Conflict("a race");
            }
            return real.commit(basis, changes, records);
        }
    }

    @BeforeEach
    void open() throws IOException {
        house = InProcess.open(folder, memory.withLedger(racing), new SimulatedClock(), Map.of());
        key = house.createKey();
        house.s3("PUT", "/logs", "", "");
        house.s3("PUT", "/logs", "policy=", POLICY);
    }

    private List<LedgerRecord> events(String name) {
        List<LedgerRecord> found = new ArrayList<>();
        try (Ledger.Cursor cursor = memory.ledger().records(0)) {
            while (cursor.next()) {
                if (cursor.record().eventName().equals(name)) {
                    found.add(cursor.record());
                }
            }
        }
        return found;
    }

    private Map<String, String> encrypted() {
        return Map.of("x-amz-server-side-encryption", "aws:kms", "x-amz-server-side-encryption-aws-kms-key-id", key);
    }

    @Test
    void getObject_asksForItsKeyOnce() {
        house.s3("PUT", "/logs/k", "", encrypted(), "content");
        racing.lose("GetObject", 3);
        assertThat(house.s3("GET", "/logs/k", "", "").body().utf8()).isEqualTo("content");
        assertThat(racing.races).isZero();
        assertThat(events("Decrypt")).hasSize(1);
        assertThat(events("GetObject")).hasSize(1);
    }

    @Test
    void getObject_refusedByTheKey_isRefusedOnce() {
        house.s3("PUT", "/logs/k", "", encrypted(), "content");
        house.call("kms", "TrentService.DisableKey", "{\"KeyId\":\"" + key + "\"}");
        racing.lose("GetObject", 3);
        assertThatThrownBy(() -> house.s3("GET", "/logs/k", "", "")).hasMessageContaining("disabled");
        assertThat(events("Decrypt")).hasSize(1);
        assertThat(events("GetObject")).hasSize(1);
    }

    @Test
    void createMultipartUpload_asksForItsKeyOnce() {
        racing.lose("CreateMultipartUpload", 2);
        house.s3("POST", "/logs/k", "uploads=", encrypted(), "");
        assertThat(racing.races).isZero();
        assertThat(events("GenerateDataKey")).hasSize(1);
        assertThat(events("CreateMultipartUpload")).hasSize(1);
    }

    @Test
    void createAndUpdateTrail_askForTheirKeyOnce() {
        String arn = "arn:aws:kms:us-east-1:" + house.account() + ":key/" + key;
        house.call(
                "kms",
                "TrentService.PutKeyPolicy",
                "{\"KeyId\":\"" + key + "\",\"Policy\":\"" + keyPolicy().replace("\"", "\\\"") + "\"}");
        racing.lose("CreateTrail", 2);
        trail("CreateTrail", "{\"Name\":\"main\",\"S3BucketName\":\"logs\",\"KmsKeyId\":\"" + arn + "\"}");
        assertThat(racing.races).isZero();
        assertThat(events("GenerateDataKey")).hasSize(1);
        racing.lose("UpdateTrail", 2);
        trail("UpdateTrail", "{\"Name\":\"main\",\"KmsKeyId\":\"" + arn + "\"}");
        assertThat(racing.races).isZero();
        assertThat(events("GenerateDataKey")).hasSize(2);
        assertThat(events("CreateTrail")).hasSize(1);
        assertThat(events("UpdateTrail")).hasSize(1);
    }

    private String keyPolicy() {
        return "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::"
                + house.account()
                + ":root\"},\"Action\":\"kms:*\",\"Resource\":\"*\"},{\"Effect\":\"Allow\",\"Principal\":"
                + "{\"Service\":\"cloudtrail.amazonaws.com\"},\"Action\":\"kms:GenerateDataKey*\",\"Resource\":\"*\"}]}";
    }

    private void trail(String operation, String json) {
        house.call("cloudtrail", "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101." + operation, json);
    }
}
