package dev.keytrail.sim;

import dev.keytrail.call.Ledger;
import dev.keytrail.server.House;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The house on its site, the model beside it, and the chronicle of its ledger. Everything that happens to the house goes
 * through here and is judged at once: what an answer, a refusal or a crash may leave in the ledger.
 */
final class World {
    private static final String AGENT = "sim/";

    final Site site;
    final Requests requests;
    final Model model = new Model();
    final Chronicle chronicle = new Chronicle();
    final List<String> steps = new ArrayList<>();

    /**
     * Calls that had no answer, or were refused while the ledger was in doubt, by agent: if the process dies now, each is
     * in the ledger whole or not at all. Once the ledger takes commits again, they are not, for good.
     */
    private final Map<String, Doubt> doubtful = new LinkedHashMap<>();

    /** How many records each call has that is over. */
    private final Map<String, Integer> recorded = new TreeMap<>();

    private int calls;
    private int refusals;
    private int restarts;

    private record Doubt(Ask ask, Instant at) {}

    World(Site site) {
        this.site = site;
        this.requests = new Requests(site.clock);
    }

    /** What became of a call. */
    enum Fate {
        ANSWERED,
        /** The ledger was not available, and nothing has changed. */
        REFUSED,
        /** The process died under it. */
        GONE
    }

    int calls() {
        return calls;
    }

    int refusals() {
        return refusals;
    }

    int restarts() {
        return restarts;
    }

    Map<String, Integer> recorded() {
        return recorded;
    }

    Instant now() {
        return site.clock.instant();
    }

    void note(String step) {
        steps.add(step);
    }

    Fate ask(Ask ask) {
        String agent = AGENT + ++calls;
        int line = steps.size();
        steps.add(agent + " " + ask);
        Optional<Answer> answer = Optional.empty();
        try {
            answer = Optional.of(Answer.of(site.house().answer(ask.maker().make(requests, agent))));
        } catch (SimLedger.Killed _) {
            // No answer.
        }
        Fate fate;
        if (answer.isEmpty() || (site.isDown() && answer.get().isFault())) {
            doubtful.put(agent, new Doubt(ask, now()));
            fate = Fate.GONE;
        } else if (answer.get().isFault()) {
            List<Entry> news = chronicle.news(site.truth());
            Mismatch.unless(news.isEmpty(), "answered with a fault, but on record: " + news);
            doubtful.put(agent, new Doubt(ask, now()));
            refusals++;
            fate = Fate.REFUSED;
        } else {
            judge(agent, ask, answer.get());
            doubtful.clear();
            fate = Fate.ANSWERED;
        }
        steps.set(
                line,
                steps.get(line) + ": "
                        + (fate == Fate.ANSWERED ? answer.flatMap(Answer::code).orElse("ok") : fate.toString()));
        return fate;
    }

    private void judge(String agent, Ask ask, Answer answer) {
        Instant now = now();
        Optional<String> refusal = ask.rule().refusal(model, now);
        Mismatch.unlessEqual("answer of " + agent + " " + ask, refusal, answer.code());
        Entry own = checkRecords(agent, ask, refusal, chronicle.news(site.truth()), Optional.of(answer));
        if (refusal.isEmpty()) {
            ask.look().at(model, answer);
            ask.deed().on(model, Optional.of(answer.json()), own, now);
        }
    }

    /** Exactly one record in each ledger concerned, saying what the caller was told. Returns the caller's. */
    private Entry checkRecords(
            String agent, Ask ask, Optional<String> refusal, List<Entry> found, Optional<Answer> answer) {
        String what = agent + " " + ask + ": records " + found;
        Set<String> accounts = ask.accounts(model, refusal);
        Mismatch.unlessEqual(
                what,
                accounts.stream().sorted().toList(),
                found.stream().map(entry -> entry.record().account()).sorted().toList());
        String code = refusal.map(name -> name.equals("AccessDeniedException") ? "AccessDenied" : name)
                .orElse("");
        for (Entry entry : found) {
            Mismatch.unlessEqual(what + ", agent", agent, entry.agent());
            Mismatch.unlessEqual(what + ", operation", ask.operation(), entry.text("eventName"));
            Mismatch.unlessEqual(what + ", source", ask.service() + ".amazonaws.com", entry.text("eventSource"));
            Mismatch.unlessEqual(what + ", outcome", code, entry.errorCode());
            answer.ifPresent(
                    told -> Mismatch.unlessEqual(what + ", request id", told.requestId(), entry.text("requestID")));
            Mismatch.unlessEqual(
                    what + ", shared id",
                    found.size() > 1,
                    found.size() > 1
                            ? entry.text("sharedEventID")
                                            .equals(found.getFirst().text("sharedEventID"))
                                    && !entry.text("sharedEventID").isEmpty()
                            : !entry.text("sharedEventID").isEmpty());
        }
        recorded.put(agent, found.size());
        String account =
                ask.valid() ? ask.caller().account() : accounts.iterator().next();
        return found.stream()
                .filter(entry -> entry.record().account().equals(account))
                .findFirst()
                .orElseThrow();
    }

