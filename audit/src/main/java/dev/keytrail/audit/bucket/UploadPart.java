package dev.keytrail.audit.bucket;

import dev.keytrail.audit.bucket.BucketTables.BucketRow;
import dev.keytrail.audit.bucket.BucketTables.PartRow;
import dev.keytrail.audit.bucket.BucketTables.UploadRow;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** UploadPart, and UploadPartCopy, whose bytes are another object's. A part uploaded again takes the place of the first. */
final class UploadPart implements S3Operation.Behaviour {
    private static final Pattern RANGE = Pattern.compile("bytes=([0-9]{1,18})-([0-9]{1,18})");

    private final BucketAccess access;
    private final KeyRing keys;
    private final Optional<CopySource> sources;

    private UploadPart(BucketAccess access, KeyRing keys, Optional<CopySource> sources) {
        this.access = access;
        this.keys = keys;
        this.sources = sources;
    }

    static UploadPart sent(BucketAccess access, KeyRing keys) {
        return new UploadPart(access, keys, Optional.empty());
    }

    static UploadPart copied(BucketAccess access, KeyRing keys, CopySource sources) {
        return new UploadPart(access, keys, Optional.of(sources));
    }

    @Override
    public void admit(Attempt attempt, S3Request request) {
        admitted(attempt, request);
    }

    @Override
    public Optional<ContentKey> key(Attempt attempt, S3Request request) {
        BucketRow bucket = access.find(attempt, request);
        return UploadIds.find(attempt, request, bucket)
                .sealing()
                .map(sealing -> keys.open(attempt.call().caller(), sealing));
    }

    @Override
    public S3Operation.Supply supply(Attempt attempt, S3Request request) {
        BucketRow bucket = access.find(attempt, request);
        CopySource copySource = sources.orElseThrow();
        CopySource.Found found = copySource.find(attempt, request);
        ByteRange range = range(request, found.object().sizeBytes());
        Set<Checksum> checksums = EnumSet.noneOf(Checksum.class);
        UploadIds.find(attempt, request, bucket).checksum().ifPresent(name -> checksums.add(Checksum.named(name)));
        return new S3Operation.Supply(
                copySource.bytes(attempt, found, range.first(), range.bytes()), range.bytes(), checksums);
    }

    private static ByteRange range(S3Request request, long size) {
        Optional<String> asked = request.headers().get(CopySource.RANGE_HEADER);
        if (asked.isEmpty()) {
            return new ByteRange(0, size - 1);
        }
        Matcher matcher = RANGE.matcher(asked.get());
        if (!matcher.matches()) {
            throw S3Error.INVALID_ARGUMENT.refused(
                    "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the"
                            + " zero-based offsets of the first and last bytes to copy");
        }
        ByteRange range = new ByteRange(Long.parseLong(matcher.group(1)), Long.parseLong(matcher.group(2)));
        if (range.first() > range.last() || range.last() >= size) {
            throw S3Error.INVALID_ARGUMENT.refused("Range specified is not valid for source object of size: " + size);
        }
        return range;
    }

    @Override
    public Effect<S3Reply> handle(Attempt attempt, S3Request request) {
        BucketRow bucket = admitted(attempt, request);
        UploadRow upload = UploadIds.find(attempt, request, bucket);
        Staged staged =
                request.staged().orElseThrow(() -> new IllegalStateException("UploadPart without its staged body"));
        int number = UploadIds.partNumber(request.query().get("partNumber").orElse(""));
        String rowKey = UploadIds.part(upload.id(), number);
        PartRow part = new PartRow(
                number,
                staged.piece(),
                attempt.call().receivedAt().truncatedTo(ChronoUnit.SECONDS),
                staged.tag().hex(),
                staged.checksums());
        List<Change<?>> changes = new ArrayList<>();
        attempt.state()
                .get(BucketTables.PARTS, rowKey)
                .ifPresent(old -> changes.addAll(Versions.dropped(attempt, List.of(old.piece()))));
        changes.add(Change.put(BucketTables.PARTS, rowKey, part));
        changes.add(Change.put(BucketTables.LAST_PART, upload.id(), part.piece().contentId()));
        return Effect.of(reply(attempt, request, upload, part), changes);
    }

    private S3Reply reply(Attempt attempt, S3Request request, UploadRow upload, PartRow part) {
        S3Reply reply;
        if (sources.isPresent()) {
            CopySource.Found found = sources.get().find(attempt, request);
            Xml xml = Xml.document("CopyPartResult")
                    .text("ETag", part.etag())
                    .text("LastModified", S3Dates.listed(part.modifiedAt()));
            part.checksums()
                    .forEach((header, value) ->
                            Checksum.ofHeader(header).ifPresent(checksum -> xml.text(checksum.element(), value)));
            reply = found.told(S3Reply.xml(200, xml));
        } else {
            reply = S3Reply.empty(200).with("etag", part.etag());
            for (Map.Entry<String, String> checksum : part.checksums().entrySet()) {
                reply = reply.with(checksum.getKey(), checksum.getValue());
            }
        }
        for (Map.Entry<String, String> header : NewObject.encryption(
                        upload.terms().encryption(), upload.sealing())
                .entrySet()) {
            reply = reply.with(header.getKey(), header.getValue());
        }
        return reply;
    }

    private BucketRow admitted(Attempt attempt, S3Request request) {
        BucketRow bucket = access.find(attempt, request);
        HeaderRules.require(request, sources.isPresent() ? CopySource.HEADERS : List.of("x-amz-checksum-algorithm"));
        access.requireOnObject(attempt, request, bucket, "s3:PutObject");
        UploadIds.partNumber(request.query().get("partNumber").orElse(""));
        UploadIds.find(attempt, request, bucket);
        sources.ifPresent(s -> s.find(attempt, request));
        return bucket;
    }
}
