package dev.keytrail.kms.key;

import dev.keytrail.call.Arn;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Call;
import dev.keytrail.call.Notes;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Resource;
import java.util.Optional;

/**
 * Finds the key that a request names (kms.md section 2), and notes it for the record as soon as it is known. Stateless,
 * thread-safe.
 *
 * <p>Another account's key that is absent, and one that may not be used, look the same from outside: what is noted before
 * permission is then only what the caller itself wrote.
 */
public final class Keyring {
    private static final String PARTITION = "aws";
    private static final String KEY_PREFIX = "key/";

    private Keyring() {}

    /** Which forms of a name an operation takes. */
    public enum Accepts {
        /** Key id or key ARN, own account. */
        OWN_KEY,
        /** Key id or key ARN, any account. */
        ANY_KEY,
        /** Key id, key ARN, alias name or alias ARN, any account. */
        ANY_NAME
    }

    /** @throws Refused as section 2 says; {@code action} is for the text about other accounts' keys */
    public static Named find(Attempt attempt, String given, Accepts accepts, String action) {
        Call call = attempt.call();
        if (isName(given)) {
            // A call that fails is found under what it named, too (cloudtrail.md E2).
            attempt.notes().named(Key.RESOURCE_TYPE, given);
        }
        if (given.startsWith("arn:")) {
            return byArn(attempt, given, accepts, action);
        }
        if (call.caller().principal().account().isEmpty()) {
            throw KmsErrors.invalidKeyId(given); // whose would it be?
        }
        if (given.startsWith(Alias.PREFIX) && accepts == Accepts.ANY_NAME) {
            return byAlias(attempt, call.account(), given)
                    .orElseThrow(() -> KmsErrors.noSuchAlias(Alias.arn(call.account(), call.region(), given)));
        }
        if (!isKeyId(given)) {
            throw KmsErrors.invalidKeyId(given);
        }
        Key key = attempt.state()
                .get(Key.TABLE, Key.rowKey(call.account(), call.region(), given))
                .orElseThrow(() -> KmsErrors.noSuchKey(Key.arn(call.account(), call.region(), given)));
        note(attempt.notes(), key);
        return Named.byId(seen(attempt, key));
    }

    /** As the custom key store of a key that has one lets it stand. */
    private static Key seen(Attempt attempt, Key key) {
        return CustomKeyStore.seen(attempt.state(), key);
    }

    /** Notes a key that the record of this call shows, under both of its names. */
    public static void note(Notes notes, Key key) {
        note(notes, key.account(), key.arn(), key.id());
    }

    /** The same for another account's key of which only the name is known. */
    public static void note(Notes notes, String account, String arn, String keyId) {
        notes.resource(new Resource(account, Key.RESOURCE_TYPE, arn));
        notes.named(Key.RESOURCE_TYPE, arn);
        notes.named(Key.RESOURCE_TYPE, keyId);
    }

    /** Notes an alias; its entry is typed as a key (cloudtrail.md C2). */
    public static void note(Notes notes, Alias alias) {
        notes.resource(new Resource(alias.account(), Key.RESOURCE_TYPE, alias.arn()));
        notes.named(Key.RESOURCE_TYPE, alias.arn());
        notes.named(Key.RESOURCE_TYPE, alias.name());
    }

    private static boolean isName(String given) {
        return given.startsWith("arn:") || given.startsWith(Alias.PREFIX) || isKeyId(given);
    }

    /** Whether the text has the shape of a key id: a lower-case UUID, or {@code mrk-} and 32 hex digits. */
    static boolean isKeyId(String text) {
        if (text.length() != 36) {
            return false;
        }
        boolean multiRegion = text.startsWith("mrk-");
        for (int i = multiRegion ? 4 : 0; i < 36; i++) {
            char c = text.charAt(i);
            boolean dash = !multiRegion && (i == 8 || i == 13 || i == 18 || i == 23);
            if (dash ? c != '-' : !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f')) {
                return false;
            }
        }
        return true;
    }

    private static Named byArn(Attempt attempt, String given, Accepts accepts, String action) {
        Call call = attempt.call();
        Arn arn = Arn.parse(given)
                .filter(a -> a.partition().equals(PARTITION) && a.service().equals("kms"))
                .filter(a -> a.resource().startsWith(KEY_PREFIX) || a.resource().startsWith(Alias.PREFIX))
                .orElseThrow(() -> KmsErrors.invalidArn(given));
        boolean isAlias = arn.resource().startsWith(Alias.PREFIX);
        if (isAlias && accepts != Accepts.ANY_NAME) {
            throw KmsErrors.aliasUnsupported();
        }
        // A service has no account, so every key is somebody's.
        if (!arn.account().equals(call.caller().accountOrOperator())) {
            return elsewhere(attempt, arn, accepts, action);
        }
        if (!arn.region().equals(call.region())) {
            throw KmsErrors.otherRegion(arn.region());
        }
        if (isAlias) {
            return byAlias(attempt, arn.account(), arn.resource()).orElseThrow(() -> KmsErrors.noSuchAlias(given));
        }
        if (!isKeyId(keyId(arn))) {
            throw KmsErrors.invalidKeyIdInArn(keyId(arn));
        }
        Key key = attempt.state()
                .get(Key.TABLE, Key.rowKey(arn.account(), arn.region(), keyId(arn)))
                .orElseThrow(() -> KmsErrors.noSuchKey(given));
        note(attempt.notes(), key);
        return Named.byId(seen(attempt, key));
    }

    private static Named elsewhere(Attempt attempt, Arn arn, Accepts accepts, String action) {
        Call call = attempt.call();
        boolean isAlias = arn.resource().startsWith(Alias.PREFIX);
        if (!isAlias) {
            note(attempt.notes(), arn.account(), arn.toString(), keyId(arn));
        }
        Optional<Named> found = Optional.empty();
        if (accepts != Accepts.OWN_KEY && arn.region().equals(call.region())) {
            if (isAlias) {
                found = aliased(attempt, arn.account(), arn.resource());
            } else {
                found = attempt.state()
                        .get(Key.TABLE, Key.rowKey(arn.account(), arn.region(), keyId(arn)))
                        .map(key -> Named.byId(seen(attempt, key)));
            }
        }
        return found.orElseThrow(() -> {
            attempt.notes().callerOnly();
            return KmsErrors.deniedElsewhere(call, action);
        });
    }

    private static Optional<Named> byAlias(Attempt attempt, String account, String name) {
        Optional<Named> found = aliased(attempt, account, name);
        found.ifPresent(named -> {
            note(attempt.notes(), named.key());
            attempt.notes().named(Key.RESOURCE_TYPE, name);
            attempt.notes()
                    .named(Key.RESOURCE_TYPE, Alias.arn(account, named.key().region(), name));
        });
        return found;
    }

    private static Optional<Named> aliased(Attempt attempt, String account, String name) {
        String region = attempt.call().region();
        return attempt.state()
                .get(Alias.TABLE, Alias.rowKey(account, region, name))
                .flatMap(alias -> attempt.state().get(Key.TABLE, Key.rowKey(account, region, alias.keyId())))
                .map(key -> new Named(seen(attempt, key), Optional.of(name)));
    }

    private static String keyId(Arn keyArn) {
        return keyArn.resource().substring(KEY_PREFIX.length());
    }
}
