package dev.keytrail.kms.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keytrail.call.Refused;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How slow work is held in bounds. */
@Timeout(20)
class PlacesTest {
    @Test
    void run_allPlacesTaken_isThrottledAfterTheWait_andWorksAgainWhenOneIsFree() throws InterruptedException {
        Places places = new Places(1, Duration.ofMillis(5));
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch leave = new CountDownLatch(1);
        Thread holder = Thread.ofVirtual()
                .start(() -> places.run(() -> {
                    inside.countDown();
                    await(leave);
                    return 1;
                }));
        inside.await();

        assertThatThrownBy(() -> places.run(() -> 2))
                .isInstanceOfSatisfying(
                        Refused.class,
                        refused -> assertThat(refused.error().code()).isEqualTo("ThrottlingException"));
        leave.countDown();
        holder.join();
        assertThat(places.<Integer>run(() -> 3)).isEqualTo(3);
    }

    @Test
    void run_workThatThrows_givesItsPlaceBack() {
        Places places = new Places(1, Duration.ZERO);
        assertThatThrownBy(() -> places.run(() -> {
                    throw new IllegalStateException("broken");
                }))
                .hasMessage("broken");
        assertThat(places.<Integer>run(() -> 1)).isEqualTo(1);
    }

    @Test
    void runApart_isOnAThreadOfTheSystem_throwsAsTheWorkDid_andGivesItsPlaceBack() {
        Places places = new Places(1, Duration.ZERO);
        assertThat(places.<Boolean>runApart(() -> Thread.currentThread().isVirtual()))
                .isFalse();
        assertThat(places.<Thread>runApart(Thread::currentThread)).isNotSameAs(Thread.currentThread());
        assertThatThrownBy(() -> places.runApart(() -> {
                    throw KmsErrors.invalidCiphertext();
                }))
                .isInstanceOf(Refused.class);
        assertThat(places.<Integer>runApart(() -> 1)).isEqualTo(1);
    }

    @Test
    void run_manyAtOnce_neverMoreThanTheCount_allGetTheirTurn() throws InterruptedException {
        Places places = new Places(2, Duration.ofSeconds(10));
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

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
