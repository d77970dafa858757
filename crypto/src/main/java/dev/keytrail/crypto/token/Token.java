package dev.keytrail.crypto.token;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import dev.keytrail.crypto.token.Cryptoki.Function;
import dev.keytrail.crypto.token.TokenFailure.Cause;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One PKCS#11 token with one user. Thread-safe; lives as long as the process. The library is loaded at first use, the user
 * logged in when that is needed, and again after the token was away.
 *
 * <p>Each method waits for the token a bounded time and is refused at once when too many wait. A native call that hangs
 * holds one of a few threads, which have nothing else to do. The PIN is asked for only to log in, and closed.
 */
public final class Token {
    /** Handles of keys in use; one that is not among them is found again by its id. */
    private static final int HANDLES_MAX = 10_000;

    private static final int WAITING_PER_THREAD = 16;
    private static final Duration IDLE_MAX = Duration.ofSeconds(30);
    private static final int SLOTS_MAX = 1024;
    private static final int LABEL_BYTES = 32;
    private static final int TOKEN_INFO_BYTES = 256;
    private static final long SERIAL_AND_WRITABLE = 4 | 2;
    private static final Bytes PROBE_VECTOR = Bytes.copyOf(new byte[12]);

    private final Path library;
    private final String label;
    private final Duration timeLimit;
    private final ThreadPoolExecutor threads;
    private final ReentrantLock changing = new ReentrantLock();

    /** Guarded by {@link #changing}, as are those that follow. */
    private @Nullable Cryptoki cryptoki;

    private boolean loggedIn;
    private long slot;
    /** Sessions of an earlier one are gone. */
    private int generation;

