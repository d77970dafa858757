package dev.keytrail.kms.key;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import java.util.Optional;

/**
 * A key together with how the request named it.
 *
 * @param alias the alias name used, e.g. {@code alias/project-key}; empty when it was named by id or ARN
 * @param firstUse present when the key is made by this very call
 */
public record Named(Key key, Optional<String> alias, Optional<FirstUse> firstUse) {
    public Named(Key key, Optional<String> alias) {
        this(key, alias, Optional.empty());
    }

    public static Named byId(Key key) {
        return new Named(key, Optional.empty());
    }

    /** Whether the caller's account is another than the key's; services have none. */
    public boolean foreignTo(Attempt attempt) {
        return !key.account().equals(attempt.call().caller().accountOrOperator());
    }

    /** What was decided about the key, and its making if it was not there before. */
    public <O> Effect<O> settled(Effect<O> effect) {
        return firstUse.map(use -> use.joinedTo(effect)).orElse(effect);
    }
}
