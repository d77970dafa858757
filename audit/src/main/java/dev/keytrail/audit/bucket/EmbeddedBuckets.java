package dev.keytrail.audit.bucket;

import dev.keytrail.audit.JsonFacts;
import dev.keytrail.audit.bucket.BucketTables.BucketRow;
import dev.keytrail.audit.bucket.BucketTables.ObjectRow;
import dev.keytrail.audit.trail.ObjectStore;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Call;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.Notes;
import dev.keytrail.call.Origin;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Service;
import dev.keytrail.call.Sha256;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Trail delivery into the embedded buckets: a put is the PutObject that a client's is, by the service principal
 * CloudTrail, through the same policies and the same door. Thread-safe.
 */
final class EmbeddedBuckets implements ObjectStore {
    private static final String CLOUDTRAIL = Service.CLOUDTRAIL.eventSource();
    private static final String ACL = "bucket-owner-full-control";

    private final Buckets buckets;
    private final BucketAccess access;
    private final ContentStore contents;
    private final Door door;
    private final Ledger ledger;
    private final Entropy entropy;
    private final InstantSource clock;

    EmbeddedBuckets(
            Buckets buckets,
            BucketAccess access,
            ContentStore contents,
            Door door,
            Ledger ledger,
            Entropy entropy,
            InstantSource clock) {
        this.buckets = buckets;
        this.access = access;
        this.contents = contents;
        this.door = door;
        this.ledger = ledger;
        this.entropy = entropy;
        this.clock = clock;
    }

    @Override
    public Put putNew(NewObject object) {
        Map<String, List<String>> headers = new LinkedHashMap<>();
        headers.put("host", List.of(CLOUDTRAIL));
        object.kmsKey().ifPresent(key -> {
            headers.put(Sealing.HEADER, List.of(Sealing.ALGORITHM));
            headers.put(Sealing.KEY_HEADER, List.of(key));
            headers.put(Sealing.CONTEXT_HEADER, List.of(contextHeader(object.encryptionContext())));
        });
        headers.put("content-length", List.of(Integer.toString(object.body().size())));
        headers.put("content-type", List.of(object.contentType()));
        object.contentEncoding().ifPresent(coding -> headers.put("content-encoding", List.of(coding)));
        headers.put("if-none-match", List.of("*"));
        object.metadata().forEach((name, value) -> headers.put(ObjectTerms.USER_METADATA + name, List.of(value)));
        S3Route route = route("PUT", object.bucket(), Optional.of(object.key()), headers);
        Writer writer = object.writer();
        Call call = call("PutObject", writer);
        // The key's policy looks at the trail for which CloudTrail asks.
        Call asking = new Call(
                call.requestId(),
                call.receivedAt(),
                call.service(),
                call.operation(),
                call.region(),
                Caller.service(CLOUDTRAIL, new Caller.Source(writer.trailArn(), writer.account())),
                call.origin());
        Attempt admitted = new Attempt(asking, ledger.read(), new Notes());
        try (S3Request staged = buckets.receive(
                route, new ByteArrayInputStream(object.body().unsafeArray()), Optional.empty(), admitted)) {
            door.call(call, route.operation(), onBehalf(staged, writer));
            return Put.STORED;
        } catch (Refused e) {
            if (e.error().code().equals(S3Error.PRECONDITION_FAILED.code())) {
                return Put.TAKEN;
            }
            throw new Failure(e.error().code(), e.error().message().orElse(""));
        } catch (Ledger.LedgerUnavailable | Ledger.Conflict e) {
            throw new Failure(S3Error.SERVICE_UNAVAILABLE.code(), "The ledger did not take it.");
        } catch (IOException e) {
            throw new Failure(S3Error.SERVICE_UNAVAILABLE.code(), "The object could not be written.");
        }
    }

    /** As a client would send it. */
    private static String contextHeader(Map<String, String> context) {
        Facts facts = Facts.facts();
        context.forEach(facts::put);
        byte[] json = JsonFacts.write(facts).getBytes(StandardCharsets.UTF_8);
        return Base64.getEncoder().encodeToString(json);
    }

