package dev.keytrail.audit.bucket;

import dev.keytrail.audit.bucket.BucketTables.BucketRow;
import dev.keytrail.audit.bucket.BucketTables.ObjectRow;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;

/**
 * Object Lock: versions that nobody may delete before a date (in compliance mode not even the account's root user), or
 * while a legal hold is on them. It protects versions; a key can always get a newer one, or a delete marker.
 */
final class ObjectLock {
    static final String MODE_HEADER = "x-amz-object-lock-mode";
    static final String UNTIL_HEADER = "x-amz-object-lock-retain-until-date";
    static final String HOLD_HEADER = "x-amz-object-lock-legal-hold";
    static final String BYPASS_HEADER = "x-amz-bypass-governance-retention";

    /** The headers that {@link #required} needs a bucket with Object Lock for. */
    static final List<String> HEADERS = List.of(MODE_HEADER, UNTIL_HEADER, HOLD_HEADER);

    private static final DateTimeFormatter SECONDS =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss'Z'").withZone(ZoneOffset.UTC);

    /** A hundred years, as AWS bounds it. */
    private static final int DAYS_MAX = 36_500;

    private static final int YEARS_MAX = 100;

    private ObjectLock() {}

    /** How strict a retention is. */
    enum Mode {
        /** May be shortened or overridden by who has {@code s3:BypassGovernanceRetention}. */
        GOVERNANCE,
        /** By nobody. */
        COMPLIANCE;

        static Mode of(String text) {
            for (Mode mode : values()) {
                if (mode.name().equals(text)) {
                    return mode;
                }
            }
            throw S3Error.INVALID_ARGUMENT.refused("Unknown wormMode directive.");
        }
    }

    record Retention(Mode mode, Instant until) {
        static Optional<Retention> ofHeaders(S3Headers headers) {
            Optional<String> mode = headers.get(MODE_HEADER);
            Optional<String> until = headers.get(UNTIL_HEADER);
            if (mode.isPresent() != until.isPresent()) {
                throw S3Error.INVALID_ARGUMENT.refused(UNTIL_HEADER + " and " + MODE_HEADER + " must both be supplied");
            }
            return mode.map(text -> new Retention(Mode.of(text), time(until.orElseThrow())));
        }

        static void write(Retention retention, RowWriter out) {
            out.text(retention.mode.name()).instant(retention.until);
        }

        static Retention read(RowReader in) {
            return new Retention(Mode.valueOf(in.text()), in.instant());
        }
    }

    /** @param days how long, years being 365 of them */
    record Default(Mode mode, int days, boolean inYears) {
        Retention from(Instant now) {
            return new Retention(mode, now.plus(Duration.ofDays(days)).truncatedTo(ChronoUnit.SECONDS));
        }

        int years() {
            return days / 365;
        }

        static Default of(Mode mode, Optional<Integer> days, Optional<Integer> years) {
            if (days.isPresent() == years.isPresent()) {
                throw S3Error.MALFORMED_XML.refused();
            }
            int amount = days.or(() -> years).orElseThrow();
            if (amount < 1 || amount > (days.isPresent() ? DAYS_MAX : YEARS_MAX)) {
                throw S3Error.INVALID_RETENTION_PERIOD.refused();
            }
            return new Default(mode, years.map(y -> y * 365).orElse(amount), years.isPresent());
        }

        static void write(Default value, RowWriter out) {
            out.text(value.mode.name()).number(value.days).flag(value.inYears);
        }

        static Default read(RowReader in) {
            return new Default(Mode.valueOf(in.text()), in.integer(), in.flag());
        }
    }

    static Instant time(String text) {
        try {
            return DateTimeFormatter.ISO_OFFSET_DATE_TIME
                    .parse(text, Instant::from)
                    .truncatedTo(ChronoUnit.SECONDS);
        } catch (DateTimeException e) {
            throw S3Error.INVALID_ARGUMENT.refused("The retain until date must be provided in ISO 8601 format");
        }
    }

    static String written(Instant time) {
        return SECONDS.format(time);
    }

    static boolean holdOfHeaders(S3Headers headers) {
        return headers.get(HOLD_HEADER).map(ObjectLock::hold).orElse(false);
    }

    static boolean hold(String status) {
        return switch (status) {
            case "ON" -> true;
            case "OFF" -> false;
            default -> throw S3Error.INVALID_ARGUMENT.refused("Legal Hold must be either of 'ON' or 'OFF'");
        };
    }

    /** The terms of a new version, with the bucket's default retention if they bring none. */
    static ObjectTerms applied(Attempt attempt, S3Request request, BucketRow bucket, ObjectTerms terms) {
        if (!bucket.locking()) {
            if (HEADERS.stream().anyMatch(request.headers()::has)) {
                throw missingConfiguration();
            }
            return terms;
        }
        Instant now = attempt.call().receivedAt();
        terms.retention().ifPresent(retention -> requireFuture(retention, now));
        return terms.with(terms.retention().or(() -> bucket.lockDefault().map(d -> d.from(now))), terms.held());
    }

    static RuntimeException missingConfiguration() {
        return S3Error.INVALID_REQUEST.refused("Bucket is missing Object Lock Configuration");
    }

    static void requireFuture(Retention retention, Instant now) {
        if (!retention.until().isAfter(now)) {
            throw S3Error.INVALID_ARGUMENT.refused("The retain until date must be in the future!");
        }
    }

    /**
     * Refuses the deletion of a version that is locked.
     *
     * @param bypass whether the caller asked for it and may override governance
     */
    static boolean permitsDeletion(ObjectRow version, Instant now, boolean bypass) {
        if (version.terms().held()) {
            return false;
        }
        return version.terms()
                .retention()
                .filter(retention -> retention.until().isAfter(now))
                .map(retention -> retention.mode() == Mode.GOVERNANCE && bypass)
                .orElse(true);
    }

    /** Whether a retention may take another's place: compliance can only be made longer. */
    static boolean permitsChange(Optional<Retention> present, Optional<Retention> wanted, Instant now, boolean bypass) {
        if (present.isEmpty() || !present.get().until().isAfter(now)) {
            return true;
        }
        Retention old = present.get();
        boolean longer = wanted.isPresent()
                && !wanted.get().until().isBefore(old.until())
                && (wanted.get().mode() == old.mode() || wanted.get().mode() == Mode.COMPLIANCE);
        return longer || (old.mode() == Mode.GOVERNANCE && bypass);
    }
}
