package dev.keytrail.server;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Histogram;
import dev.keytrail.call.Service;
import dev.keytrail.wire.Wire;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/**
 * What the doors count for metrics. Thread-safe; counters are striped, and a call of an operation that was seen before
 * allocates nothing here.
 */
final class Counters {
    /** What a call came to. */
    enum Came {
        OK("ok"),
        /** Not allowed, or nobody who is known. */
        DENIED("denied"),
        THROTTLED("throttled"),
        /** Any other error that is the caller's. */
        REFUSED("refused"),
        /** An error of ours, or of something that we need. */
        FAULT("fault"),
        /** Refused because the ledger could not be written. */
        UNRECORDED("unrecorded");

        private final String label;

        Came(String label) {
            this.label = label;
        }

        String label() {
            return label;
        }

        private static final int FORBIDDEN = 403;
        private static final int FAULTS_FROM = 500;

        /** Codes of 400 that mean 403. */
        private static final Set<String> DENIALS = Set.of(
                "AccessDeniedException",
                "UnrecognizedClientException",
                "InvalidSignatureException",
                "IncompleteSignature",
                "IncompleteSignatureException",
                "MissingAuthenticationTokenException",
                "ExpiredTokenException");

        private static final Set<String> THROTTLES =
                Set.of("ThrottlingException", "Throttling", "SlowDown", "TooManyRequestsException");

        static Came of(ApiError error) {
            if (THROTTLES.contains(error.code())) {
                return THROTTLED;
            }
            if (error.status() >= FAULTS_FROM) {
                return FAULT;
            }
            return error.status() == FORBIDDEN || DENIALS.contains(error.code()) ? DENIED : REFUSED;
        }
    }

    /** Where requests are counted that name no operation of ours: clients must not be able to make new series. */
    static final String OTHER = "other";

    /** Administration that is no row: the log over HTTP, the sealed server. */
    private static final Set<String> BESIDE_ROWS =
            Set.of("Unseal", "DescribeCustody", "GetCheckpoint", "GetLogTile", "GetLogEntries", "GetReceipt");

    /** One operation's calls. Durations in microseconds, from the request's body read to its record durable. */
    static final class Calls {
        private final LongAdder[] outcomes = new LongAdder[Came.values().length];
        private final Histogram micros = new Histogram(
                250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000);

        private Calls() {
            Arrays.setAll(outcomes, _ -> new LongAdder());
        }

        long count(Came came) {
            return outcomes[came.ordinal()].sum();
        }

        Histogram.Snapshot micros() {
            return micros.snapshot();
        }
    }

    private static final int NANOS_PER_MICRO = 1_000;

    private final LongSupplier nanos;
    private final List<Map<String, Calls>> calls = Arrays.stream(Service.values())
            .<Map<String, Calls>>map(_ -> new ConcurrentHashMap<>())
            .toList();
    private final LongAdder conflicts = new LongAdder();
    private final LongAdder defects = new LongAdder();
    private final LongAdder unrecorded = new LongAdder();
    private final LongAdder turnedAway = new LongAdder();
    private volatile Set<String> administration = BESIDE_ROWS;

    Counters() {
        this(System::nanoTime);
    }

    /** @param nanos that only go forward */
    Counters(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** Names that Keytrail's own operations have; AWS's are in the models. */
    void know(Rows rows) {
        Set<String> names = ConcurrentHashMap.newKeySet();
        names.addAll(BESIDE_ROWS);
        rows.all().stream().filter(row -> row.service() == Service.KEYTRAIL).forEach(row -> names.add(row.name()));
        administration = names;
    }

    /** The moment to give to {@link #called}. */
    long begin() {
        return nanos.getAsLong();
    }

    /** @param begun from {@link #begin} */
    void called(Service service, String operation, Came came, long begun) {
        Map<String, Calls> known = calls.get(service.ordinal());
        Calls counted = known.get(operation);
        if (counted == null) {
            counted = known.computeIfAbsent(isKnown(service, operation) ? operation : OTHER, _ -> new Calls());
        }
        counted.outcomes[came.ordinal()].increment();
        counted.micros.observe((nanos.getAsLong() - begun) / NANOS_PER_MICRO);
    }

    private boolean isKnown(Service service, String operation) {
        return switch (service) {
            case KEYTRAIL -> administration.contains(operation);
            // Their names come from our own tables of routes, never from the request.
            case S3, SIGNIN, CLOUDTRAIL_DATA -> true;
            case KMS, CLOUDTRAIL, IAM, STS, SNS ->
                Wire.model(service).operation(operation).isPresent();
        };
    }

    /** Every operation that was called, by service and name. */
    Map<Service, Map<String, Calls>> calls() {
        Map<Service, Map<String, Calls>> all = new TreeMap<>();
        for (Service service : Service.values()) {
            all.put(service, new TreeMap<>(calls.get(service.ordinal())));
        }
        return all;
    }

    void conflict() {
        conflicts.increment();
    }

    void defect() {
        defects.increment();
    }

    void unrecorded() {
        unrecorded.increment();
    }

    void turnAway() {
        turnedAway.increment();
    }

    long conflicts() {
        return conflicts.sum();
    }

    long defects() {
        return defects.sum();
    }

    /** Calls refused because the ledger could not be written: with those turned away the only answers without a record. */
    long unrecordedRefusals() {
        return unrecorded.sum();
    }

    /** Requests refused unread, because as many as there may be were in flight. */
    long turnedAway() {
        return turnedAway.sum();
    }
}
