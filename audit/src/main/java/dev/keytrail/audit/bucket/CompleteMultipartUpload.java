package dev.keytrail.audit.bucket;

import dev.keytrail.audit.bucket.BucketTables.BucketRow;
import dev.keytrail.audit.bucket.BucketTables.ObjectRow;
import dev.keytrail.audit.bucket.BucketTables.PartRow;
import dev.keytrail.audit.bucket.BucketTables.UploadRow;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.State;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * CompleteMultipartUpload: the parts named become the object, without their bytes being touched; parts not named go. The
 * checksum of the whole is made of those of the parts.
 */
final class CompleteMultipartUpload implements S3Operation.Behaviour {
    /** Ten thousand parts with their checksums. */
    static final int DOCUMENT_BYTES_MAX = 4 << 20;

    /** S3's bound on all parts but the last. */
    static final long PART_BYTES_MIN = 5L << 20;

    /** S3's bound on an object. */
    static final long OBJECT_BYTES_MAX = 5L << 40;

    private final BucketAccess access;

    CompleteMultipartUpload(BucketAccess access) {
        this.access = access;
    }

    @Override
    public void admit(Attempt attempt, S3Request request) {
        admitted(attempt, request);
    }

    @Override
    public Effect<S3Reply> handle(Attempt attempt, S3Request request) {
        BucketRow bucket = admitted(attempt, request);
        UploadRow upload = UploadIds.find(attempt, request, bucket);
        List<PartRow> parts = named(attempt, upload, XmlElement.parse(request.body()));
        NewObject.requireConditions(attempt, request, bucket);
        long size = parts.stream().mapToLong(part -> part.piece().sizeBytes()).sum();
        requireSizes(request, parts, size);
        Map<String, String> checksums = checksums(upload, parts);
        requireChecksums(request, checksums);
        ObjectTerms terms = ObjectLock.applied(attempt, request, bucket, upload.terms());
        ObjectRow object = new ObjectRow(
                parts.stream().map(PartRow::piece).toList(),
                size,
                attempt.call().receivedAt().truncatedTo(ChronoUnit.SECONDS),
                tag(parts),
                Bytes.EMPTY,
                terms,
                checksums,
                upload.checksumType(),
                upload.sealing(),
                Versions.NULL,
                0,
                false);
        Versions.Outcome outcome = Versions.put(attempt, bucket, request.keyName(), object);
        List<Change<?>> changes = new ArrayList<>(outcome.changes());
        changes.addAll(ended(attempt, request, bucket, upload, parts));
        Xml xml = Xml.document("CompleteMultipartUploadResult")
                .text("Location", "/" + bucket.name() + "/" + PercentCode.encode(request.keyName()))
                .text("Bucket", bucket.name())
                .text("Key", request.keyName())
                .text("ETag", object.etag());
        object.checksums()
                .forEach((header, value) -> Checksum.ofHeader(header).ifPresent(c -> xml.text(c.element(), value)));
        if (!checksums.isEmpty()) {
            xml.text("ChecksumType", object.checksumType());
        }
        return NewObject.made(S3Reply.xml(200, xml), bucket, new Versions.Outcome(changes, outcome.version()));
    }

    /** Takes an upload away; its parts too, but for the contents that some object has now. */
    static List<Change<?>> ended(
            Attempt attempt, S3Request request, BucketRow bucket, UploadRow upload, List<PartRow> kept) {
        // Read for the commit's sake: a part uploaded after the scan below changes this row and makes us decide again.
        attempt.state().get(BucketTables.LAST_PART, upload.id());
        Set<String> keptIds = new HashSet<>();
        kept.forEach(part -> keptIds.add(part.piece().contentId()));
        List<Change<?>> changes = new ArrayList<>();
        changes.add(
                Change.delete(BucketTables.UPLOADS, ObjectKeys.upload(bucket.name(), request.keyName(), upload.id())));
        changes.add(Change.delete(BucketTables.LAST_PART, upload.id()));
        for (State.Row<PartRow> part : attempt.state().scan(BucketTables.PARTS, UploadIds.parts(upload.id()), "")) {
            changes.add(Change.delete(BucketTables.PARTS, part.key()));
            if (!keptIds.contains(part.value().piece().contentId())) {
                changes.addAll(Versions.dropped(attempt, List.of(part.value().piece())));
            }
        }
        return changes;
    }

