package dev.keytrail.sim;

import dev.keytrail.call.LedgerRecord;
import dev.keytrail.server.HttpRequest;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * One call, with what must come of it. What must come is worked out on the model when the answer is known, for others may
 * be faster than the call.
 *
 * @param label for step lists
 * @param valid whether it names a valid caller
 * @param service CloudTrail's event source without {@code .amazonaws.com}
 * @param operation as the record names it
 * @param subject the key that the call is about, as the caller names it; decides who gets copies of the record
 */
record Ask(
        String label,
        Login caller,
        boolean valid,
        String service,
        String operation,
        Optional<String> subject,
        Maker maker,
        Rule rule,
        Look look,
        Deed deed) {
    @FunctionalInterface
    interface Maker {
        HttpRequest make(Requests requests, String agent);
    }

    /** The error that the call must be answered with; empty for success. */
    @FunctionalInterface
    interface Rule {
        Optional<String> refusal(Model model, Instant now);
    }

    /** Looks at the answer of a call that was done. Throws a {@link Mismatch}. */
    @FunctionalInterface
    interface Look {
        void at(Model model, Answer answer);
    }

    /** What a call that was done has changed. The answer is empty when it went down with its process. */
    @FunctionalInterface
    interface Deed {
        void on(Model model, Optional<Map<String, Object>> answer, Entry own, Instant now);
    }

    static final Rule ALWAYS = (model, now) -> Optional.empty();
    static final Look NOTHING_TO_SEE = (model, answer) -> {};
    static final Deed NOTHING_DONE = (model, answer, own, now) -> {};

    static Ask json(
            String label,
            Login caller,
            String service,
            String target,
            Map<String, ?> body,
            Rule rule,
            Look look,
            Deed deed) {
        String operation = target.substring(target.lastIndexOf('.') + 1);
        return new Ask(
                label,
                caller,
                true,
                service,
                operation,
                Optional.empty(),
                (requests, agent) ->
                        requests.json(caller, service, target, Json.bytes(body), Requests.Signature.GOOD, agent),
                rule,
                look,
                deed);
    }

    Ask about(String key) {
        return new Ask(label, caller, valid, service, operation, Optional.of(key), maker, rule, look, deed);
    }

    Ask seeing(Look other) {
        return new Ask(label, caller, valid, service, operation, subject, maker, rule, other, deed);
    }

    /** Whose ledgers the record must be in. */
    Set<String> accounts(Model model, Optional<String> refusal) {
        if (!valid) {
            return Set.of(LedgerRecord.OPERATOR_ACCOUNT);
        }
        Set<String> accounts = new TreeSet<>();
        accounts.add(caller.account());
        boolean denied = refusal.filter("AccessDeniedException"::equals).isPresent();
        if (!denied && subject.isPresent()) {
            model.find(caller, subject.get()).ifPresent(key -> accounts.add(key.account));
        }
        return accounts;
    }

    @Override
    public String toString() {
        return caller + " " + label;
    }
}