    private final Deque<Session> idle = new ArrayDeque<>();
    private final Map<Bytes, Long> handles = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Bytes, Long> eldest) {
            return size() > HANDLES_MAX;
        }
    };

    /** @param threads how many native calls may run at once */
    public Token(Path library, String label, Duration timeLimit, int threads) {
        this.library = library;
        this.label = label;
        this.timeLimit = timeLimit;
        this.threads = new ThreadPoolExecutor(
                threads,
                threads,
                IDLE_MAX.toSeconds(),
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(threads * WAITING_PER_THREAD),
                Thread.ofPlatform().daemon().name("token-", 0).factory());
        this.threads.allowCoreThreadTimeOut(true);
    }

    /** Logs in anew with this PIN, whoever was logged in. */
    public void connect(Supplier<Secret> pin) throws TokenFailure {
        apart(() -> {
            end();
            withSession(pin, session -> "");
            return "";
        });
    }

    /** Logs out; the next use logs in again. */
    public void disconnect() throws TokenFailure {
        apart(() -> {
            end();
            return "";
        });
    }

    /** Makes a key of this id, or finds the one that is there: an attempt that is repeated makes one key. */
    public void makeKey(Supplier<Secret> pin, Bytes id, String keyLabel) throws TokenFailure {
        apart(() -> withSession(pin, session -> {
            Optional<Long> found = session.find(id);
            return found.isPresent() ? found.get() : session.makeKey(id, keyLabel);
        }));
    }

    /** Ciphertext and tag of AES-GCM. */
    public Bytes encrypt(Supplier<Secret> pin, Bytes id, Secret plaintext, Bytes vector, Bytes additionalData)
            throws TokenFailure {
        // A copy: the caller may give up on us and close its own while a thread here is still at it.
        byte[] content = plaintext.reveal().clone();
        return apart(() -> {
            try {
                return Bytes.adopt(
                        withKey(pin, id, (session, key) -> session.encrypt(key, content, vector, additionalData)));
            } finally {
                java.util.Arrays.fill(content, (byte) 0);
            }
        });
    }

    /** Empty when anything is altered, or the additional data are others. */
    public Optional<Secret> decrypt(Supplier<Secret> pin, Bytes id, Bytes sealed, Bytes vector, Bytes additionalData)
            throws TokenFailure {
        return apart(() -> withKey(pin, id, (session, key) -> {
            try {
                return Optional.of(Secret.adopt(session.decrypt(key, sealed.unsafeArray(), vector, additionalData)));
            } catch (Session.Failed failed) {
                if (isBadCiphertext(session, key, failed.result())) {
                    return Optional.empty();
                }
                throw failed;
            }
        }));
    }

    /** False when there was no such key. */
    public boolean destroy(Supplier<Secret> pin, Bytes id) throws TokenFailure {
        return apart(() -> withSession(pin, session -> {
            Optional<Long> key = session.find(id);
            if (key.isPresent()) {
                session.destroy(key.get());
                forget(id);
            }
            return key.isPresent();
        }));
    }

    public Secret random(Supplier<Secret> pin, int count) throws TokenFailure {
        return apart(() -> withSession(pin, session -> session.random(count)));
    }

    /** Some tokens have one word for a wrong tag and for a broken device: a key that still works tells them apart. */
    private static boolean isBadCiphertext(Session session, long key, long result) throws Session.Failed {
        if (result == Cryptoki.ENCRYPTED_DATA_INVALID
                || result == Cryptoki.ENCRYPTED_DATA_LEN_RANGE
                || result == Cryptoki.AEAD_DECRYPT_FAILED) {
            return true;
        }
        if (result != Cryptoki.GENERAL_ERROR && result != Cryptoki.FUNCTION_FAILED && result != Cryptoki.DEVICE_ERROR) {
            return false;
        }
        byte[] probe = session.encrypt(key, new byte[1], PROBE_VECTOR, Bytes.EMPTY);
        return session.decrypt(key, probe, PROBE_VECTOR, Bytes.EMPTY).length == 1;
    }

    @FunctionalInterface
    private interface Work<T> {
        T run() throws TokenFailure;
    }

    @FunctionalInterface
    private interface InSession<T> {
        T run(Session session) throws Session.Failed;
    }

    @FunctionalInterface
    private interface WithKey<T> {
        T run(Session session, long key) throws Session.Failed;
    }

    private <T> T apart(Work<T> work) throws TokenFailure {
        Future<T> result;
        try {
            result = threads.submit(work::run);
        } catch (RejectedExecutionException _) {
            throw new TokenFailure(Cause.BUSY, "too many calls wait for the token");
        }
        try {
            return result.get(timeLimit.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException _) {
            // Not interrupted: native code would not notice, and a task that has not begun may be left out.
            result.cancel(false);
            throw new TokenFailure(Cause.TIMED_OUT, "the token does not answer in time");
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new TokenFailure(Cause.TIMED_OUT, "interrupted while waiting for the token");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof TokenFailure failure) {
                throw failure;
            }
            throw new IllegalStateException("work with a token failed", e.getCause());
        }
    }

    private <T> T withKey(Supplier<Secret> pin, Bytes id, WithKey<T> work) throws TokenFailure {
        Optional<T> done = withSession(pin, session -> {
            Optional<Long> key = handle(session, id);
            return key.isEmpty() ? Optional.empty() : Optional.of(work.run(session, key.get()));
        });
        return done.orElseThrow(() -> new TokenFailure(Cause.NO_KEY, "the key is not in the token"));
    }

    private Optional<Long> handle(Session session, Bytes id) throws Session.Failed {
        changing.lock();
        try {
            Long known = handles.get(id);
            if (known != null) {
                return Optional.of(known);
            }
        } finally {
            changing.unlock();
        }
        Optional<Long> found = session.find(id);
        if (found.isPresent()) {
            changing.lock();
            try {
                handles.put(id, found.get());
            } finally {
                changing.unlock();
            }
        }
        return found;
    }

    private void forget(Bytes id) {
        changing.lock();
        try {
            handles.remove(id);
        } finally {
            changing.unlock();
        }
    }

    /** Runs the work in a session of a logged-in user; once more from the beginning when the token was away meanwhile. */
    private <T> T withSession(Supplier<Secret> pin, InSession<T> work) throws TokenFailure {
        try {
            return once(pin, work);
        } catch (Session.Failed failed) {
            if (!wasAway(failed.result())) {
                throw broken(failed);
            }
        }
        end();
        try {
            return once(pin, work);
        } catch (Session.Failed again) {
            throw broken(again);
        }
    }

    private <T> T once(Supplier<Secret> pin, InSession<T> work) throws TokenFailure, Session.Failed {
        Borrowed borrowed = borrow(pin);
        T done;
        try {
            done = work.run(borrowed.session);
        } catch (Session.Failed | RuntimeException e) {
            // Its state is not known any more.
            borrowed.session.close();
            throw e;
        }
        changing.lock();
        try {
            if (borrowed.generation == generation) {
                idle.push(borrowed.session);
            }
        } finally {
            changing.unlock();
        }
        return done;
    }

    private static boolean wasAway(long result) {
        return result == Cryptoki.SESSION_CLOSED
                || result == Cryptoki.SESSION_HANDLE_INVALID
                || result == Cryptoki.USER_NOT_LOGGED_IN
                || result == Cryptoki.KEY_HANDLE_INVALID
                || result == Cryptoki.OBJECT_HANDLE_INVALID
                || result == Cryptoki.DEVICE_REMOVED;
    }

    private record Borrowed(Session session, int generation) {}

    private Borrowed borrow(Supplier<Secret> pin) throws TokenFailure {
        changing.lock();
        try {
            Session waiting = idle.poll();
            if (waiting != null && loggedIn) {
                return new Borrowed(waiting, generation);
            }
            if (cryptoki == null) {
                cryptoki = Cryptoki.load(library);
            }
            if (!loggedIn) {
                slot = slot(cryptoki);
                // Whatever login is left ends here, so that the PIN is looked at.
                cryptoki.call(Function.CLOSE_ALL_SESSIONS, slot);
            }
            Session opened = open(cryptoki, slot);
            if (!loggedIn) {
                login(opened, pin);
                loggedIn = true;
            }
            return new Borrowed(opened, generation);
        } finally {
            changing.unlock();
        }
    }

    private static void login(Session session, Supplier<Secret> pin) throws TokenFailure {
        try (Secret secret = pin.get()) {
            session.login(secret);
        } catch (Session.Failed failed) {
            session.close();
            long result = failed.result();
            if (result == Cryptoki.PIN_INCORRECT
                    || result == Cryptoki.PIN_INVALID
                    || result == Cryptoki.PIN_LEN_RANGE) {
                throw new TokenFailure(Cause.WRONG_PIN, "the token refuses the PIN");
            }
            if (result == Cryptoki.PIN_LOCKED) {
                throw new TokenFailure(Cause.PIN_LOCKED, "the token has locked the PIN");
            }
            if (result == Cryptoki.USER_PIN_NOT_INITIALIZED) {
                throw new TokenFailure(Cause.NO_USER, "the token has no user PIN");
            }
            throw broken(failed);
        }
    }

    private static Session open(Cryptoki cryptoki, long slot) throws TokenFailure {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment handle = arena.allocate(ValueLayout.JAVA_LONG);
            long result = cryptoki.call(
                    Function.OPEN_SESSION, slot, SERIAL_AND_WRITABLE, MemorySegment.NULL, MemorySegment.NULL, handle);
            if (result != Cryptoki.OK) {
                throw new TokenFailure(Cause.BROKEN, "no session: " + Cryptoki.hex(result));
            }
            return new Session(cryptoki, handle.get(ValueLayout.JAVA_LONG, 0));
        }
    }

    /** The slot that has the token of our label. */
    private long slot(Cryptoki in) throws TokenFailure {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment slots = arena.allocate(ValueLayout.JAVA_LONG, SLOTS_MAX);
            MemorySegment count = arena.allocate(ValueLayout.JAVA_LONG);
            count.set(ValueLayout.JAVA_LONG, 0, SLOTS_MAX);
            long result = in.call(Function.GET_SLOT_LIST, (byte) 1, slots, count);
            if (result != Cryptoki.OK) {
                throw new TokenFailure(Cause.BROKEN, "no slots: " + Cryptoki.hex(result));
            }
            MemorySegment info = arena.allocate(TOKEN_INFO_BYTES, 8);
            for (long i = 0; i < count.get(ValueLayout.JAVA_LONG, 0); i++) {
                long candidate = slots.getAtIndex(ValueLayout.JAVA_LONG, i);
                if (in.call(Function.GET_TOKEN_INFO, candidate, info) == Cryptoki.OK && label.equals(label(info))) {
                    return candidate;
                }
            }
        }
        throw new TokenFailure(Cause.NO_TOKEN, "no token is labelled '" + label + "'");
    }

    /** The first member, padded with spaces. */
    private static String label(MemorySegment tokenInfo) {
        byte[] padded = tokenInfo.asSlice(0, LABEL_BYTES).toArray(ValueLayout.JAVA_BYTE);
        return new String(padded, StandardCharsets.UTF_8).stripTrailing();
    }

    private void end() {
        changing.lock();
        try {
            generation++;
            idle.clear();
            handles.clear();
            if (cryptoki != null && loggedIn) {
                // Ends the login too (PKCS#11 2.40, C_CloseAllSessions).
                cryptoki.call(Function.CLOSE_ALL_SESSIONS, slot);
            }
            loggedIn = false;
        } finally {
            changing.unlock();
        }
    }

    private static TokenFailure broken(Session.Failed failed) {
        return new TokenFailure(Cause.BROKEN, String.valueOf(failed.getMessage()));
    }
}
