package dev.keytrail.sim;

import dev.keytrail.sim.Model.Policy;
import dev.keytrail.sim.Model.Sealed;
import dev.keytrail.sim.Requests.Signature;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;

/** Invents calls out of the seed: mostly sensible ones, on few keys and aliases, so that calls meet each other. */
final class Asks {
    private static final int KEYS_PER_ACCOUNT = 6;
    private static final int ALIASES = 5;
    private static final List<Map<String, String>> CONTEXTS =
            List.of(Map.of(), Map.of("a", "1"), new TreeMap<>(Map.of("a", "1", "b", "ü\u20ac")));

    private final World world;
    private final List<Login> logins;
    private final SplittableRandom random;

    Asks(World world, List<Login> logins, SplittableRandom random) {
        this.world = world;
        this.logins = logins;
        this.random = random;
    }

    /** Any call. */
    Ask any() {
        Login caller = caller();
        int dice = random.nextInt(100);
        if (dice < 8 || keysOf(caller).isEmpty()) {
            return create(caller);
        }
        if (dice < 18) {
            return lookup(caller);
        }
        return dice < 28 ? odd(caller) : decided(caller);
    }

    /** A call whose decision hangs on rows that it reads one by one, so that a race with another one must show. */
    Ask decided() {
        Login caller = caller();
        return keysOf(caller).isEmpty() ? create(caller) : decided(caller);
    }

    private Ask decided(Login caller) {
        return switch (random.nextInt(24)) {
            case 0, 1, 2 -> KeyAsks.encrypt(caller, anyName(caller), plaintext(), context());
            case 3 -> KeyAsks.dataKey(caller, anyName(caller), random.nextBoolean(), context());
            case 4, 5, 6, 7 -> decrypt(caller);
            case 8, 9 -> reEncrypt(caller);
            case 10 -> KeyAsks.describe(caller, anyName(caller));
            case 11, 12 -> KeyAsks.enable(caller, ownName(caller));
            case 13 -> KeyAsks.disable(caller, ownName(caller));
            case 14 -> KeyAsks.schedule(caller, ownName(caller), 7 + random.nextInt(24));
            case 15, 16 -> KeyAsks.cancel(caller, ownName(caller));
            case 17 -> KeyAsks.tag(caller, ownName(caller), tags());
            case 18 -> KeyAsks.untag(caller, ownName(caller), "t" + random.nextInt(4));
            case 19 -> KeyAsks.describeAs(caller, ownName(caller), "text " + random.nextInt(100));
            case 20 -> KeyAsks.putPolicy(caller, ownName(caller), pick(List.of(Policy.values())), accounts());
            case 21 -> KeyAsks.createAlias(caller, alias(), ownId(caller));
            case 22 -> KeyAsks.updateAlias(caller, alias(), ownId(caller));
            default -> KeyAsks.deleteAlias(caller, alias());
        };
    }

    private Ask odd(Login caller) {
        return switch (random.nextInt(8)) {
            case 0 -> OddAsks.unsigned(caller, Signature.BROKEN);
            case 1 -> OddAsks.unsigned(caller, Signature.UNKNOWN_KEY);
            case 2 -> OddAsks.unsigned(caller, Signature.NONE);
            case 3 -> OddAsks.malformed(caller);
            case 4 -> OddAsks.incomplete(caller);
            case 5 -> OddAsks.unknownOperation(caller);
            default -> KeyAsks.random(caller);
        };
    }

    private Ask create(Login caller) {
        return keysOf(caller).size() < KEYS_PER_ACCOUNT
                ? KeyAsks.create(caller, "key " + random.nextInt(1000), tags())
                : KeyAsks.schedule(caller, ownName(caller), 7);
    }

    private Ask decrypt(Login caller) {
        List<Sealed> all = world.model.ciphertexts;
        if (all.isEmpty()) {
            return KeyAsks.encrypt(caller, anyName(caller), plaintext(), context());
        }
        Sealed what = pick(all);
        Map<String, String> context = random.nextInt(6) == 0 ? context() : what.context();
        return KeyAsks.decrypt(caller, what, context, random.nextInt(10) == 0);
    }

    private Ask reEncrypt(Login caller) {
        List<Sealed> own = world.model.ciphertexts.stream()
                .filter(blob -> blob.account().equals(caller.account()))
                .toList();
        return own.isEmpty()
                ? KeyAsks.encrypt(caller, anyName(caller), plaintext(), context())
                : KeyAsks.reEncrypt(caller, pick(own), anyName(caller), context());
    }

