package dev.keytrail.kms.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keytrail.call.Refused;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How slow work is held in bounds. */
@Timeout(20)
class PlacesTest {
    private final AtomicLong nanos = new AtomicLong();

    private Places places(int count, int waitingMax) {
        return new Places(count, Duration.ofMillis(5), waitingMax, nanos::get);
    }

    /** Takes a place until it is let go. */
    static final class Holder {
        private final CountDownLatch leave = new CountDownLatch(1);
        private final CompletableFuture<Integer> held;

        Holder(Places places) {
            CountDownLatch inside = new CountDownLatch(1);
            held = elsewhere(() -> places.run(() -> {
                inside.countDown();
                await(leave);
                return 1;
            }));
            await(inside);
        }

        void letGo() {
            leave.countDown();
            assertThat(held.join()).isEqualTo(1);
        }
    }

    @Test
    void run_waitedTooLongWhenItsTurnComes_isThrottled_andTheNextIsServed() {
        Places places = places(1, 10);
        Holder holder = new Holder(places);
        CompletableFuture<Integer> late = waitingFor(places);
        nanos.addAndGet(Duration.ofMillis(6).toNanos());
        CompletableFuture<Integer> inTime = elsewhere(() -> places.run(() -> 3));
        awaitQueue(places, 2);

        holder.letGo();
        assertThatThrownBy(late::join).cause().satisfies(PlacesTest::isThrottled);
        assertThat(inTime.join()).isEqualTo(3);
    }

    @Test
    void run_tooManyWaiting_isThrottledAtOnce() {
        Places places = places(1, 1);
        Holder holder = new Holder(places);
        CompletableFuture<Integer> waiting = waitingFor(places);
        assertThrottled(() -> places.run(() -> 3));
        holder.letGo();
        assertThat(waiting.join()).isEqualTo(2);
    }

    @Test
    void run_isOnAThreadOfTheSystem_throwsAsTheWorkDid_andGivesItsPlaceBack() {
        Places places = places(1, 1);
        assertThat(places.<Boolean>run(() -> Thread.currentThread().isVirtual()))
                .isFalse();
        assertThat(places.<Thread>run(Thread::currentThread)).isNotSameAs(Thread.currentThread());
        assertThatThrownBy(() -> places.run(() -> {
                    throw KmsErrors.invalidCiphertext();
                }))
                .isInstanceOf(Refused.class);
        assertThatThrownBy(() -> places.run(() -> {
                    throw new IllegalStateException("broken");
                }))
                .hasMessage("broken");
        assertThat(places.<Integer>run(() -> 1)).isEqualTo(1);
    }

    @Test
    void run_manyAtOnce_neverMoreThanTheCount_allGetTheirTurn() throws InterruptedException {
        Places places = places(2, 50);
        AtomicInteger now = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        AtomicInteger done = new AtomicInteger();
        Thread[] threads = new Thread[50];
        for (int i = 0; i < threads.length; i++) {
            threads[i] = Thread.ofVirtual()
                    .start(() -> places.run(() -> {
                        most.accumulateAndGet(now.incrementAndGet(), Math::max);
                        Thread.yield();
                        now.decrementAndGet();
                        return done.incrementAndGet();
                    }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(done).hasValue(50);
        assertThat(most.get()).isBetween(1, 2);
    }

    /** What is done while others wait is handed out once the first of it has waited for four milliseconds, and no sooner. */
    @Test
    void run_whileOthersWait_handsOutInGroups() {
        Places places = places(1, 10);
        Holder first = new Holder(places);
        CompletableFuture<Boolean> firstWasOut = elsewhere(() -> places.run(() -> {
            boolean out = first.held.isDone();
            nanos.addAndGet(Duration.ofMillis(4).toNanos() + 1);
            return out;
        }));
        awaitQueue(places, 1);
        CompletableFuture<Integer> third =
                elsewhere(() -> places.run(() -> first.held.join() + (firstWasOut.join() ? 10 : 1)));
        awaitQueue(places, 2);
        first.letGo();
        assertThat(third.join()).isEqualTo(2);
    }

    static void assertThrottled(ThrowingCallable call) {
        assertThatThrownBy(call).satisfies(PlacesTest::isThrottled);
    }

    private static void isThrottled(Throwable thrown) {
        assertThat(thrown).isInstanceOfSatisfying(Refused.class, refused -> {
            assertThat(refused.error().code()).isEqualTo("ThrottlingException");
            assertThat(refused.error().status()).isEqualTo(400);
        });
    }

    /** Another's work that waits for a place and gives 2. */
    static CompletableFuture<Integer> waitingFor(Places places) {
        int before = places.waiting();
        CompletableFuture<Integer> waiting = elsewhere(() -> places.run(() -> 2));
        awaitQueue(places, before + 1);
        return waiting;
    }

    private static <T> CompletableFuture<T> elsewhere(Supplier<T> work) {
        return CompletableFuture.supplyAsync(work, Thread::startVirtualThread);
    }

    private static void awaitQueue(Places places, int size) {
        while (places.waiting() < size) {
            Thread.onSpinWait();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
