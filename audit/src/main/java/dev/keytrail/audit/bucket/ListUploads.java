package dev.keytrail.audit.bucket;

import dev.keytrail.audit.bucket.BucketTables.BucketRow;
import dev.keytrail.audit.bucket.BucketTables.PartRow;
import dev.keytrail.audit.bucket.BucketTables.UploadRow;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** ListMultipartUploads of a bucket, and ListParts of one of them. */
record ListUploads(BucketAccess access, boolean ofParts) implements S3Operation.Behaviour {
    private static final int PAGE_MAX = 1000;

    @Override
    public Effect<S3Reply> handle(Attempt attempt, S3Request request) {
        BucketRow bucket = access.find(attempt, request);
        HeaderRules.require(request);
        Optional<String> encoding = request.query().nonEmpty("encoding-type");
        if (encoding.isPresent() && !encoding.get().equals("url")) {
            throw S3Error.INVALID_ARGUMENT.refused("Invalid Encoding Method specified in Request");
        }
        UnaryOperator<String> coded = encoding.isPresent() ? PercentCode::encode : UnaryOperator.identity();
        if (ofParts) {
            access.requireOnObject(attempt, request, bucket, "s3:ListMultipartUploadParts");
            return Effect.of(S3Reply.xml(200, parts(attempt, request, bucket)));
        }
        access.requireOnBucket(attempt, request, bucket, "s3:ListBucketMultipartUploads");
        return Effect.of(S3Reply.xml(200, uploads(attempt, request, bucket, coded)));
    }

    private static Xml uploads(Attempt attempt, S3Request request, BucketRow bucket, UnaryOperator<String> coded) {
        S3Query query = request.query();
        if (query.nonEmpty("delimiter").isPresent()) {
            throw S3Error.NOT_IMPLEMENTED.refused("A delimiter is not implemented for uploads.");
        }
        String base = ObjectKeys.base(bucket.name());
        String prefix = query.get("prefix").orElse("");
        String keyMarker = query.get("key-marker").orElse("");
        Optional<String> idMarker = query.nonEmpty("upload-id-marker");
        int max = PageSize.of(query, "max-uploads", PAGE_MAX);
        String after = keyMarker.isEmpty()
                ? ""
                : idMarker.map(id -> ObjectKeys.upload(bucket.name(), keyMarker, id))
                        .orElse(ObjectKeys.upload(bucket.name(), keyMarker, ObjectKeys.AFTER_ALL));
        List<State.Row<UploadRow>> found = new ArrayList<>();
        for (State.Row<UploadRow> row :
                attempt.state().scan(BucketTables.UPLOADS, base + ObjectKeys.code(prefix), after)) {
            found.add(row);
            if (found.size() > max) {
                break;
            }
        }
        boolean more = max > 0 && found.size() > max;
        List<State.Row<UploadRow>> shown = found.subList(0, Math.min(max, found.size()));
        Xml xml = Xml.document("ListMultipartUploadsResult")
                .text("Bucket", bucket.name())
                .text("KeyMarker", coded.apply(keyMarker))
                .text("UploadIdMarker", idMarker.orElse(""));
        if (more) {
            xml.text("NextKeyMarker", coded.apply(key(bucket, shown.getLast())))
                    .text("NextUploadIdMarker", shown.getLast().value().id());
        }
        xml.text("Prefix", coded.apply(prefix)).text("MaxUploads", max).text("IsTruncated", more);
        xml.text("EncodingType", query.nonEmpty("encoding-type"));
        for (State.Row<UploadRow> row : shown) {
            xml.open("Upload")
                    .text("Key", coded.apply(key(bucket, row)))
                    .text("UploadId", row.value().id());
            owners(xml, row.value(), bucket);
            xml.text("StorageClass", "STANDARD")
                    .text("Initiated", S3Dates.listed(row.value().startedAt()));
            checksum(xml, row.value());
            xml.close();
        }
        return xml;
    }

    private static String key(BucketRow bucket, State.Row<UploadRow> row) {
        return ObjectKeys.decode(ObjectKeys.codedKey(bucket.name(), row.key()));
    }

    private static Xml parts(Attempt attempt, S3Request request, BucketRow bucket) {
        UploadRow upload = UploadIds.find(attempt, request, bucket);
        S3Query query = request.query();
        int max = PageSize.of(query, "max-parts", PAGE_MAX);
        int marker = query.nonEmpty("part-number-marker")
                .map(text -> text.equals("0") ? 0 : UploadIds.partNumber(text))
                .orElse(0);
        List<PartRow> found = new ArrayList<>();
        for (State.Row<PartRow> row : attempt.state()
                .scan(BucketTables.PARTS, UploadIds.parts(upload.id()), UploadIds.part(upload.id(), marker))) {
            found.add(row.value());
            if (found.size() > max) {
                break;
            }
        }
        boolean more = max > 0 && found.size() > max;
        List<PartRow> shown = found.subList(0, Math.min(max, found.size()));
        Xml xml = Xml.document("ListPartsResult")
                .text("Bucket", bucket.name())
                .text("Key", request.keyName())
                .text("UploadId", upload.id());
        owners(xml, upload, bucket);
        xml.text("StorageClass", "STANDARD").text("PartNumberMarker", marker);
        xml.text("NextPartNumberMarker", shown.isEmpty() ? 0 : shown.getLast().number());
        xml.text("MaxParts", max).text("IsTruncated", more);
        checksum(xml, upload);
        for (PartRow part : shown) {
            xml.open("Part")
                    .text("PartNumber", part.number())
                    .text("LastModified", S3Dates.listed(part.modifiedAt()))
                    .text("ETag", part.etag())
                    .text("Size", part.piece().sizeBytes());
            part.checksums()
                    .forEach((header, value) -> Checksum.ofHeader(header).ifPresent(c -> xml.text(c.element(), value)));
            xml.close();
        }
        return xml;
    }

    private static void owners(Xml xml, UploadRow upload, BucketRow bucket) {
        xml.open("Initiator").text("ID", CanonicalId.of(upload.account())).close();
        xml.open("Owner").text("ID", CanonicalId.of(bucket.account())).close();
    }

    private static void checksum(Xml xml, UploadRow upload) {
        upload.checksum()
                .ifPresent(name -> xml.text("ChecksumAlgorithm", name).text("ChecksumType", upload.checksumType()));
    }
}
