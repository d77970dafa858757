package dev.keytrail.sim;

import dev.keytrail.call.Entropy;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.Secret;
import dev.keytrail.crypto.RootKey;
import dev.keytrail.crypto.SystemEntropy;
import dev.keytrail.server.FirstStart;
import dev.keytrail.server.House;
import dev.keytrail.server.Settings;
import dev.keytrail.sim.Linearization.Recorded;
import dev.keytrail.store.EmbeddedStore;
import dev.keytrail.store.MemoryStore;
import dev.keytrail.store.Store;
import dev.keytrail.store.StoreOptions;
import dev.keytrail.testkit.SimulatedClock;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Many callers at once on one real house: most use keys, some change who may, and with what. Everything is judged
 * afterwards by {@link Linearization}: no use may be decided on what was no longer so when it was asked.
 */
final class Contest implements AutoCloseable {
    private static final int USERS = 4;
    private static final int KEYS = 3;
    /** One call in so many is a change. */
    private static final int CHANGES_EVERY = 12;

    private static final int GRANTS_MAX = 20;
    private static final Pattern REQUEST_ID = Pattern.compile("\"requestID\":\"([^\"]*)\"");
    private static final Pattern ERROR_CODE = Pattern.compile("\"errorCode\":\"([^\"]*)\"");

    private final Store store;
    private final House house;
    private final SimulatedClock clock = new SimulatedClock();
    private final Requests requests = new Requests(clock);
    private final Login admin;
    private final List<Login> users = new ArrayList<>();
    private final List<String> keys = new ArrayList<>();

    /** Defects to plant. */
    enum Flaw {
        NONE,
        /** Decisions are committed though what they read has changed. */
        IGNORES_RACES,
        /** Now and then a decision is made on a state of a while ago, and committed. */
        READS_STALE
    }

    /** @param answers how often each error's code, and the empty one of success, was answered */
    record Summary(int calls, int changes, Map<String, Integer> answers) {}

    Contest(Scenario.StoreKind kind, Path folder, Flaw flaw) throws IOException {
        store = switch (kind) {
            case MEMORY -> MemoryStore.open(House.tables());
            case EMBEDDED ->
                EmbeddedStore.open(folder.resolve("store"), House.tables(), StoreOptions.defaults(), clock);
        };
        Ledger ledger = flaw == Flaw.NONE ? store.ledger() : new FlawedLedger(store.ledger(), flaw);
        Entropy entropy = new SystemEntropy();
        house = House.open(new House.Ground(
                flaw == Flaw.NONE ? store : store.withLedger(ledger),
                new RootKey(Secret.adopt(entropy.bytes(32))),
                clock,
                entropy,
                folder.resolve("objects"),
                Runnable::run,
                Settings.load(Optional.empty(), Map.of(), Map.of())));
        admin = Site.login(
                FirstStart.of(folder.resolve("admin.credentials"), ledger, house.bootstrap(), house.recorder(), clock));
        for (int i = 0; i < KEYS; i++) {
            keys.add(Json.text(kms(admin, "CreateKey", Map.of()).json(), "KeyMetadata", "Arn"));
        }
        for (int i = 0; i < USERS; i++) {
            iam("CreateUser", Map.of("UserName", "user" + i));
            String key = iam("CreateAccessKey", Map.of("UserName", "user" + i))
                    .body()
                    .utf8();
            users.add(new Login(
                    "user" + i, admin.account(), element(key, "AccessKeyId"), element(key, "SecretAccessKey")));
        }
    }

