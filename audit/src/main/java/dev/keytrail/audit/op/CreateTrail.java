package dev.keytrail.audit.op;

import dev.keytrail.audit.op.TrailNames.Target;
import dev.keytrail.audit.trail.Organization;
import dev.keytrail.audit.trail.Organizations;
import dev.keytrail.audit.trail.Scope;
import dev.keytrail.audit.trail.Selector;
import dev.keytrail.audit.trail.Trail;
import dev.keytrail.call.ApiError;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Refused;
import dev.keytrail.wire.shape.cloudtrail.CreateTrailRequest;
import dev.keytrail.wire.shape.cloudtrail.CreateTrailResponse;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Makes a trail. It does not start logging. */
final class CreateTrail {
    /** Trails visible in one Region; a multi-Region trail counts in each (cloudtrail.md F2). */
    static final int TRAILS_PER_REGION = 5;

    private static final int ID_BYTES = 8;

    private final TrailDesk desk;
    private final Entropy entropy;

    CreateTrail(TrailDesk desk, Entropy entropy) {
        this.desk = desk;
        this.entropy = entropy;
    }

    Operation<CreateTrailRequest, CreateTrailResponse> row() {
        return TrailDesk.row(
                "CreateTrail",
                false,
                CreateTrailRequest.class,
                CreateTrailResponse.class,
                this::handle,
                CreateTrail::facts);
    }

    private Effect<CreateTrailResponse> handle(Attempt attempt, CreateTrailRequest in) {
        attempt.notes().named(TrailDesk.TRAIL_TYPE, in.name());
        attempt.notes().named(TrailDesk.BUCKET_TYPE, in.s3BucketName());
        TrailNames.checkName(in.name());
        Optional<Organizations.Row> organization =
                in.isOrganizationTrail().filter(wanted -> wanted).map(_ -> TrailDesk.organization(attempt, in.name()));
        // A delegated administrator acts for the management account, whose the trail is.
        String owner = organization
                .map(Organizations.Row::management)
                .orElse(attempt.call().account());
        Target target = new Target(owner, attempt.call().region(), in.name());
        desk.permit.check(attempt, target.arn());
        attempt.notes().named(TrailDesk.TRAIL_TYPE, target.arn());
        if (in.tagsList().filter(tags -> !tags.isEmpty()).isPresent()) {
            desk.permit.check(attempt, "cloudtrail:AddTags", target.arn());
        }
        Trail trail = trail(target, in, organization.map(Organizations.Row::organization));
        checkRoom(attempt, trail);
        desk.checkDestination(trail);
        desk.checkTopic(trail);
        trail = desk.withCheckedKey(attempt, trail);
        return Effect.of(answer(trail), desk.trails.create(attempt.state(), trail))
                .showing(TrailParameters.answered(trail));
    }

    private Trail trail(Target target, CreateTrailRequest in, Optional<Organization> organization) {
        TrailParameters parameters = TrailParameters.of(in);
        parameters.refuseUnsupported();
        Scope fresh =
                new Scope(in.s3BucketName(), Optional.empty(), false, true, List.of(Selector.ALL_MANAGEMENT), false);
        Map<String, String> tags = Tags.merged(Map.of(), in.tagsList().orElse(List.of()));
        return new Trail(
                target.account(),
                target.homeRegion(),
                target.name(),
                entropy.hex(ID_BYTES),
                parameters.applied(fresh, target.account(), target.homeRegion()).withOrganization(organization),
                false,
                false,
                Optional.empty(),
                Optional.empty(),
                tags,
                0);
    }

    private void checkRoom(Attempt attempt, Trail trail) {
        if (desk.trails
                .find(attempt.state(), trail.account(), trail.homeRegion(), trail.name())
                .isPresent()) {
            throw new Refused(ApiError.of(
                    "TrailAlreadyExistsException",
                    "Trail " + trail.name() + " already exists for customer: " + trail.account()));
        }
        TrailLimit.check(desk.trails.allForDecision(attempt.state(), trail.account()), trail);
    }

    private static CreateTrailResponse answer(Trail trail) {
        Scope scope = trail.scope();
        return CreateTrailResponse.builder()
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

    static Optional<Facts> facts(CreateTrailRequest in) {
        Facts facts = TrailParameters.of(in).facts();
        in.tagsList().ifPresent(tags -> facts.putAll("tagsList", Tags.facts(tags)));
        return Optional.of(facts);
    }
}