    private static List<PartRow> named(Attempt attempt, UploadRow upload, XmlElement document) {
        List<XmlElement> wanted = document.all("Part");
        if (!document.name().equals("CompleteMultipartUpload")
                || wanted.isEmpty()
                || wanted.size() > UploadIds.PARTS_MAX) {
            throw S3Error.MALFORMED_XML.refused();
        }
        List<PartRow> parts = new ArrayList<>();
        int last = 0;
        for (XmlElement element : wanted) {
            int number = UploadIds.partNumber(element.value("PartNumber").orElseThrow(S3Error.MALFORMED_XML::refused));
            String tag = element.value("ETag").orElseThrow(S3Error.MALFORMED_XML::refused);
            if (number <= last) {
                throw S3Error.INVALID_PART_ORDER.refused();
            }
            last = number;
            PartRow part = attempt.state()
                    .get(BucketTables.PARTS, UploadIds.part(upload.id(), number))
                    .filter(found -> Conditions.matches(tag, found.etag()))
                    .orElseThrow(S3Error.INVALID_PART::refused);
            for (Checksum checksum : Checksum.values()) {
                Optional<String> told = element.value(checksum.element());
                if (told.isPresent()
                        && !told.equals(Optional.ofNullable(part.checksums().get(checksum.header())))) {
                    throw S3Error.INVALID_PART.refused();
                }
            }
            parts.add(part);
        }
        return parts;
    }

    private static void requireSizes(S3Request request, List<PartRow> parts, long size) {
        for (PartRow part : parts.subList(0, parts.size() - 1)) {
            if (part.piece().sizeBytes() < PART_BYTES_MIN) {
                throw S3Error.ENTITY_TOO_SMALL.refused();
            }
        }
        if (size > OBJECT_BYTES_MAX) {
            throw S3Error.ENTITY_TOO_LARGE.refused();
        }
        Optional<String> told = request.headers().get("x-amz-mp-object-size");
        if (told.isPresent() && !told.get().equals(Long.toString(size))) {
            throw S3Error.INVALID_REQUEST.refused(
                    "The provided 'x-amz-mp-object-size' header does not match what was computed.");
        }
    }

    /** MD5 of the parts' MD5s, and how many they are. */
    private static String tag(List<PartRow> parts) {
        java.security.MessageDigest md5 = Checksum.digest("MD5");
        parts.forEach(part -> md5.update(HexFormat.of().parseHex(part.tag())));
        return HexFormat.of().formatHex(md5.digest()) + "-" + parts.size();
    }

    private static Map<String, String> checksums(UploadRow upload, List<PartRow> parts) {
        if (upload.checksum().isEmpty()) {
            return Map.of();
        }
        Checksum checksum = Checksum.named(upload.checksum().get());
        List<String> values = new ArrayList<>();
        for (PartRow part : parts) {
            Optional<String> value = Optional.ofNullable(part.checksums().get(checksum.header()));
            values.add(value.orElseThrow(() -> S3Error.INVALID_REQUEST.refused(
                    "The upload was created using a " + checksum.name().toLowerCase(Locale.ROOT)
                            + " checksum. The complete request must include the checksum for each part. It was missing"
                            + " for part " + part.number() + " in the request.")));
        }
        if (upload.checksumType().equals(ObjectRow.FULL_OBJECT)) {
            String whole = values.getFirst();
            for (int i = 1; i < values.size(); i++) {
                whole = checksum.combined(
                        whole, values.get(i), parts.get(i).piece().sizeBytes());
            }
            return Map.of(checksum.header(), whole);
        }
        Checksum.Running running = checksum.start();
        for (String base64 : values) {
            byte[] value = Base64.getDecoder().decode(base64);
            running.update(value, 0, value.length);
        }
        return Map.of(checksum.header(), running.base64() + "-" + parts.size());
    }

    private static void requireChecksums(S3Request request, Map<String, String> checksums) {
        for (Checksum checksum : Checksum.values()) {
            Optional<String> told = request.headers().get(checksum.header());
            Optional<String> found = Optional.ofNullable(checksums.get(checksum.header()));
            if (told.isPresent() && found.isPresent() && !told.equals(found)) {
                throw S3Error.BAD_DIGEST.refused(
                        "The " + checksum.name() + " you specified did not match the calculated checksum.");
            }
        }
    }

    private BucketRow admitted(Attempt attempt, S3Request request) {
        BucketRow bucket = access.find(attempt, request);
        HeaderRules.require(request, "x-amz-checksum-type", "x-amz-mp-object-size");
        access.requireOnObject(attempt, request, bucket, "s3:PutObject");
        UploadIds.find(attempt, request, bucket);
        return bucket;
    }
}