    /**
     * Plays and judges one contest.
     *
     * @throws Mismatch the house broke its promise
     */
    Summary play(int callers, int calls, long seed) throws InterruptedException {
        long from = store.ledger().end();
        List<Seen> history = new ArrayList<>(calls);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<List<Seen>>> parts = new ArrayList<>();
            for (int i = 0; i < callers; i++) {
                RandomGenerator chance = new java.util.SplittableRandom(seed * 1000 + i);
                parts.add(threads.submit(() -> new Player(chance).play(calls / callers)));
            }
            for (Future<List<Seen>> part : parts) {
                history.addAll(part.get());
            }
        } catch (ExecutionException failed) {
            throw new IllegalStateException(failed.getCause());
        }
        Linearization.check(history, recorded(from), new Verdicts(USERS, KEYS));
        Map<String, Integer> answers = new TreeMap<>();
        history.forEach(seen -> answers.merge(seen.code(), 1, Integer::sum));
        int changes = (int) history.stream()
                .filter(seen -> !(seen.move() instanceof Move.Use))
                .count();
        return new Summary(history.size(), changes, answers);
    }

    private List<Recorded> recorded(long from) {
        List<Recorded> found = new ArrayList<>();
        try (Ledger.Cursor cursor = store.ledger().records(from)) {
            while (cursor.next()) {
                String json = cursor.record().json().utf8();
                found.add(new Recorded(find(REQUEST_ID, json), find(ERROR_CODE, json)));
            }
        }
        return found;
    }

    /** One caller: a call after the other. Grants it has made are its own to revoke. */
    private final class Player {
        private final RandomGenerator chance;
        private final Deque<Given> given = new ArrayDeque<>();

        private record Given(Move.Grant grant, String id) {}

        Player(RandomGenerator chance) {
            this.chance = chance;
        }

        List<Seen> play(int calls) {
            List<Seen> seen = new ArrayList<>(calls);
            for (int i = 0; i < calls; i++) {
                Optional<Given> revoked = given.size() > GRANTS_MAX || chance.nextInt(40) == 0
                        ? Optional.ofNullable(given.poll())
                        : Optional.empty();
                Move move = revoked.<Move>map(old ->
                                new Move.Revoke(old.grant().key(), old.grant().user()))
                        .orElseGet(this::draw);
                long start = System.nanoTime();
                Answer answer = make(move, revoked.map(Given::id).orElse(""));
                seen.add(new Seen(
                        move,
                        start,
                        System.nanoTime(),
                        answer.requestId(),
                        answer.code().orElse(Verdicts.DONE)));
                if (move instanceof Move.Grant grant && answer.code().isEmpty()) {
                    given.add(new Given(grant, Json.text(answer.json(), "GrantId")));
                } else if (answer.code().isPresent()) {
                    revoked.ifPresent(given::addFirst);
                }
            }
            return seen;
        }

        private Move draw() {
            int user = chance.nextInt(USERS);
            int key = chance.nextInt(KEYS);
            if (chance.nextInt(CHANGES_EVERY) != 0) {
                return new Move.Use(user, key);
            }
            // Half of the time each of them is as it must be for the use to succeed.
            return switch (chance.nextInt(5)) {
                case 0 -> new Move.Switch(key, chance.nextInt(3) != 0);
                case 1 -> new Move.Policy(key, chance.nextInt(USERS + 1) - 1);
                case 2 -> new Move.Grant(key, user);
                case 3 -> new Move.OwnPolicy(user, chance.nextInt(4) == 0);
                default -> new Move.Credential(user, chance.nextInt(4) != 0);
            };
        }
    }

    private Answer make(Move move, String grantId) {
        return switch (move) {
            case Move.Use(int user, int key) ->
                kms(users.get(user), "Encrypt", Map.of("KeyId", keys.get(key), "Plaintext", "c2VjcmV0"));
            case Move.Switch(int key, boolean enabled) ->
                kms(admin, enabled ? "EnableKey" : "DisableKey", Map.of("KeyId", keys.get(key)));
            case Move.Policy(int key, int user) ->
                kms(admin, "PutKeyPolicy", Map.of("KeyId", keys.get(key), "Policy", policy(user)));
            case Move.Grant(int key, int user) ->
                kms(
                        admin,
                        "CreateGrant",
                        Map.of(
                                "KeyId",
                                keys.get(key),
                                "GranteePrincipal",
                                arn(user),
                                "Operations",
                                List.of("Encrypt")));
            case Move.Revoke(int key, int _) ->
                kms(admin, "RevokeGrant", Map.of("KeyId", keys.get(key), "GrantId", grantId));
            case Move.OwnPolicy(int user, boolean attached) ->
                iam(
                        "PutUserPolicy",
                        Map.of(
                                "UserName",
                                users.get(user).name(),
                                "PolicyName",
                                "own",
                                "PolicyDocument",
                                document(Map.of(
                                        "Effect",
                                        "Allow",
                                        "Action",
                                        attached ? "kms:Encrypt" : "kms:ListKeys",
                                        "Resource",
                                        "*"))));
            case Move.Credential(int user, boolean active) ->
                iam(
                        "UpdateAccessKey",
                        Map.of(
                                "UserName",
                                users.get(user).name(),
                                "AccessKeyId",
                                users.get(user).accessKeyId(),
                                "Status",
                                active ? "Active" : "Inactive"));
        };
    }

    private String policy(int user) {
        Map<String, ?> own = statement("arn:aws:iam::" + admin.account() + ":root", "kms:*");
        return user == Move.Policy.NOBODY ? document(own) : document(own, statement(arn(user), "kms:Encrypt"));
    }

    private static Map<String, ?> statement(String principal, String action) {
        return Map.of("Effect", "Allow", "Principal", Map.of("AWS", principal), "Action", action, "Resource", "*");
    }

    @SafeVarargs
    private static String document(Map<String, ?>... statements) {
        return Json.write(Map.of("Version", "2012-10-17", "Statement", List.of(statements)));
    }

    private String arn(int user) {
        return "arn:aws:iam::" + admin.account() + ":user/" + users.get(user).name();
    }

    private Answer kms(Login login, String operation, Map<String, ?> input) {
        return Answer.of(house.answer(requests.json(
                login, "kms", "TrentService." + operation, Json.bytes(input), Requests.Signature.GOOD, "contest")));
    }

    private Answer iam(String action, Map<String, String> parameters) {
        Map<String, String> form = new TreeMap<>(parameters);
        form.put("Action", action);
        form.put("Version", "2010-05-08");
        return Answer.of(house.answer(requests.form(admin, "iam", form, "contest")));
    }

    private static String element(String xml, String name) {
        return find(Pattern.compile("<" + name + ">([^<]*)<"), xml);
    }

    private static String find(Pattern pattern, String text) {
        Matcher found = pattern.matcher(text);
        return found.find() ? found.group(1) : "";
    }

    @Override
    public void close() {
        store.close();
    }
}
