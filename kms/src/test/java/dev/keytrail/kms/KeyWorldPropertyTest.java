package dev.keytrail.kms;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.State;
import dev.keytrail.kms.World.Answer;
import dev.keytrail.kms.key.Alias;
import dev.keytrail.kms.key.AliasNames;
import dev.keytrail.kms.key.Due;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KeyState;
import dev.keytrail.kms.key.Tags;
import dev.keytrail.wire.shape.kms.CreateKeyRequest;
import dev.keytrail.wire.shape.kms.CreateKeyResponse;
import dev.keytrail.wire.shape.kms.DecryptRequest;
import dev.keytrail.wire.shape.kms.DecryptResponse;
import dev.keytrail.wire.shape.kms.EncryptRequest;
import dev.keytrail.wire.shape.kms.EncryptResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Thousands of random calls against a plain model of a world of keys; after each, rows and model agree. */
class KeyWorldPropertyTest {
    private static final int STEPS = 1500;
    private static final int KEYS_MAX = 12;

    private static final class ModelKey {
        KeyState state = KeyState.ENABLED;
        Instant deletion = Instant.MAX;
        String description = "";
        final Map<String, String> tags = new LinkedHashMap<>();
    }

    private record Sealed(String keyId, Bytes blob, String plaintext, Map<String, String> context) {}

