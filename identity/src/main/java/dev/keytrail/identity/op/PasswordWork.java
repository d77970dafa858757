package dev.keytrail.identity.op;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Secret;
import dev.keytrail.crypto.Passwords;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Hashes passwords, a few at a time: each hash is slow and large by intent. Thread-safe. */
final class PasswordWork {
    /** Each hash takes 19 MiB for its time. */
    private static final int HASHES_AT_ONCE = 2;

    private static final long WAIT_SECONDS_MAX = 5;

    private final Entropy entropy;
    private final Semaphore hashing = new Semaphore(HASHES_AT_ONCE);

    PasswordWork(Entropy entropy) {
        this.entropy = entropy;
    }

    /** @throws Refused PasswordPolicyViolation when it is too weak, Throttling when too many wait */
    Bytes hashed(Secret password) {
        Passwords.weakness(password).ifPresent(weakness -> {
            throw violation(weakness);
        });
        return inTurn(() -> Passwords.hash(password, entropy));
    }

    boolean matches(Secret password, Bytes hash) {
        return inTurn(() -> Passwords.matches(password, hash));
    }

    /** For a password that nobody has: takes as long. */
    boolean matchesNothing(Secret password) {
        return inTurn(() -> Passwords.matchesNothing(password));
    }

    static Refused violation(String weakness) {
        return new Refused(ApiError.of("PasswordPolicyViolation", weakness));
    }

    private <T> T inTurn(Supplier<T> work) {
        try {
            if (!hashing.tryAcquire(WAIT_SECONDS_MAX, TimeUnit.SECONDS)) {
                throw new Refused(ApiError.of("Throttling", "Rate exceeded"));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Refused(ApiError.of("Throttling", "Rate exceeded"));
        }
        try {
            return work.get();
        } finally {
            hashing.release();
        }
    }
}
