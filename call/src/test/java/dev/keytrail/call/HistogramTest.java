package dev.keytrail.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class HistogramTest {
    @Test
    void observed_countsUpToEachBound_inclusive() {
        Histogram histogram = new Histogram(10, 20);
        for (long value : new long[] {-5, 0, 10, 11, 20, 21, 1_000}) {
            histogram.observe(value);
        }
        Histogram.Snapshot seen = histogram.snapshot();
        assertThat(seen.bounds()).containsExactly(10L, 20L);
        assertThat(seen.cumulative()).containsExactly(3L, 5L, 7L);
        assertThat(seen.count()).isEqualTo(7);
        assertThat(seen.sum()).isEqualTo(1_062);
    }

    @Test
    void observed_byManyThreads_losesNothing() throws InterruptedException {
        Histogram histogram = new Histogram(1, 2, 3);
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 8; t++) {
            threads.add(Thread.ofVirtual().start(() -> {
                for (int i = 0; i < 10_000; i++) {
                    histogram.observe(i % 5);
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(histogram.snapshot().cumulative()).containsExactly(32_000L, 48_000L, 64_000L, 80_000L);
        assertThat(histogram.snapshot().sum()).isEqualTo(160_000);
    }

    @Test
    void bounds_thatDoNotAscend_areRefused() {
        assertThatThrownBy(() -> new Histogram(1, 1)).isInstanceOf(IllegalArgumentException.class);
    }
}
