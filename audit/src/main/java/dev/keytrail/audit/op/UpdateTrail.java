package dev.keytrail.audit.op;

import dev.keytrail.audit.trail.Organization;
import dev.keytrail.audit.trail.Organizations;
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
        Trail changed = trail.withScope(parameters
                .applied(trail.scope(), trail.account(), trail.homeRegion())
                .withOrganization(organization(attempt, trail, in)));
        TrailLimit.check(desk.trails.allForDecision(attempt.state(), trail.account()), changed);
        desk.checkDestination(changed);
        desk.checkTopic(changed);
        if (in.kmsKeyId().isPresent()) {
            changed = desk.withCheckedKey(attempt, changed);
        }
        return Effect.of(answer(changed), desk.trails.update(attempt.state(), attempt.call(), changed))
                .showing(TrailParameters.answered(changed));
    }

    private static Optional<Organization> organization(Attempt attempt, Trail trail, UpdateTrailRequest in) {
        Optional<Organization> now = trail.scope().organization();
        boolean wanted = in.isOrganizationTrail().orElse(now.isPresent());
        if (wanted == now.isPresent()) {
            return now;
        }
        // Either way only the management account turns a trail's kind, and the trail is its own (cloudtrail.md F11).
        Organizations.Row organization = TrailDesk.organization(attempt, trail.arn());
        if (!organization.management().equals(attempt.call().account())) {
            throw TrailDesk.notManagement(trail.arn());
        }
        return wanted ? Optional.of(organization.organization()) : Optional.empty();
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
                .isOrganizationTrail(scope.organization().isPresent())
                .recursiveLogging(trail.scope().recursive())
                .build();
    }
}
