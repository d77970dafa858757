package dev.keytrail.audit.op;

import dev.keytrail.audit.trail.InsightKind;
import dev.keytrail.audit.trail.Selector;
import dev.keytrail.audit.trail.Trail;
import dev.keytrail.call.ApiError;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.LedgerRecord.Category;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Refused;
import dev.keytrail.wire.shape.cloudtrail.GetInsightSelectorsRequest;
import dev.keytrail.wire.shape.cloudtrail.GetInsightSelectorsResponse;
import dev.keytrail.wire.shape.cloudtrail.InsightSelector;
import dev.keytrail.wire.shape.cloudtrail.InsightType;
import dev.keytrail.wire.shape.cloudtrail.PutInsightSelectorsRequest;
import dev.keytrail.wire.shape.cloudtrail.PutInsightSelectorsResponse;
import dev.keytrail.wire.shape.cloudtrail.SourceEventCategory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** PutInsightSelectors and GetInsightSelectors: which Insights events a trail takes, and so whether calls are watched. */
final class InsightSelectors {
    private final TrailDesk desk;

    InsightSelectors(TrailDesk desk) {
        this.desk = desk;
    }

    List<Operation<?, ?>> rows() {
        return List.of(
                TrailDesk.row(
                        "PutInsightSelectors",
                        false,
                        PutInsightSelectorsRequest.class,
                        PutInsightSelectorsResponse.class,
                        this::put,
                        InsightSelectors::facts),
                TrailDesk.row(
                        "GetInsightSelectors",
                        true,
                        GetInsightSelectorsRequest.class,
                        GetInsightSelectorsResponse.class,
                        this::get,
                        in -> TrailDesk.shown(Facts.facts()
                                .put("trailName", in.trailName())
                                .put("eventDataStore", in.eventDataStore()))));
    }

    private Effect<PutInsightSelectorsResponse> put(Attempt attempt, PutInsightSelectorsRequest in) {
        Trail trail = desk.findAtHome(attempt, EventConfiguration.trailName(in.trailName(), in.eventDataStore()));
        if (in.insightsDestination().isPresent()) {
            throw new Refused(ApiError.of(
                    "InvalidParameterCombinationException", "InsightsDestination goes with an event data store."));
        }
        List<InsightKind> kinds = kinds(in.insightSelectors());
        List<Selector> selectors = trail.scope().selectors();
        if (kinds.contains(InsightKind.ApiCallRateInsight) && selectors.stream().noneMatch(Selector::takesWrites)) {
            throw invalid("ApiCallRateInsight needs a trail that logs write management events.");
        }
        if (kinds.contains(InsightKind.ApiErrorRateInsight)
                && selectors.stream().noneMatch(Selector::management)) {
            throw invalid("ApiErrorRateInsight needs a trail that logs management events.");
        }
        boolean ofData = kinds.stream().anyMatch(kind -> kind.category() == Category.DATA);
        if (ofData && selectors.stream().noneMatch(Selector::wantsData)) {
            throw invalid("Insights of data events need a trail that logs data events.");
        }
        Trail changed = trail.withScope(trail.scope().withInsights(kinds));
        return Effect.of(
                        PutInsightSelectorsResponse.builder()
                                .trailARN(trail.arn())
                                .insightSelectors(shapes(kinds))
                                .build(),
                        desk.trails.update(attempt.state(), attempt.call(), changed))
                .showing(Facts.facts().put("trailARN", trail.arn()).putAll("insightSelectors", facts(shapes(kinds))));
    }

    private Effect<GetInsightSelectorsResponse> get(Attempt attempt, GetInsightSelectorsRequest in) {
        Trail trail = desk.find(attempt, EventConfiguration.trailName(in.trailName(), in.eventDataStore()));
        List<InsightKind> kinds = trail.scope().insights();
        if (kinds.isEmpty()) {
            throw new Refused(ApiError.of(
                    "InsightNotEnabledException", "Trail " + trail.arn() + " does not have Insights enabled."));
        }
        return Effect.of(GetInsightSelectorsResponse.builder()
                .trailARN(trail.arn())
                .insightSelectors(shapes(kinds))
                .build());
    }

    private static List<InsightKind> kinds(List<InsightSelector> selectors) {
        List<InsightKind> kinds = new ArrayList<>();
        for (InsightSelector selector : selectors) {
            InsightType type =
                    selector.insightType().orElseThrow(() -> invalid("Each Insights selector needs an InsightType."));
            List<SourceEventCategory> categories = selector.eventCategories().orElse(List.of());
            for (SourceEventCategory of : categories.isEmpty() ? List.of(SourceEventCategory.Management) : categories) {
                InsightKind kind = InsightKind.of(type.value(), category(of));
                if (kinds.contains(kind)) {
                    throw invalid("InsightType " + type.value() + " of " + of.value() + " events stands twice.");
                }
                kinds.add(kind);
            }
        }
        return kinds;
    }

    private static Category category(SourceEventCategory of) {
        return switch (of) {
            case Management -> Category.MANAGEMENT;
            case Data -> Category.DATA;
        };
    }

    /** One for each type, with its categories. */
    private static List<InsightSelector> shapes(List<InsightKind> kinds) {
        Map<String, List<SourceEventCategory>> types = new LinkedHashMap<>();
        for (InsightKind kind : kinds) {
            types.computeIfAbsent(kind.type(), _ -> new ArrayList<>())
                    .add(kind.category() == Category.DATA ? SourceEventCategory.Data : SourceEventCategory.Management);
        }
        return types.entrySet().stream()
                .map(type -> InsightSelector.builder()
                        .insightType(InsightType.valueOf(type.getKey()))
                        .eventCategories(type.getValue())
                        .build())
                .toList();
    }

    private static Optional<Facts> facts(PutInsightSelectorsRequest in) {
        return Optional.of(Facts.facts()
                .put("trailName", in.trailName())
                .put("eventDataStore", in.eventDataStore())
                .put("insightsDestination", in.insightsDestination())
                .putAll("insightSelectors", facts(in.insightSelectors())));
    }

    private static List<Facts> facts(List<InsightSelector> selectors) {
        return selectors.stream()
                .map(selector -> {
                    Facts one = Facts.facts();
                    selector.insightType().ifPresent(type -> one.put("insightType", type.value()));
                    selector.eventCategories()
                            .ifPresent(all -> one.putStrings(
                                    "eventCategories",
                                    all.stream().map(SourceEventCategory::value).toList()));
                    return one;
                })
                .toList();
    }

    private static Refused invalid(String message) {
        return new Refused(ApiError.of("InvalidInsightSelectorsException", message));
    }
}
