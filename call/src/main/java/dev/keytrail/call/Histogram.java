package dev.keytrail.call;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.LongStream;

/**
 * How often a measured value fell into which range, for metrics: commits of the store, calls of the server. The unit is the
 * owner's. Thread-safe; observing adds to two striped counters and allocates nothing.
 */
public final class Histogram {
    private final long[] bounds;
    private final LongAdder[] counts;
    private final LongAdder sum = new LongAdder();

    /** @param bounds upper ends of the ranges, inclusive, ascending; what is above the last one counts too */
    public Histogram(long... bounds) {
        for (int i = 1; i < bounds.length; i++) {
            if (bounds[i] <= bounds[i - 1]) {
                throw new IllegalArgumentException("bounds must ascend");
            }
        }
        this.bounds = bounds.clone();
        this.counts = new LongAdder[bounds.length + 1];
        Arrays.setAll(counts, _ -> new LongAdder());
    }

    /** Negative values, as a clock that is set back gives them, count as 0. */
    public void observe(long value) {
        long counted = Math.max(0, value);
        int range = 0;
        while (range < bounds.length && counted > bounds[range]) {
            range++;
        }
        counts[range].increment();
        sum.add(counted);
    }

    /**
     * What was observed until now.
     *
     * @param bounds upper ends of the ranges
     * @param cumulative observations up to each bound; the last element, one more than there are bounds, is all of them
     * @param sum of all observed values
     */
    public record Snapshot(List<Long> bounds, List<Long> cumulative, long sum) {
        public Snapshot {
            bounds = List.copyOf(bounds);
            cumulative = List.copyOf(cumulative);
        }

        public long count() {
            return cumulative.getLast();
        }
    }

    /** Consistent in itself; observations under way may or may not be in it, and in the sum but not in the counts. */
    public Snapshot snapshot() {
        long[] totals = new long[counts.length];
        long total = 0;
        for (int i = 0; i < counts.length; i++) {
            total += counts[i].sum();
            totals[i] = total;
        }
        return new Snapshot(
                LongStream.of(bounds).boxed().toList(),
                LongStream.of(totals).boxed().toList(),
                sum.sum());
    }
}
