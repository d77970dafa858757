package dev.keytrail.server;

import dev.keytrail.audit.Outcome;
import dev.keytrail.audit.Recorder;
import dev.keytrail.call.ApiError;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Call;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.FollowUp;
import dev.keytrail.call.Job;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.Notes;
import dev.keytrail.call.Once;
import dev.keytrail.call.Refused;
import dev.keytrail.call.ServiceEvent;
import dev.keytrail.call.State;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The only door: every call of every service passes here, and so does every job. Decides on a view of the state, then
 * commits changes and records in one act, then answers. No record, no reply.
 *
 * <p>Thread-safe; runs on the caller's (virtual) thread and waits there for the commit.
 */
final class Gate {
    /** How often a call that loses races is decided again before it is answered with a fault. */
    private static final int ATTEMPTS_MAX = 20;

    /** Where calls without a valid caller are put down: the operator's account has no Region of its own. */
    private static final String REGION_OF_NOBODY = "us-east-1";

    private static final Logger log = LoggerFactory.getLogger(Gate.class);

    private final Ledger ledger;
    private final Recorder recorder;
    private final InstantSource clock;
    private final Entropy entropy;
    private final Counters counters;
    private final Denials denials;
    private final Passage passage;

    /** Whether what was decided may pass where the call came in. */
    @FunctionalInterface
    interface Passage {
        /** @throws Refused if not */
        void check(Call call, Notes notes);
    }

    /** What a denied caller is told beside the error that is recorded. */
    @FunctionalInterface
    interface Denials {
        ApiError told(Call call, Notes notes, ApiError error);
    }

    Gate(Ledger ledger, Recorder recorder, InstantSource clock, Entropy entropy, Counters counters) {
        this(ledger, recorder, clock, entropy, counters, (_, _, error) -> error, (_, _) -> {});
    }

    Gate(
            Ledger ledger,
            Recorder recorder,
            InstantSource clock,
            Entropy entropy,
            Counters counters,
            Denials denials,
            Passage passage) {
        this.denials = denials;
        this.passage = passage;
        this.ledger = ledger;
        this.recorder = recorder;
        this.clock = clock;
        this.entropy = entropy;
        this.counters = counters;
    }

    /** An answer, the id it goes out under, and what it counts as. */
    record Answer<R>(R reply, String requestId, Counters.Came came) {}

    <R> Answer<R> call(Case<R> asked) {
        String requestId = entropy.uuid();
        String outer = Logging.enter(requestId);
        long begun = counters.begin();
        Counters.Came came = Counters.Came.FAULT;
        try {
            Answer<R> answer = settle(asked, requestId);
            came = answer.came();
            return answer;
        } catch (Ledger.LedgerUnavailable e) {
            // The one answer without a record: it says that nothing was done and that trying again may help.
            counters.unrecorded();
            came = Counters.Came.UNRECORDED;
            log.warn("{} refused, ledger unavailable: {}", asked.operation(), e.getMessage());
            return new Answer<>(asked.refuse(asked.fault(), requestId), requestId, came);
        } finally {
            asked.settled();
            counters.called(asked.service(), asked.operation(), came, begun);
            Logging.leave(outer);
        }
    }

    private <R> Answer<R> settle(Case<R> asked, String requestId) {
        Once once = new Once();
        for (int attempt = 1; attempt < ATTEMPTS_MAX; attempt++) {
            Tried<R> tried = attempt(asked, requestId, once);
            try {
                return new Answer<>(asked.recorded(tried.reply, commit(tried)), requestId, tried.came);
            } catch (Ledger.Conflict e) {
                counters.conflict();
                log.debug("{} lost a race for {}", asked.operation(), e.getMessage());
            }
        }
        // Someone was faster every time. That too is an outcome, and is put down without a basis that could be lost.
        Tried<R> tried = attempt(asked, requestId, once);
        Outcome outcome = new Outcome.Failed(asked.fault());
        State nothingRead = ledger.read();
        long index = ledger.commit(nothingRead, List.of(), record(asked, tried.call, tried.notes, outcome));
        R reply = asked.recorded(asked.refuse(asked.fault(), requestId), index);
        return new Answer<>(reply, requestId, Counters.Came.FAULT);
    }

    private <R> long commit(Tried<R> tried) {
        return ledger.commit(tried.state, tried.changes, tried.records);
    }

