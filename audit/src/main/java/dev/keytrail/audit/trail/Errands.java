package dev.keytrail.audit.trail;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

/**
 * Runs errands to places outside that may be slow or dead, one at a time to each, so that none of them keeps the others
 * waiting. An errand that failed last or takes long is a suspect: suspects have places of their own, and one under way
 * gives back the place that it began in. One thread calls; errands run on the executor's.
 */
public final class Errands {
    /** Who takes longer is a suspect, and should come to an end. */
    static final Duration SLOW = Duration.ofSeconds(2);

    private final int places;
    private final int suspects;
    private final int most;
    private final Executor executor;
    private final Map<String, Errand> errands = new HashMap<>();

    /**
     * @param places for those that nothing is known against
     * @param suspects for all others
     * @param most of both, those that turned out to be slow on the way included
     */
    public Errands(int places, int suspects, int most, Executor executor) {
        this.places = places;
        this.suspects = suspects;
        this.most = most;
        this.executor = executor;
    }

    /** An errand to one place. Touched by the caller's thread while it is not under way, by its task while it is. */
    public static final class Errand {
        private final Backoff backoff = new Backoff();
        private Instant begun = Instant.MIN;
        private boolean suspect;
        private volatile boolean busy;
        private volatile boolean slow;

        /** Whether what is left should wait for the next time. */
        public boolean isSlow() {
            return slow;
        }

        public void failed(Instant now) {
            backoff.failed(now);
        }

        public void succeeded() {
            backoff.succeeded();
        }

        private boolean isSuspect() {
            return suspect || slow;
        }
    }

    /**
     * Looks who is under way for long.
     *
     * @param wanted the places that something is to be brought to; others are forgotten
     */
    public void look(Set<String> wanted, Instant now) {
        errands.entrySet().removeIf(entry -> !entry.getValue().busy && !wanted.contains(entry.getKey()));
        for (Errand errand : errands.values()) {
            // A clock that was set back makes nobody slow.
            if (errand.busy && errand.begun.plus(SLOW).isBefore(now)) {
                errand.slow = true;
            }
        }
    }

    /** Whether somebody is on the way there. */
    public boolean isBusy(String place) {
        Errand errand = errands.get(place);
        return errand != null && errand.busy;
    }

    /** Whether nobody is on the way there, and it is time to try. */
    public boolean isFree(String place, Instant now) {
        Errand errand = errands.get(place);
        return errand == null || !errand.busy && errand.backoff.mayTry(now);
    }

    /** Whether anybody is under way. */
    public boolean anyBusy() {
        return errands.values().stream().anyMatch(errand -> errand.busy);
    }

    /** Sets out, if a place is free; else the next step may try. */
    public void send(String place, Instant now, Consumer<Errand> work) {
        Errand errand = errands.computeIfAbsent(place, _ -> new Errand());
        boolean suspect = errand.slow || errand.backoff.isFailing();
        if (!hasRoom(suspect)) {
            return;
        }
        errand.suspect = suspect;
        errand.slow = false;
        errand.begun = now;
        errand.busy = true;
        try {
            executor.execute(() -> {
                try {
                    work.accept(errand);
                } finally {
                    errand.busy = false;
                }
            });
        } catch (RejectedExecutionException shutDown) {
            errand.busy = false;
        }
    }

    private boolean hasRoom(boolean suspect) {
        int alike = 0;
        int all = 0;
        for (Errand errand : errands.values()) {
            if (errand.busy) {
                all++;
                alike += errand.isSuspect() == suspect ? 1 : 0;
            }
        }
        return all < most && alike < (suspect ? suspects : places);
    }
}
