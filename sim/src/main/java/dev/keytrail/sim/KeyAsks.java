package dev.keytrail.sim;

import dev.keytrail.sim.Model.Policy;
import dev.keytrail.sim.Model.Sealed;
import dev.keytrail.sim.Model.State;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** KMS calls, each with what kms.md says of it. */
final class KeyAsks {
    private static final Set<State> ANY = EnumSet.allOf(State.class);
    private static final Set<State> STANDING = EnumSet.of(State.ENABLED, State.DISABLED);
    private static final Set<State> PENDING = EnumSet.of(State.PENDING_DELETION);

    private KeyAsks() {}

    private static Ask kms(
            String label,
            Login caller,
            String operation,
            Map<String, ?> body,
            Ask.Rule rule,
            Ask.Look look,
            Ask.Deed deed) {
        return Ask.json(label, caller, "kms", "TrentService." + operation, body, rule, look, deed);
    }

    static Ask create(Login caller, String description, Map<String, String> tags) {
        List<Map<String, String>> list = tagList(tags);
        return kms(
                "CreateKey " + description,
                caller,
                "CreateKey",
                Map.of("Description", description, "Tags", list),
                Ask.ALWAYS,
                (model, answer) ->
                        Mismatch.unlessEqual("new key", "Enabled", Json.text(answer.json(), "KeyMetadata", "KeyState")),
                (model, answer, own, now) -> {
                    String id = own.text("responseElements", "keyMetadata", "keyId");
                    answer.ifPresent(told -> Mismatch.unlessEqual(
                            "key id in answer and record", Json.text(told, "KeyMetadata", "KeyId"), id));
                    Mismatch.unless(!id.isEmpty() && !model.keys.containsKey(id), "CreateKey made key '" + id + "'");
                    Model.Key key = new Model.Key(id, caller.account());
                    key.description = description;
                    key.tags.putAll(tags);
                    model.keys.put(id, key);
                });
    }

    static List<Map<String, String>> tagList(Map<String, String> tags) {
        return tags.entrySet().stream()
                .map(tag -> Map.of("TagKey", tag.getKey(), "TagValue", tag.getValue()))
                .toList();
    }

    static Ask encrypt(Login caller, String key, String plaintext, Map<String, String> context) {
        return kms(
                        "Encrypt " + key,
                        caller,
                        "Encrypt",
                        Map.of("KeyId", key, "Plaintext", plaintext, "EncryptionContext", context),
                        (model, now) -> model.use(caller, key, "Encrypt"),
                        Ask.NOTHING_TO_SEE,
                        keep(caller, key, context, Optional.of(plaintext), "CiphertextBlob"))
                .about(key);
    }

    static Ask dataKey(Login caller, String key, boolean shown, Map<String, String> context) {
        String operation = shown ? "GenerateDataKey" : "GenerateDataKeyWithoutPlaintext";
        return kms(
                        operation + " " + key,
                        caller,
                        operation,
                        Map.of("KeyId", key, "KeySpec", "AES_256", "EncryptionContext", context),
                        (model, now) -> model.use(caller, key, operation),
                        Ask.NOTHING_TO_SEE,
                        keep(caller, key, context, Optional.empty(), "CiphertextBlob"))
                .about(key);
    }

    /** Remembers the ciphertext of the answer, if the answer was seen. */
    private static Ask.Deed keep(
            Login caller, String name, Map<String, String> context, Optional<String> plaintext, String member) {
        return (model, answer, own, now) -> answer.ifPresent(told -> {
            Model.Key key = model.find(caller, name).orElseThrow();
            String text = plaintext.orElseGet(() -> Json.text(told, "Plaintext"));
            model.ciphertexts.add(new Sealed(key.id, key.account, Json.text(told, member), context, text));
        });
    }

    static Ask decrypt(Login caller, Sealed what, Map<String, String> context, boolean altered) {
        String blob = altered ? alter(what.blob()) : what.blob();
        String arn = Model.arn(what.account(), what.keyId());
        return kms(
                        "Decrypt of " + what.keyId() + (altered ? " altered" : "")
                                + (context.equals(what.context()) ? "" : " wrong context"),
                        caller,
                        "Decrypt",
                        Map.of("CiphertextBlob", blob, "EncryptionContext", context),
                        (model, now) ->
                                open(model, caller, what, "Decrypt").or(() -> unreadable(what, context, altered)),
                        (model, answer) -> {
                            String plain = Json.text(answer.json(), "Plaintext");
                            Mismatch.unless(
                                    what.plaintext().isEmpty()
                                            || what.plaintext().equals(plain),
                                    "Decrypt gave another plaintext than was sealed");
                            Mismatch.unlessEqual("KeyId of Decrypt", arn, Json.text(answer.json(), "KeyId"));
                        },
                        Ask.NOTHING_DONE)
                .about(arn);
    }

