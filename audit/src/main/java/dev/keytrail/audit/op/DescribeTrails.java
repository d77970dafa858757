package dev.keytrail.audit.op;

import dev.keytrail.audit.op.TrailNames.Target;
import dev.keytrail.audit.trail.Trail;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Call;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.wire.shape.cloudtrail.DescribeTrailsRequest;
import dev.keytrail.wire.shape.cloudtrail.DescribeTrailsResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Shows the trails of a Region, copies of multi-Region trails from elsewhere included unless they are unwanted. */
final class DescribeTrails {
    private final TrailDesk desk;

    DescribeTrails(TrailDesk desk) {
        this.desk = desk;
    }

    Operation<DescribeTrailsRequest, DescribeTrailsResponse> row() {
        return TrailDesk.row(
                "DescribeTrails",
                true,
                DescribeTrailsRequest.class,
                DescribeTrailsResponse.class,
                this::handle,
                DescribeTrails::facts);
    }

    private Effect<DescribeTrailsResponse> handle(Attempt attempt, DescribeTrailsRequest in) {
        desk.permit.check(attempt, Permit.ANY);
        Call call = attempt.call();
        boolean shadows = in.includeShadowTrails().orElse(true);
        List<String> wanted = wantedArns(call, in.trailNameList().orElse(List.of()));
        List<Trail> shown = desk.trails.visible(attempt.state(), call.account()).stream()
                .filter(trail -> isAtHome(trail, call) || shadows && trail.showsIn(call.region()))
                .filter(trail -> wanted.isEmpty() || wanted.contains(trail.arn()))
                .toList();
        return Effect.of(DescribeTrailsResponse.builder()
                .trailList(shown.stream().map(TrailShapes::of).toList())
                .build());
    }

    /** An organisation's trail is a shadow in its member accounts. */
    private static boolean isAtHome(Trail trail, Call call) {
        return trail.homeRegion().equals(call.region()) && trail.account().equals(call.account());
    }

    /** Names and ARNs of trails that are not there are no error: they are missing from the answer. */
    private static List<String> wantedArns(Call call, List<String> names) {
        List<String> arns = new ArrayList<>();
        for (String name : names) {
            Target target = TrailNames.target(call, name);
            arns.add(target.arn());
        }
        return arns;
    }

    static Optional<Facts> facts(DescribeTrailsRequest in) {
        Facts facts = Facts.facts();
        in.trailNameList().ifPresent(names -> facts.putStrings("trailNameList", names));
        in.includeShadowTrails().ifPresent(include -> facts.put("includeShadowTrails", include));
        return TrailDesk.shown(facts);
    }
}
