package dev.keytrail.audit.op;

import dev.keytrail.audit.trail.Scope;
import dev.keytrail.audit.trail.Trail;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Operation;
import dev.keytrail.wire.shape.cloudtrail.UpdateTrailRequest;
import dev.keytrail.wire.shape.cloudtrail.UpdateTrailResponse;
import java.util.Optional;

/** Changes the given settings of a trail, in its home Region. */
final class UpdateTrail {
    private final TrailDesk desk;

    UpdateTrail(TrailDesk desk) {
        this.desk = desk;
    }

    Operation<UpdateTrailRequest, UpdateTrailResponse> row() {
        return TrailDesk.row(
                "UpdateTrail",
                false,
                UpdateTrailRequest.class,
                UpdateTrailResponse.class,
                this::handle,
                in -> Optional.of(TrailParameters.of(in).facts()));
    }

    private Effect<UpdateTrailResponse> handle(Attempt attempt, UpdateTrailRequest in) {
        in.s3BucketName().ifPresent(bucket -> attempt.notes().named(TrailDesk.BUCKET_TYPE, bucket));
        Trail trail = desk.findAtHome(attempt, in.name());
        TrailParameters parameters = TrailParameters.of(in);
        parameters.refuseUnsupported();
        Trail changed = trail.withScope(parameters.applied(trail.scope(), trail.account(), trail.homeRegion()))
                .withRecursiveLogging(in.recursiveLogging().orElse(trail.recursiveLogging()));
        TrailLimit.check(desk.trails.allForDecision(attempt.state(), trail.account()), changed);
        desk.checkDestination(changed);
        desk.checkTopic(changed);
        if (in.kmsKeyId().isPresent()) {
            changed = desk.withCheckedKey(changed, attempt.call().receivedAt());
        }
        return Effect.of(answer(changed), desk.trails.update(attempt.state(), attempt.call(), changed))
                .showing(TrailParameters.answered(changed));
    }

    private static UpdateTrailResponse answer(Trail trail) {
        Scope scope = trail.scope();
        return UpdateTrailResponse.builder()
                .name(trail.name())
                .s3BucketName(scope.bucket())
                .s3KeyPrefix(scope.prefix())
                .kmsKeyId(scope.kmsKey())
                .snsTopicName(scope.topic().map(TrailNames::topicName))
                .snsTopicARN(scope.topic())
                .includeGlobalServiceEvents(scope.globalEvents())
                .isMultiRegionTrail(scope.multiRegion())
                .trailARN(trail.arn())
                .logFileValidationEnabled(scope.validation())
                .isOrganizationTrail(false)
                .recursiveLogging(trail.recursiveLogging())
                .build();
    }
}
