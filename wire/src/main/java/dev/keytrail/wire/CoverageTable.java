package dev.keytrail.wire;

import dev.keytrail.call.NotOffered;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The README's table of operations, made from the house's rows and the service models, so that it cannot promise what
 * there is no row for.
 */
public final class CoverageTable {
    public static final String BEGIN = "<!-- operations:begin -->";
    public static final String END = "<!-- operations:end -->";

    private CoverageTable() {}

    /**
     * The Markdown between the markers, a line feed at either end. Throws IllegalArgumentException for a row that its
     * service's model does not have or whose records are not the model's.
     */
    public static String render(Collection<? extends Operation<?, ?>> rows) {
        Set<String> done = new HashSet<>();
        Set<String> refused = new HashSet<>();
        for (Operation<?, ?> row : rows) {
            if (Wire.modelled().contains(row.service())) {
                requireModelled(row);
                (row.handler() instanceof NotOffered<?, ?> ? refused : done).add(key(row.service(), row.name()));
            }
        }
        StringBuilder summary = new StringBuilder("\n| service | done | of |\n|---|---|---|\n");
        StringBuilder table = new StringBuilder("\n| service | operation | state |\n|---|---|---|\n");
        for (Service service : Wire.modelled()) {
            List<OperationModel> operations = Wire.model(service).operations();
            int count = 0;
            for (OperationModel operation : operations) {
                String key = key(service, operation.name());
                boolean isDone = done.contains(key);
                count += isDone ? 1 : 0;
                table.append("| ").append(service.signingName());
                table.append(" | ").append(operation.name());
                table.append(" | ")
                        .append(isDone ? "done" : refused.contains(key) ? "refused" : "not yet")
                        .append(" |\n");
            }
            summary.append("| ").append(service.signingName());
            summary.append(" | ").append(count);
            summary.append(" | ").append(operations.size()).append(" |\n");
        }
        return summary.append(table).toString();
    }

    /** What is wrong with the README's table; empty when it tells the truth. */
    public static Optional<String> check(String readme, Collection<? extends Operation<?, ?>> rows) {
        Optional<int[]> span = span(readme);
        if (span.isEmpty()) {
            return Optional.of("README has no " + BEGIN + " ... " + END);
        }
        List<String> told =
                readme.substring(span.get()[0], span.get()[1]).lines().toList();
        List<String> truth = render(rows).lines().toList();
        if (told.equals(truth)) {
            return Optional.empty();
        }
        List<String> missing = new ArrayList<>(truth);
        missing.removeAll(told);
        List<String> wrong = new ArrayList<>(told);
        wrong.removeAll(truth);
        return Optional.of("README's operations differ; it lacks " + missing + " and has instead " + wrong);
    }

    /** The README with its table renewed. Throws IllegalArgumentException when it has no markers. */
    public static String renew(String readme, Collection<? extends Operation<?, ?>> rows) {
        int[] span = span(readme).orElseThrow(() -> new IllegalArgumentException("README has no " + BEGIN));
        return readme.substring(0, span[0]) + render(rows) + readme.substring(span[1]);
    }

    private static void requireModelled(Operation<?, ?> row) {
        String name = key(row.service(), row.name());
        OperationModel model = Wire.model(row.service())
                .operation(row.name())
                .orElseThrow(() -> new IllegalArgumentException(name + " is in no model"));
        if (row.input() != model.inputClass() || row.output() != model.outputClass()) {
            throw new IllegalArgumentException(name + " has other records than its model");
        }
    }

    private static String key(Service service, String operation) {
        return service.signingName() + ":" + operation;
    }

    /** From after the first marker to before the second. */
    private static Optional<int[]> span(String readme) {
        int begin = readme.indexOf(BEGIN);
        int end = readme.indexOf(END);
        return begin < 0 || end < begin ? Optional.empty() : Optional.of(new int[] {begin + BEGIN.length(), end});
    }
}