    private static Optional<String> open(Model model, Login caller, Sealed what, String action) {
        Optional<Model.Key> key = Optional.ofNullable(model.keys.get(what.keyId()));
        return key.isEmpty() || !Model.allows(key.get(), caller, action)
                ? Optional.of("AccessDeniedException")
                : key.get().unusable();
    }

    private static Optional<String> unreadable(Sealed what, Map<String, String> context, boolean altered) {
        return altered || !context.equals(what.context())
                ? Optional.of("InvalidCiphertextException")
                : Optional.empty();
    }

    /** Another last byte, which is in the authentication tag. */
    private static String alter(String blob) {
        byte[] bytes = java.util.Base64.getDecoder().decode(blob);
        bytes[bytes.length - 1] ^= 1;
        return java.util.Base64.getEncoder().encodeToString(bytes);
    }

    /** Of a ciphertext of the caller's own account; to any key. */
    static Ask reEncrypt(Login caller, Sealed what, String destination, Map<String, String> context) {
        Map<String, Object> body = Map.of(
                "CiphertextBlob",
                what.blob(),
                "SourceEncryptionContext",
                what.context(),
                "DestinationKeyId",
                destination,
                "DestinationEncryptionContext",
                context);
        return kms(
                        "ReEncrypt of " + what.keyId() + " to " + destination,
                        caller,
                        "ReEncrypt",
                        body,
                        (model, now) -> reseal(model, caller, what, destination),
                        Ask.NOTHING_TO_SEE,
                        keep(caller, destination, context, Optional.of(what.plaintext()), "CiphertextBlob"))
                .about(destination);
    }

    private static Optional<String> reseal(Model model, Login caller, Sealed what, String destination) {
        Optional<Model.Key> source = Optional.ofNullable(model.keys.get(what.keyId()));
        Optional<Model.Key> target = model.find(caller, destination);
        boolean denied = source.isEmpty()
                || target.map(key -> !Model.allows(key, caller, "ReEncryptTo"))
                        .orElse(Model.isElsewhere(caller, destination));
        if (denied) {
            return Optional.of("AccessDeniedException");
        }
        return target.isEmpty()
                ? Optional.of("NotFoundException")
                : source.get().unusable().or(() -> target.get().unusable());
    }

    static Ask random(Login caller) {
        return kms(
                "GenerateRandom",
                caller,
                "GenerateRandom",
                Map.of("NumberOfBytes", 16),
                Ask.ALWAYS,
                Ask.NOTHING_TO_SEE,
                Ask.NOTHING_DONE);
    }

    static Ask describe(Login caller, String name) {
        return kms(
                        "DescribeKey " + name,
                        caller,
                        "DescribeKey",
                        Map.of("KeyId", name),
                        (model, now) -> {
                            Optional<Model.Key> key = model.find(caller, name);
                            if (key.isEmpty()) {
                                return Optional.of(
                                        Model.isElsewhere(caller, name)
                                                ? "AccessDeniedException"
                                                : "NotFoundException");
                            }
                            return Model.allows(key.get(), caller, "DescribeKey")
                                    ? Optional.empty()
                                    : Optional.of("AccessDeniedException");
                        },
                        (model, answer) -> isAsKnown(model.find(caller, name).orElseThrow(), answer.json()),
                        Ask.NOTHING_DONE)
                .about(name);
    }

    private static void isAsKnown(Model.Key key, Map<String, Object> answer) {
        Mismatch.unlessEqual("key", key.arn(), Json.text(answer, "KeyMetadata", "Arn"));
        Mismatch.unlessEqual("state of " + key.id, key.state.wire, Json.text(answer, "KeyMetadata", "KeyState"));
        Mismatch.unlessEqual(
                "description of " + key.id, key.description, Json.text(answer, "KeyMetadata", "Description"));
        Mismatch.unlessEqual(
                "deletion date of " + key.id,
                key.deletion.map(date -> date.toEpochMilli() / 1000.0),
                Json.at(answer, "KeyMetadata", "DeletionDate").map(date -> (double) date));
    }

    /** A change of one's own key that wants it in some states. */
    private static Ask care(
            Login caller, String operation, String name, Map<String, ?> more, Set<State> states, ChangeOf change) {
        Map<String, Object> body = new LinkedHashMap<>(more);
        body.put("KeyId", name);
        return kms(
                operation + " " + name + (more.isEmpty() ? "" : " " + new TreeSet<>(more.keySet())),
                caller,
                operation,
                body,
                (model, now) -> model.care(caller, name, states),
                Ask.NOTHING_TO_SEE,
                (model, answer, own, now) -> change.to(model.find(caller, name).orElseThrow(), now));
    }

