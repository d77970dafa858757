package dev.keytrail.audit.bucket;

import dev.keytrail.audit.bucket.BucketTables.BucketRow;
import dev.keytrail.audit.bucket.BucketTables.ObjectRow;
import dev.keytrail.audit.bucket.BucketTables.Versioning;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The operations on what goes with a version: tags, retention and legal hold, each told, set and taken away.
 *
 * @param action the IAM action that allows it on the current version
 */
record ObjectConfiguration(BucketAccess access, String action, Way way) implements S3Operation.Behaviour {
    /** What to do with the version that was asked for. */
    @FunctionalInterface
    interface Way {
        Done go(BucketAccess access, Attempt attempt, S3Request request, BucketRow bucket, ObjectRow version);
    }

    /** @param changed the version with its new terms */
    record Done(S3Reply reply, Optional<ObjectRow> changed) {
        static Done told(S3Reply reply) {
            return new Done(reply, Optional.empty());
        }

        static Done set(int status, ObjectRow changed) {
            return new Done(S3Reply.empty(status), Optional.of(changed));
        }
    }

    static ObjectConfiguration getTagging(BucketAccess access) {
        return new ObjectConfiguration(
                access,
                "s3:GetObjectTagging",
                (_, _, _, _, version) -> Done.told(
                        S3Reply.xml(200, TagSet.document(version.terms().tags()))));
    }

    static ObjectConfiguration putTagging(BucketAccess access) {
        return new ObjectConfiguration(access, "s3:PutObjectTagging", (_, _, request, _, version) -> {
            Map<String, String> tags = TagSet.ofDocument(XmlElement.parse(request.body()), TagSet.OBJECT_TAGS_MAX);
            return Done.set(200, version.with(version.terms().withTags(tags)));
        });
    }

    static ObjectConfiguration deleteTagging(BucketAccess access) {
        return new ObjectConfiguration(
                access,
                "s3:DeleteObjectTagging",
                (_, _, _, _, version) ->
                        Done.set(204, version.with(version.terms().withTags(Map.of()))));
    }

    static ObjectConfiguration getRetention(BucketAccess access) {
        return new ObjectConfiguration(access, "s3:GetObjectRetention", (_, _, _, bucket, version) -> {
            requireLocking(bucket);
            ObjectLock.Retention retention =
                    version.terms().retention().orElseThrow(S3Error.NO_SUCH_OBJECT_LOCK::refused);
            return Done.told(S3Reply.xml(
                    200,
                    Xml.document("Retention")
                            .text("Mode", retention.mode().name())
                            .text("RetainUntilDate", ObjectLock.written(retention.until()))));
        });
    }

    static ObjectConfiguration putRetention(BucketAccess access) {
        return new ObjectConfiguration(access, "s3:PutObjectRetention", ObjectConfiguration::retain);
    }

    private static Done retain(
            BucketAccess access, Attempt attempt, S3Request request, BucketRow bucket, ObjectRow version) {
        requireLocking(bucket);
        XmlElement document = XmlElement.parse(request.body());
        Optional<String> mode = document.value("Mode");
        Optional<String> until = document.value("RetainUntilDate");
        if (!document.name().equals("Retention") || mode.isPresent() != until.isPresent()) {
            throw S3Error.MALFORMED_XML.refused();
        }
        Optional<ObjectLock.Retention> wanted = mode.map(
                text -> new ObjectLock.Retention(ObjectLock.Mode.of(text), ObjectLock.time(until.orElseThrow())));
        wanted.ifPresent(
                retention -> ObjectLock.requireFuture(retention, attempt.call().receivedAt()));
        boolean bypass =
                request.headers().get(ObjectLock.BYPASS_HEADER).orElse("false").equalsIgnoreCase("true")
                        && access.allows(
                                attempt,
                                request,
                                bucket,
                                "s3:BypassGovernanceRetention",
                                BucketAccess.objectArn(bucket, request.keyName()));
        if (!ObjectLock.permitsChange(
                version.terms().retention(), wanted, attempt.call().receivedAt(), bypass)) {
            throw S3Error.ACCESS_DENIED.refused("Access Denied because object protected by object lock.");
        }
        return Done.set(
                200, version.with(version.terms().with(wanted, version.terms().held())));
    }

    static ObjectConfiguration getLegalHold(BucketAccess access) {
        return new ObjectConfiguration(access, "s3:GetObjectLegalHold", (_, _, _, bucket, version) -> {
            requireLocking(bucket);
            return Done.told(S3Reply.xml(
                    200,
                    Xml.document("LegalHold").text("Status", version.terms().held() ? "ON" : "OFF")));
        });
    }

    static ObjectConfiguration putLegalHold(BucketAccess access) {
        return new ObjectConfiguration(access, "s3:PutObjectLegalHold", (_, _, request, bucket, version) -> {
            requireLocking(bucket);
            XmlElement document = XmlElement.parse(request.body());
            boolean held = document.value("Status").map(ObjectLock::hold).orElseThrow(S3Error.MALFORMED_XML::refused);
            if (!document.name().equals("LegalHold")) {
                throw S3Error.MALFORMED_XML.refused();
            }
            return Done.set(
                    200, version.with(version.terms().with(version.terms().retention(), held)));
        });
    }

    private static void requireLocking(BucketRow bucket) {
        if (!bucket.locking()) {
            throw ObjectLock.missingConfiguration();
        }
    }

    @Override
    public void admit(Attempt attempt, S3Request request) {
        admitted(attempt, request);
    }

    @Override
    public Effect<S3Reply> handle(Attempt attempt, S3Request request) {
        BucketRow bucket = admitted(attempt, request);
        ObjectRow version = GetObject.find(access, attempt, request, bucket, action);
        if (version.marker()) {
            throw S3Error.METHOD_NOT_ALLOWED.refused();
        }
        Done done = way.go(access, attempt, request, bucket, version);
        S3Reply reply = bucket.versioning() == Versioning.OFF
                ? done.reply()
                : done.reply().with(NewObject.VERSION_HEADER, version.version());
        return Effect.of(
                reply,
                done.changed()
                        .<List<dev.keytrail.call.Change<?>>>map(
                                changed -> List.of(Versions.amended(attempt, bucket, request.keyName(), changed)))
                        .orElse(List.of()));
    }

    private BucketRow admitted(Attempt attempt, S3Request request) {
        BucketRow bucket = access.find(attempt, request);
        HeaderRules.require(request, List.of(ObjectLock.BYPASS_HEADER));
        return bucket;
    }
}
