package dev.keytrail.audit.trail;

import dev.keytrail.audit.trail.Progress.Failed;
import dev.keytrail.call.RowCodec;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The digests of one trail in one Region: what is written, what comes next (cloudtrail.md H). Outlives the trail until its
 * last digest is there.
 *
 * @param segments stretches of logging with validation that still want digests, oldest first; each is a chain of its own
 * @param after end of the newest digest: the next one begins here or later, so that no two have the same name
 * @param previous the digest before in the first segment; empty when the next one is a starting digest
 * @param plan the digest under way
 * @param bucket where the next one goes
 * @param kmsKey ARN of the key that it is encrypted under
 * @param organization id, for the folder, if it is an organisation trail's
 * @param counted whether what the trail leaves out is counted beside its digests
 * @param late the backfill digest before, if the newest one was such; they are a chain of their own, from the last one in
 *     time to the next
 * @param newest the digest before, of whatever kind and segment
 */
public record Chain(
        List<Segment> segments,
        Instant after,
        Optional<Link> previous,
        Optional<Plan> plan,
        String bucket,
        Optional<String> prefix,
        Optional<Instant> latest,
        Optional<Failed> latestFailure,
        Optional<String> kmsKey,
        Optional<String> organization,
        boolean counted,
        Optional<Link> late,
        Optional<Link> newest) {
    static final RowCodec<Chain> CODEC = RowCodec.of(Chain::write, Chain::read);

    public Chain {
        segments = List.copyOf(segments);
    }

    /**
     * @param number of the epoch that it began in; part of its files' row keys
     * @param closed no more files are coming: what is there makes the final digest
     */
    public record Segment(long number, Instant start, boolean closed) {}

    /** What a digest says of the one before it. */
    public record Link(String bucket, String key, String hash, String signature) {
        private static void write(Link link, RowWriter out) {
            out.text(link.bucket).text(link.key).text(link.hash).text(link.signature);
        }

        private static Link read(RowReader in) {
            return new Link(in.text(), in.text(), in.text(), in.text());
        }
    }

    /**
     * A digest, decided before it is put: whatever happens then, the same bytes under the same name are put again.
     *
     * @param toFile it names the segment's files below this number
     * @param signingKey number of the Region's key
     * @param last of its segment
     * @param counted whether the counts of what was left out stand beside it
     * @param lateAt when it was decided, if that is after the next one was due: it is a backfill digest then
     */
    public record Plan(
            Instant start,
            Instant end,
            long toFile,
            long signingKey,
            boolean last,
            String bucket,
            Optional<String> prefix,
            Optional<String> organization,
            boolean counted,
            Optional<Instant> lateAt) {
        /** Its name belongs to an object that is not ours. */
        Plan renamed() {
            return new Plan(
                    start, end.plusSeconds(1), toFile, signingKey, last, bucket, prefix, organization, counted, lateAt);
        }

        Plan redirected(Chain to) {
            return new Plan(
                    start, end, toFile, signingKey, last, to.bucket, to.prefix, to.organization, counted, lateAt);
        }

        private static void write(Plan plan, RowWriter out) {
            out.instant(plan.start).instant(plan.end).number(plan.toFile).number(plan.signingKey);
            out.flag(plan.last).text(plan.bucket).optionalText(plan.prefix).optionalText(plan.organization);
            out.flag(plan.counted).optional(plan.lateAt, (at, to) -> to.instant(at));
        }

        private static Plan read(RowReader in, int version) {
            return new Plan(
                    in.instant(),
                    in.instant(),
                    in.number(),
                    in.number(),
                    in.flag(),
                    in.text(),
                    in.optionalText(),
                    version > 2 ? in.optionalText() : Optional.empty(),
                    version > 2 && in.flag(),
                    version > 2 ? in.optional(RowReader::instant) : Optional.empty());
        }
    }

    static Chain fresh(Scope scope) {
        return new Chain(
                List.of(),
                Instant.EPOCH,
                Optional.empty(),
                Optional.empty(),
                scope.bucket(),
                scope.prefix(),
                Optional.empty(),
                Optional.empty(),
                scope.kmsKey(),
                scope.organizationId(),
                scope.isCounted(),
                Optional.empty(),
                Optional.empty());
    }

    boolean isOpen() {
        return !segments.isEmpty() && !segments.getLast().closed();
    }

    /** Where the next digest's window begins. */
    Instant start() {
        Instant start = segments.getFirst().start();
        return start.isAfter(after) ? start : after;
    }

    /** The time up to which the first segment's digests reach, if they are made now: what comes after the next began is its. */
    Instant until(Instant now) {
        return segments.stream()
                .skip(1)
                .map(Segment::start)
                .findFirst()
                .filter(next -> next.isBefore(now))
                .orElse(now);
    }

    Chain opened(Segment segment) {
        List<Segment> more = new ArrayList<>(segments);
        more.add(segment);
        return with(more, plan);
    }

    Chain closed() {
        List<Segment> changed = new ArrayList<>(segments);
        Segment last = changed.removeLast();
        changed.add(new Segment(last.number(), last.start(), true));
        return with(changed, plan);
    }

    Chain toward(Scope scope) {
        return new Chain(
                segments,
                after,
                previous,
                plan,
                scope.bucket(),
                scope.prefix(),
                latest,
                latestFailure,
                scope.kmsKey(),
                scope.organizationId(),
                scope.isCounted(),
                late,
                newest);
    }

    Chain planning(Plan next) {
        return with(segments, Optional.of(next));
    }

    Chain failing(String code, Instant at) {
        return new Chain(
                segments,
                after,
                previous,
                plan,
                bucket,
                prefix,
                latest,
                Optional.of(new Failed(code, at)),
                kmsKey,
                organization,
                counted,
                late,
                newest);
    }

    /** What the planned digest says of the one before it: of the same kind. */
    Optional<Link> before(Plan digest) {
        return digest.lateAt().isPresent() ? late : previous;
    }

    /**
     * The digest before one that begins a chain, if there was any: so that a whole chain cannot go unseen from between two
     * others. AWS says nothing of it.
     */
    Optional<Link> preceding(Plan digest) {
        return before(digest).isPresent() ? Optional.empty() : newest;
    }

    Chain done(Plan digest, Link link, Instant at) {
        boolean backfill = digest.lateAt().isPresent();
        return new Chain(
                digest.last() ? segments.subList(1, segments.size()) : segments,
                digest.end(),
                digest.last() ? Optional.empty() : backfill ? previous : Optional.of(link),
                Optional.empty(),
                bucket,
                prefix,
                Optional.of(at),
                Optional.empty(),
                kmsKey,
                organization,
                counted,
                backfill ? Optional.of(link) : Optional.empty(),
                Optional.of(link));
    }

    private Chain with(List<Segment> changed, Optional<Plan> next) {
        return new Chain(
                changed,
                after,
                previous,
                next,
                bucket,
                prefix,
                latest,
                latestFailure,
                kmsKey,
                organization,
                counted,
                late,
                newest);
    }

    private static void write(Chain chain, RowWriter out) {
        out.version(4);
        out.list(
                chain.segments,
                (s, to) -> to.number(s.number()).instant(s.start()).flag(s.closed()));
        out.instant(chain.after);
        out.optional(chain.previous, Link::write);
        out.optional(chain.plan, Plan::write);
        out.text(chain.bucket).optionalText(chain.prefix);
        out.optional(chain.latest, (at, to) -> to.instant(at));
        out.optional(chain.latestFailure, (f, to) -> to.text(f.code()).instant(f.at()));
        out.optionalText(chain.kmsKey).optionalText(chain.organization);
        out.flag(chain.counted).optional(chain.late, Link::write).optional(chain.newest, Link::write);
    }

    private static Chain read(RowReader in) {
        int version = in.version(4);
        return new Chain(
                in.list(s -> new Segment(s.number(), s.instant(), s.flag())),
                in.instant(),
                in.optional(Link::read),
                in.optional(plan -> Plan.read(plan, version)),
                in.text(),
                in.optionalText(),
                in.optional(RowReader::instant),
                in.optional(f -> new Failed(f.text(), f.instant())),
                version > 1 ? in.optionalText() : Optional.empty(),
                version > 2 ? in.optionalText() : Optional.empty(),
                version > 2 && in.flag(),
                version > 2 ? in.optional(Link::read) : Optional.empty(),
                version > 3 ? in.optional(Link::read) : Optional.empty());
    }
}