    private final Map<String, ModelKey> keys = new TreeMap<>();
    private final Map<String, String> aliases = new TreeMap<>();
    private final List<Sealed> sealed = new ArrayList<>();
    private final List<String> gone = new ArrayList<>();
    private int deleted;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 20260101})
    void randomCalls_anySeed_agreeWithThePlainModel(long seed) {
        World world = new World(seed);
        Random random = new Random(seed);
        for (int step = 0; step < STEPS; step++) {
            String what = "seed " + seed + " step " + step;
            String did = step(world, random, what);
            if (step % 10 == 0) {
                check(world, what + " after " + did);
            }
        }
        check(world, "seed " + seed + " at the end");
        assertThat(deleted).as("seed " + seed + " deleted keys").isPositive();
        assertThat(sealed).as("seed " + seed + " ciphertexts").isNotEmpty();
    }

    private String step(World world, Random random, String what) {
        int kind = random.nextInt(20);
        if (keys.isEmpty() || kind == 0 && keys.size() < KEYS_MAX) {
            Answer<CreateKeyResponse> made =
                    world.alice("CreateKey", CreateKeyRequest.builder().build());
            keys.put(made.reply().keyMetadata().orElseThrow().keyId().orElseThrow(), new ModelKey());
            return "CreateKey";
        }
        String id = pick(random, List.copyOf(keys.keySet()));
        ModelKey key = keys.get(id);
        String alias = "alias/a" + random.nextInt(6);
        boolean pending = key.state == KeyState.PENDING_DELETION;
        String invalidState = pending ? "KMSInvalidStateException" : "ok";
        switch (kind) {
            case 1, 2 -> {
                expect(world.alice("EnableKey", Requests.enable(id)), invalidState, what + " EnableKey");
                key.state = pending ? key.state : KeyState.ENABLED;
            }
            case 3 -> {
                expect(world.alice("DisableKey", Requests.disable(id)), invalidState, what + " DisableKey");
                key.state = pending ? key.state : KeyState.DISABLED;
            }
            case 4 -> {
                int days = 7 + random.nextInt(24);
                expect(world.alice("ScheduleKeyDeletion", Requests.schedule(id, days)), invalidState, what);
                if (!pending) {
                    key.state = KeyState.PENDING_DELETION;
                    key.deletion = world.clock.instant().plus(Duration.ofDays(days));
                }
            }
            case 5 -> {
                expect(
                        world.alice("CancelKeyDeletion", Requests.cancel(id)),
                        pending ? "ok" : "KMSInvalidStateException",
                        what + " CancelKeyDeletion");
                if (pending) {
                    key.state = KeyState.DISABLED;
                    key.deletion = Instant.MAX;
                }
            }
            case 6 -> createAlias(world, alias, id, invalidState, what);
            case 7 -> updateAlias(world, alias, id, invalidState, what);
            case 8 -> {
                String expected = aliases.remove(alias) == null ? "NotFoundException" : "ok";
                expect(world.alice("DeleteAlias", Requests.deleteAlias(alias)), expected, what + " DeleteAlias");
            }
            case 9 -> {
                String tag = "t" + random.nextInt(4);
                String value = "v" + step(random);
                expect(world.alice("TagResource", Requests.tag(id, tag, value)), invalidState, what + " TagResource");
                if (!pending) {
                    key.tags.put(tag, value);
                }
            }
            case 10 -> {
                String tag = "t" + random.nextInt(4);
                expect(world.alice("UntagResource", Requests.untag(id, tag)), invalidState, what + " UntagResource");
                if (!pending) {
                    key.tags.remove(tag);
                }
            }
            case 11 -> {
                String text = "d" + step(random);
                expect(world.alice("UpdateKeyDescription", Requests.describeAs(id, text)), invalidState, what);
                key.description = pending ? key.description : text;
            }
            case 12, 13, 14 -> encrypt(world, random, id, what);
            case 15, 16, 17 -> decrypt(world, random, what);
            default -> advance(world, random);
        }
        return "kind " + kind;
    }

    private void createAlias(World world, String alias, String id, String invalidState, String what) {
        String expected = !invalidState.equals("ok")
                ? invalidState
                : aliases.containsKey(alias) ? "AlreadyExistsException" : "ok";
        expect(world.alice("CreateAlias", Requests.createAlias(alias, id)), expected, what + " CreateAlias");
        if (expected.equals("ok")) {
            aliases.put(alias, id);
        }
    }

    private void updateAlias(World world, String alias, String id, String invalidState, String what) {
        String expected = aliases.containsKey(alias) ? invalidState : "NotFoundException";
        expect(world.alice("UpdateAlias", Requests.updateAlias(alias, id)), expected, what + " UpdateAlias");
        if (expected.equals("ok")) {
            aliases.put(alias, id);
        }
    }

    private void encrypt(World world, Random random, String id, String what) {
        Map<String, String> context = random.nextBoolean() ? Map.of() : Map.of("k" + random.nextInt(2), "v");
        String plaintext = "p" + step(random);
        Optional<String> alias = aliases.entrySet().stream()
                .filter(entry -> entry.getValue().equals(id))
                .map(Map.Entry::getKey)
                .findFirst();
        Answer<EncryptResponse> answer = world.<EncryptRequest, EncryptResponse>alice(
                "Encrypt",
                Requests.encrypt(alias.filter(a -> random.nextBoolean()).orElse(id), plaintext, context));
        expect(answer, usable(id), what + " Encrypt");
        if (answer.error().isEmpty()) {
            sealed.add(new Sealed(id, answer.reply().ciphertextBlob().orElseThrow(), plaintext, context));
        }
    }

    private void decrypt(World world, Random random, String what) {
        if (sealed.isEmpty()) {
            return;
        }
        Sealed one = pick(random, sealed);
        boolean wrong = random.nextInt(4) == 0;
        Map<String, String> context = new HashMap<>(one.context());
        if (wrong) {
            context.put("x", "y");
        }
        Answer<DecryptResponse> answer =
                world.<DecryptRequest, DecryptResponse>alice("Decrypt", Requests.decrypt(one.blob(), context));
        String state = keys.containsKey(one.keyId()) ? usable(one.keyId()) : "AccessDeniedException";
        expect(answer, state.equals("ok") && wrong ? "InvalidCiphertextException" : state, what + " Decrypt");
        if (answer.error().isEmpty()) {
            assertThat(Requests.text(answer.reply().plaintext().orElseThrow()))
                    .as(what)
                    .isEqualTo(one.plaintext());
        }
    }

    private void advance(World world, Random random) {
        Instant now = world.clock.advance(Duration.ofHours(random.nextInt(72)));
        world.runJobs();
        for (String id : new TreeSet<>(keys.keySet())) {
            if (!keys.get(id).deletion.isAfter(now)) {
                keys.remove(id);
                aliases.values().removeIf(id::equals);
                gone.add(id);
                deleted++;
            }
        }
        assertThat(world.serviceEvents).hasSize(deleted);
    }

    private String usable(String id) {
        return switch (keys.get(id).state) {
            case ENABLED -> "ok";
            case DISABLED -> "DisabledException";
            default -> "KMSInvalidStateException";
        };
    }

    /** The whole stored world against the model. */
    private void check(World world, String what) {
        State state = world.ledger.read();
        Map<String, Key> stored = new TreeMap<>();
        state.scan(Key.TABLE, "", "").forEach(row -> stored.put(row.value().id(), row.value()));
        assertThat(stored.keySet()).as(what).isEqualTo(keys.keySet());
        stored.forEach((id, key) -> {
            ModelKey model = keys.get(id);
            assertThat(key.state()).as(what).isEqualTo(model.state);
            assertThat(key.deletionDate().orElse(Instant.MAX)).as(what).isEqualTo(model.deletion);
            assertThat(key.description()).as(what).isEqualTo(model.description);
            assertThat(key.tags().all().stream().map(Tags.Tag::key).toList())
                    .as(what)
                    .isEqualTo(List.copyOf(model.tags.keySet()));
            assertThat(key.tags().all().stream().map(Tags.Tag::value).toList())
                    .as(what)
                    .isEqualTo(List.copyOf(model.tags.values()));
        });
        Map<String, String> storedAliases = new TreeMap<>();
        state.scan(Alias.TABLE, "", "")
                .forEach(
                        row -> storedAliases.put(row.value().name(), row.value().keyId()));
        assertThat(storedAliases).as(what).isEqualTo(aliases);
        int companions = 0;
        for (State.Row<AliasNames> row : state.scan(AliasNames.TABLE, "", "")) {
            String id = row.key().substring(row.key().lastIndexOf('/') + 1);
            row.value().names().forEach(name -> assertThat(aliases).as(what).containsEntry(name, id));
            companions += row.value().names().size();
        }
        assertThat(companions).as(what).isEqualTo(aliases.size());
        long pending = keys.values().stream()
                .filter(key -> key.state == KeyState.PENDING_DELETION)
                .count();
        assertThat(state.scan(Due.TABLE, "", "")).as(what).hasSize((int) pending);
        for (String id : gone) {
            assertThat(world.alice("DescribeKey", Requests.describe(id)).code())
                    .as(what)
                    .isEqualTo("NotFoundException");
        }
    }

    private static void expect(Answer<?> answer, String code, String what) {
        assertThat(answer.code()).as(what).isEqualTo(code);
    }

    private static <T> T pick(Random random, List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    private static int step(Random random) {
        return random.nextInt(1000);
    }
}
