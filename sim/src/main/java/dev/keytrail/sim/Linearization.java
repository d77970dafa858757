package dev.keytrail.sim;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Checks a history of concurrent calls for linearizability (Herlihy and Wing, 1990): is there an order of all calls that
 * respects who was answered before whom was asked, and in which every answer is right?
 *
 * <p>Finding such an order is hard in general. Here the house claims one, its ledger's, so each claim is checked instead: a
 * fault is either no such order, or a ledger that tells another story than what happened. Linear in the number of calls.
 */
final class Linearization {
    private Linearization() {}

    /** What stands in the ledger for one call. */
    record Recorded(String requestId, String errorCode) {}

    /**
     * @param history all calls, in any order
     * @param ledger all records of theirs, in the ledger's order
     * @throws Mismatch naming the first call that was answered as nothing before it allows
     */
    static void check(List<Seen> history, List<Recorded> ledger, Verdicts verdicts) {
        Map<String, Seen> calls = HashMap.newHashMap(history.size());
        for (Seen seen : history) {
            Mismatch.unless(calls.put(seen.requestId(), seen) == null, "two calls with one request id: " + seen);
        }
        long latestStart = Long.MIN_VALUE;
        Seen latest = history.getFirst();
        for (Recorded recorded : ledger) {
            Seen seen = calls.remove(recorded.requestId());
            if (seen == null) {
                throw new Mismatch("a second record, or one of no call: " + recorded);
            }
            Mismatch.unless(
                    seen.end() >= latestStart, "stands behind " + latest + ", which began after its answer: " + seen);
            if (seen.start() > latestStart) {
                latestStart = seen.start();
                latest = seen;
            }
            Mismatch.unlessEqual("record of " + seen, told(seen.code()), recorded.errorCode());
            if (!seen.code().equals("KMSInternalException")) { // lost every race: nothing was done
                Mismatch.unlessEqual("answer of " + seen, verdicts.apply(seen.move()), seen.code());
            }
        }
        Mismatch.unless(calls.isEmpty(), "answered and not on record: " + calls.values());
    }

    /** Two errors are called otherwise in events than in answers. */
    private static String told(String code) {
        return switch (code) {
            case "AccessDeniedException" -> "AccessDenied";
            default -> code;
        };
    }
}