    private interface ChangeOf {
        void to(Model.Key key, Instant now);
    }

    static Ask enable(Login caller, String name) {
        return care(caller, "EnableKey", name, Map.of(), STANDING, (key, now) -> key.state = State.ENABLED);
    }

    static Ask disable(Login caller, String name) {
        return care(caller, "DisableKey", name, Map.of(), STANDING, (key, now) -> key.state = State.DISABLED);
    }

    static Ask schedule(Login caller, String name, int days) {
        return care(caller, "ScheduleKeyDeletion", name, Map.of("PendingWindowInDays", days), STANDING, (key, now) -> {
            key.state = State.PENDING_DELETION;
            key.deletion = Optional.of(now.truncatedTo(ChronoUnit.MILLIS).plus(Duration.ofDays(days)));
        });
    }

    static Ask cancel(Login caller, String name) {
        return care(caller, "CancelKeyDeletion", name, Map.of(), PENDING, (key, now) -> {
            key.state = State.DISABLED;
            key.deletion = Optional.empty();
        });
    }

    static Ask tag(Login caller, String name, Map<String, String> tags) {
        return care(
                caller,
                "TagResource",
                name,
                Map.of("Tags", tagList(tags)),
                STANDING,
                (key, now) -> key.tags.putAll(tags));
    }

    static Ask untag(Login caller, String name, String tag) {
        return care(
                caller,
                "UntagResource",
                name,
                Map.of("TagKeys", List.of(tag)),
                STANDING,
                (key, now) -> key.tags.remove(tag));
    }

    static Ask describeAs(Login caller, String name, String text) {
        return care(
                caller,
                "UpdateKeyDescription",
                name,
                Map.of("Description", text),
                STANDING,
                (key, now) -> key.description = text);
    }

    static Ask putPolicy(Login caller, String name, Policy policy, List<String> accounts) {
        String text = Model.policyText(policy, caller.account(), accounts);
        return care(caller, "PutKeyPolicy", name, Map.of("PolicyName", "default", "Policy", text), ANY, (key, now) -> {
            key.policy = policy;
            key.policyText = Optional.of(text);
        });
    }

    static Ask getPolicy(Login caller, String name) {
        return care(caller, "GetKeyPolicy", name, Map.of(), ANY, (key, now) -> {})
                .seeing((model, answer) -> {
                    String found = Json.text(answer.json(), "Policy");
                    model.find(caller, name)
                            .orElseThrow()
                            .policyText
                            .ifPresent(text -> Mismatch.unlessEqual("policy of " + name, text, found));
                });
    }

    static Ask listTags(Login caller, String name) {
        return care(caller, "ListResourceTags", name, Map.of(), ANY, (key, now) -> {})
                .seeing((model, answer) -> {
                    Map<String, String> found = new LinkedHashMap<>();
                    Json.list(answer.json(), "Tags")
                            .forEach(tag -> found.put(Json.text(tag, "TagKey"), Json.text(tag, "TagValue")));
                    Mismatch.unlessEqual(
                            "tags of " + name, model.find(caller, name).orElseThrow().tags, found);
                });
    }

    static Ask createAlias(Login caller, String alias, String keyId) {
        return kms(
                "CreateAlias " + alias + " -> " + keyId,
                caller,
                "CreateAlias",
                Map.of("AliasName", alias, "TargetKeyId", keyId),
                (model, now) -> model.care(caller, keyId, STANDING)
                        .or(() -> model.aliasesOf(caller.account()).containsKey(alias)
                                ? Optional.of("AlreadyExistsException")
                                : Optional.empty()),
                Ask.NOTHING_TO_SEE,
                (model, answer, own, now) -> model.aliasesOf(caller.account()).put(alias, keyId));
    }

    static Ask updateAlias(Login caller, String alias, String keyId) {
        return kms(
                "UpdateAlias " + alias + " -> " + keyId,
                caller,
                "UpdateAlias",
                Map.of("AliasName", alias, "TargetKeyId", keyId),
                (model, now) -> model.aliasesOf(caller.account()).containsKey(alias)
                        ? model.care(caller, keyId, STANDING)
                        : Optional.of("NotFoundException"),
                Ask.NOTHING_TO_SEE,
                (model, answer, own, now) -> model.aliasesOf(caller.account()).put(alias, keyId));
    }

    static Ask deleteAlias(Login caller, String alias) {
        return kms(
                "DeleteAlias " + alias,
                caller,
                "DeleteAlias",
                Map.of("AliasName", alias),
                (model, now) -> model.aliasesOf(caller.account()).containsKey(alias)
                        ? Optional.empty()
                        : Optional.of("NotFoundException"),
                Ask.NOTHING_TO_SEE,
                (model, answer, own, now) -> model.aliasesOf(caller.account()).remove(alias));
    }
}
