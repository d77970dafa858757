package dev.keytrail.audit.op;

import dev.keytrail.audit.trail.Trail;
import dev.keytrail.call.ApiError;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Refused;
import dev.keytrail.wire.shape.cloudtrail.AggregationConfiguration;
import dev.keytrail.wire.shape.cloudtrail.GetEventConfigurationRequest;
import dev.keytrail.wire.shape.cloudtrail.GetEventConfigurationResponse;
import dev.keytrail.wire.shape.cloudtrail.PutEventConfigurationRequest;
import dev.keytrail.wire.shape.cloudtrail.PutEventConfigurationResponse;
import java.util.List;
import java.util.Optional;

/**
 * GetEventConfiguration and PutEventConfiguration of trails. A trail may aggregate data events, which is not done here, so
 * its configuration is always the empty one. Event size and context keys are matters of event data stores alone.
 */
final class EventConfiguration {
    private final TrailDesk desk;

    EventConfiguration(TrailDesk desk) {
        this.desk = desk;
    }

    List<Operation<?, ?>> rows() {
        return List.of(
                TrailDesk.row(
                        "GetEventConfiguration",
                        true,
                        GetEventConfigurationRequest.class,
                        GetEventConfigurationResponse.class,
                        this::get,
                        in -> TrailDesk.shown(Facts.facts()
                                .put("trailName", in.trailName())
                                .put("eventDataStore", in.eventDataStore()))),
                TrailDesk.row(
                        "PutEventConfiguration",
                        false,
                        PutEventConfigurationRequest.class,
                        PutEventConfigurationResponse.class,
                        this::put,
                        EventConfiguration::facts));
    }

    private Effect<GetEventConfigurationResponse> get(Attempt attempt, GetEventConfigurationRequest in) {
        Trail trail = desk.find(attempt, trailName(in.trailName(), in.eventDataStore()));
        return Effect.of(GetEventConfigurationResponse.builder()
                .trailARN(trail.arn())
                .aggregationConfigurations(List.of())
                .build());
    }

    private Effect<PutEventConfigurationResponse> put(Attempt attempt, PutEventConfigurationRequest in) {
        Trail trail = desk.findAtHome(attempt, trailName(in.trailName(), in.eventDataStore()));
        if (in.maxEventSize().isPresent() || in.contextKeySelectors().isPresent()) {
            throw new Refused(ApiError.of(
                    "InvalidParameterCombinationException",
                    "MaxEventSize and ContextKeySelectors are for event data stores, not for trails."));
        }
        if (in.aggregationConfigurations().isEmpty()) {
            throw new Refused(ApiError.of(
                    "InvalidParameterCombinationException", "AggregationConfigurations must be given for a trail."));
        }
        if (!in.aggregationConfigurations().get().isEmpty()) {
            throw new Refused(ApiError.of(
                    "UnsupportedOperationException",
                    "Aggregated events are not offered; each data event is delivered by itself."));
        }
        return Effect.of(PutEventConfigurationResponse.builder()
                        .trailARN(trail.arn())
                        .aggregationConfigurations(List.of())
                        .build())
                .showing(Facts.facts().put("trailARN", trail.arn()));
    }

    /** As all operations that take a trail or an event data store. */
    static String trailName(Optional<String> trail, Optional<String> eventDataStore) {
        if (trail.isPresent() == eventDataStore.isPresent()) {
            throw new Refused(ApiError.of(
                    "InvalidParameterCombinationException", "Specify either a trail name or an event data store."));
        }
        return trail.orElseThrow(() -> new Refused(ApiError.of(
                "UnsupportedOperationException",
                "Keytrail has no CloudTrail Lake, so there are no event data stores. Give a trail name.")));
    }

    private static Optional<Facts> facts(PutEventConfigurationRequest in) {
        Facts facts = Facts.facts().put("trailName", in.trailName()).put("eventDataStore", in.eventDataStore());
        in.aggregationConfigurations()
                .ifPresent(all -> facts.putAll(
                        "aggregationConfigurations",
                        all.stream().map(EventConfiguration::facts).toList()));
        in.maxEventSize().ifPresent(size -> facts.put("maxEventSize", size.value()));
        in.contextKeySelectors()
                .ifPresent(all -> facts.putAll(
                        "contextKeySelectors",
                        all.stream()
                                .map(one -> Facts.facts()
                                        .put("type", one.type().value())
                                        .putStrings("equals", one.equals()))
                                .toList()));
        return TrailDesk.shown(facts);
    }

    private static Facts facts(AggregationConfiguration one) {
        return Facts.facts()
                .put("eventCategory", one.eventCategory().value())
                .putStrings(
                        "templates",
                        one.templates().stream()
                                .map(template -> template.value())
                                .toList());
    }
}
