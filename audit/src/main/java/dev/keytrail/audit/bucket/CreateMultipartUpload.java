package dev.keytrail.audit.bucket;

import dev.keytrail.audit.bucket.BucketTables.BucketRow;
import dev.keytrail.audit.bucket.BucketTables.ObjectRow;
import dev.keytrail.audit.bucket.BucketTables.UploadRow;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Sha256;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** CreateMultipartUpload: keeps what will go with the object. An encrypted one gets its data key now, for all its parts. */
final class CreateMultipartUpload implements S3Operation.Behaviour {
    private static final String ALGORITHM = "x-amz-checksum-algorithm";
    private static final String TYPE = "x-amz-checksum-type";

    private final BucketAccess access;
    private final KeyRing keys;

    CreateMultipartUpload(BucketAccess access, KeyRing keys) {
        this.access = access;
        this.keys = keys;
    }

    @Override
    public Effect<S3Reply> handle(Attempt attempt, S3Request request) {
        access.find(attempt, request);
        List<String> known = new ArrayList<>(ObjectTerms.UNDERSTOOD);
        known.addAll(List.of(ALGORITHM, TYPE));
        HeaderRules.require(request, known);
        ObjectTerms asked = ObjectTerms.of(request);
        BucketRow bucket = NewObject.admit(access, attempt, request, asked);
        Optional<Checksum> checksum = request.headers().get(ALGORITHM).map(Checksum::named);
        String type = type(request, checksum);
        Optional<Sealing> sealing = attempt.once().ask(bucket.region(), () -> sealing(attempt, bucket, request));
        ObjectTerms terms = asked.sealed(sealing);
        // Of this call alone, as its request id is; not that id itself, which events show.
        String id =
                Sha256.of(Bytes.utf8("upload\n" + attempt.call().requestId())).hex();
        UploadRow upload = new UploadRow(
                id,
                attempt.call().account(),
                attempt.call().receivedAt().truncatedTo(ChronoUnit.SECONDS),
                terms,
                checksum.map(Checksum::name),
                type,
                sealing);
        S3Reply reply = S3Reply.xml(
                200,
                Xml.document("InitiateMultipartUploadResult")
                        .text("Bucket", bucket.name())
                        .text("Key", request.keyName())
                        .text("UploadId", id));
        Facts shown = Facts.facts();
        for (Map.Entry<String, String> header :
                NewObject.encryption(terms.encryption(), sealing).entrySet()) {
            reply = reply.with(header.getKey(), header.getValue());
            shown.put(header.getKey(), header.getValue());
        }
        if (checksum.isPresent()) {
            reply = reply.with(ALGORITHM, checksum.get().name()).with(TYPE, type);
        }
        shown.put("uploadId", id);
        return Effect.of(
                        reply,
                        Change.put(
                                BucketTables.UPLOADS, ObjectKeys.upload(bucket.name(), request.keyName(), id), upload),
                        Versions.touched(attempt, bucket))
                .showing(shown);
    }

    /** Of all parts to come. */
    private Optional<Sealing> sealing(Attempt attempt, BucketRow bucket, S3Request request) {
        Optional<ContentKey> key =
                keys.fresh(attempt.call().caller(), bucket, BucketAccess.objectArn(bucket, request.keyName()), request);
        key.ifPresent(ContentKey::close);
        return key.map(ContentKey::sealing);
    }

    private static String type(S3Request request, Optional<Checksum> checksum) {
        Optional<String> asked = request.headers().get(TYPE);
        if (asked.isPresent() && checksum.isEmpty()) {
            throw S3Error.INVALID_REQUEST.refused(
                    "The " + TYPE + " header can only be used with the " + ALGORITHM + " header.");
        }
        String type = asked.orElse(
                checksum.equals(Optional.of(Checksum.CRC64NVME)) ? ObjectRow.FULL_OBJECT : ObjectRow.COMPOSITE);
        boolean fits = switch (type) {
            case ObjectRow.FULL_OBJECT -> checksum.map(Checksum::combines).orElse(true);
            case ObjectRow.COMPOSITE -> !checksum.equals(Optional.of(Checksum.CRC64NVME));
            default -> throw S3Error.INVALID_REQUEST.refused("Value for " + TYPE + " header is invalid.");
        };
        if (!fits) {
            throw S3Error.INVALID_REQUEST.refused("The " + type + " checksum type cannot be used with the "
                    + checksum.orElseThrow() + " checksum algorithm.");
        }
        return type;
    }
}
