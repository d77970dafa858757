package dev.keytrail.audit.trail;

import dev.keytrail.call.RowCodec;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How far a trail is delivered, and what GetTrailStatus tells of it.
 *
 * @param cursor all records before it are done with
 * @param epoch number of the epoch in force at the cursor; 0 before the first
 * @param plan the files under way
 * @param files number of the next log file, or count without one
 * @param delivered events in them
 * @param excluded events that the trail's settings left out: delivered + excluded = all that it chose from
 */
public record Progress(
        long cursor,
        long epoch,
        Optional<Plan> plan,
        long files,
        long delivered,
        long excluded,
        Optional<Instant> latestDelivery,
        Optional<Failed> latestFailure) {
    static final RowCodec<Progress> CODEC = RowCodec.of(Progress::write, Progress::read);

    /** The last delivery's error; gone with the next success. */
    public record Failed(String code, Instant at) {}

    /**
     * Log files, decided before they are put: whatever happens then, the same range under the same names is put again.
     *
     * @param from first record of the range
     * @param epoch in force over the range
     * @param to end of the range, exclusive
     * @param nextEpoch in force behind it
     * @param at delivery time, as in the names
     * @param taken folders (their codes) whose file's name was found taken by somebody else's object, once for each time
     * @param landed folders whose file is known to be there, each with its {@code bucket/key}; noted when another one fails
     */
    public record Plan(
            long from,
            long epoch,
            long to,
            long nextEpoch,
            Instant at,
            String bucket,
            Optional<String> prefix,
            List<String> taken,
            Map<String, String> landed,
            Optional<String> organization) {
        public Plan {
            taken = List.copyOf(taken);
            landed = Map.copyOf(landed);
        }

        /** To be told apart in a name. */
        long attempt(String region) {
            return taken.stream().filter(region::equals).count();
        }

        Plan renamed(String region) {
            List<String> more = new ArrayList<>(taken);
            more.add(region);
            return new Plan(from, epoch, to, nextEpoch, at, bucket, prefix, more, landed, organization);
        }

        Plan landed(Map<String, String> places) {
            return new Plan(from, epoch, to, nextEpoch, at, bucket, prefix, taken, places, organization);
        }

        Plan redirected(Scope scope) {
            return new Plan(
                    from,
                    epoch,
                    to,
                    nextEpoch,
                    at,
                    scope.bucket(),
                    scope.prefix(),
                    taken,
                    landed,
                    scope.organizationId());
        }

        private static void write(Plan plan, RowWriter out) {
            out.number(plan.from).number(plan.epoch).number(plan.to).number(plan.nextEpoch);
            out.instant(plan.at).text(plan.bucket).optionalText(plan.prefix);
            out.texts(plan.taken).texts(plan.landed).optionalText(plan.organization);
        }

        /** The first version did not say where; putting the file once more finds it there. */
        private static Map<String, String> readLanded(RowReader in, int version) {
            if (version > 1) {
                return in.textMap();
            }
            in.texts();
            return Map.of();
        }

        private static Plan read(RowReader in, int version) {
            return new Plan(
                    in.number(),
                    in.number(),
                    in.number(),
                    in.number(),
                    in.instant(),
                    in.text(),
                    in.optionalText(),
                    in.texts(),
                    readLanded(in, version),
                    version > 2 ? in.optionalText() : Optional.empty());
        }
    }

    static Progress startingAt(long index) {
        return new Progress(index, 0, Optional.empty(), 0, 0, 0, Optional.empty(), Optional.empty());
    }

    Progress planning(Plan next) {
        return new Progress(
                cursor, epoch, Optional.of(next), files, delivered, excluded, latestDelivery, latestFailure);
    }

    Progress failing(String code, Instant at) {
        return new Progress(
                cursor, epoch, plan, files, delivered, excluded, latestDelivery, Optional.of(new Failed(code, at)));
    }

    Progress done(Plan plan, long moreFiles, long moreEvents, long left, Instant at) {
        return new Progress(
                plan.to(),
                plan.nextEpoch(),
                Optional.empty(),
                files + moreFiles,
                delivered + moreEvents,
                excluded + left,
                Optional.of(at),
                Optional.empty());
    }

    /** Moves over a range that has nothing to deliver. */
    Progress skipping(long to, long nextEpoch, long left, long rows) {
        return new Progress(
                to,
                nextEpoch,
                Optional.empty(),
                files + rows,
                delivered,
                excluded + left,
                latestDelivery,
                latestFailure);
    }

    private static void write(Progress progress, RowWriter out) {
        out.version(3).number(progress.cursor).number(progress.epoch);
        out.optional(progress.plan, Plan::write);
        out.number(progress.files).number(progress.delivered).number(progress.excluded);
        out.optional(progress.latestDelivery, (at, to) -> to.instant(at));
        out.optional(progress.latestFailure, (f, to) -> to.text(f.code()).instant(f.at()));
    }

    private static Progress read(RowReader in) {
        int version = in.version(3);
        return new Progress(
                in.number(),
                in.number(),
                in.optional(plan -> Plan.read(plan, version)),
                in.number(),
                in.number(),
                in.number(),
                in.optional(RowReader::instant),
                in.optional(f -> new Failed(f.text(), f.instant())));
    }
}
