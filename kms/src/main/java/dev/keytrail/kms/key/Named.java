package dev.keytrail.kms.key;

import dev.keytrail.call.Attempt;
import java.util.Optional;

/**
 * A key together with how the request named it.
 *
 * @param alias the alias name used, e.g. {@code alias/project-key}; empty when it was named by id or ARN
 */
public record Named(Key key, Optional<String> alias) {
    public static Named byId(Key key) {
        return new Named(key, Optional.empty());
    }

    /** Whether the caller's account is another than the key's. */
    public boolean foreignTo(Attempt attempt) {
        return !key.account().equals(attempt.call().account());
    }
}
