package dev.keytrail.audit.trail;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ErrandsTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final List<Runnable> underWay = new ArrayList<>();
    private final Errands errands = new Errands(4, 2, 8, underWay::add);
    private final Set<String> wanted = new HashSet<>();
    private Instant now = START;

    /** Whether it set out. Its errand is under way until {@link #arrive}. */
    private boolean send(String place) {
        wanted.add(place);
        int before = underWay.size();
        errands.look(wanted, now);
        if (errands.isFree(place, now)) {
            errands.send(place, now, errand -> {
                if (place.startsWith("dead")) {
                    errand.failed(now);
                } else {
                    errand.succeeded();
                }
            });
        }
        return underWay.size() > before;
    }

    private void arrive() {
        underWay.forEach(Runnable::run);
        underWay.clear();
    }

    private void seconds(int count) {
        now = now.plusSeconds(count);
        errands.look(wanted, now);
    }

    @Test
    void oneAtATime_toEachPlace_andNoMoreThanThereAreTogether() {
        assertThat(send("a")).isTrue();
        assertThat(send("a")).isFalse();
        assertThat(send("b") && send("c") && send("d")).isTrue();
        assertThat(send("e")).isFalse();
        arrive();
        assertThat(errands.anyBusy()).isFalse();
        assertThat(send("e") && send("a")).isTrue();
    }

    @Test
    void thoseThatHang_giveTheirPlacesBack() {
        assertThat(send("h1") && send("h2") && send("h3") && send("h4")).isTrue();
        assertThat(send("good")).isFalse();
        seconds(3);
        assertThat(send("good") && send("better")).isTrue();
    }

    @Test
    void thoseThatHungLast_haveTwoPlacesAmongThem() {
        for (int i = 0; i < 4; i++) {
            send("h" + i);
        }
        seconds(3);
        arrive();
        assertThat(send("h0") && send("h1")).isTrue();
        assertThat(send("h2")).isFalse();
        assertThat(send("g1") && send("g2") && send("g3") && send("g4")).isTrue();
        arrive();
        // They were quick this time, and so are as good as any.
        assertThat(send("h0") && send("h1") && send("g1") && send("g2")).isTrue();
    }

    @Test
    void thoseThatFail_waitAndAreSuspects() {
        for (int i = 0; i < 4; i++) {
            send("dead" + i);
        }
        arrive();
        assertThat(send("dead0")).isFalse();
        seconds(2);
        assertThat(send("dead0") && send("dead1")).isTrue();
        assertThat(send("dead2")).isFalse();
        assertThat(send("good")).isTrue();
    }

    @Test
    void neverMoreThanMost_howeverManyTurnOutSlow() {
        int sent = 0;
        for (int i = 0; i < 20; i++) {
            sent += send("h" + i) ? 1 : 0;
            seconds(3);
        }
        assertThat(sent).isEqualTo(8);
    }

    @Test
    void anErrandIsToldThatItIsSlow() {
        List<Boolean> told = new ArrayList<>();
        errands.send("a", now, errand -> told.add(errand.isSlow()));
        wanted.add("a");
        seconds(3);
        arrive();
        errands.send("b", now, errand -> told.add(errand.isSlow()));
        arrive();
        assertThat(told).containsExactly(true, false);
    }
}
