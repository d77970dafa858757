package dev.keytrail.audit.op;

import dev.keytrail.audit.trail.Scope;
import dev.keytrail.audit.trail.Trail;

/** A trail as GetTrail and DescribeTrails show it. */
final class TrailShapes {
    private TrailShapes() {}

    static dev.keytrail.wire.shape.cloudtrail.Trail of(Trail trail) {
        Scope scope = trail.scope();
        return dev.keytrail.wire.shape.cloudtrail.Trail.builder()
                .name(trail.name())
                .s3BucketName(scope.bucket())
                .s3KeyPrefix(scope.prefix())
                .kmsKeyId(scope.kmsKey())
                .snsTopicName(scope.topic().map(TrailNames::topicName))
                .snsTopicARN(scope.topic())
                .includeGlobalServiceEvents(scope.globalEvents())
                .isMultiRegionTrail(scope.multiRegion())
                .homeRegion(trail.homeRegion())
                .trailARN(trail.arn())
                .logFileValidationEnabled(scope.validation())
                .hasCustomEventSelectors(trail.customSelectors())
                .hasInsightSelectors(!scope.insights().isEmpty())
                .isOrganizationTrail(scope.organization().isPresent())
                .recursiveLogging(scope.recursive())
                .build();
    }
}
