package dev.keytrail.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.keytrail.call.ApiError;
import dev.keytrail.call.Service;
import java.lang.management.ManagementFactory;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class CountersTest {
    private final AtomicLong nanos = new AtomicLong();
    private final Counters counters = new Counters(nanos::get);

    private Counters.Calls calls(Service service, String operation) {
        return Objects.requireNonNull(
                Objects.requireNonNull(counters.calls().get(service)).get(operation));
    }

    @Test
    void called_countsTheOutcomeAndTheTime() {
        long begun = counters.begin();
        nanos.addAndGet(3_000_000);
        counters.called(Service.KMS, "Encrypt", Counters.Came.OK, begun);
        counters.called(Service.KMS, "Encrypt", Counters.Came.DENIED, begun);
        Counters.Calls seen = calls(Service.KMS, "Encrypt");
        assertThat(seen.count(Counters.Came.OK)).isEqualTo(1);
        assertThat(seen.count(Counters.Came.DENIED)).isEqualTo(1);
        assertThat(seen.count(Counters.Came.FAULT)).isZero();
        assertThat(seen.micros().sum()).isEqualTo(6_000);
    }

    /** Whoever sends requests could else fill the memory with series. */
    @Test
    void namesThatAreNoOperation_areCountedTogether() {
        for (int i = 0; i < 1_000; i++) {
            counters.called(Service.KMS, "Made" + i, Counters.Came.REFUSED, counters.begin());
            counters.called(Service.KEYTRAIL, "Up" + i, Counters.Came.REFUSED, counters.begin());
            counters.called(Service.IAM, "List" + i, Counters.Came.REFUSED, counters.begin());
        }
        for (Service service : new Service[] {Service.KMS, Service.KEYTRAIL, Service.IAM}) {
            Map<String, Counters.Calls> all =
                    Objects.requireNonNull(counters.calls().get(service));
            assertThat(all).containsOnlyKeys(Counters.OTHER);
            assertThat(calls(service, Counters.OTHER).count(Counters.Came.REFUSED))
                    .isEqualTo(1_000);
        }
    }

    @Test
    void errors_areOfFourKinds() {
        assertThat(Counters.Came.of(ApiError.of("AccessDeniedException", "no"))).isEqualTo(Counters.Came.DENIED);
        assertThat(Counters.Came.of(ApiError.of("AccessDenied", 403, "no"))).isEqualTo(Counters.Came.DENIED);
        assertThat(Counters.Came.of(ApiError.of("ThrottlingException", "no"))).isEqualTo(Counters.Came.THROTTLED);
        assertThat(Counters.Came.of(ApiError.of("ValidationException", "no"))).isEqualTo(Counters.Came.REFUSED);
        assertThat(Counters.Came.of(ApiError.of("KMSInternalException", 500, "no")))
                .isEqualTo(Counters.Came.FAULT);
    }

    @Test
    void aCallOfAKnownOperation_allocatesNothing() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (int i = 0; i < 20_000; i++) {
            counters.called(Service.KMS, "Encrypt", Counters.Came.OK, counters.begin());
        }
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 100_000; i++) {
            counters.called(Service.KMS, "Encrypt", Counters.Came.OK, counters.begin());
        }
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(100_000);
    }
}
