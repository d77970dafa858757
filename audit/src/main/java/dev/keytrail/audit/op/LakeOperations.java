package dev.keytrail.audit.op;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.NotOffered;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import dev.keytrail.wire.OperationModel;
import dev.keytrail.wire.Wire;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The half of the model that is CloudTrail Lake (cloudtrail.md I): event data stores and what stands on them. */
final class LakeOperations {
    private static final String SEARCH =
            " Search event history with LookupEvents or 'keytrail events', or the delivered log files with SQL.";

    /** By what is missing: the operations, and what to do instead. */
    private static final Map<String, List<String>> OPERATIONS = Map.of(
            "event data stores",
            List.of(
                    "CreateEventDataStore",
                    "GetEventDataStore",
                    "ListEventDataStores",
                    "UpdateEventDataStore",
                    "DeleteEventDataStore",
                    "RestoreEventDataStore",
                    "StartEventDataStoreIngestion",
                    "StopEventDataStoreIngestion",
                    "EnableFederation",
                    "DisableFederation"),
            "queries",
            List.of(
                    "StartQuery",
                    "DescribeQuery",
                    "CancelQuery",
                    "GetQueryResults",
                    "ListQueries",
                    "GenerateQuery",
                    "SearchSampleQueries"),
            "imports",
            List.of("StartImport", "StopImport", "GetImport", "ListImports", "ListImportFailures"),
            "channels",
            List.of("CreateChannel", "GetChannel", "ListChannels", "UpdateChannel", "DeleteChannel"),
            "dashboards",
            List.of(
                    "CreateDashboard",
                    "GetDashboard",
                    "ListDashboards",
                    "UpdateDashboard",
                    "DeleteDashboard",
                    "StartDashboardRefresh"));

    private LakeOperations() {}

    static List<Operation<?, ?>> rows(Permit permit) {
        List<Operation<?, ?>> rows = new ArrayList<>();
        new TreeMap<>(OPERATIONS).forEach((kind, names) -> names.forEach(name -> rows.add(row(permit, kind, name))));
        return rows;
    }

    private static Operation<?, ?> row(Permit permit, String kind, String name) {
        return row(permit, Wire.model(Service.CLOUDTRAIL).operation(name).orElseThrow(), unsupported(name, kind));
    }

    private static Operation<?, ?> row(Permit permit, OperationModel model, ApiError error) {
        return row(permit, model.name(), model.inputClass(), model.outputClass(), error);
    }

    private static <I, O> Operation<I, O> row(
            Permit permit, String name, Class<I> input, Class<O> output, ApiError error) {
        return TrailDesk.row(
                name,
                readOnly(name),
                input,
                output,
                new NotOffered<>(attempt -> permit.check(attempt, Permit.ANY), error),
                in -> Optional.empty());
    }

    private static boolean readOnly(String name) {
        return name.startsWith("Get")
                || name.startsWith("List")
                || name.startsWith("Describe")
                || name.startsWith("Search");
    }

    private static ApiError unsupported(String name, String kind) {
        return ApiError.of(
                "UnsupportedOperationException",
                name + " is not offered: Keytrail has no CloudTrail Lake, so there are no " + kind + "." + SEARCH);
    }
}
