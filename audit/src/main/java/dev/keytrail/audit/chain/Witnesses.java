package dev.keytrail.audit.chain;

import dev.keytrail.audit.chain.SignedNote.Signature;
import dev.keytrail.call.Bytes;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has a log's checkpoints cosigned (C2SP tlog-witness). All witnesses are shown the same checkpoint, so that their
 * cosignatures come together on one; a witness that is dead or slow is told of and waited for by nobody: not by calls, and
 * by the others for a second.
 *
 * <p>Each member's {@link Lookout#step} is for one thread; different members' may run at the same time.
 */
public final class Witnesses {
    private static final Duration INTERVAL = Duration.ofMillis(500);

    /** How long a checkpoint that has its quorum waits for the other witnesses. */
    private static final Duration COMPANY_WAIT = Duration.ofSeconds(1);

    /** How long a checkpoint waits for its quorum before a newer one is shown. */
    private static final Duration ROUND_MAX = Duration.ofSeconds(5);

    private static final Duration PAUSE_MAX = Duration.ofMinutes(1);
    private static final int OK = 200;
    private static final int CONFLICT = 409;
    private static final int UNPROCESSABLE = 422;

    private static final Logger LOG = LoggerFactory.getLogger(Witnesses.class);

    private final Chain chain;
    private final Post post;
    private final List<Lookout> lookouts = new ArrayList<>();

    private final ReentrantLock lock = new ReentrantLock();
    private Optional<Published> target = Optional.empty();
    private Instant begun = Instant.EPOCH;
    private final Map<Lookout, List<Signature>> signatures = new LinkedHashMap<>();

    /** The network, as far as witnesses need it. */
    @FunctionalInterface
    public interface Post {
        /** An answer, whatever its status; bounded in time and size. */
        Answer post(URI url, Bytes body) throws IOException;
    }

    /** @param body at most {@link SignedNote#LENGTH_MAX} bytes */
    public record Answer(int status, Bytes body) {}

    /**
     * How a witness stands.
     *
     * @param size records of the last checkpoint that it has cosigned in this process' life; 0: none yet
     * @param failures requests in a row that brought no cosignature
     * @param error what the last one failed of
     * @param disputes whether the witness knows another history of this log
     */
    public record Status(String name, URI url, long size, long failures, Optional<String> error, boolean disputes) {}

    public Witnesses(Chain chain, Post post) {
        this.chain = chain;
        this.post = post;
        chain.witnesses().members().forEach(member -> lookouts.add(new Lookout(member)));
    }

    public List<Lookout> lookouts() {
        return List.copyOf(lookouts);
    }

    public List<Status> status() {
        return lookouts.stream().map(lookout -> lookout.status).toList();
    }

    /** The checkpoint to be cosigned now. */
    private Optional<Published> round(Instant now) {
        lock.lock();
        try {
            Optional<Published> newest = chain.newest();
            boolean newer = newest.isPresent()
                    && newest.get().size() > target.map(Published::size).orElse(0L);
            if (newer && isOver(now)) {
                target = newest;
                begun = now;
                signatures.clear();
            }
            return target;
        } finally {
            lock.unlock();
        }
    }

    private boolean isOver(Instant now) {
        int enough = Math.max(1, chain.witnesses().quorum());
        Duration most = signatures.size() >= enough ? COMPANY_WAIT : ROUND_MAX;
        return target.isEmpty() || signatures.size() == lookouts.size() || !now.isBefore(begun.plus(most));
    }

    private void take(Lookout lookout, Published cosigned, List<Signature> given) {
        lock.lock();
        try {
            if (target.filter(t -> t == cosigned).isEmpty()) {
                return; // Too late: another round has begun.
            }
            signatures.put(lookout, given);
            SignedNote note = cosigned.note();
            for (List<Signature> each : signatures.values()) {
                note = note.plus(each);
            }
            if (chain.witnesses().satisfiedBy(note)) {
                chain.witnessed(cosigned.with(note));
            }
        } finally {
            lock.unlock();
        }
    }

