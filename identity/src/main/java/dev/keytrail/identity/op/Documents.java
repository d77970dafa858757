package dev.keytrail.identity.op;

import dev.keytrail.call.State;
import dev.keytrail.identity.directory.LocalPrincipals;
import dev.keytrail.identity.directory.Role;
import dev.keytrail.policy.MalformedPolicy;
import dev.keytrail.policy.Policy;
import dev.keytrail.policy.PolicyCache;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** Policy documents in requests and answers. */
final class Documents {
    /** AWS's quota of a trust policy. */
    static final int TRUST_CHARACTERS_MAX = 2048;

    /** AWS's quota PolicySize. */
    static final int MANAGED_CHARACTERS_MAX = 6144;

    private final PolicyCache cache;

    Documents(PolicyCache cache) {
        this.cache = cache;
    }

    /** @throws Refused MalformedPolicyDocument, saying what is wrong */
    void requireIdentityPolicy(String document) {
        try {
            cache.get(document, Policy.Kind.IDENTITY);
        } catch (MalformedPolicy e) {
            throw IamErrors.malformedPolicy(String.valueOf(e.getMessage()));
        }
    }

    /** @throws Refused MalformedPolicyDocument or LimitExceeded */
    void requireManagedPolicy(String document) {
        requireIdentityPolicy(document);
        if (characters(document) > MANAGED_CHARACTERS_MAX) {
            throw IamErrors.limitExceeded("Cannot exceed quota for PolicySize: " + MANAGED_CHARACTERS_MAX);
        }
    }

    /**
     * Checks a role's trust policy.
     *
     * @return the unique ids of the users and roles of this server that it names, by ARN
     * @throws Refused MalformedPolicyDocument or LimitExceeded
     */
    Map<String, String> requireTrustPolicy(State state, String document) {
        Policy policy;
        try {
            policy = cache.get(document, Policy.Kind.TRUST);
        } catch (MalformedPolicy e) {
            throw IamErrors.malformedPolicy(String.valueOf(e.getMessage()));
        }
        if (characters(document) > TRUST_CHARACTERS_MAX) {
            throw IamErrors.limitExceeded("Cannot exceed quota for ACLSizePerRole: " + TRUST_CHARACTERS_MAX);
        }
        Map<String, String> ids = new HashMap<>();
        for (String principal : policy.principals()) {
            if (!LocalPrincipals.exists(state, principal)) {
                throw IamErrors.malformedPolicy("Invalid principal in policy: \"AWS\":\"" + principal + "\"");
            }
            LocalPrincipals.uniqueId(state, principal).ifPresent(id -> ids.put(principal, id));
        }
        return ids;
    }

    /** A policy of a simulation. @throws Refused InvalidInput */
    Policy simulated(String document) {
        return simulated(document, Policy.Kind.IDENTITY);
    }

    Policy simulatedResourcePolicy(String document) {
        return simulated(document, Policy.Kind.RESOURCE);
    }

    private static Policy simulated(String document, Policy.Kind kind) {
        try {
            return Policy.parse(document, kind);
        } catch (MalformedPolicy e) {
            throw IamErrors.invalidInput(String.valueOf(e.getMessage()));
        }
    }

    Policy trustPolicy(Role role) {
        return cache.get(role.trustPolicy(), Policy.Kind.TRUST);
    }

    /** What counts against a size quota: all but white space. */
    static int characters(String document) {
        return (int) document.chars().filter(c -> !Character.isWhitespace(c)).count();
    }

    /** As answers carry it: percent-encoded (RFC 3986). */
    static String encoded(String document) {
        // The form encoding of the JDK differs from RFC 3986 in these three alone.
        return URLEncoder.encode(document, StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("*", "%2A")
                .replace("%7E", "~");
    }
}
