package dev.keytrail.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keytrail.audit.history.HistoryIndex;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.Refused;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KeyOrigin;
import dev.keytrail.kms.key.KeySpec;
import dev.keytrail.kms.key.KeyState;
import dev.keytrail.kms.key.KeyUsage;
import dev.keytrail.kms.key.Tags;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;

class KeyUsesTest {
    private static final String ACCOUNT = "111122223333";
    private static final String REGION = "us-west-2";
    private static final String ID = "1234abcd-12ab-34cd-56ef-1234567890ab";
    private static final Key KEY = new Key(
            ACCOUNT,
            REGION,
            ID,
            Key.arn(ACCOUNT, REGION, ID),
            Instant.EPOCH,
            "",
            KeySpec.SYMMETRIC_DEFAULT,
            KeyUsage.ENCRYPT_DECRYPT,
            KeyOrigin.AWS_KMS,
            false,
            false,
            KeyState.ENABLED,
            Optional.empty(),
            Optional.empty(),
            "{}",
            Tags.NONE,
            List.of(),
            Optional.empty(),
            Optional.empty());

    /** Events of the key, newest first: so many descriptions, and one use under them. */
    private record Events(int descriptions) implements HistoryIndex {
        @Override
        public Page find(Lookup lookup) {
            long from = lookup.after().map(Position::index).orElse(-1L) + 1;
            List<Found> page = new ArrayList<>();
            for (long at = from; at <= descriptions && page.size() < lookup.limit(); at++) {
                page.add(new Found(at, event(at < descriptions ? "DescribeKey" : "Encrypt")));
            }
            return new Page(page, from + page.size() <= descriptions);
        }

        @Override
        public int forget(ToLongFunction<String> earliestSecond, int most) {
            return 0;
        }

        private static LedgerRecord event(String name) {
            return new LedgerRecord(
                    ACCOUNT,
                    REGION,
                    LedgerRecord.Category.MANAGEMENT,
                    "event",
                    7,
                    "kms.amazonaws.com",
                    name,
                    true,
                    Optional.empty(),
                    Optional.empty(),
                    List.of(),
                    Bytes.utf8("{\"requestID\":\"request\"}"),
                    Bytes.EMPTY);
        }
    }

    @Test
    void lastUse_underManyOtherEvents_isFound() {
        for (int others : new int[] {0, 9, 10, 11, 510, 1000}) {
            assertThat(new KeyUses(new Events(others)).lastUse(KEY))
                    .as("%d others", others)
                    .get()
                    .extracting(use -> use.operation() + " " + use.requestId())
                    .isEqualTo("Encrypt request");
        }
    }

    @Test
    void lastUse_tooDeep_isADependencyThatTimedOut() {
        assertThatThrownBy(() -> new KeyUses(new Events(KeyUses.EVENTS_MAX + 1000)).lastUse(KEY))
                .isInstanceOfSatisfying(Refused.class, refused -> {
                    assertThat(refused.error().code()).isEqualTo("DependencyTimeoutException");
                    assertThat(refused.error().status()).isEqualTo(500);
                });
    }
}