    private boolean hasSigned(Lookout lookout, Published cosigned) {
        lock.lock();
        try {
            return target.filter(t -> t == cosigned).isPresent() && signatures.containsKey(lookout);
        } finally {
            lock.unlock();
        }
    }

    /** Sees to one witness. */
    public final class Lookout {
        private final WitnessPolicy.Member member;

        /** What the witness has cosigned last, as far as is known. */
        private long known;

        private Instant notBefore = Instant.EPOCH;
        private volatile Status status;

        private Lookout(WitnessPolicy.Member member) {
            this.member = member;
            this.status = new Status(member.keys().name(), member.url(), 0, 0, Optional.empty(), false);
        }

        public String name() {
            return member.keys().name();
        }

        /** Asks for a cosignature if there is one to be had. Returns how long to wait. */
        public Duration step(Instant now) {
            Optional<Published> next = round(now);
            if (next.isEmpty() || now.isBefore(notBefore) || hasSigned(this, next.get())) {
                return INTERVAL;
            }
            Published asked = next.get();
            try {
                ask(asked);
                if (status.error().isPresent()) {
                    LOG.info("witness {} cosigns again", name());
                }
                status = new Status(name(), member.url(), asked.size(), 0, Optional.empty(), false);
                return INTERVAL;
            } catch (Refusal e) {
                failed(e.why, e.disputes, now);
            } catch (IOException e) {
                failed("no answer: " + e, false, now);
            }
            return INTERVAL;
        }

        private void failed(String why, boolean disputes, Instant now) {
            long failures = status.failures() + 1;
            long pauseSeconds = Math.min(PAUSE_MAX.toSeconds(), 1L << Math.min(failures - 1, 6));
            notBefore = now.plusSeconds(pauseSeconds);
            boolean said = status.error().equals(Optional.of(why));
            status = new Status(name(), member.url(), status.size(), failures, Optional.of(why), disputes);
            if (disputes && !said) {
                LOG.error("witness {} knows another history of this log: {}", name(), why);
            } else if (!said || failures % 60 == 0) {
                LOG.warn("witness {} gives no cosignature ({} times): {}", name(), failures, why);
            }
        }

        private void ask(Published asked) throws IOException, Refusal {
            Answer answer = send(asked, known);
            if (answer.status() == CONFLICT) {
                long size = size(answer);
                if (size == known || size > asked.size()) {
                    throw new Refusal("it has cosigned " + size + " records, this log has " + asked.size(), true);
                }
                known = size;
                answer = send(asked, known);
            }
            if (answer.status() != OK) {
                boolean disputes = answer.status() == CONFLICT || answer.status() == UNPROCESSABLE;
                throw new Refusal("it answers HTTP " + answer.status(), disputes);
            }
            List<Signature> own = SignedNote.parseSignatures(answer.body().utf8()).orElse(List.of()).stream()
                    .filter(s -> member.keys().keys().stream().anyMatch(s::isOf))
                    .toList();
            if (!member.cosigned(new SignedNote(asked.note().text(), own))) {
                throw new Refusal("its answer is not signed by the keys that are set for it", false);
            }
            known = asked.size();
            take(this, asked, own);
        }

        private Answer send(Published asked, long old) throws IOException {
            StringBuilder body = new StringBuilder("old ").append(old).append('\n');
            if (old > 0 && old < asked.size()) {
                chain.consistency(old, asked)
                        .forEach(hash -> body.append(Base64Text.encode(hash)).append('\n'));
            }
            body.append('\n').append(asked.note().note());
            return post.post(URI.create(member.url() + "/add-checkpoint"), Bytes.utf8(body.toString()));
        }

        private static long size(Answer answer) throws Refusal {
            String text = answer.body().utf8().strip();
            if (!text.matches("0|[1-9][0-9]{0,17}")) {
                throw new Refusal("its answer to a conflict names no size", false);
            }
            return Long.parseLong(text);
        }
    }

    /** No cosignature. No stack trace. */
    private static final class Refusal extends Exception {
        private static final long serialVersionUID = 1L;

        private final String why;
        private final boolean disputes;

        Refusal(String why, boolean disputes) {
            super(why, null, false, false);
            this.why = why;
            this.disputes = disputes;
        }
    }
}
