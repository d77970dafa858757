package dev.keytrail.audit.op;

import dev.keytrail.audit.trail.Selector;
import dev.keytrail.audit.trail.Trail;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.wire.shape.cloudtrail.GetEventSelectorsRequest;
import dev.keytrail.wire.shape.cloudtrail.GetEventSelectorsResponse;
import java.util.List;
import java.util.Optional;

/** Shows what a trail takes, in the form it was given in. */
final class GetEventSelectors {
    private final TrailDesk desk;

    GetEventSelectors(TrailDesk desk) {
        this.desk = desk;
    }

    Operation<GetEventSelectorsRequest, GetEventSelectorsResponse> row() {
        return TrailDesk.row(
                "GetEventSelectors",
                true,
                GetEventSelectorsRequest.class,
                GetEventSelectorsResponse.class,
                this::handle,
                in -> Optional.of(Facts.facts().put("trailName", in.trailName())));
    }

    private Effect<GetEventSelectorsResponse> handle(Attempt attempt, GetEventSelectorsRequest in) {
        Trail trail = desk.find(attempt, in.trailName());
        List<Selector> selectors = trail.scope().selectors();
        GetEventSelectorsResponse.Builder answer =
                GetEventSelectorsResponse.builder().trailARN(trail.arn());
        if (SelectorForms.isAdvanced(selectors)) {
            answer.advancedEventSelectors(SelectorForms.advanced(selectors));
        } else {
            answer.eventSelectors(SelectorForms.basic(selectors));
        }
        return Effect.of(answer.build());
    }
}
