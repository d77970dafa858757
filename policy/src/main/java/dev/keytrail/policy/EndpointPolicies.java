package dev.keytrail.policy;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The policies of VPC endpoints, by the endpoint's id. An endpoint without one lets everything pass, as AWS's default policy
 * does. Immutable.
 */
public final class EndpointPolicies {
    public static final EndpointPolicies NONE = new EndpointPolicies(Map.of());

    private final Map<String, NamedPolicy> byId;

    private EndpointPolicies(Map<String, NamedPolicy> byId) {
        this.byId = Map.copyOf(byId);
    }

    /**
     * @param documents by endpoint id; in the grammar of resource policies
     * @throws MalformedPolicy with what is wrong
     */
    public static EndpointPolicies of(Map<String, String> documents) {
        Map<String, NamedPolicy> compiled = new HashMap<>();
        documents.forEach((id, document) ->
                compiled.put(id, new NamedPolicy(id, Policy.parse(document, Policy.Kind.RESOURCE))));
        return new EndpointPolicies(compiled);
    }

    Optional<NamedPolicy> of(Access access) {
        return byId.isEmpty()
                ? Optional.empty()
                : access.context().endpoint().flatMap(endpoint -> Optional.ofNullable(byId.get(endpoint.id())));
    }
}
