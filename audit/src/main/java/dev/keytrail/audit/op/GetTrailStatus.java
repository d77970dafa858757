package dev.keytrail.audit.op;

import dev.keytrail.audit.trail.Chain;
import dev.keytrail.audit.trail.Notified;
import dev.keytrail.audit.trail.Progress;
import dev.keytrail.audit.trail.Trail;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Operation;
import dev.keytrail.wire.shape.cloudtrail.GetTrailStatusRequest;
import dev.keytrail.wire.shape.cloudtrail.GetTrailStatusResponse;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/** Tells whether a trail logs and how its delivery goes (cloudtrail.md F4). */
final class GetTrailStatus {
    private final TrailDesk desk;

    GetTrailStatus(TrailDesk desk) {
        this.desk = desk;
    }

    Operation<GetTrailStatusRequest, GetTrailStatusResponse> row() {
        return TrailDesk.row(
                "GetTrailStatus",
                true,
                GetTrailStatusRequest.class,
                GetTrailStatusResponse.class,
                this::handle,
                in -> TrailDesk.named(in.name()));
    }

    private Effect<GetTrailStatusResponse> handle(Attempt attempt, GetTrailStatusRequest in) {
        Trail trail = desk.find(attempt, in.name());
        Optional<Progress> progress = desk.trails.progress(attempt.state(), trail);
        Optional<Instant> delivered = progress.flatMap(Progress::latestDelivery);
        Optional<Progress.Failed> failed = progress.flatMap(Progress::latestFailure);
        Optional<Chain> digests = desk.trails.digests(
                attempt.state(), trail, attempt.call().account(), attempt.call().region());
        Optional<Instant> attempted = failed.map(Progress.Failed::at).or(() -> delivered);
        Optional<Notified> notified = desk.trails.notified(attempt.state(), trail);
        Optional<Instant> noticed = notified.flatMap(Notified::latest);
        Optional<Progress.Failed> unnoticed = notified.flatMap(Notified::failure);
        // The texts at the end are members that AWS no longer uses but still fills.
        return Effect.of(GetTrailStatusResponse.builder()
                .isLogging(trail.logging())
                .latestDeliveryTime(delivered)
                .latestDeliveryError(failed.map(Progress.Failed::code))
                .latestNotificationTime(noticed)
                .latestNotificationError(unnoticed.map(Progress.Failed::code))
                .latestDigestDeliveryTime(digests.flatMap(Chain::latest))
                .latestDigestDeliveryError(digests.flatMap(Chain::latestFailure).map(Progress.Failed::code))
                .startLoggingTime(trail.startedAt())
                .stopLoggingTime(trail.stoppedAt())
                .latestDeliveryAttemptTime(text(attempted))
                .latestDeliveryAttemptSucceeded(failed.isPresent() ? "" : text(delivered))
                .latestNotificationAttemptTime(
                        text(unnoticed.map(Progress.Failed::at).or(() -> noticed)))
                .latestNotificationAttemptSucceeded(unnoticed.isPresent() ? "" : text(noticed))
                .timeLoggingStarted(text(trail.startedAt()))
                .timeLoggingStopped(trail.logging() ? "" : text(trail.stoppedAt()))
                .build());
    }

    private static String text(Optional<Instant> time) {
        return time.map(t -> t.truncatedTo(ChronoUnit.SECONDS).toString()).orElse("");
    }
}