    /** Everything one attempt came to. */
    private record Tried<R>(
            State state,
            Call call,
            Notes notes,
            R reply,
            Counters.Came came,
            List<Change<?>> changes,
            List<LedgerRecord> records) {}

    private <R> Tried<R> attempt(Case<R> asked, String requestId, Once once) {
        State state = ledger.read();
        Instant now = clock.instant();
        Notes notes = new Notes();
        Call call = new Call(
                requestId, now, asked.service(), asked.operation(), REGION_OF_NOBODY, Caller.NOBODY, asked.origin());
        R reply;
        Outcome outcome;
        Counters.Came came;
        List<Change<?>> changes = List.of();
        List<ServiceEvent> further = List.of();
        List<FollowUp> followUps = List.of();
        try {
            Case.Identified identified = asked.identify(state, now);
            call = new Call(
                    requestId,
                    now,
                    asked.service(),
                    asked.operation(),
                    identified.region(),
                    identified.caller(),
                    asked.origin());
            Case.Decided<R> decided = asked.decide(new Attempt(call, state, notes, once));
            passage.check(call, notes);
            Effect<?> effect = decided.effect();
            reply = decided.reply();
            changes = effect.changes();
            further = effect.further();
            followUps = effect.followUps();
            outcome = new Outcome.Done(effect.responseElements());
            came = Counters.Came.OK;
        } catch (Refused refused) {
            reply = asked.refuse(denials.told(call, notes, refused.error()), requestId);
            outcome = new Outcome.Failed(refused.error());
            came = Counters.Came.of(refused.error());
        } catch (RuntimeException defect) {
            log.error("{} failed unexpectedly", asked.operation(), defect);
            counters.defect();
            ApiError fault = asked.fault();
            reply = asked.refuse(fault, requestId);
            outcome = new Outcome.Failed(fault);
            came = Counters.Came.FAULT;
        }
        if (notes.caller().isPresent() || notes.operation().isPresent()) {
            call = known(notes, call);
        }
        List<LedgerRecord> records = record(asked, call, notes, outcome);
        if (!further.isEmpty() || !followUps.isEmpty()) {
            records = new ArrayList<>(records);
            for (FollowUp followUp : followUps) {
                records.addAll(record(call, followUp));
            }
            for (ServiceEvent event : further) {
                records.add(recorder.record(event, clock.instant()));
            }
        }
        return new Tried<>(state, call, notes, reply, came, changes, records);
    }

    private static Call known(Notes notes, Call call) {
        return new Call(
                call.requestId(),
                call.receivedAt(),
                call.service(),
                notes.operation().orElse(call.operation()),
                call.region(),
                notes.caller().orElse(call.caller()),
                call.origin());
    }

    private List<LedgerRecord> record(Case<?> asked, Call call, Notes notes, Outcome outcome) {
        return recorder.record(call, asked.readOnly(), asked.requestParameters(), outcome, notes, clock.instant());
    }

    private List<LedgerRecord> record(Call first, FollowUp followUp) {
        Notes notes = new Notes();
        followUp.resources().forEach(notes::resource);
        followUp.beside().flatMap(FollowUp.Beside::additional).ifPresent(notes::additional);
        boolean readOnly = followUp.beside().map(FollowUp.Beside::readOnly).orElse(false);
        Outcome outcome = new Outcome.Done(followUp.responseElements());
        return recorder.record(
                followUp.in(first), readOnly, followUp.requestParameters(), outcome, notes, clock.instant());
    }

    /**
     * Does what a job finds due, one commit each, until nothing is. A lost race is decided again at the next step.
     *
     * @return how many pieces of work were committed
     */
    int step(Job job) {
        int done = 0;
        for (int attempt = 0; attempt < WORK_PER_STEP_MAX; attempt++) {
            State state = ledger.read();
            Instant now = clock.instant();
            Optional<Job.Work> work = job.next(state, now);
            if (work.isEmpty()) {
                break;
            }
            List<LedgerRecord> records = work.get().events().stream()
                    .map(event -> recorder.record(event, now))
                    .toList();
            try {
                ledger.commit(state, work.get().changes(), records);
                done++;
            } catch (Ledger.Conflict _) {
                counters.conflict();
            }
        }
        return done;
    }

    private static final int WORK_PER_STEP_MAX = 10_000;
}