    private Ask lookup(Login caller) {
        Optional<Lookups.By> by = by(caller);
        int size = 1 + random.nextInt(50);
        return Lookups.page(caller, by, size, Optional.empty(), Lookups.history(world, caller, by), next -> {});
    }

    private Optional<Lookups.By> by(Login caller) {
        return switch (random.nextInt(6)) {
            case 0 -> {
                String name = pick(List.of("Encrypt", "Decrypt", "CreateKey", "DeleteKey", "LookupEvents", "Nothing"));
                yield Optional.of(new Lookups.By(
                        "EventName", name, entry -> entry.text("eventName").equals(name)));
            }
            case 1 -> {
                boolean readOnly = random.nextBoolean();
                yield Optional.of(new Lookups.By(
                        "ReadOnly",
                        Boolean.toString(readOnly),
                        entry -> entry.record().readOnly() == readOnly));
            }
            case 2 -> {
                String id = pick(world.chronicle.all()).record().eventId();
                yield Optional.of(new Lookups.By(
                        "EventId", id, entry -> entry.text("eventID").equals(id)));
            }
            case 3 ->
                Optional.of(new Lookups.By(
                        "AccessKeyId",
                        caller.accessKeyId(),
                        entry -> entry.text("userIdentity", "accessKeyId").equals(caller.accessKeyId())));
            case 4 ->
                Optional.of(new Lookups.By(
                        "EventSource",
                        "cloudtrail.amazonaws.com",
                        entry -> entry.text("eventSource").equals("cloudtrail.amazonaws.com")));
            default -> Optional.empty();
        };
    }

    private Login caller() {
        return logins.get(random.nextInt(4) == 0 ? 1 : 0);
    }

    private List<String> accounts() {
        return logins.stream().map(Login::account).toList();
    }

    private List<Model.Key> keysOf(Login caller) {
        return world.model.keys.values().stream()
                .filter(key -> key.account.equals(caller.account()))
                .toList();
    }

    /** The id of a key of the caller's, now and then of one that is gone or never was. */
    private String ownId(Login caller) {
        List<Model.Key> own = keysOf(caller);
        if (own.isEmpty() || random.nextInt(25) == 0) {
            List<String> deleted = world.model.deleted;
            return deleted.isEmpty() || random.nextBoolean()
                    ? "00000000-0000-4000-8000-00000000000" + random.nextInt(10)
                    : pick(deleted);
        }
        return pick(own).id;
    }

    /** For operations on one's own keys: an id or an ARN, now and then somebody else's. */
    private String ownName(Login caller) {
        if (random.nextInt(20) == 0) {
            return foreignArn(caller);
        }
        String id = ownId(caller);
        return random.nextInt(4) == 0 ? Model.arn(caller.account(), id) : id;
    }

    /** Whatever a use of a key takes. */
    private String anyName(Login caller) {
        return switch (random.nextInt(8)) {
            case 0 -> alias();
            case 1 -> foreignArn(caller);
            default -> ownName(caller);
        };
    }

    private String foreignArn(Login caller) {
        List<Model.Key> others = world.model.keys.values().stream()
                .filter(key -> !key.account.equals(caller.account()))
                .toList();
        if (others.isEmpty()) {
            String account = logins.stream()
                    .map(Login::account)
                    .filter(other -> !other.equals(caller.account()))
                    .findFirst()
                    .orElse("999999999999");
            return Model.arn(account, "00000000-0000-4000-8000-000000000000");
        }
        return pick(others).arn();
    }

    private String alias() {
        return "alias/a" + random.nextInt(ALIASES);
    }

    private Map<String, String> context() {
        return pick(CONTEXTS);
    }

    private Map<String, String> tags() {
        Map<String, String> tags = new TreeMap<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            tags.put("t" + random.nextInt(4), "v" + random.nextInt(10));
        }
        if (tags.isEmpty()) {
            tags.put("t0", "");
        }
        return tags;
    }

    private String plaintext() {
        byte[] bytes = new byte[1 + random.nextInt(200)];
        random.nextBytes(bytes);
        return Base64.getEncoder().encodeToString(bytes);
    }

    private <T> T pick(List<T> from) {
        return from.get(random.nextInt(from.size()));
    }
}
