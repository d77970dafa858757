package dev.keytrail.audit.bucket;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Service;
import java.util.Optional;
import java.util.Set;

/**
 * An S3 operation: its row, and what being REST adds to it.
 *
 * @param row its name is the event's name, which for ListObjectsV2 is ListObjects as at AWS
 * @param apiName the API's name, e.g. {@code ListObjectsV2}
 * @param category MANAGEMENT for what concerns buckets, DATA for what concerns objects
 * @param body what its body is
 */
public record S3Operation(
        Operation<S3Request, S3Reply> row,
        String apiName,
        LedgerRecord.Category category,
        Body body,
        Admission admission,
        Taking taking) {
    /** What follows the head of a request. */
    public enum Body {
        /** Nothing: whatever comes is not read. */
        NONE,
        /** A small document, bounded by the row. */
        DOCUMENT,
        /** An object's bytes, which go to a file. */
        OBJECT,
        /** Nothing: the bytes are another object's, and go to a file. */
        COPY
    }

    /** The part of a decision that needs no body. */
    @FunctionalInterface
    public interface Admission {
        /** @throws Refused what the handler would refuse too */
        void admit(Attempt attempt, S3Request request);
    }

    /** What an operation takes in beside its request. Asked once it is admitted. */
    interface Taking {
        /** The key under which the bytes are to be sealed. @throws Refused the key service said no */
        default Optional<ContentKey> key(Attempt attempt, S3Request request) {
            return Optional.empty();
        }

        /** Where the bytes of a copy come from. */
        default Supply supply(Attempt attempt, S3Request request) {
            throw new IllegalStateException("not a copy");
        }
    }

    /** @param checksums to compute on the way */
    record Supply(S3Reply.Source source, long bytes, Set<Checksum> checksums) {
        public Supply {
            checksums = Set.copyOf(checksums);
        }
    }

    /** How one operation is written down: decides like a handler, and says what its event shows. */
    interface Behaviour extends Taking {
        Effect<S3Reply> handle(Attempt attempt, S3Request request);

        /** Refuses what can be refused before the body is read; notes the resources. */
        default void admit(Attempt attempt, S3Request request) {}

        default Facts facts(S3Request request) {
            return RequestFacts.of(request);
        }
    }

    static S3Operation of(
            String apiName,
            String eventName,
            boolean readOnly,
            LedgerRecord.Category category,
            Body body,
            int documentBytesMax,
            Behaviour behaviour) {
        return new S3Operation(
                new Operation<>(
                        Service.S3,
                        eventName,
                        readOnly,
                        documentBytesMax,
                        S3Request.class,
                        S3Reply.class,
                        (attempt, request) -> answered(attempt, behaviour.handle(attempt, request)),
                        request -> Optional.of(behaviour.facts(request))),
                apiName,
                category,
                body,
                behaviour::admit,
                behaviour);
    }

    /**
     * The same operation, which now refuses: for a request whose body could not be taken in. What the operation itself
     * has against the request comes first, so that a caller without permission learns nothing else.
     */
    public S3Operation refusing(Refused refused) {
        return new S3Operation(
                new Operation<>(
                        row.service(),
                        row.name(),
                        row.readOnly(),
                        row.bodyBytesMax(),
                        row.input(),
                        row.output(),
                        (attempt, request) -> {
                            admission.admit(attempt, request);
                            throw refused;
                        },
                        row.requestParameters()),
                apiName,
                category,
                body,
                admission,
                taking);
    }

    /** The same operation for a request whose body is not wanted. */
    S3Operation withoutBody() {
        return new S3Operation(row, apiName, category, Body.NONE, admission, taking);
    }

    private static Effect<S3Reply> answered(Attempt attempt, Effect<S3Reply> effect) {
        S3Reply reply = effect.reply().with("x-amz-request-id", attempt.call().requestId());
        return new Effect<>(reply, effect.changes(), effect.responseElements(), effect.further());
    }
}
