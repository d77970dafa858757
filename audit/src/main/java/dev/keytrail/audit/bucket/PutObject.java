package dev.keytrail.audit.bucket;

import dev.keytrail.audit.bucket.BucketTables.BucketRow;
import dev.keytrail.audit.bucket.BucketTables.ObjectRow;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import java.nio.charset.StandardCharsets;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** PutObject: makes the staged bytes the object of that key, whole or not at all. */
final class PutObject implements S3Operation.Behaviour {
    static final String USER_METADATA = "x-amz-meta-";
    private static final int USER_METADATA_BYTES_MAX = 2048;
    private static final String SSE = "x-amz-server-side-encryption";

    /** What a GET gives back as it was put. */
    private static final List<String> KEPT_HEADERS = List.of(
            "cache-control", "content-disposition", "content-encoding", "content-language", "content-type", "expires");

    private final BucketAccess access;

    PutObject(BucketAccess access) {
        this.access = access;
    }

    @Override
    public void admit(Attempt attempt, S3Request request) {
        admitted(attempt, request);
    }

    @Override
    public Effect<S3Reply> handle(Attempt attempt, S3Request request) {
        BucketRow bucket = admitted(attempt, request);
        Staged staged =
                request.staged().orElseThrow(() -> new IllegalStateException("PutObject without its staged body"));
        String rowKey = ObjectKeys.row(bucket.name(), request.keyName());
        Optional<ObjectRow> present = attempt.state().get(BucketTables.OBJECTS, rowKey);
        requireConditions(request, present);
        ObjectRow object = new ObjectRow(
                staged.contentId(),
                request.sealing().map(Sealing::sizeBytes).orElse(staged.sizeBytes()),
                attempt.call().receivedAt().truncatedTo(ChronoUnit.SECONDS),
                staged.md5(),
                staged.sha256(),
                keptHeaders(request),
                metadata(request),
                staged.checksums(),
                request.headers().get(SSE),
                request.sealing());
        List<Change<?>> changes = new ArrayList<>();
        changes.add(Change.put(BucketTables.OBJECTS, rowKey, object));
        changes.add(Change.put(BucketTables.LAST_PUT, bucket.name(), staged.contentId()));
        present.ifPresent(old -> changes.add(dropped(attempt, old)));
        Effect<S3Reply> effect = Effect.of(reply(object), changes);
        return object.encryption()
                .map(sse -> effect.showing(Facts.facts()
                        .put(SSE, sse)
                        .put(Sealing.KEY_HEADER, object.sealing().map(Sealing::keyArn))))
                .orElse(effect);
    }

    /** The row that hands an object's content file to the sweep. */
    static Change<String> dropped(Attempt attempt, ObjectRow object) {
        return Change.put(
                BucketTables.GARBAGE,
                BucketTables.garbageKey(attempt.call().receivedAt(), object.contentId()),
                object.contentId());
    }

    private BucketRow admitted(Attempt attempt, S3Request request) {
        BucketRow bucket = access.find(attempt, request);
        requireSupportedHeaders(request);
        requireKey(request.keyName());
        access.requireOnObject(attempt, request, bucket, "s3:PutObject");
        int metadataBytes = 0;
        for (Map.Entry<String, String> entry : metadata(request).entrySet()) {
            metadataBytes += utf8Length(entry.getKey()) + utf8Length(entry.getValue());
        }
        if (metadataBytes > USER_METADATA_BYTES_MAX) {
            throw S3Error.METADATA_TOO_LARGE.refused();
        }
        return bucket;
    }

    private static void requireSupportedHeaders(S3Request request) {
        boolean sealed = request.sealing().isPresent();
        HeaderRules.require(
                request,
                USER_METADATA,
                SSE,
                Sealing.KEY_HEADER,
                "x-amz-acl",
                "x-amz-checksum-algorithm",
                "x-amz-storage-class");
        HeaderRules.requireHarmlessAcl(request);
        S3Headers headers = request.headers();
        Optional<String> encryption = headers.get(SSE);
        if (encryption.isPresent() && !encryption.get().equals("AES256") && !sealed) {
            throw encryption.get().startsWith("aws:kms")
                    ? S3Error.NOT_IMPLEMENTED.refused(
                            "Server-side encryption with " + encryption.get() + " is not implemented: use AES256.")
                    : S3Error.INVALID_ARGUMENT.refused("The encryption method specified is not supported");
        }
        if (headers.has(Sealing.KEY_HEADER) && !sealed) {
            throw S3Error.INVALID_ARGUMENT.refused("A KMS key needs x-amz-server-side-encryption: aws:kms.");
        }
        if (!headers.get("x-amz-storage-class").orElse("STANDARD").equals("STANDARD")) {
            throw S3Error.NOT_IMPLEMENTED.refused("Only the storage class STANDARD is implemented.");
        }
        if (headers.get("if-none-match").filter(value -> !value.equals("*")).isPresent()) {
            throw S3Error.NOT_IMPLEMENTED.refused("If-None-Match is implemented for * only.");
        }
    }

    private static void requireKey(String key) {
        if (utf8Length(key) > ObjectKeys.KEY_BYTES_MAX) {
            throw S3Error.KEY_TOO_LONG.refused();
        }
    }

    private static void requireConditions(S3Request request, Optional<ObjectRow> present) {
        if (request.headers().has("if-none-match") && present.isPresent()) {
            throw S3Error.PRECONDITION_FAILED.refused();
        }
        Optional<String> match = request.headers().get("if-match");
        if (match.isPresent()) {
            ObjectRow old = present.orElseThrow(S3Error.NO_SUCH_KEY::refused);
            if (!Conditions.matches(match.get(), old.etag())) {
                throw S3Error.PRECONDITION_FAILED.refused();
            }
        }
    }

    private static Map<String, String> keptHeaders(S3Request request) {
        Map<String, String> kept = new LinkedHashMap<>();
        for (String name : KEPT_HEADERS) {
            request.headers().get(name).ifPresent(value -> kept.put(name, value));
        }
        // aws-chunked codes the request's body, not the object.
        String coding = Arrays.stream(kept.getOrDefault("content-encoding", "").split(",", -1))
                .map(String::strip)
                .filter(part -> !part.isEmpty() && !part.equals("aws-chunked"))
                .collect(Collectors.joining(","));
        if (coding.isEmpty()) {
            kept.remove("content-encoding");
        } else {
            kept.put("content-encoding", coding);
        }
        return kept;
    }

    private static Map<String, String> metadata(S3Request request) {
        Map<String, String> metadata = new LinkedHashMap<>();
        for (String name : request.headers().names()) {
            if (name.startsWith(USER_METADATA)) {
                metadata.put(
                        name.substring(USER_METADATA.length()),
                        request.headers().get(name).orElseThrow());
            }
        }
        return metadata;
    }

    private static S3Reply reply(ObjectRow object) {
        S3Reply reply = S3Reply.empty(200).with("etag", object.etag());
        for (Map.Entry<String, String> checksum : object.checksums().entrySet()) {
            reply = reply.with(checksum.getKey(), checksum.getValue());
        }
        if (!object.checksums().isEmpty()) {
            reply = reply.with("x-amz-checksum-type", "FULL_OBJECT");
        }
        if (object.sealing().isPresent()) {
            reply = reply.with(Sealing.KEY_HEADER, object.sealing().get().keyArn());
        }
        return object.encryption().isPresent()
                ? reply.with(SSE, object.encryption().get())
                : reply;
    }

    private static int utf8Length(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }
}
