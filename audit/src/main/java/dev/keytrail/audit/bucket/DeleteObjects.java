package dev.keytrail.audit.bucket;

import dev.keytrail.audit.bucket.BucketTables.BucketRow;
import dev.keytrail.audit.bucket.BucketTables.ObjectRow;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Resource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** DeleteObjects: up to 1,000 keys, each decided by itself, all that may go gone in one commit. */
final class DeleteObjects implements S3Operation.Behaviour {
    /** A thousand keys of 1,024 bytes, escaped, and their elements. */
    static final int DOCUMENT_BYTES_MAX = 8 << 20;

    private static final int KEYS_MAX = 1000;

    private final BucketAccess access;

    DeleteObjects(BucketAccess access) {
        this.access = access;
    }

    @Override
    public void admit(Attempt attempt, S3Request request) {
        access.find(attempt, request);
    }

    @Override
    public Effect<S3Reply> handle(Attempt attempt, S3Request request) {
        BucketRow bucket = access.find(attempt, request);
        HeaderRules.require(request);
        requireIntegrityCheck(request.headers());
        XmlElement document = XmlElement.parse(request.body());
        List<XmlElement> wanted = document.all("Object");
        if (!document.name().equals("Delete") || wanted.isEmpty() || wanted.size() > KEYS_MAX) {
            throw S3Error.MALFORMED_XML.refused();
        }
        boolean quiet = document.value("Quiet").filter("true"::equalsIgnoreCase).isPresent();
        Xml xml = Xml.document("DeleteResult");
        List<Change<?>> changes = new ArrayList<>();
        Set<String> done = new LinkedHashSet<>();
        for (XmlElement object : wanted) {
            String key = object.value("Key").orElseThrow(S3Error.MALFORMED_XML::refused);
            Optional<S3Error> refusal = refusal(attempt, request, bucket, object, key);
            if (refusal.isPresent()) {
                xml.open("Error")
                        .text("Key", key)
                        .text("Code", refusal.get().code())
                        .text("Message", refusal.get().refused().error().message())
                        .close();
                continue;
            }
            // A key named twice is deleted once and told twice.
            if (done.add(key)) {
                delete(attempt, bucket, key, changes);
            }
            if (!quiet) {
                xml.open("Deleted").text("Key", key).close();
            }
        }
        return Effect.of(S3Reply.xml(200, xml), changes);
    }

    /** A damaged list deletes the wrong things, so S3 insists; what is given was checked when the body came in. */
    private static void requireIntegrityCheck(S3Headers headers) {
        boolean given = headers.has("content-md5")
                || headers.has("x-amz-trailer")
                || headers.names().stream()
                        .anyMatch(name -> Checksum.ofHeader(name).isPresent());
        if (!given) {
            throw S3Error.INVALID_REQUEST.refused("Missing required header for this request: Content-MD5");
        }
    }

    private Optional<S3Error> refusal(
            Attempt attempt, S3Request request, BucketRow bucket, XmlElement object, String key) {
        for (XmlElement member : object.children()) {
            boolean known = member.name().equals("Key")
                    || (member.name().equals("VersionId")
                            && (member.text().isEmpty() || member.text().equals("null")));
            if (!known) {
                return Optional.of(S3Error.NOT_IMPLEMENTED);
            }
        }
        boolean allowed =
                access.allows(attempt, request, bucket, "s3:DeleteObject", BucketAccess.objectArn(bucket, key));
        return allowed ? Optional.empty() : Optional.of(S3Error.ACCESS_DENIED);
    }

    private static void delete(Attempt attempt, BucketRow bucket, String key, List<Change<?>> changes) {
        String arn = BucketAccess.objectArn(bucket, key);
        attempt.notes().resource(new Resource(bucket.account(), BucketAccess.OBJECT_TYPE, arn));
        String rowKey = ObjectKeys.row(bucket.name(), key);
        Optional<ObjectRow> present = attempt.state().get(BucketTables.OBJECTS, rowKey);
        present.ifPresent(row -> changes.addAll(DeleteObject.removal(attempt, rowKey, row)));
    }
}
