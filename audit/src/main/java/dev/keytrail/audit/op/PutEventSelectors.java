package dev.keytrail.audit.op;

import dev.keytrail.audit.trail.Selector;
import dev.keytrail.audit.trail.Trail;
import dev.keytrail.call.ApiError;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Refused;
import dev.keytrail.wire.shape.cloudtrail.PutEventSelectorsRequest;
import dev.keytrail.wire.shape.cloudtrail.PutEventSelectorsResponse;
import java.util.List;
import java.util.Optional;

/** Replaces what a trail takes, from behind this very call on, which is in the trail whatever it says. */
final class PutEventSelectors {
    private final TrailDesk desk;
    private final boolean extended;

    /** @param extended whether selectors may say more than AWS's */
    PutEventSelectors(TrailDesk desk, boolean extended) {
        this.desk = desk;
        this.extended = extended;
    }

    Operation<PutEventSelectorsRequest, PutEventSelectorsResponse> row() {
        return TrailDesk.row(
                "PutEventSelectors",
                false,
                PutEventSelectorsRequest.class,
                PutEventSelectorsResponse.class,
                this::handle,
                PutEventSelectors::facts);
    }

    private Effect<PutEventSelectorsResponse> handle(Attempt attempt, PutEventSelectorsRequest in) {
        Trail trail = desk.findAtHome(attempt, in.trailName());
        attempt.notes().named(TrailDesk.TRAIL_TYPE, trail.arn());
        if (in.eventSelectors().isPresent() == in.advancedEventSelectors().isPresent()) {
            throw new Refused(ApiError.of(
                    "InvalidEventSelectorsException", "Specify either event selectors or advanced event selectors."));
        }
        List<Selector> selectors = in.eventSelectors().isPresent()
                ? SelectorForms.ofBasic(in.eventSelectors().get())
                : SelectorForms.ofAdvanced(in.advancedEventSelectors().orElseThrow(), extended);
        Trail changed = trail.withScope(trail.scope().withSelectors(selectors)).withCustomSelectors();
        PutEventSelectorsResponse answer = answer(changed);
        return Effect.of(answer, desk.trails.update(attempt.state(), attempt.call(), changed))
                .showing(shown(Facts.facts(), answer).put("trailARN", trail.arn()));
    }

    private static PutEventSelectorsResponse answer(Trail trail) {
        List<Selector> selectors = trail.scope().selectors();
        PutEventSelectorsResponse.Builder answer =
                PutEventSelectorsResponse.builder().trailARN(trail.arn());
        if (SelectorForms.isAdvanced(selectors)) {
            answer.advancedEventSelectors(SelectorForms.advanced(selectors));
        } else {
            answer.eventSelectors(SelectorForms.basic(selectors));
        }
        return answer.build();
    }

    private static Facts shown(Facts facts, PutEventSelectorsResponse answer) {
        answer.eventSelectors().ifPresent(list -> facts.putAll("eventSelectors", SelectorForms.basicFacts(list)));
        answer.advancedEventSelectors()
                .ifPresent(list -> facts.putAll("advancedEventSelectors", SelectorForms.advancedFacts(list)));
        return facts;
    }

    static Optional<Facts> facts(PutEventSelectorsRequest in) {
        Facts facts = Facts.facts().put("trailName", in.trailName());
        in.eventSelectors().ifPresent(list -> facts.putAll("eventSelectors", SelectorForms.basicFacts(list)));
        in.advancedEventSelectors()
                .ifPresent(list -> facts.putAll("advancedEventSelectors", SelectorForms.advancedFacts(list)));
        return Optional.of(facts);
    }
}
