package dev.keytrail.call;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What a call has asked of other services on its way: an answer there is an event of theirs, so when the call is decided
 * again after a lost race, the same question is not asked again. One call, one thread.
 */
public final class Once {
    /** Either the answer or the refusal. */
    private record Answer(Object value, boolean refused) {}

    private final Map<Object, Answer> answers = new HashMap<>(2);

    /**
     * The answer of the first time.
     *
     * @param question told apart by its equality
     * @param ask an expected refusal is an answer too
     */
    @SuppressWarnings("unchecked") // the type is the question's
    public <T> T ask(Object question, Supplier<T> ask) {
        Answer known = answers.get(question);
        if (known == null) {
            try {
                known = new Answer(ask.get(), false);
            } catch (Refused refused) {
                known = new Answer(refused, true);
            }
            answers.put(question, known);
        }
        if (known.refused()) {
            throw (Refused) known.value();
        }
        return (T) known.value();
    }
}
