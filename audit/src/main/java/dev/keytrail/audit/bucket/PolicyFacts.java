package dev.keytrail.audit.bucket;

import dev.keytrail.audit.JsonFacts;
import dev.keytrail.call.Facts;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A bucket policy as an event shows it (its own JSON), and the resources it names. Policies hold no secrets. */
final class PolicyFacts {
    private PolicyFacts() {}

    /** Empty for what is no JSON object, or a mixed or too deep one. */
    static Optional<Facts> of(String text) {
        return JsonFacts.parse(text);
    }

    /** The texts of all statements' Resource elements. */
    static List<String> resources(String text) {
        List<String> resources = new ArrayList<>();
        of(text).flatMap(policy -> policy.get("Statement")).ifPresent(statements -> {
            List<?> all = statements instanceof List<?> list ? list : List.of(statements);
            for (Object statement : all) {
                if (statement instanceof Facts facts) {
                    facts.get("Resource").ifPresent(value -> {
                        List<?> texts = value instanceof List<?> list ? list : List.of(value);
                        texts.forEach(each -> resources.add(each.toString()));
                    });
                }
            }
        });
        return resources;
    }
}