    /** Runs background work once. */
    Fate step(House.Step step) {
        note("step " + step.name());
        Fate fate = Fate.ANSWERED;
        try {
            Duration _ = step.run().get();
        } catch (Ledger.LedgerUnavailable _) {
            fate = Fate.REFUSED;
        } catch (SimLedger.Killed _) {
            fate = Fate.GONE;
        }
        if (site.isDown()) {
            return Fate.GONE;
        }
        for (Entry entry : chronicle.news(site.truth())) {
            serviceEvent(entry);
        }
        if (fate == Fate.ANSWERED && step.name().contains("deletion")) {
            Instant now = now();
            model.keys
                    .values()
                    .forEach(key -> Mismatch.unless(
                            !key.isDue(now), "key " + key.id + " was due " + key.deletion + " and is still there"));
        }
        return fate;
    }

    /** What the house does by itself: the only records that no call of ours stands behind. */
    private void serviceEvent(Entry entry) {
        switch (entry.record().eventName()) {
            case "DeleteKey" -> {
                String arn = entry.text("responseElements", "keyId");
                Model.Key key = model.keys.get(arn.substring(arn.indexOf('/') + 1));
                // The record tells whole seconds, the date has milliseconds.
                Instant until = Instant.ofEpochSecond(entry.record().eventTimeSeconds() + 1);
                Mismatch.unless(key != null && key.isDue(until), "deleted without being due: " + arn + " by " + entry);
                if (key != null) {
                    note("(key " + key.id + " deleted)");
                    model.delete(key);
                }
            }
            case "InitializeServer" ->
                Mismatch.unless(entry.index() == 0, "the server was initialised again: " + entry);
            case "PutObject" ->
                Mismatch.unless(
                        entry.agent().equals("cloudtrail.amazonaws.com") && !entry.isManagement(),
                        "a record of nothing that was asked: " + entry);
            default -> throw new Mismatch("a record of nothing that was asked: " + entry);
        }
    }

    /** First start. */
    Login begin() throws IOException {
        Login admin = site.start();
        chronicle.news(site.truth()).forEach(this::serviceEvent);
        return admin;
    }

    /** Starts the house again after this life has ended, and settles what was in doubt. */
    void restart(Login admin) {
        restarts++;
        note("start");
        try {
            Login found = site.start();
            Mismatch.unlessEqual("account after the restart", admin, found);
        } catch (IOException | RuntimeException failed) {
            throw new Mismatch("the house does not start: " + failed);
        }
        settle(chronicle.reread(site.truth()));
        site.awaitRecovery();
    }

    private void settle(List<Entry> found) {
        int at = 0;
        while (at < found.size()) {
            Entry first = found.get(at);
            if (!first.agent().startsWith(AGENT)) {
                serviceEvent(first);
                at++;
                continue;
            }
            int to = at;
            while (to < found.size() && found.get(to).agent().equals(first.agent())) {
                to++;
            }
            Doubt doubt = doubtful.remove(first.agent());
            if (doubt == null) {
                throw new Mismatch("a record of nothing that was asked, or of a call refused for good: " + first);
            }
            Ask ask = doubt.ask();
            Instant then = doubt.at();
            Optional<String> refusal = ask.rule().refusal(model, then);
            Entry own = checkRecords(first.agent(), ask, refusal, found.subList(at, to), Optional.empty());
            note("(" + first.agent() + " is in the ledger)");
            if (refusal.isEmpty()) {
                ask.deed().on(model, Optional.empty(), own, then);
            }
            at = to;
        }
        doubtful.clear();
    }

    /** Faults are over: waits until commits are taken, after which nothing is in doubt any more. */
    void recover() {
        site.awaitRecovery();
        doubtful.clear();
    }
}
