package dev.keytrail.audit.bucket;

import dev.keytrail.audit.bucket.BucketTables.BucketRow;
import dev.keytrail.audit.bucket.BucketTables.ObjectRow;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * CopyObject. The bytes are copied into a content file of their own before the call is decided, from the version that was
 * there then; that the caller may read it is asked again with the decision.
 */
final class CopyObject implements S3Operation.Behaviour {
    private static final String METADATA_DIRECTIVE = "x-amz-metadata-directive";
    private static final String TAGGING_DIRECTIVE = "x-amz-tagging-directive";
    private static final String ALGORITHM = "x-amz-checksum-algorithm";

    private final BucketAccess access;
    private final KeyRing keys;
    private final CopySource sources;

    CopyObject(BucketAccess access, KeyRing keys, CopySource sources) {
        this.access = access;
        this.keys = keys;
        this.sources = sources;
    }

    @Override
    public void admit(Attempt attempt, S3Request request) {
        admitted(attempt, request);
    }

    @Override
    public Optional<ContentKey> key(Attempt attempt, S3Request request) {
        BucketRow bucket = access.find(attempt, request);
        return keys.fresh(attempt.call().caller(), bucket, BucketAccess.objectArn(bucket, request.keyName()), request);
    }

    @Override
    public S3Operation.Supply supply(Attempt attempt, S3Request request) {
        CopySource.Found found = sources.find(attempt, request);
        Set<Checksum> checksums = EnumSet.noneOf(Checksum.class);
        Optional<String> wanted = request.headers().get(ALGORITHM);
        if (wanted.isPresent()) {
            checksums.add(Checksum.named(wanted.get()));
        } else {
            found.object()
                    .checksums()
                    .keySet()
                    .forEach(h -> Checksum.ofHeader(h).ifPresent(checksums::add));
        }
        long bytes = found.object().sizeBytes();
        return new S3Operation.Supply(sources.bytes(attempt, found, 0, bytes), bytes, checksums);
    }

    @Override
    public Effect<S3Reply> handle(Attempt attempt, S3Request request) {
        BucketRow bucket = admitted(attempt, request);
        CopySource.Found found = sources.find(attempt, request);
        Staged staged =
                request.staged().orElseThrow(() -> new IllegalStateException("CopyObject without its staged body"));
        NewObject.requireConditions(attempt, request, bucket);
        ObjectTerms terms = ObjectLock.applied(attempt, request, bucket, terms(request, found.object()));
        Versions.Outcome outcome =
                Versions.put(attempt, bucket, request.keyName(), NewObject.of(attempt, staged, terms));
        Xml xml = Xml.document("CopyObjectResult");
        result(xml, outcome.version());
        S3Reply reply = S3Reply.xml(200, xml);
        return NewObject.made(found.told(reply), bucket, outcome);
    }

    static void result(Xml xml, ObjectRow object) {
        xml.text("ETag", object.etag()).text("LastModified", S3Dates.listed(object.modifiedAt()));
        object.checksums()
                .forEach((header, value) -> Checksum.ofHeader(header).ifPresent(c -> xml.text(c.element(), value)));
        if (!object.checksums().isEmpty()) {
            xml.text("ChecksumType", object.checksumType());
        }
    }

    private static ObjectTerms terms(S3Request request, ObjectRow source) {
        ObjectTerms own = ObjectTerms.of(request);
        ObjectTerms described = replaces(request, METADATA_DIRECTIVE) ? own : own.describedLike(source.terms());
        return replaces(request, TAGGING_DIRECTIVE)
                ? described
                : described.withTags(source.terms().tags());
    }

    private static boolean replaces(S3Request request, String directive) {
        return switch (request.headers().get(directive).orElse("COPY")) {
            case "COPY" -> false;
            case "REPLACE" -> true;
            default -> throw S3Error.INVALID_ARGUMENT.refused("Unknown " + directive + ".");
        };
    }

    private BucketRow admitted(Attempt attempt, S3Request request) {
        access.find(attempt, request);
        List<String> known = new ArrayList<>(ObjectTerms.UNDERSTOOD);
        known.addAll(CopySource.HEADERS);
        known.addAll(List.of(ALGORITHM, METADATA_DIRECTIVE, TAGGING_DIRECTIVE));
        HeaderRules.require(request, known);
        BucketRow bucket = NewObject.admit(access, attempt, request, ObjectTerms.of(request));
        CopySource.Found found = sources.find(attempt, request);
        boolean itself = found.bucket().name().equals(bucket.name())
                && found.key().equals(request.keyName())
                && found.version().isEmpty();
        boolean changes = replaces(request, METADATA_DIRECTIVE)
                || replaces(request, TAGGING_DIRECTIVE)
                || request.headers().has(Sealing.HEADER);
        if (itself && !changes) {
            throw S3Error.INVALID_REQUEST.refused(
                    "This copy request is illegal because it is trying to copy an object to itself without changing the"
                            + " object's metadata, storage class, website redirect location or encryption attributes.");
        }
        return bucket;
    }
}
