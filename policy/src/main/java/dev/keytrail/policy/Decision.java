package dev.keytrail.policy;

import java.util.List;
import java.util.Optional;

/**
 * The answer to an {@link Access}, with its reason.
 *
 * @param because AWS's reason clause for a denial, e.g. {@code because no identity-based policy allows the kms:Encrypt
 *     action} or {@code with an explicit deny in a resource-based policy}; empty when allowed
 * @param trace what decided, line by line: policy, statement (Sid or index), failed conditions with wanted and actual values
 */
public record Decision(boolean allowed, Optional<String> because, List<String> trace) {
    public Decision {
        trace = List.copyOf(trace);
    }
}
