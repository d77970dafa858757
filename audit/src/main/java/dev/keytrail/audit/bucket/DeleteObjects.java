package dev.keytrail.audit.bucket;

import dev.keytrail.audit.bucket.BucketTables.BucketRow;
import dev.keytrail.audit.bucket.BucketTables.ObjectRow;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Resource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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
        HeaderRules.require(request, ObjectLock.BYPASS_HEADER);
        requireIntegrityCheck(request.headers());
        XmlElement document = XmlElement.parse(request.body());
        List<XmlElement> wanted = document.all("Object");
        if (!document.name().equals("Delete") || wanted.isEmpty() || wanted.size() > KEYS_MAX) {
            throw S3Error.MALFORMED_XML.refused();
        }
        boolean quiet = document.value("Quiet").filter("true"::equalsIgnoreCase).isPresent();
        Xml xml = Xml.document("DeleteResult");
        // Several versions of one key may go at once, each decided on what the ones before it leave.
        Overlay after = new Overlay(attempt.state());
        Attempt piecemeal = new Attempt(attempt.call(), after, attempt.notes());
        DeleteObject.Removal removal = new DeleteObject.Removal(access, piecemeal, request, bucket);
        Map<String, Versions.Outcome> done = new HashMap<>();
        for (XmlElement object : wanted) {
            String key = object.value("Key").orElseThrow(S3Error.MALFORMED_XML::refused);
            Optional<String> version = object.value("VersionId").filter(id -> !id.isEmpty());
            try {
                requireAllowed(attempt, request, bucket, object, key, version);
                // What is named twice is deleted once and told twice.
                String once = key + (version.isPresent() ? "\n" + version.get() : "");
                Versions.Outcome outcome = done.get(once);
                if (outcome == null) {
                    outcome = removal.of(key, version);
                    done.put(once, outcome);
                    after.add(outcome.changes());
                    attempt.notes()
                            .resource(new Resource(
                                    bucket.account(), BucketAccess.OBJECT_TYPE, BucketAccess.objectArn(bucket, key)));
                }
                if (!quiet) {
                    told(xml, bucket, key, version, outcome.version());
                }
            } catch (Refused refused) {
                xml.open("Error").text("Key", key);
                xml.text("VersionId", version);
                xml.text("Code", refused.error().code())
                        .text("Message", refused.error().message().orElse(""))
                        .close();
            }
        }
        return Effect.of(S3Reply.xml(200, xml), after.changes());
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

    private static void told(Xml xml, BucketRow bucket, String key, Optional<String> version, ObjectRow outcome) {
        xml.open("Deleted").text("Key", key);
        xml.text("VersionId", version);
        if (bucket.versioning() != BucketTables.Versioning.OFF && outcome.marker()) {
            xml.text("DeleteMarker", true).text("DeleteMarkerVersionId", outcome.version());
        }
        xml.close();
    }

    private void requireAllowed(
            Attempt attempt,
            S3Request request,
            BucketRow bucket,
            XmlElement object,
            String key,
            Optional<String> version) {
        for (XmlElement member : object.children()) {
            if (!member.name().equals("Key") && !member.name().equals("VersionId")) {
                throw S3Error.NOT_IMPLEMENTED.refused();
            }
        }
        String action = version.isPresent() ? "s3:DeleteObjectVersion" : "s3:DeleteObject";
        if (!access.allows(attempt, request, bucket, action, BucketAccess.objectArn(bucket, key))) {
            throw S3Error.ACCESS_DENIED.refused();
        }
    }
}
