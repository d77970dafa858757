package dev.keytrail.audit.op;

import dev.keytrail.audit.trail.Trail;
import dev.keytrail.call.ApiError;
import dev.keytrail.call.Refused;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** At most five trails show in a Region; a multi-Region trail shows in each. */
final class TrailLimit {
    private TrailLimit() {}

    /** @param others the account's trails; one of the same ARN is taken for the trail's earlier form */
    static void check(List<Trail> others, Trail trail) {
        Set<String> regions = new HashSet<>();
        regions.add(trail.homeRegion());
        if (trail.scope().multiRegion()) {
            others.forEach(other -> regions.add(other.homeRegion()));
        }
        for (String region : regions) {
            long shown = others.stream()
                    .filter(other -> !other.arn().equals(trail.arn()) && other.showsIn(region))
                    .count();
            if (shown >= CreateTrail.TRAILS_PER_REGION) {
                throw new Refused(ApiError.of(
                        "MaximumNumberOfTrailsExceededException",
                        "User: " + trail.account() + " already has " + shown + " trails in " + region + "."));
            }
        }
    }
}
