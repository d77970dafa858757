package dev.keytrail.audit.insight;

import dev.keytrail.call.RowCodec;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The past of one kind of call in one account and Region: what is usual there, and the insight that is under way. Times
 * are whole minutes (or hours, days) since 1970. Immutable.
 *
 * @param hours of the baseline, oldest first; those without calls are left out
 * @param days likewise, for whose calls they were
 */
record Series(List<Hour> hours, List<Day> days, Optional<Open> open) {
    static final Series EMPTY = new Series(List.of(), List.of(), Optional.empty());

    static final RowCodec<Series> CODEC = RowCodec.of(Series::write, Series::read);

    /** AWS's baseline: seven days. */
    static final int BASELINE_HOURS = 7 * 24;

    static final long BASELINE_MINUTES = BASELINE_HOURS * 60L;

    /** Fewer calls in a minute are never unusual. */
    static final long CALLS_MIN = 5;

    /** How many times the average, and the busiest minute, the calls of an unusual minute are. */
    static final int TIMES_AVERAGE = 3;

    static final int TIMES_PEAK = 2;

    /** What goes on for so long is the new usual. */
    static final long INSIGHT_MINUTES_MAX = 24 * 60;

    /** @param peak calls of its busiest minute */
    record Hour(long hour, long calls, long peak) {}

    record Day(long day, Counts counts) {}

    /**
     * An insight under way.
     *
     * @param threshold a minute with fewer calls ends it
     * @param baseline average calls a minute before it
     * @param baselineMinutes that it was taken over
     */
    record Open(
            long since,
            long minutes,
            long calls,
            long peak,
            Counts counts,
            String sharedEventId,
            long threshold,
            double baseline,
            long baselineMinutes,
            Counts baselineCounts) {
        Open plus(long more, Counts moreCounts) {
            return new Open(
                    since,
                    minutes + 1,
                    calls + more,
                    Math.max(peak, more),
                    counts.plus(moreCounts),
                    sharedEventId,
                    threshold,
                    baseline,
                    baselineMinutes,
                    baselineCounts);
        }
    }

    Series {
        hours = List.copyOf(hours);
        days = List.copyOf(days);
    }

    boolean isEmpty() {
        return hours.isEmpty() && open.isEmpty();
    }

    /** Calls in the seven days before. */
    long calls() {
        return hours.stream().mapToLong(Hour::calls).sum();
    }

    Counts counts() {
        return days.stream().map(Day::counts).reduce(Counts.NONE, Counts::plus);
    }

    /** The calls that make a minute unusual. */
    long threshold(long baselineMinutes) {
        long peak = hours.stream().mapToLong(Hour::peak).max().orElse(0);
        long average = (long) Math.ceil((double) TIMES_AVERAGE * calls() / Math.max(1, baselineMinutes));
        return Math.max(CALLS_MIN, Math.max(average, TIMES_PEAK * peak + 1));
    }

    Series opened(Open insight) {
        return new Series(hours, days, Optional.of(insight));
    }

    Series closed() {
        Open ended = open.orElseThrow();
        Series before = new Series(hours, days, Optional.empty());
        // Its minutes are part of the past from now on; the hour that it ended in stands for all of them.
        return before.plus(ended.since() + ended.minutes() - 1, ended.calls(), ended.peak(), ended.counts());
    }

    /** Calls of a usual minute. */
    Series plus(long minute, long calls, long peak, Counts counts) {
        if (calls == 0) {
            return this;
        }
        long hour = Math.floorDiv(minute, 60);
        List<Hour> more = new ArrayList<>(hours);
        Hour last = more.isEmpty() || more.getLast().hour() < hour ? new Hour(hour, 0, 0) : more.removeLast();
        more.add(new Hour(last.hour(), last.calls() + calls, Math.max(last.peak(), peak)));
        long day = Math.floorDiv(hour, 24);
        List<Day> moreDays = new ArrayList<>(days);
        Day lastDay = moreDays.isEmpty() || moreDays.getLast().day() < day
                ? new Day(day, Counts.NONE)
                : moreDays.removeLast();
        moreDays.add(new Day(lastDay.day(), lastDay.counts().plus(counts)));
        return new Series(more, moreDays, open).at(minute);
    }

    /** Without what lies before the seven days that end at this minute. */
    Series at(long minute) {
        long oldest = Math.floorDiv(minute, 60) - BASELINE_HOURS;
        boolean young = hours.isEmpty() || hours.getFirst().hour() > oldest;
        if (young) {
            return this;
        }
        return new Series(
                hours.stream().filter(hour -> hour.hour() > oldest).toList(),
                days.stream()
                        .filter(day -> day.day() > Math.floorDiv(oldest, 24))
                        .toList(),
                open);
    }

    private void write(RowWriter out) {
        out.version(1);
        out.list(hours, (h, to) -> to.number(h.hour()).number(h.calls()).number(h.peak()));
        out.list(days, (d, to) -> d.counts().write(to.number(d.day())));
        out.optional(open, (o, to) -> {
            to.number(o.since()).number(o.minutes()).number(o.calls()).number(o.peak());
            o.counts().write(to);
            to.text(o.sharedEventId()).number(o.threshold()).number(Double.doubleToLongBits(o.baseline()));
            o.baselineCounts().write(to.number(o.baselineMinutes()));
        });
    }

    private static Series read(RowReader in) {
        in.version(1);
        return new Series(
                in.list(h -> new Hour(h.number(), h.number(), h.number())),
                in.list(d -> new Day(d.number(), Counts.read(d))),
                in.optional(Series::readOpen));
    }

    private static Open readOpen(RowReader in) {
        long since = in.number();
        long minutes = in.number();
        long calls = in.number();
        long peak = in.number();
        Counts counts = Counts.read(in);
        String sharedEventId = in.text();
        long threshold = in.number();
        double baseline = Double.longBitsToDouble(in.number());
        long baselineMinutes = in.number();
        return new Open(
                since,
                minutes,
                calls,
                peak,
                counts,
                sharedEventId,
                threshold,
                baseline,
                baselineMinutes,
                Counts.read(in));
    }
}
