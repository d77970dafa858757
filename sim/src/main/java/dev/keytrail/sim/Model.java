package dev.keytrail.sim;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** The world as the answered calls have left it: maps, and rules in a line each. */
final class Model {
    final Map<String, Key> keys = new LinkedHashMap<>();
    /** By account, then name; the value is a key id. */
    final Map<String, Map<String, String>> aliases = new TreeMap<>();

    final List<Sealed> ciphertexts = new ArrayList<>();
    final List<String> deleted = new ArrayList<>();

    /** A ciphertext, with all that is needed to open it. Base64; an empty plaintext is one that was never shown. */
    record Sealed(String keyId, String account, String blob, Map<String, String> context, String plaintext) {}

    enum State {
        ENABLED("Enabled"),
        DISABLED("Disabled"),
        PENDING_DELETION("PendingDeletion");

        final String wire;

        State(String wire) {
            this.wire = wire;
        }
    }

    /** Key policies that the simulator gives, and what they refuse. */
    enum Policy {
        DEFAULT,
        /** Lets every account of the run do everything. */
        SHARED,
        NO_ENCRYPT,
        NO_DECRYPT
    }

    static final class Key {
        final String id;
        final String account;
        State state = State.ENABLED;
        Optional<Instant> deletion = Optional.empty();
        Policy policy = Policy.DEFAULT;
        Optional<String> policyText = Optional.empty();
        String description = "";
        final Map<String, String> tags = new LinkedHashMap<>();

        Key(String id, String account) {
            this.id = id;
            this.account = account;
        }

        String arn() {
            return Model.arn(account, id);
        }

        /** What a use of the material is answered in this state. */
        Optional<String> unusable() {
            return switch (state) {
                case ENABLED -> Optional.empty();
                case DISABLED -> Optional.of("DisabledException");
                case PENDING_DELETION -> Optional.of("KMSInvalidStateException");
            };
        }

        boolean isPending() {
            return state == State.PENDING_DELETION;
        }

        boolean isDue(Instant now) {
            return deletion.filter(date -> !date.isAfter(now)).isPresent();
        }
    }

    static String arn(String account, String keyId) {
        return "arn:aws:kms:" + Requests.REGION + ":" + account + ":key/" + keyId;
    }

    Map<String, String> aliasesOf(String account) {
        return aliases.computeIfAbsent(account, _ -> new TreeMap<>());
    }

    /** A key that is there, by any name that the caller gives it. */
    Optional<Key> find(Login caller, String name) {
        String id = name.startsWith("alias/")
                ? Optional.ofNullable(aliasesOf(caller.account()).get(name)).orElse("")
                : name.substring(name.indexOf("key/") < 0 ? 0 : name.indexOf("key/") + 4);
        return Optional.ofNullable(keys.get(id))
                .filter(key -> name.startsWith("arn:") || key.account.equals(caller.account()));
    }

    /** Whether the name tells of another account. */
    static boolean isElsewhere(Login caller, String name) {
        return name.startsWith("arn:") && !name.contains(":" + caller.account() + ":");
    }

    /** @param action without the service, e.g. {@code Encrypt} */
    static boolean allows(Key key, Login caller, String action) {
        boolean refused = (key.policy == Policy.NO_ENCRYPT && action.equals("Encrypt"))
                || (key.policy == Policy.NO_DECRYPT && action.equals("Decrypt"));
        return !refused && (key.account.equals(caller.account()) || key.policy == Policy.SHARED);
    }

    /** The answer to a use of a key by its name. */
    Optional<String> use(Login caller, String name, String action) {
        Optional<Key> key = find(caller, name);
        boolean elsewhere = isElsewhere(caller, name);
        if (key.isEmpty()) {
            return Optional.of(elsewhere ? "AccessDeniedException" : "NotFoundException");
        }
        return allows(key.get(), caller, action) ? key.get().unusable() : Optional.of("AccessDeniedException");
    }

    /** The answer to the care of a key: one's own, by id or ARN, in one of some states. */
    Optional<String> care(Login caller, String name, Set<State> states) {
        if (isElsewhere(caller, name)) {
            return Optional.of("AccessDeniedException");
        }
        Optional<Key> key = find(caller, name);
        if (key.isEmpty() || !key.get().account.equals(caller.account())) {
            return Optional.of("NotFoundException");
        }
        return states.contains(key.get().state) ? Optional.empty() : Optional.of("KMSInvalidStateException");
    }

    void delete(Key key) {
        keys.remove(key.id);
        deleted.add(key.id);
        aliasesOf(key.account).values().removeIf(key.id::equals);
    }

    static String policyText(Policy policy, String account, List<String> accounts) {
        StringBuilder text = new StringBuilder("{\"Version\":\"2012-10-17\",\"Statement\":[");
        text.append("{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::")
                .append(account)
                .append(":root\"},\"Action\":\"kms:*\",\"Resource\":\"*\"}");
        switch (policy) {
            case DEFAULT -> {}
            case SHARED -> {
                for (String other : accounts) {
                    text.append(",{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::")
                            .append(other)
                            .append(":root\"},\"Action\":\"kms:*\",\"Resource\":\"*\"}");
                }
            }
            case NO_ENCRYPT -> text.append(deny("Encrypt"));
            case NO_DECRYPT -> text.append(deny("Decrypt"));
        }
        return text.append("]}").toString();
    }

    private static String deny(String action) {
        return ",{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"kms:" + action + "\",\"Resource\":\"*\"}";
    }
}
