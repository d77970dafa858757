package dev.keytrail.audit.op;

import dev.keytrail.audit.trail.Scope;
import dev.keytrail.audit.trail.Trail;
import dev.keytrail.call.ApiError;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Refused;
import dev.keytrail.wire.shape.cloudtrail.CreateTrailRequest;
import dev.keytrail.wire.shape.cloudtrail.UpdateTrailRequest;
import java.util.Optional;

/** The settings that CreateTrail and UpdateTrail share, as sent (cloudtrail.md F2). */
record TrailParameters(
        String name,
        Optional<String> bucket,
        Optional<String> prefix,
        Optional<String> topic,
        Optional<Boolean> globalEvents,
        Optional<Boolean> multiRegion,
        Optional<Boolean> validation,
        Optional<String> logGroup,
        Optional<String> logRole,
        Optional<String> kmsKey,
        Optional<Boolean> organization,
        Optional<Boolean> recursive) {
    /** AWS's bound (cloudtrail.md F2). */
    static final int PREFIX_MAX = 200;

    static TrailParameters of(CreateTrailRequest in) {
        return new TrailParameters(
                in.name(),
                Optional.of(in.s3BucketName()),
                in.s3KeyPrefix(),
                in.snsTopicName(),
                in.includeGlobalServiceEvents(),
                in.isMultiRegionTrail(),
                in.enableLogFileValidation(),
                in.cloudWatchLogsLogGroupArn(),
                in.cloudWatchLogsRoleArn(),
                in.kmsKeyId(),
                in.isOrganizationTrail(),
                in.recursiveLogging());
    }

    static TrailParameters of(UpdateTrailRequest in) {
        return new TrailParameters(
                in.name(),
                in.s3BucketName(),
                in.s3KeyPrefix(),
                in.snsTopicName(),
                in.includeGlobalServiceEvents(),
                in.isMultiRegionTrail(),
                in.enableLogFileValidation(),
                in.cloudWatchLogsLogGroupArn(),
                in.cloudWatchLogsRoleArn(),
                in.kmsKeyId(),
                in.isOrganizationTrail(),
                in.recursiveLogging());
    }

    /** A setting that has no effect here is refused, never swallowed. Empty texts and false ask for nothing. */
    void refuseUnsupported() {
        refuseIf(asked(logGroup), "CloudWatchLogsLogGroupArn: there is no CloudWatch Logs here");
        refuseIf(asked(logRole), "CloudWatchLogsRoleArn: there is no CloudWatch Logs here");
    }

    private static boolean asked(Optional<String> value) {
        return value.filter(v -> !v.isEmpty()).isPresent();
    }

    private static void refuseIf(boolean asked, String why) {
        if (asked) {
            throw new Refused(ApiError.of("UnsupportedOperationException", why + "."));
        }
    }

    /** What the trail's scope becomes. Checks what is new in it. */
    Scope applied(Scope now, String account, String homeRegion) {
        bucket.ifPresent(TrailNames::checkBucket);
        prefix.ifPresent(TrailParameters::checkPrefix);
        boolean multi = multiRegion.orElse(now.multiRegion());
        // Turning a trail's kind turns global events with it, unless the caller says otherwise (cloudtrail.md F5).
        boolean global = globalEvents.orElse(multi == now.multiRegion() ? now.globalEvents() : multi);
        if (multi && !global) {
            throw new Refused(ApiError.of(
                    "InvalidParameterCombinationException", "Multi-Region trail must include global service events."));
        }
        return new Scope(
                bucket.orElse(now.bucket()),
                prefix.isPresent() ? prefix.filter(p -> !p.isEmpty()) : now.prefix(),
                multi,
                global,
                now.selectors(),
                validation.orElse(now.validation()),
                topic.isPresent() ? TrailNames.topic(topic.get(), account, homeRegion) : now.topic(),
                kmsKey.isPresent() ? TrailNames.key(kmsKey.get(), account, homeRegion) : now.kmsKey(),
                recursive.orElse(now.recursive()),
                now.insights(),
                now.organization());
    }

    private static void checkPrefix(String prefix) {
        boolean clean = prefix.chars().allMatch(c -> c >= 0x20 && c != 0x7F);
        if (prefix.length() > PREFIX_MAX || prefix.contains("AWSLogs/") || !clean) {
            throw new Refused(ApiError.of(
                    "InvalidS3PrefixException",
                    "S3 prefix is invalid: at most " + PREFIX_MAX + " characters, without AWSLogs/."));
        }
    }

    Facts facts() {
        Facts facts = Facts.facts().put("name", name);
        facts.put("s3BucketName", bucket).put("s3KeyPrefix", prefix).put("snsTopicName", topic);
        globalEvents.ifPresent(v -> facts.put("includeGlobalServiceEvents", v));
        multiRegion.ifPresent(v -> facts.put("isMultiRegionTrail", v));
        validation.ifPresent(v -> facts.put("enableLogFileValidation", v));
        facts.put("cloudWatchLogsLogGroupArn", logGroup).put("cloudWatchLogsRoleArn", logRole);
        facts.put("kmsKeyId", kmsKey);
        organization.ifPresent(v -> facts.put("isOrganizationTrail", v));
        recursive.ifPresent(v -> facts.put("recursiveLogging", v));
        return facts;
    }

    /** The event's responseElements for both operations (cloudtrail.md K). */
    static Facts answered(Trail trail) {
        Scope scope = trail.scope();
        return Facts.facts()
                .put("name", trail.name())
                .put("s3BucketName", scope.bucket())
                .put("s3KeyPrefix", scope.prefix())
                .put("snsTopicName", scope.topic().map(TrailNames::topicName))
                .put("snsTopicARN", scope.topic())
                .put("includeGlobalServiceEvents", scope.globalEvents())
                .put("isMultiRegionTrail", scope.multiRegion())
                .put("trailARN", trail.arn())
                .put("logFileValidationEnabled", scope.validation())
                .put("kmsKeyId", scope.kmsKey())
                .put("isOrganizationTrail", scope.organization().isPresent())
                .put("recursiveLogging", scope.recursive());
    }
}
