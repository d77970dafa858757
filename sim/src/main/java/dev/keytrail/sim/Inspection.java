package dev.keytrail.sim;

import dev.keytrail.sim.World.Fate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;

/** Compares everything with everything: ledger, chronicle, model, and what the API says. */
final class Inspection {
    /** Ciphertexts opened in one inspection; which ones is up to chance. */
    private static final int CIPHERTEXTS = 25;

    private static final int TRIES = 20;

    private final World world;
    private final List<Login> logins;
    private final SplittableRandom random;

    Inspection(World world, List<Login> logins, SplittableRandom random) {
        this.world = world;
        this.logins = logins;
        this.random = random;
    }

    void run() {
        world.note("inspection");
        ledger();
        for (Login login : logins) {
            keys(login);
            aliases(login);
            history(login, Optional.empty(), 50);
        }
        List<String> deleted = world.model.deleted;
        if (!deleted.isEmpty()) {
            must(KeyAsks.describe(logins.getFirst(), deleted.get(random.nextInt(deleted.size()))));
        }
        ciphertexts();
    }

    /** A call that has to be answered: there is no fault any more. */
    void must(Ask ask) {
        for (int i = 0; i < TRIES; i++) {
            Fate fate = world.ask(ask);
            if (fate == Fate.ANSWERED) {
                return;
            }
            world.recover();
        }
        throw new Mismatch("no answer although nothing is wrong: " + ask);
    }

    private void ledger() {
        List<Entry> late = world.chronicle.reread(world.site.truth());
        Mismatch.unless(late.isEmpty(), "records out of nothing: " + late);
        Map<String, Integer> counted = new TreeMap<>();
        List<String> deleted = new ArrayList<>();
        HashSet<String> ids = new HashSet<>();
        for (Entry entry : world.chronicle.all()) {
            Mismatch.unless(ids.add(entry.record().eventId()), "event id twice: " + entry);
            Mismatch.unlessEqual("event id of " + entry, entry.record().eventId(), entry.text("eventID"));
            if (entry.agent().startsWith("sim/")) {
                counted.merge(entry.agent(), 1, Integer::sum);
            }
            if (entry.record().eventName().equals("DeleteKey")) {
                String arn = entry.text("responseElements", "keyId");
                deleted.add(arn.substring(arn.indexOf('/') + 1));
            }
        }
        Mismatch.unlessEqual("records by call", world.recorded(), counted);
        Mismatch.unlessEqual("deleted keys", world.model.deleted, deleted);
    }

    private void keys(Login login) {
        Set<String> expected = new TreeSet<>();
        world.model.keys.values().stream()
                .filter(key -> key.account.equals(login.account()))
                .forEach(key -> expected.add(key.id));
        Mismatch.unlessEqual("keys of " + login, expected, listed(login, "ListKeys", "Keys", "KeyId"));
        for (String id : expected) {
            must(KeyAsks.describe(login, id));
            must(KeyAsks.getPolicy(login, id));
            must(KeyAsks.listTags(login, id));
        }
    }

    private void aliases(Login login) {
        Set<String> expected = new TreeSet<>();
        world.model.aliasesOf(login.account()).forEach((name, key) -> expected.add(name + " " + key));
        Set<String> found = new TreeSet<>();
        pages(
                login,
                "ListAliases",
                "Aliases",
                item -> found.add(Json.text(item, "AliasName") + " " + Json.text(item, "TargetKeyId")));
        Mismatch.unlessEqual("aliases of " + login, expected, found);
    }

    private Set<String> listed(Login login, String operation, String list, String member) {
        Set<String> found = new TreeSet<>();
        pages(
                login,
                operation,
                list,
                item -> Mismatch.unless(found.add(Json.text(item, member)), operation + " gives something twice"));
        return found;
    }

    private void pages(Login login, String operation, String list, java.util.function.Consumer<Object> each) {
        int limit = 1 + random.nextInt(20);
        List<String> marker = new ArrayList<>(List.of(""));
        while (!marker.isEmpty()) {
            Map<String, Object> body = new TreeMap<>(Map.of("Limit", limit));
            String last = marker.removeFirst();
            if (!last.isEmpty()) {
                body.put("Marker", last);
            }
            must(Ask.json(
                    operation,
                    login,
                    "kms",
                    "TrentService." + operation,
                    body,
                    Ask.ALWAYS,
                    (model, answer) -> {
                        Json.list(answer.json(), list).forEach(each);
                        Json.at(answer.json(), "NextMarker").ifPresent(next -> marker.add(next.toString()));
                    },
                    Ask.NOTHING_DONE));
        }
    }

    /** All pages of history. Their own events come before the first page, so they do not disturb. */
    void history(Login login, Optional<Lookups.By> by, int size) {
        List<Entry> rest = Lookups.history(world, login, by);
        List<String> token = new ArrayList<>();
        boolean more = true;
        while (more) {
            Optional<String> from = token.isEmpty() ? Optional.empty() : Optional.of(token.removeFirst());
            must(Lookups.page(login, by, size, from, rest, next -> next.ifPresent(token::add)));
            rest = rest.subList(Math.min(size, rest.size()), rest.size());
            more = !token.isEmpty();
        }
    }

    private void ciphertexts() {
        List<Model.Sealed> all = world.model.ciphertexts;
        for (int i = 0; i < Math.min(CIPHERTEXTS, all.size()); i++) {
            Model.Sealed one = all.get(random.nextInt(all.size()));
            Login owner = logins.stream()
                    .filter(login -> login.account().equals(one.account()))
                    .findFirst()
                    .orElseThrow();
            must(KeyAsks.decrypt(owner, one, one.context(), false));
        }
    }
}
