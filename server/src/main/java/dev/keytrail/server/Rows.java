package dev.keytrail.server;

import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import dev.keytrail.wire.OperationModel;
import dev.keytrail.wire.Wire;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** All rows of the house, by service and name. Immutable. */
final class Rows {
    private final Map<Service, Map<String, Operation<?, ?>>> byName = new EnumMap<>(Service.class);
    private final List<Operation<?, ?>> all;

    /** @throws IllegalStateException when two rows have one name, or a row does not fit its model */
    Rows(Collection<Operation<?, ?>> rows) {
        all = List.copyOf(rows);
        for (Operation<?, ?> row : rows) {
            Operation<?, ?> other =
                    byName.computeIfAbsent(row.service(), s -> new HashMap<>()).put(row.name(), row);
            if (other != null) {
                throw new IllegalStateException("two rows for " + row.service() + " " + row.name());
            }
            if (Wire.modelled().contains(row.service())) {
                requireFit(row);
            }
        }
    }

    private static void requireFit(Operation<?, ?> row) {
        OperationModel model = Wire.model(row.service())
                .operation(row.name())
                .orElseThrow(() -> new IllegalStateException("no such operation: " + row.name()));
        if (model.inputClass() != row.input() || model.outputClass() != row.output()) {
            throw new IllegalStateException("the row of " + row.name() + " has other shapes than the model");
        }
    }

    Optional<Operation<?, ?>> find(Service service, String name) {
        return Optional.ofNullable(byName.getOrDefault(service, Map.of()).get(name));
    }

    List<Operation<?, ?>> all() {
        return all;
    }
}