    /** An encrypted object is known by its bytes: CloudTrail may write under the key, but need not be let read. */
    @Override
    public boolean holds(String bucket, String key, Bytes packed) {
        Optional<ObjectRow> object = ledger.read().get(BucketTables.OBJECTS, ObjectKeys.row(bucket, key));
        return object.isPresent() && object.get().sealing().isPresent()
                ? object.get().sha256().equals(Sha256.of(packed))
                : ObjectStore.super.holds(bucket, key, packed);
    }

    @Override
    public Optional<Bytes> read(String bucket, String key, int bytesMax) {
        Optional<ObjectRow> object = ledger.read().get(BucketTables.OBJECTS, ObjectKeys.row(bucket, key));
        if (object.isEmpty()) {
            return Optional.empty();
        }
        if (object.get().sizeBytes() > bytesMax) {
            throw new Failure(S3Error.ENTITY_TOO_LARGE.code(), object.get().sizeBytes() + " bytes");
        }
        if (object.get().sealing().isPresent()) {
            throw new Failure(S3Error.ACCESS_DENIED.code(), "The object is encrypted.");
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            new ObjectSource(
                            contents,
                            object.get().pieces(),
                            Optional.empty(),
                            "",
                            0,
                            object.get().sizeBytes())
                    .copyTo(bytes);
        } catch (IOException e) {
            throw new Failure("InternalError", "The object's content cannot be read.");
        }
        return Optional.of(Bytes.adopt(bytes.toByteArray()));
    }

    @Override
    public Check check(Destination destination) {
        Writer writer = destination.writer();
        Attempt attempt = new Attempt(call("GetBucketAcl", writer), ledger.read(), new Notes());
        Optional<BucketRow> bucket = attempt.state().get(BucketTables.BUCKETS, destination.bucket());
        if (bucket.isEmpty()) {
            return Check.NO_SUCH_BUCKET;
        }
        S3Request onBucket = onBehalf(
                route("GET", destination.bucket(), Optional.empty(), Map.of()).bare(), writer);
        // Any key below the prefix will do: the documented policy ends in a wildcard there.
        String key = destination.keyPrefix() + "CloudTrail/check";
        S3Request onObject = onBehalf(
                route("PUT", destination.bucket(), Optional.of(key), Map.of()).bare(), writer);
        boolean permitted = access.allows(
                        attempt,
                        onBucket,
                        bucket.get(),
                        "s3:GetBucketAcl",
                        bucket.get().arn())
                && access.allows(
                        attempt, onObject, bucket.get(), "s3:PutObject", BucketAccess.objectArn(bucket.get(), key));
        return permitted ? Check.READY : Check.NOT_PERMITTED;
    }

    private S3Route route(String method, String bucket, Optional<String> key, Map<String, List<String>> headers) {
        Map<String, List<String>> all = new LinkedHashMap<>(headers);
        if (key.isPresent()) {
            all.put("x-amz-acl", List.of(ACL));
        }
        String path = "/" + PercentCode.encode(bucket)
                + key.map(k -> "/" + PercentCode.encode(k)).orElse("");
        return buckets.route(new S3Head(method, path, "", S3Headers.of(all)))
                .orElseThrow(() -> new IllegalStateException("no operation for " + method));
    }

    private static S3Request onBehalf(S3Request request, Writer writer) {
        return new S3Request(
                request.head(),
                request.bucket(),
                request.key(),
                request.query(),
                request.body(),
                request.staged(),
                Optional.of(new S3Request.Source(writer.trailArn(), writer.account())));
    }

    private Call call(String operation, Writer writer) {
        return new Call(
                entropy.uuid(),
                clock.instant(),
                Service.S3,
                operation,
                writer.region(),
                Caller.service(CLOUDTRAIL),
                Origin.service(CLOUDTRAIL));
    }
}
