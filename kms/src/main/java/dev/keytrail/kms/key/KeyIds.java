package dev.keytrail.kms.key;

import dev.keytrail.call.Call;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.State;
import java.util.Optional;

/**
 * The ids of new keys: of the service's making, as AWS's are. Where the operator allows it, for development, a tag of
 * CreateKey may say which; that is LocalStack's way. An id is then given once at a time and not once for ever, so that what
 * a policy says of a key that was deleted holds for the next one of its name. Thread-safe.
 */
public final class KeyIds {
    /** Its value is the id that the key is to have; an ordinary tag besides. */
    public static final String TAG = "_custom_id_";

    private static final String MULTI_REGION_PREFIX = "mrk-";
    private static final int MULTI_REGION_BYTES = 16;

    private final Entropy entropy;
    private final boolean chosen;

    /** @param chosen whether a tag may say the id */
    public KeyIds(Entropy entropy, boolean chosen) {
        this.entropy = entropy;
        this.chosen = chosen;
    }

    /**
     * The id of a key that is being made.
     *
     * @throws dev.keytrail.call.Refused ValidationException: it has not the form of such a key's ids; AlreadyExistsException:
     *     a key has it, or what was granted on one that had it is not yet cleared away
     */
    public String next(State state, Call call, Tags tags, boolean multiRegion) {
        Optional<String> wanted = chosen ? tags.get(TAG) : Optional.empty();
        if (wanted.isEmpty()) {
            return multiRegion ? MULTI_REGION_PREFIX + entropy.hex(MULTI_REGION_BYTES) : entropy.uuid();
        }
        String id = wanted.get();
        if (!Keyring.isKeyId(id) || id.startsWith(MULTI_REGION_PREFIX) != multiRegion) {
            throw KmsErrors.invalid("The value of the tag " + TAG + " must be "
                    + (multiRegion ? "mrk- and 32 lower-case hexadecimal digits" : "a UUID in lower case")
                    + " for this key.");
        }
        // Absence is remembered: of two who want the same id one is decided again, and finds the other's key.
        boolean taken = state.get(Key.TABLE, Key.rowKey(call.account(), call.region(), id))
                        .isPresent()
                || state.get(RelatedKeys.TABLE, RelatedKeys.rowKey(call.account(), id))
                        .isPresent()
                || Grants.areLeft(state, call.account(), call.region(), id);
        if (taken) {
            throw KmsErrors.keyExists(Key.arn(call.account(), call.region(), id));
        }
        return id;
    }
}
